"""The regime study: its page from the published results and from studies, and its statistics against known truths."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

pytest.importorskip("sklearn")
pytest.importorskip("SALib")

from analysis.command.designs import ACCOUNTABLE, BASELINE, DESIGNS
from analysis.command.names import regimes as former_command
from analysis.maps import __main__ as command
from analysis.maps.differences import COSTS, leads, medians, money_lines, quantiles, shares_by_option, shares_by_third
from analysis.maps.luck import luck
from analysis.maps.monopoly import monopoly
from analysis.maps.published import STUDIES as STUDIES_OF_INDUSTRIES
from analysis.maps.regimes import Arms, read_arms
from analysis.maps.registered import EQUAL_WEIGHT, SIGNS, effects, signs
from analysis.maps.table import PROFIT, Wide, wide
from analysis.show.maps.regimes_page import MARKS, generated
from analysis.show.maps.regimes_tables import expectation_met
from analysis.study.ranges import read_axes
from sim.errors import ResultError
from tests.conftest import Ending
from tests.maps_cases import table_of
from tests.study_cases import SMALL

DOCS = Path(__file__).parents[2] / "docs"
STUDIES = Path(__file__).parents[2] / "conf" / "study"


@cache
def published() -> Arms:
    return read_arms()


def test_the_published_page_is_that_of_the_published_results() -> None:
    """Whoever changes a table writes the page again: python -m analysis.maps page=regimes folder=docs."""
    page = (DOCS / "regimes.md").read_text(encoding="utf-8")
    assert page.split(MARKS[0])[1].split(MARKS[1])[0].strip("\n") == generated(published())


def test_the_published_results_are_complete_and_are_those_of_the_study_of_the_industry() -> None:
    table = published().regimes
    assert (table.groupby(["point", "seed"])["scenario"].nunique() == len(DESIGNS) + 1).all()
    assert (len(published().one_at_a_time), len(published().monopoly)) == (26 * 20 * 3, 200 * 4)
    again = pd.read_parquet(STUDIES_OF_INDUSTRIES / "auto_insurance.parquet").astype({"scenario": "str"})
    both = table.merge(again, on=["point", "seed", "scenario"], suffixes=("", "_again"))
    assert len(both) >= 2000 * len(DESIGNS)
    np.testing.assert_allclose(both["npv_with_equity"], both["npv_with_equity_again"], rtol=1e-5)


# ---- from studies


@pytest.fixture
def studies(study: Callable[..., Ending]) -> str:
    """Run the four studies with invented runs; return their folders as the value of ``table``."""
    asked = {
        "study=regimes points=24": "a",
        "study=regimes points=8 seeds=2": "b",
        "study=registered_signs points=24": "c",
        "study=one_at_a_time seeds=3": "d",
        "study=monopoly points=20": "e",
    }
    for words, folder in asked.items():
        ended = study(*words.split(), *SMALL[1:], f"folder={folder}")
        assert ended.code == 0, ended.err
    return ",".join(asked.values())


def test_the_page_is_written_from_studies_and_keeps_what_was_written_by_hand(
    studies: str, counted: list, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["page=regimes", f"table={studies}", "folder=page"]) == 0
    assert "NPV with customer equity (profit-best) (24 environments): no_cxo " in capsys.readouterr().out
    page = Path("page/regimes.md")
    text = page.read_text(encoding="utf-8")
    for words in (
        "In 8 environments that ran",
        "(3 seeds, 95 % Student-t",
        "In 20 draws",
        "w_L held equal | `organisation.contracts.effort_substitution` | - |",
    ):
        assert words in " ".join(text.split())
    assert "Where the money comes from" not in text  # studies keep no accounts
    assert "| nan" not in text
    runs = read_arms([Path(folder) for folder in studies.split(",")]).regimes
    assert len(runs) == 24 * (len(DESIGNS) + 1) + 8 * len(DESIGNS)  # what two studies share is there once
    assert Path("page/regimes.png").stat().st_size > 5000
    page.write_text(text.replace(MARKS[0], f"Why so.\n\n{MARKS[0]}").replace("24", "25"), encoding="utf-8")
    assert command.main(["page=regimes", f"table={studies}", "folder=page"]) == 0
    assert page.read_text(encoding="utf-8") == text.replace(MARKS[0], f"Why so.\n\n{MARKS[0]}")


def test_studies_of_the_same_points_share_their_runs(study: Callable[..., Ending], counted: list) -> None:
    study("study=regimes", "points=4", *SMALL[1:], "folder=a")
    study("study=registered_signs", "points=4", *SMALL[1:], "folder=b")
    assert len(counted) == 4 * len(DESIGNS) + 4


def test_points_without_a_value_of_every_factor_span_no_map(
    study: Callable[..., Ending], capsys: pytest.CaptureFixture[str]
) -> None:
    assert study("study=one_at_a_time", "seeds=1", *SMALL[1:], "folder=d").code == 0
    assert command.main(["table=d", "folder=maps"]) == 2
    assert "has no value at some points; maps need points" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["page=regime"], "page=regime: no such page; choose from regimes"),
        (["page=regimes", "outcome=npv"], "outcome: not used with page=regimes"),
        (["page=regimes", "table=absent"], "table=absent: no such file or folder"),
        (["page=regimes", "folder=file/page"], "folder: file/page cannot be made: "),
    ],
)
def test_mistakes_are_one_line(
    words: list[str], said: str, workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("file").write_text("", encoding="utf-8")
    assert command.main(words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_study_of_other_designs_or_factors_makes_no_page(tmp_path: Path) -> None:
    table = table_of({"f.x": np.arange(30.0)}, {BASELINE: np.zeros(30), ACCOUNTABLE: np.ones(30)})
    whole = table_of({"f.x": np.arange(30.0)}, {design: np.zeros(30) for design in DESIGNS})
    outcomes = ("npv", "expected_retention_per_year", "retention_per_year", "mean_satisfaction", "initial_revenue")
    table.assign(study="regimes", **dict.fromkeys(outcomes, 1.0)).to_csv(tmp_path / "t.csv")
    with pytest.raises(ResultError, match="the study regimes lacks responsible_cxo, ceo_as_cxm"):
        read_arms([tmp_path / "t.csv"])
    whole.assign(study="regimes", **dict.fromkeys(outcomes, 1.0)).to_csv(tmp_path / "t.csv")
    with pytest.raises(ResultError, match=r"the study regimes lacks the factor market\.competition; it varies all"):
        read_arms([tmp_path / "t.csv"])
    table.to_csv(tmp_path / "t.csv")
    with pytest.raises(ResultError, match="the table lacks the columns initial_revenue, npv, expected"):
        read_arms([tmp_path / "t.csv"])


def test_the_former_command_names_those_that_do_it_now(capsys: pytest.CaptureFixture[str]) -> None:
    assert former_command.main() == 2
    error = capsys.readouterr().err
    assert "python -m analysis.study study=regimes" in error
    assert "python -m analysis.maps page=regimes" in error
    assert error.count("\n") == 1


# ---- statistics


def of_designs(values: dict[str, np.ndarray], **columns: object) -> Wide:
    """Invented outcome of each design, a year's revenue of 2."""
    n = len(next(iter(values.values())))
    return wide(table_of({"f.x": np.arange(float(n))}, values).assign(initial_revenue=2.0, **columns))


