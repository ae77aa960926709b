"""The table of a comparison, column by column, against scipy; and what a comparison says of itself."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.compare.comparison import Comparison, make_comparison
from sim.errors import ResultError
from sim.outcomes import OUTCOMES
from tests.memo_cases import fluctuating, with_industry, with_row, with_title
from tests.why_cases import with_column

COLUMNS = [
    "design", "outcome", "title", "unit", "direction", "group", "headline", "mean", "mean_low", "mean_high",
    "difference", "low", "high", "method", "p_value", "p_holm", "p_equivalence", "smallest_effect", "precision",
    "verdict", "n_replicates", "replicates_needed", "variance_reduction",
]  # fmt: skip


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return fluctuating()


def test_a_row_is_what_scipy_makes_of_the_replicates(comparison: Comparison) -> None:
    assert comparison.table.columns.tolist() == COLUMNS
    for name, scale in (("npv", None), ("retention_per_year", 0.1)):
        ours, theirs = (comparison.results[one].tables.summary[name] for one in ("accountable_cxo", "no_cxo"))
        row, outcome = comparison.row("accountable_cxo", name), OUTCOMES[name]
        declared = (outcome.title, outcome.unit, outcome.direction, outcome.group, outcome.headline)
        assert (row["title"], row["unit"], row["direction"], row["group"], row["headline"]) == declared
        for column, values in (("mean", ours), ("difference", ours - theirs)):
            interval = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
            ends = ("mean_low", "mean_high") if column == "mean" else ("low", "high")
            assert row[[column, *ends]].tolist() == pytest.approx([values.mean(), interval.low, interval.high])
        apart = ours.var(ddof=1) + theirs.var(ddof=1)
        assert row["variance_reduction"] == pytest.approx(1.0 - (ours - theirs).var(ddof=1) / apart)
        size = abs(theirs.mean()) if scale is None else scale
        assert row["smallest_effect"] == pytest.approx(0.3 * size)
        assert row["precision"] == pytest.approx(0.02 * size)
        needed = int(row["replicates_needed"])
        half = [stats.t.ppf(0.975, n - 1) * (ours - theirs).std(ddof=1) / math.sqrt(n) for n in (needed - 1, needed)]
        assert half[0] > row["precision"] >= half[1]
        assert (row["method"], row["n_replicates"]) == ("student", 12)


def test_the_baseline_has_a_level_and_no_difference(comparison: Comparison) -> None:
    row = comparison.row("no_cxo", "npv")
    values = comparison.baseline.tables.summary["npv"]
    interval = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert row[["mean", "mean_low", "mean_high"]].tolist() == pytest.approx(
        [values.mean(), interval.low, interval.high]
    )
    unknown = [
        "difference",
        "low",
        "high",
        "p_value",
        "p_holm",
        "p_equivalence",
        "replicates_needed",
        "variance_reduction",
    ]
    assert row[unknown].isna().all()
    assert (row["verdict"], row["method"], row["n_replicates"]) == ("", "", 12)
    assert row["smallest_effect"] == pytest.approx(0.3 * abs(values.mean()))


def test_a_comparison_says_what_it_compares(comparison: Comparison) -> None:
    assert with_title(comparison, "accountable_cxo", "Somebody").titles["accountable_cxo"] == "Somebody"
    assert with_title(comparison, "accountable_cxo", "").titles["accountable_cxo"] == "accountable_cxo"
    assert with_industry(comparison, "Lighthouses").industry == "Lighthouses"
    assert with_industry(comparison, "").industry == comparison.baseline.parameters.industry.name
    assert (comparison.currency, comparison.n_replicates, comparison.designs) == (
        comparison.baseline.parameters.finance.currency, 12, ["responsible_cxo", "accountable_cxo"]
    )  # fmt: skip


def test_decisive_are_headline_differences_that_vary(comparison: Comparison) -> None:
    assert comparison.n_decisive == 2 * 7
    assert with_row(comparison, "accountable_cxo", "npv", low=1.0, high=1.0).n_decisive == 13
    assert with_row(comparison, "accountable_cxo", "npv", low=np.nan, high=np.nan).n_decisive == 13
    assert with_row(comparison, "accountable_cxo", "mean_morale", low=1.0, high=1.0).n_decisive == 14


def test_a_row_that_is_not_there_once_is_an_error(comparison: Comparison) -> None:
    for pair in (("nobody", "npv"), ("no_cxo", "luck")):
        with pytest.raises(KeyError):
            comparison.row(*pair)
    twice = Comparison(
        comparison.request, comparison.results, pd.concat([comparison.table] * 2), comparison.stopped_because
    )
    with pytest.raises(KeyError):
        twice.row("no_cxo", "npv")


def test_results_that_are_missing_are_named(comparison: Comparison) -> None:
    results = {name: one for name, one in comparison.results.items() if name != "responsible_cxo"}
    with pytest.raises(ResultError, match="no results of responsible_cxo"):
        make_comparison(comparison.request, results, "cap")


@pytest.mark.parametrize(("outcome", "n_others"), [("npv", 2 * 6), ("mean_morale", 2 * (len(OUTCOMES) - 8))])
def test_what_never_varies_is_no_member_of_a_family(comparison: Comparison, outcome: str, n_others: int) -> None:
    same = comparison.baseline.tables.summary[outcome]
    constant = {name: with_column(one, "summary", outcome, same) for name, one in comparison.results.items()}
    table = make_comparison(comparison.request, constant, "cap").table
    rows = table[table["design"] != "no_cxo"].set_index("outcome")
    assert rows.loc[outcome, "p_holm"].tolist() == [1.0, 1.0]
    family = rows[rows["headline"] == OUTCOMES[outcome].headline].drop(outcome)
    smallest = family.sort_values("p_value").iloc[0]
    assert smallest["p_holm"] == pytest.approx(min(1.0, n_others * smallest["p_value"]))
    assert smallest["p_holm"] < 1.0
