"""A design is said to be ahead of the others only where scipy and Holm say so; equivalence is explained in money."""

from __future__ import annotations

import dataclasses
from types import ModuleType

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from analysis.command.numbers import tie
from analysis.compare.comparison import Comparison, make_comparison
from analysis.compare.deciding import DECIDES, OTHER
from analysis.compare.verdicts import read_verdicts
from analysis.show.memo.answer import answer, what_equivalent_means
from analysis.show.memo.ranking import lead_of, order_of_best
from analysis.show.pictures import loyalty_profit, outcomes_over_time
from sim.results import Results
from tests.memo_cases import invent, with_row

N = 12
BEST = "accountable_cxo"


def earning(comparison: Comparison, gains: dict[str, float], spread: float, seed: int = 3) -> Comparison:
    """Let designs earn so much more than the baseline with customer equity, give or take the luck of a replicate."""
    rng, shared, results = np.random.default_rng(seed), np.random.default_rng(0).normal(7e6, 1e5, N), {}
    for name, one in comparison.results.items():
        earned = shared + gains.get(name, 0.0) + rng.normal(0.0, spread, N)
        tables = dataclasses.replace(one.tables, summary={**one.tables.summary, DECIDES: earned})
        results[name] = Results(one.parameters, tables, one.manifest)
    return make_comparison(comparison.request, results, "cap")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return invent(n_replicates=N)


@pytest.mark.parametrize(("spread", "seed"), [(1e3, 1), (3e4, 2), (6e4, 3), (9e4, 4), (3e5, 5)])
def test_a_lead_is_what_paired_tests_and_holm_of_other_packages_say(
    comparison: Comparison, spread: float, seed: int
) -> None:
    gains = {"responsible_cxo": 100e3, BEST: 200e3, "ceo_as_cxm": 130e3}
    moved = earning(comparison, gains, spread, seed)
    values = {name: one.tables.summary[DECIDES] for name, one in moved.results.items()}
    others = [name for name in moved.designs if name != BEST]
    tests = {name: stats.ttest_rel(values[BEST], values[name]) for name in others}
    clear = multipletests([test.pvalue for test in tests.values()], 0.05, "holm")[0].all()
    lead = lead_of(moved, BEST, DECIDES)
    assert lead is not None
    assert lead.over_all == (clear and all(test.statistic > 0.0 for test in tests.values()))
    expected = tests[lead.second].confidence_interval(0.95)
    assert (lead.interval.low, lead.interval.high) == pytest.approx((expected.low, expected.high))
    assert values[lead.second].mean() == max(values[name].mean() for name in others)


def test_the_answer_says_that_a_design_is_ahead_of_every_other_only_where_it_is(comparison: Comparison) -> None:
    ahead = earning(comparison, {"responsible_cxo": 100e3, BEST: 400e3, "ceo_as_cxm": 150e3}, 1e4)
    first = answer(read_verdicts(ahead)).split(". By ")[0]
    assert "and than every other design (than the next, \u201cThe CEO is the customer experience manager\u201d" in first
    assert "; against the baseline " in first
    assert "ahead of every other design" in order_of_best(read_verdicts(ahead))[0]
    level = earning(comparison, {"responsible_cxo": 100e3, BEST: 402e3, "ceo_as_cxm": 400e3}, 1e4)
    assert "every other design" not in answer(read_verdicts(level))
    assert "their order is open" in order_of_best(read_verdicts(level))[0]


def test_two_designs_are_compared_with_each_other_by_name() -> None:
    two = invent(designs=("no_cxo", "responsible_cxo", BEST), n_replicates=N)
    moved = earning(two, {"responsible_cxo": 100e3, BEST: 400e3}, 1e4)
    assert "and than \u201cResponsible chief experience officer\u201d (by EUR " in answer(read_verdicts(moved))


def test_nobody_leads_where_there_is_nobody_else_or_one_replicate() -> None:
    assert lead_of(invent(designs=("no_cxo", BEST), n_replicates=3), BEST, DECIDES) is None
    assert order_of_best(read_verdicts(invent(n_replicates=1))) == []


def test_what_equivalent_means_is_said_in_money_and_a_smaller_loss_called_worse_is_explained(
    comparison: Comparison,
) -> None:
    plain = comparison
    for outcome in (DECIDES, OTHER):
        for design in plain.designs:
            plain = with_row(plain, design, outcome, verdict="better", difference=9e6, smallest_effect=1.6e6)
    assert what_equivalent_means(read_verdicts(plain)) == ""
    same = with_row(plain, "responsible_cxo", OTHER, verdict="equivalent", difference=-1.17e6)
    assert what_equivalent_means(read_verdicts(same)).count("EUR 1.60 m") == 1
    assert "although" not in what_equivalent_means(read_verdicts(same))
    turned = with_row(same, BEST, OTHER, verdict="worse", difference=-0.95e6)
    assert "\u201cAccountable chief experience officer\u201d is worse although" in what_equivalent_means(
        read_verdicts(turned)
    )


def test_numbers_and_their_units_stay_on_one_line_and_commands_as_they_are() -> None:
    assert "+24.0\u00a0k" in tie("EUR +8.5 k, 95 % interval \u22126.9 to +24.0 k)")
    assert tie("python -m analysis.compare min_replicates=80 industry=telecom") == (
        "python -m analysis.compare min_replicates=80 industry=telecom"
    )
    assert tie("12 months, 5 years") == "12 months, 5 years"


@pytest.mark.parametrize("picture", [loyalty_profit, outcomes_over_time])
def test_two_designs_are_both_and_never_all_two(picture: ModuleType) -> None:
    two = invent(designs=("accountable_cxo", "no_cxo", "ceo_as_cxm"))
    first, second = two.designs
    for outcome in dict.fromkeys(two.table.loc[two.table["headline"], "outcome"]):
        for design in two.designs:
            two = with_row(two, design, outcome, verdict="cannot tell yet")
    mixed = with_row(two, first, "mean_satisfaction", verdict="worse")
    mixed = with_row(mixed, second, "retention_per_year", verdict="better")
    for case in (two, mixed):
        words = picture.sentence(read_verdicts(case))
        assert "both" in words
        assert "all two" not in words