def test_the_expectation_is_met_or_not() -> None:
    assert expectation_met((0.03, 0.07, 0.75, 0.15))
    assert not expectation_met((0.02, 0.28, 0.5, 0.2))
    assert not expectation_met((0.08, 0.08, 0.76, 0.08))


def test_leads_and_quantiles_are_in_years_and_per_cent_of_revenue() -> None:
    found = of_designs(
        {d: np.concatenate([np.full(15, float(k)), np.full(15, 10.0 * k)]) for k, d in enumerate(DESIGNS)}
    )
    lead = leads(found.y)
    assert lead["ceo_as_cxm"].to_list() == [0.5] * 15 + [5.0] * 15
    assert lead[ACCOUNTABLE].to_list() == [-0.5] * 15 + [-5.0] * 15
    line = quantiles(found).set_index("design").loc[ACCOUNTABLE]
    assert line["quantiles"][[0, 2, 4]] == pytest.approx([100.0, 550.0, 1000.0])
    assert (line["mean"], line["ahead"]) == (pytest.approx(550.0), 1.0)


def test_money_lines_add_up_to_profit() -> None:
    """With a revenue of 2: margin 3 and six costs of .2 more than the baseline are 150 less 6 times 10, per cent."""
    rng = np.random.default_rng(6)
    base, ahead = np.zeros(30), rng.normal(size=30)
    table = table_of({"f.x": np.arange(30.0)}, {d: ahead if d == ACCOUNTABLE else base for d in DESIGNS})
    table = table.assign(initial_revenue=2.0, margin=1.0, **dict.fromkeys(COSTS, 1.0))
    table.loc[table["scenario"] == ACCOUNTABLE, ["margin", *COSTS]] += [3.0, *[0.2] * 6]
    rows = {label: (count, lines) for label, count, lines in money_lines(table, wide(table))}
    assert rows[ACCOUNTABLE] == (30, pytest.approx([150.0, *[10.0] * 6, 90.0]))
    assert rows["responsible_cxo"] == (30, pytest.approx([0.0] * 8))
    assert rows[f"{ACCOUNTABLE}, where {ACCOUNTABLE} is best"][0] == (ahead > 0.0).sum()


