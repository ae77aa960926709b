"""The share of customer equity at which a design breaks even: Fieller's interval, from outside."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from analysis.compare.comparison import Comparison
from analysis.compare.verdicts import read_verdicts
from analysis.explain.equity import break_even_share, equity_share
from analysis.show.memo.content import Table
from analysis.show.memo.doubts import break_even
from analysis.show.memo.levers import costly_levers
from sim.results import Results
from tests.memo_cases import attribution_of, invent

N_EXPERIMENTS = 2_000


@pytest.mark.parametrize("correlation", [-0.7, 0.0, 0.8])
def test_the_interval_covers_the_true_ratio_as_often_as_it_says(correlation: float) -> None:
    """95 % nominal; 2,000 experiments have a standard error of 0.5 points; 4 of them: one false alarm in 16,000."""
    rng = np.random.default_rng(5)
    spread = np.array([[1.0, correlation], [correlation, 1.0]])
    draws = rng.multivariate_normal([-3.0, 5.0], spread, size=(N_EXPERIMENTS, 12))
    found = [break_even_share(one[:, 0], one[:, 1], 0.95) for one in draws]
    covered = np.mean([share.low <= 0.6 <= share.high for share in found])
    assert covered == pytest.approx(0.95, abs=4 * 0.00487)


def test_at_the_ends_of_the_interval_the_t_statistic_is_at_its_limit() -> None:
    from scipy import stats

    rng = np.random.default_rng(6)
    profit, equity = rng.normal(-4.0, 2.0, 20), rng.normal(6.0, 3.0, 20)
    found = break_even_share(profit, equity, 0.9)
    for share in (found.low, found.high):
        assert stats.ttest_1samp(profit + share * equity, 0.0).pvalue == pytest.approx(0.1, abs=1e-9)
    assert found.low < found.share < found.high
    assert (profit + found.share * equity).mean() == pytest.approx(0.0, abs=1e-12)


def test_without_certain_equity_there_is_no_share() -> None:
    rng = np.random.default_rng(7)
    noise = rng.normal(0.1, 5.0, 10)
    for equity in (noise, -np.abs(noise)):
        assert np.isnan(break_even_share(rng.normal(-1.0, 1.0, 10), equity, 0.95).share)


def shown(comparison: Comparison, design: str) -> tuple[str, ...]:
    table = break_even(read_verdicts(comparison))
    assert isinstance(table, Table)
    return table.rows[comparison.designs.index(design)][3].lines


def with_profits(comparison: Comparison, design: str, npv: float, equity: float) -> Comparison:
    """Set the differences of a design to values with a little luck."""
    ours, theirs = comparison.results[design], comparison.baseline
    luck = np.linspace(-0.01, 0.01, ours.n_replicates)
    summary = dict(ours.tables.summary)
    summary["npv"] = theirs.tables.summary["npv"] + npv * (1.0 + luck)
    summary["npv_with_equity"] = theirs.tables.summary["npv_with_equity"] + (npv + equity) * (1.0 + luck)
    tables = dataclasses.replace(ours.tables, summary=summary)
    changed = Results(ours.parameters, tables, ours.manifest)
    return dataclasses.replace(comparison, results={**comparison.results, design: changed})


def test_the_memo_says_what_share_it_takes() -> None:
    comparison, design = invent(), "accountable_cxo"
    cases = [((-60e3, 100e3), "60 %"), ((-200e3, 100e3), "more than all"), ((50e3, 100e3), "none"),
             ((-60e3, -10e3), "adds none for certain")]  # fmt: skip
    for profits, words in cases:
        changed = with_profits(comparison, design, *profits)
        assert shown(changed, design)[0] == words, profits
    assert equity_share(with_profits(comparison, design, -60e3, 100e3), design).share == pytest.approx(0.6)


def test_levers_that_take_away_are_named_with_their_keys() -> None:
    comparison = invent()
    found = attribution_of("accountable_cxo", {"incentives": 4000.0, "budget": -2500.0})
    decides = found.frame["outcome"] == "npv_with_equity"
    frame = found.frame.copy()
    group = str(frame["group"].iloc[0])
    frame.loc[decides, ["contribution", "low", "high"]] = 1.0, 0.5, 1.5
    assert costly_levers(read_verdicts(comparison), dataclasses.replace(found, frame=frame)) == ""
    frame.loc[decides & (frame["group"] == group), ["contribution", "low", "high"]] = -9.0, -11.0, -7.0
    words = costly_levers(read_verdicts(comparison), dataclasses.replace(found, frame=frame))
    assert group in words
    assert all(key in words for key in found.groups[group])


def test_one_replicate_has_a_share_and_no_interval() -> None:
    one = break_even_share(np.array([-1.0]), np.array([4.0]), 0.95)
    assert one.share == 0.25
    assert np.isnan([one.low, one.high]).all()
    for equity in (0.0, -4.0):
        assert np.isnan(break_even_share(np.array([-1.0]), np.array([equity]), 0.95).share)
    two = break_even_share(np.array([-1.0, -1.0]), np.array([4.0, 4.0]), 0.95)
    assert (two.share, two.low, two.high) == (0.25, 0.25, 0.25)
    none = break_even_share(np.array([-1.0, -1.0]), np.array([0.0, 0.0]), 0.95)
    assert np.isnan([none.share, none.low, none.high]).all()


@pytest.mark.parametrize("unit", [1e-4, 1e4])
def test_the_share_does_not_depend_on_the_currency(unit: float) -> None:
    rng = np.random.default_rng(6)
    profit, equity = rng.normal(-4.0, 2.0, 20), rng.normal(6.0, 3.0, 20)
    for n in (1, 20):
        given, found = (break_even_share(x * profit[:n], x * equity[:n], 0.95) for x in (1.0, unit))
        assert (found.share, found.low, found.high) == pytest.approx((given.share, given.low, given.high), nan_ok=True)
        assert found.share > 0.0
