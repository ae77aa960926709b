"""Pairs of designs: paired differences, return on what was spent, payback, and what is no pair."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

import sim
from sim.accounts import GOVERNANCE_LINES, LINES, discount_factors
from sim.comparison import mean_interval, paired_statistics, payback_period, return_on_spend
from sim.errors import ResultError
from sim.parameters import Parameters
from sim.results import Results
from tests.fakes import fake_replicate, fake_results


def test_differences_are_paired_student_t(base: Parameters) -> None:
    rng = np.random.default_rng(1)
    luck = rng.normal(0.0, 3.0, 12)
    values, baseline = luck + rng.normal(1.0, 0.1, 12), luck + rng.normal(0.0, 0.1, 12)
    found = paired_statistics(values, baseline)
    interval = stats.ttest_rel(values, baseline).confidence_interval(0.95)
    assert found["difference"] == pytest.approx(np.mean(values - baseline))
    assert found["low"] == pytest.approx(interval.low)
    assert found["high"] == pytest.approx(interval.high)
    assert found["standard_error"] == pytest.approx(stats.sem(values - baseline))
    independent = values.var(ddof=1) + baseline.var(ddof=1)
    assert found["variance_reduction"] == pytest.approx(1.0 - np.var(values - baseline, ddof=1) / independent)


def test_the_interval_of_a_mean_is_student_t() -> None:
    values = np.random.default_rng(2).normal(5.0, 1.0, 9)
    interval = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert mean_interval(values) == pytest.approx((values.mean(), interval.low, interval.high))


def test_two_replicates_have_an_interval() -> None:
    half = 12.706204736432095  # t with one degree of freedom, times an error of 1
    assert mean_interval(np.array([0.0, 2.0])) == pytest.approx((1.0, 1.0 - half, 1.0 + half))
    assert np.isnan(mean_interval(np.array([2.0]))[1:]).all()


def test_one_replicate_has_no_interval() -> None:
    found = paired_statistics(np.array([2.0]), np.array([1.0]))
    assert found["difference"] == 1.0
    assert np.isnan([found["low"], found["high"], found["standard_error"]]).all()


def test_a_design_against_itself_differs_by_nothing(results: Results, base: Parameters) -> None:
    found = sim.difference(results, fake_results(base))
    assert (found.outcomes.difference == 0.0).all()
    assert np.isnan(found.roi)
    assert found.payback_months is None
    assert found.share_paid_back == 0.0


def test_missing_numbers_are_explained(base: Parameters) -> None:
    one = base.model_copy(update={"run": base.run.model_copy(update={"n_replicates": 1})})
    alone = sim.difference(fake_results(one, decision_rights=0.8), fake_results(one))
    assert np.isnan([alone.roi_low, alone.roi_high]).all()
    assert np.isfinite(alone.roi)
    assert alone.note == "one replicate has no standard error and no interval: raise run.n_replicates"
    same = sim.difference(fake_results(base), fake_results(base))
    name = base.scenario.name
    assert same.note == f"no return on spend: {name} does not spend more than {name}"
    assert sim.difference(fake_results(base, decision_rights=0.8), fake_results(base)).note == ""


def test_return_and_payback_by_hand(base: Parameters) -> None:
    design, baseline = fake_results(base, decision_rights=0.8), fake_results(base)
    found = sim.difference(design, baseline)
    clock = base.time
    factors = discount_factors(clock.n_horizon, clock.periods_per_year, base.finance.discount_rate)
    ours, theirs = design.tables.accounts, baseline.tables.accounts
    profit = (ours["profit"] - theirs["profit"])[:, clock.n_burn_in :] @ factors
    spend = sum((ours[line] - theirs[line])[:, clock.n_burn_in :] @ factors for line in GOVERNANCE_LINES)
    assert found.roi == pytest.approx(profit.mean() / spend.mean())
    assert found.roi_low <= found.roi <= found.roi_high
    assert found.outcomes.loc["nps", "difference"] == pytest.approx(0.8)
    assert found.outcomes.loc["nps", "unit"] == "points"
    cumulative = found.cumulative.mean(axis=0)
    month = found.payback_months
    assert month is not None
    assert (cumulative[int(month) - 1 :] > 0.0).all()
    assert cumulative[int(month) - 2] <= 0.0


def test_three_pairs_by_hand() -> None:
    found = paired_statistics(np.array([1.0, 2.0, 6.0]), np.array([0.0, 2.0, 1.0]))
    half = 4.302652729911275 * np.sqrt(7.0 / 3.0)  # t with two degrees of freedom
    expected = {
        "mean": 3.0, "baseline_mean": 1.0, "difference": 2.0, "standard_error": np.sqrt(7.0 / 3.0),
        "low": 2.0 - half, "high": 2.0 + half, "variance_reduction": 1.0 - 7.0 / 8.0,
    }  # fmt: skip
    assert found == pytest.approx(expected)
    assert np.isnan(paired_statistics(np.ones(3), np.zeros(3))["variance_reduction"])


def test_a_return_and_its_jackknife_by_hand() -> None:
    # 3 over 2; without the first 4 / 3, without the second 2 / 1: their error is 1 / 3.
    half = 12.706204736432095 / 3.0
    assert return_on_spend(np.array([2.0, 4.0]), np.array([1.0, 3.0])) == pytest.approx((1.5, 1.5 - half, 1.5 + half))
    ratio, low, high = return_on_spend(np.array([3.0]), np.array([2.0]))
    assert ratio == 1.5
    assert np.isnan([low, high]).all()


@pytest.mark.parametrize(
    ("profit", "spend"),
    [
        ([1.0, 2.0], [0.0, 0.0]),
        ([1.0, 2.0], [-3.0, 1.0]),
        ([1e12, -1.0], [500.0, 600.0]),
        ([1.0, -1e12], [500.0, 600.0]),
    ],
)
def test_what_spends_no_more_than_rounding_has_no_return(profit: list[float], spend: list[float]) -> None:
    assert np.isnan(return_on_spend(np.array(profit), np.array(spend))).all()


def planted(base: Parameters, profits: list[list[float]], office: float) -> Results:
    """Return results of a year before the switch and two after it, in quarters, whose profits and spend are given."""
    replicates = []
    for number, profit in enumerate(profits):
        accounts = {line: np.zeros(12) for line in LINES}
        accounts |= {"profit": np.array(profit), "office": np.full(12, office), "revenue": np.full(12, 1e6 * office)}
        replicates.append(dataclasses.replace(fake_replicate(base, number), accounts=accounts))
    return Results.from_replicates(base, replicates, 1.0)


def test_payback_return_and_share_paid_back_by_hand() -> None:
    keys = ("time.periods_per_year=4", "time.burn_in_years=1", "time.horizon_years=2", "finance.discount_rate=0.1")
    base = sim.compose(*keys, "run.n_replicates=2")
    after = [[-10.0, *[4.0] * 7], [-10.0, *[0.0] * 7]]
    design = planted(base, [[7.0] * 4 + one for one in after], office=1.0)
    found = sim.difference(design, planted(base, [[0.0] * 12] * 2, office=0.0))
    factors = 1.1 ** -(np.arange(0.5, 8.0) / 4.0)
    assert found.cumulative == pytest.approx(np.cumsum(np.array(after) * factors, axis=1))
    # Two a quarter on average: 9.88 are not paid back after 6 quarters (9.20) and are after 7 (10.92).
    assert found.payback_months == 21.0
    assert found.share_paid_back == 0.5
    assert found.roi == pytest.approx((np.array(after) @ factors).mean() / factors.sum())
    assert found.outcomes.index.name == "outcome"
    assert (found.scenario, found.baseline) == (base.scenario.name, base.scenario.name)


@pytest.mark.parametrize(
    ("cumulative", "period"),
    [
        ([1.0, 2.0], 1),
        ([-1.0, 1.0], 2),
        ([-1.0, 1.0, -1.0, 1.0], 4),
        ([1.0, -1.0], None),
        ([0.0], None),
        ([np.nan], None),
    ],
)
def test_payback_is_the_first_period_that_stays_positive(cumulative: list[float], period: int | None) -> None:
    assert payback_period(np.array(cumulative)) == period


def test_return_on_spend_covers_the_truth_in_95_percent_of_samples() -> None:
    # 400 samples: the share covered has an SD of 0.011, so 0.90 to 0.99 is wrong once in 10 000.
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(400):
        spend = rng.normal(100.0, 5.0, 20)
        profit = 0.5 * spend + rng.normal(0.0, 20.0, 20)
        _, low, high = return_on_spend(profit, spend)
        covered += low <= 0.5 <= high
    assert 0.90 <= covered / 400 <= 0.99


@pytest.mark.parametrize(
    ("override", "key"),
    [
        ("run.seed=1", "run.seed"),
        ("run.n_replicates=3", "run.n_replicates"),
        ("time.horizon_years=3", "time.horizon_years"),
        ("time.burn_in_years=1", "time.burn_in_years"),
        ("time.periods_per_year=4", "time.periods_per_year"),
        ("finance.discount_rate=0.2", "finance.discount_rate"),
        ("finance.currency=USD", "finance.currency"),
    ],
)
def test_what_is_not_a_pair_is_refused(results: Results, override: str, key: str) -> None:
    other = fake_results(sim.compose("time.horizon_years=2", "run.n_replicates=4", override))
    with pytest.raises(ResultError, match=f"{key}: .* paired comparison"):
        sim.difference(other, results)
