"""How much each parameter moves the answer: against ranks by hand, and the same in study, file and memo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.compare.verdicts import read_verdicts

pytest.importorskip("sklearn")

from analysis.command.designs import ACCOUNTABLE, DESIGNS
from analysis.maps.importance import CHALLENGERS, correlations, importances
from analysis.maps.published import STUDIES, frozen_points
from analysis.maps.published_tables import read_importances, read_winners
from analysis.maps.table import Wide, wide
from analysis.show.memo.assumptions import ASKED, assumptions_section, importances_for, listed_keys
from analysis.show.memo.elsewhere import in_other_environments
from sim.parameters.reference import list_entries
from tests.maps_cases import table_of
from tests.memo_cases import invent

DOCS = Path(__file__).parents[2] / "docs"
INDUSTRIES = ("auto_insurance", "ecommerce", "manufacturer", "retail_bank", "telecom")


@pytest.fixture(scope="module")
def study() -> Wide:
    """Return invented results in which ``strong`` moves every design, ``weak`` one of them, and the rest nothing."""
    rng = np.random.default_rng(8)
    n = 600
    x = {f"f.{name}": rng.uniform(size=n) for name in ("nothing", "weak", "strong")}
    gains = {design: 2.0 * x["f.strong"] + rng.normal(0.0, 0.5, n) for design in CHALLENGERS}
    gains[ACCOUNTABLE] += x["f.weak"]
    x["f.choice"] = rng.choice(["x", "y", "z"], size=n)
    return wide(table_of(x, {DESIGNS[0]: np.zeros(n), **gains}))


def test_shares_are_squares_of_rank_correlations(study: Wide) -> None:
    found = importances(study).set_index("parameter")
    for name in ("f.strong", "f.weak", "f.nothing"):
        rho = [
            np.corrcoef(stats.rankdata(study.x[name]), stats.rankdata(study.y[design] - study.y[DESIGNS[0]]))[0, 1]
            for design in CHALLENGERS
        ]
        assert found.loc[name, "share"] == pytest.approx(np.mean(np.square(rho)))
        assert found.loc[name, [f"rho_{design}" for design in CHALLENGERS]].to_list() == pytest.approx(rho, abs=5e-5)
    assert found["rank"].to_list() == [1, 2, 3, 4]
    assert found.index[:2].to_list() == ["f.strong", "f.weak"]
    assert found["clear"].to_dict() == {"f.strong": True, "f.weak": True, "f.nothing": False, "f.choice": False}
    assert found["share"].sum() < 1.0


def test_options_of_a_choice_count_one_by_one_and_the_strongest_comes_first() -> None:
    option = np.array(["x", "y", "z"] * 30)
    x = pd.DataFrame({"f.choice": option, "f.other": np.random.default_rng(5).uniform(size=90)})
    found = correlations(x, (option == "y") * 1.0)
    assert found["parameter"][0] == "f.choice = y"
    assert found["rho"][0] == pytest.approx(1.0)
    assert set(found["parameter"]) == {"f.choice = x", "f.choice = y", "f.choice = z", "f.other"}


@pytest.mark.slow
def test_what_has_no_influence_is_seldom_called_clear() -> None:
    """In 200 studies of 5 idle parameters at most 5 % may have one called clear: 10, SD 3.1."""
    rng = np.random.default_rng(9)
    false = 0
    for _ in range(200):
        x = {f"f.{name}": rng.uniform(size=60) for name in "abcde"}
        found = importances(wide(table_of(x, {design: rng.normal(size=60) for design in DESIGNS})))
        false += bool(found["clear"].any())
    assert false <= 22


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_the_files_are_what_the_published_studies_say(industry: str) -> None:
    """Whoever publishes a study again writes the files: python -m analysis.maps.findings."""
    study = pd.read_parquet(STUDIES / f"{industry}.parquet")
    for outcome, rows in read_winners(industry).groupby("outcome"):
        means = study.pivot_table(index="point", columns="scenario", values=outcome, observed=True)
        best = means.idxmax(axis=1).value_counts()
        assert rows.set_index("design")["best"].to_dict() == best.to_dict()
        assert rows["share"].to_list() == pytest.approx((rows["best"] / rows["n"]).to_list(), abs=5e-5)
    found = read_importances(industry)
    values = frozen_points(study["point"].max() + 1)
    assert set(found.index) == set(values.columns)
    profit = study.assign(money=study["npv_with_equity"] / study["initial_revenue"])
    profit = profit.pivot_table(index="point", columns="scenario", values="money", observed=True)
    for name in found.index[:3]:
        rho = [stats.spearmanr(values[name], profit[d] - profit[DESIGNS[0]]).statistic for d in CHALLENGERS]
        assert found.loc[name, "share"] == pytest.approx(np.mean(np.square(rho)), abs=2e-4)


def test_an_industry_without_a_study_has_no_rows() -> None:
    assert read_winners("lemonade").empty
    assert read_importances("lemonade").empty
    found, around = importances_for("lemonade")
    assert around == "auto insurance"
    assert len(found) == len(read_importances("telecom")) > 0


def test_the_memo_says_how_often_each_design_is_best_elsewhere() -> None:
    found = read_winners("auto_insurance").set_index(["outcome", "design"])
    [words] = in_other_environments(read_verdicts(invent(n_replicates=2)))
    for design in DESIGNS:
        row = found.loc[("npv_with_equity", design)]
        assert f"in {100 * row['share']:.0f} % ({100 * row['low']:.0f} to {100 * row['high']:.0f})" in words
    assert in_other_environments(read_verdicts(invent(designs=DESIGNS[:2], n_replicates=2))) == []


def test_the_memo_lists_assumptions_in_the_order_of_the_file() -> None:
    found = read_importances("auto_insurance").reset_index()
    clear = found[found["clear"]].head(15)
    rows = assumptions_section(invent(n_replicates=2)).blocks[1].rows
    keys = [row[0].lines[-1] for row in rows]
    assert keys[: len(clear)] == clear["parameter"].to_list()
    assert set(keys) == set(clear["parameter"]) | set(ASKED)
    said = [row[-1].lines[0] for row in rows]
    assert said[: len(clear)] == [f"{100 * share:.1f} %" for share in clear["share"]]
    by_key = found.set_index("parameter")
    for key, words in zip(keys[len(clear) :], said[len(clear) :], strict=True):
        if key not in by_key.index:
            assert words == "not varied"
        else:
            assert words == (f"{100 * by_key['share'][key]:.1f} %" if by_key["clear"][key] else "not clear")


def test_what_readers_ask_about_exists_and_is_listed_once() -> None:
    assert set(ASKED) <= {entry.key for entry in list_entries()}
    assert all(ASKED.values())
    keys = listed_keys(read_importances("auto_insurance"))
    assert len(keys) == len(set(keys)) >= 15 + 5


def test_a_value_that_differs_between_departments_is_shown_with_both_ends() -> None:
    comparison = invent(n_replicates=2)
    departments = comparison.baseline.parameters.organisation.departments.values()
    biases = [department.knowledge_bias for department in departments]
    rows = {row[0].lines[-1]: row for row in assumptions_section(comparison).blocks[1].rows}
    shown = rows["organisation.departments.*.knowledge_bias"][1].lines[0]
    assert shown == f"{min(biases):g} to {max(biases):g} SD of encounters".replace("-", "\u2212")