def test_who_is_best_in_parts_of_the_points() -> None:
    rng = np.random.default_rng(5)
    x = {"f.a": rng.permutation(90) / 90.0, "f.c": np.array(["x", "y", "z"] * 30)}
    better = np.where(x["f.c"] == "z", 1.0, x["f.a"] - 0.5)
    found = wide(table_of(x, {d: better if d == ACCOUNTABLE else np.zeros(90) for d in DESIGNS}))
    options = shares_by_option(found, "f.c")
    assert options["z"][ACCOUNTABLE] == 1.0
    assert options["x"].sum() == pytest.approx(1.0)
    thirds = shares_by_third(found, "f.a")
    assert thirds["high"][ACCOUNTABLE] == 1.0
    low = x["f.a"] < np.sort(x["f.a"])[30]
    assert thirds["low"][ACCOUNTABLE] == pytest.approx((better[low] > 0.0).mean())
    middle = np.median(x["f.a"][better > 0.0])
    assert medians(found, "f.a")[1 + DESIGNS.index(ACCOUNTABLE)] == pytest.approx(middle)


def test_luck_is_all_or_nothing_where_it_is() -> None:
    rng = np.random.default_rng(4)
    first, fresh = ({design: rng.normal(size=300) for design in DESIGNS} for _ in range(2))

    def twice(second: dict[str, np.ndarray]) -> Wide:
        x = {"f.x": np.arange(300.0)}
        return wide(pd.concat([table_of(x, first), table_of(x, second).assign(seed=1)]))

    certain, chance = luck(twice(first), ACCOUNTABLE), luck(twice(fresh), ACCOUNTABLE)
    assert certain is not None
    assert chance is not None
    assert certain.n == 300
    assert certain.agreement == certain.agreement_clear == 1.0
    assert certain.noise_share == pytest.approx(0.0, abs=1e-12)
    assert certain.mean_shares == certain.first_shares
    assert chance.agreement == pytest.approx(chance.agreement_by_chance, abs=0.1)
    assert chance.noise_share == pytest.approx(1.0, abs=0.15)
    assert luck(of_designs(first), ACCOUNTABLE) is None


def test_signs_are_told_from_the_data_not_from_the_registration() -> None:
    rng = np.random.default_rng(3)
    n = 400
    x = {look.factor: rng.uniform(size=n) for look in SIGNS}
    gain = x["market.competition"] - x["finance.margin"] + 0.01 * rng.normal(size=n)
    y = {BASELINE: np.zeros(n), ACCOUNTABLE: gain, EQUAL_WEIGHT: -x["organisation.contracts.effort_substitution"]}
    felt = {BASELINE: np.zeros(n), ACCOUNTABLE: x["market.competition"], EQUAL_WEIGHT: rng.normal(size=n)}
    found = signs(SIGNS, wide(table_of(x, y)), wide(table_of(x, felt, "mean_satisfaction"), "mean_satisfaction"))
    by_factor = found.assign(factor=[look.factor for look in found["look"]]).set_index("factor")
    assert by_factor["verdict"]["market.competition"] == "as registered"
    assert by_factor["verdict"]["finance.margin"] == "opposite"
    assert by_factor["verdict"]["organisation.contracts.effort_substitution"] == "as registered"
    assert by_factor["verdict"].to_list().count("not distinguishable") >= 8
    half = x["market.competition"] > np.median(x["market.competition"])
    ranks = [pd.Series(values[half]).rank() for values in (x["finance.margin"], gain)]
    assert by_factor["rho_where_felt"]["finance.margin"] == pytest.approx(np.corrcoef(*ranks)[0, 1])


