"""How much each parameter moves the answer: against ranks by hand, and the same in study, file and memo."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.maps.published import STUDIES
from analysis.regime_environments import ACCOUNTABLE, DESIGNS, draw_environments
from analysis.regime_importance import (
    CHALLENGERS,
    importances,
    read_importances,
    read_winners,
)
from analysis.regime_ranges import read_axes
from analysis.show.memo.assumptions import ASKED, assumptions_section, importances_for, listed_keys
from analysis.show.memo.elsewhere import in_other_environments
from sim.parameters.reference import list_entries
from tests.memo_cases import invent
from tests.regime_cases import frame_of

INDUSTRIES = ("auto_insurance", "ecommerce", "manufacturer", "retail_bank", "telecom")


@pytest.fixture(scope="module")
def study() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return invented results in which ``strong`` moves every design, ``weak`` one of them, and the rest nothing."""
    rng = np.random.default_rng(8)
    n = 600
    values = pd.DataFrame({name: rng.uniform(size=n) for name in ("nothing", "weak", "strong")})
    values["choice"] = rng.choice(["x", "y", "z"], size=n)
    gains = {design: 2.0 * values["strong"] + rng.normal(0.0, 0.5, n) for design in DESIGNS[1:]}
    gains[ACCOUNTABLE] += values["weak"]
    return frame_of({DESIGNS[0]: np.zeros(n), **{name: gain.to_numpy() for name, gain in gains.items()}}), values


def test_shares_are_squares_of_rank_correlations(study: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame, values = study
    made = importances(frame, values).set_index("parameter")
    wide = frame.pivot_table(index="environment", columns="design", values="npv_with_equity")
    for name in ("strong", "weak", "nothing"):
        rho = [
            np.corrcoef(stats.rankdata(values[name]), stats.rankdata(wide[design] - wide[DESIGNS[0]]))[0, 1]
            for design in CHALLENGERS
        ]
        assert made.loc[name, "share"] == pytest.approx(np.mean(np.square(rho)))
        assert made.loc[name, [f"rho_{design}" for design in CHALLENGERS]].to_list() == pytest.approx(rho, abs=5e-5)
    assert made["rank"].to_list() == [1, 2, 3, 4]
    assert made.index[:2].to_list() == ["strong", "weak"]
    assert made["clear"].to_dict() == {"strong": True, "weak": True, "nothing": False, "choice": False}
    assert made["share"].sum() < 1.0


def test_what_has_no_influence_is_seldom_called_clear() -> None:
    """In 200 studies of 5 idle parameters at most 5 % may have one called clear: 10, SD 3.1."""
    rng = np.random.default_rng(9)
    false = 0
    for _ in range(200):
        values = pd.DataFrame(rng.uniform(size=(60, 5)), columns=list("abcde"))
        frame = frame_of({design: rng.normal(size=60) for design in DESIGNS})
        false += bool(importances(frame, values)["clear"].any())
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
    assert set(found.index) == {axis.parameter for axis in read_axes()}
    profit = study.assign(money=study["npv_with_equity"] / study["initial_revenue"])
    profit = profit.pivot_table(index="point", columns="scenario", values="money", observed=True)
    values = pd.DataFrame(draw_environments(len(profit), read_axes()))
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
    [words] = in_other_environments(invent(n_replicates=2))
    for design in DESIGNS:
        row = found.loc[("npv_with_equity", design)]
        assert f"in {100 * row['share']:.0f} % ({100 * row['low']:.0f} to {100 * row['high']:.0f})" in words
    assert in_other_environments(invent(designs=DESIGNS[:2], n_replicates=2)) == []


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