def test_the_registered_signs_are_those_of_the_specification() -> None:
    registered = {look.factor.split(".")[-1]: look.expected for look in SIGNS}
    assert registered == {
        "interdependence": 1,
        "competition": 1,
        "margin": 1,
        "strength": 1,
        "talent_mean": 1,
        "commitment_mean": 1,
        "fix_effect": 1,
        "kpi_noise_sd": -1,
        "office_share": -1,
        "gaming_cost": 1,
        "impatience": -1,
        "effort_quality": -1,
        "effort_substitution": -1,
    }
    assert {look.factor for look in SIGNS} <= {axis.parameter for axis in read_axes()}
    asked = yaml.safe_load((STUDIES / "one_at_a_time.yaml").read_text(encoding="utf-8"))
    assert asked["factors"] == [look.factor for look in SIGNS]
    assert (asked["luck"], asked["levels"]) == ("common", 2)  # both ends under the same seeds


def test_one_factor_at_a_time_tells_what_each_does() -> None:
    """Every factor raises the gain by 1 of a revenue of 2, 50 %, from its low to its high end; the second lowers it."""
    rows = []
    for place, look in enumerate(SIGNS):
        for end in (0, 1):
            for seed in range(10):
                noise = 0.1 * np.random.default_rng(seed).normal()
                for design in (BASELINE, ACCOUNTABLE, EQUAL_WEIGHT):
                    gain = 0.0 if design == BASELINE else 1.0 + end * (-1.0 if place == 1 else 1.0) + noise
                    keys = {"point": 2 * place + end, "seed": seed, "scenario": design, "initial_revenue": 2.0}
                    rows.append({**keys, look.factor: 3.0 + end, PROFIT: gain, "mean_satisfaction": gain / 2.0})
    found = effects(pd.DataFrame(rows), SIGNS)
    assert [effect.change.mean for effect in found] == pytest.approx([50.0, -50.0, *[50.0] * 11])
    assert (found[0].change.low, found[0].change.high) == pytest.approx((50.0, 50.0))
    assert found[0].gain_low.low < 50.0 < found[0].gain_low.high
    assert (found[0].low, found[0].high) == (3.0, 4.0)
    assert found[0].satisfaction_high - found[0].satisfaction_low == pytest.approx(0.5)
    assert [effect.verdict for effect in found[:2]] == ["as registered", "opposite"]
    assert found[7].verdict == "opposite"  # registered with a minus


def test_a_monopoly_is_told_from_retention_and_gain() -> None:
    zero, n = np.zeros(20), 20
    gain = np.where(np.arange(n) < 5, 1.0, -1.0)
    table = table_of({"f.x": np.arange(20.0)}, {d: gain if d == ACCOUNTABLE else zero for d in DESIGNS})
    table = table.assign(initial_revenue=4.0, npv=0.0, retention_per_year=0.8, expected_retention_per_year=0.8)
    table.loc[(table["scenario"] == ACCOUNTABLE) & (table["point"] < 2), "retention_per_year"] += 0.003
    found = monopoly(table)
    assert (found.n, found.share_not_above) == (20, {PROFIT: 0.75, "npv": 1.0})
    assert found.largest_gain == pytest.approx(0.25)
    assert found.max_retention_difference == pytest.approx(0.003)
    assert found.share_retention_equal == pytest.approx(0.9)


# ---- the model itself


@pytest.mark.slow
def test_in_a_monopoly_designs_keep_the_same_customers_and_accountability_does_not_pay(
    workplace: Path, quiet_logging: None
) -> None:
    """Over 40 draws: retention differs by under .2 points, and accountable <= nobody on profit in at least 95 %."""
    from analysis.study.__main__ import main
    from analysis.study.table import read_study

    assert main(["study=monopoly", "points=40", "population.n_customers=1000", "folder=a", "engine.workers=1"]) == 0
    found = monopoly(read_study("a"))
    assert found.n == 40
    assert found.max_retention_difference < 0.002
    assert found.share_not_above[PROFIT] >= 0.95
    assert found.share_not_above["npv"] >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "arm"),
    [
        ("study=regimes points=2", "regimes"),
        ("study=registered_signs points=2", "regimes"),
        ("study=one_at_a_time seeds=1", "one_at_a_time"),
        ("study=monopoly points=2", "monopoly"),
    ],
)
def test_a_study_of_today_finds_what_was_published(workplace: Path, quiet_logging: None, asked: str, arm: str) -> None:
    """Every arm at the published size, to the digits that the store and the published table keep."""
    from analysis.study.__main__ import main
    from analysis.study.table import read_study

    assert main([*asked.split(), "population.n_customers=2000", "folder=a", "engine.workers=1"]) == 0
    found = read_study("a")
    both = found.merge(getattr(published(), arm), on=["point", "seed", "scenario"], suffixes=("", "_published"))
    assert len(both) == len(found)
    np.testing.assert_allclose(both[PROFIT], both[f"{PROFIT}_published"], rtol=1e-4)
