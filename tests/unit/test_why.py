"""Explanations of a difference: bridge, gaps, hand-offs, timeline and the interrupted series, on real small runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.compare.comparison import Comparison
from analysis.explain.bridge import profit_bridge
from analysis.explain.gaps import gap_waterfall
from analysis.explain.handoffs import handoff_losses, journey_losses
from analysis.explain.interrupted import fit_changes, interrupted_series
from analysis.explain.pairs import Ratio
from analysis.explain.timeline import bootstrap_samples, timeline
from analysis.show.comparison.files import discounted_accounts
from sim.comparison import payback_period
from sim.errors import ResultError
from tests.why_cases import run_comparison, with_column, with_design

DESIGN = "accountable_cxo"


@pytest.fixture(scope="module")
def small() -> Comparison:
    return run_comparison(DESIGN, "responsible_cxo")


def replaced(comparison: Comparison, table: str, name: str, values: np.ndarray) -> Comparison:
    """Return the comparison with a column of the design planted."""
    return with_design(comparison, DESIGN, with_column(comparison.results[DESIGN], table, name, values))


# Profit bridge


@pytest.mark.parametrize(("with_equity", "outcome"), [(False, "npv"), (True, "npv_with_equity")])
def test_the_bridge_adds_up_to_the_profit_difference(small: Comparison, with_equity: bool, outcome: str) -> None:
    bridge = profit_bridge(small, DESIGN, with_equity=with_equity)
    ours, theirs = small.results[DESIGN].tables.summary, small.baseline.tables.summary
    expected = float(np.mean(ours[outcome] - theirs[outcome]))
    assert bridge["difference"].sum() == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_line_of_the_bridge_is_its_discounted_difference_signed_as_profit(small: Comparison) -> None:
    bridge = profit_bridge(small, DESIGN).set_index("line")
    rows = []
    for results in (small.results[DESIGN], small.baseline):
        lines = results.accounts[(results.accounts["line"] == "office") & (results.accounts["period"] >= 24)]
        value = lines["value"] * 1.1 ** (-(lines["period"] - 24 + 0.5) / 12)
        rows.append(value.groupby(lines["replicate"]).sum().to_numpy())
    paired = rows[1] - rows[0]
    interval = stats.t.interval(0.95, 3, paired.mean(), stats.sem(paired))
    assert bridge.loc["office", ["difference", "low", "high"]].to_list() == pytest.approx([paired.mean(), *interval])
    assert bridge.loc["office", "difference"] < 0.0


def test_bridge_and_net_present_value_follow_from_the_accounts_that_are_written(small: Comparison) -> None:
    accounts = discounted_accounts(small).set_index(["design", "replicate", "month"])
    costs = accounts.drop(columns=["revenue", "profit"])
    np.testing.assert_allclose(accounts["revenue"] - costs.sum(axis=1), accounts["profit"], rtol=1e-9, atol=1e-6)
    values = accounts.groupby(["design", "replicate"]).sum()
    for name, results in small.results.items():
        np.testing.assert_allclose(values.loc[name, "profit"], results.tables.summary["npv"], rtol=1e-9)
    apart = (values.loc[DESIGN] - values.loc[small.request.baseline]).mean()
    bridge = profit_bridge(small, DESIGN).set_index("line")["difference"]
    assert bridge["revenue"] == pytest.approx(apart["revenue"])
    assert bridge[costs.columns].to_list() == pytest.approx((-apart[costs.columns]).to_list())


def test_the_level_of_the_intervals_is_the_one_asked_for(small: Comparison) -> None:
    narrow = replace(small, request=small.request.model_copy(update={"confidence": 0.5}))
    wide, less = profit_bridge(small, DESIGN), profit_bridge(narrow, DESIGN)
    ratio = (less["high"] - less["low"]) / (wide["high"] - wide["low"])
    expected = stats.t.ppf(0.75, 3) / stats.t.ppf(0.975, 3)
    assert ratio.dropna().to_numpy() == pytest.approx(expected)


# Gaps


def test_the_gaps_add_up_to_the_service_gap(small: Comparison) -> None:
    frame = gap_waterfall(small)
    assert list(frame["design"].unique()) == ["no_cxo", DESIGN, "responsible_cxo"]
    for design, results in small.results.items():
        sums = frame[frame["design"] == design].groupby("department")["value"].sum()
        tidy = results.departments
        last = tidy[tidy["period"] >= 72].groupby("department", observed=True)
        expected = last["service_gap"].mean()[results.department_names]
        assert sums[results.department_names].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-12)


def test_the_baseline_differs_from_itself_by_nothing(small: Comparison) -> None:
    for frame in (gap_waterfall(small), handoff_losses(small), journey_losses(small)):
        base = frame[frame["design"] == "no_cxo"]
        assert (base[["difference", "difference_low", "difference_high"]].fillna(0.0) == 0.0).all(axis=None)


# Hand-offs and journeys


def test_the_ratio_estimator_matches_a_worked_example() -> None:
    # Cochran's linearisation, by hand: R = 6/30, residuals f - R a = (0, 1, -1), mean of wholes 10.
    ratio = Ratio.of(np.array([1.0, 3.0, 2.0]), np.array([5.0, 10.0, 15.0]))
    assert float(ratio.value) == pytest.approx(0.2)
    assert ratio.residuals == pytest.approx([0.0, 0.1, -0.1])
    half = stats.t.ppf(0.975, 2) * 0.1 / np.sqrt(3)
    assert ratio.interval(0.95) == pytest.approx((0.2 - half, 0.2 + half))


def test_the_ratio_interval_covers_the_true_rate() -> None:
    # 2,000 experiments of 10 replicates with unequal exposure; nominal 95 %, Monte-Carlo standard error 0.5 points.
    rng = np.random.default_rng(7)
    wholes = rng.integers(200, 400, (10, 2000)).astype(float)
    low, high = Ratio.of(rng.binomial(wholes.astype(int), 0.08).astype(float), wholes).interval(0.95)
    assert 0.93 <= np.mean((low <= 0.08) & (high >= 0.08)) <= 0.97


def test_paired_rates_cancel_shared_luck() -> None:
    attempts = np.array([[100.0], [120.0], [90.0]])
    failures = np.array([[12.0], [30.0], [5.0]])
    apart = Ratio.of(failures + 0.1 * attempts, attempts) - Ratio.of(failures, attempts)
    assert apart.value == pytest.approx([0.1])
    assert np.concatenate(apart.interval(0.95)) == pytest.approx([0.1, 0.1])


def test_handoff_rates_are_totals_over_totals(small: Comparison) -> None:
    frame = handoff_losses(small).set_index(["design", "from", "to"])
    tidy = small.results[DESIGN].handoffs
    pair = tidy[(tidy["from"] == "agency") & (tidy["to"] == "policy")]
    row = frame.loc[(DESIGN, "agency", "policy")]
    assert row["rate"] == pytest.approx(pair["failures"].sum() / pair["attempts"].sum())
    assert row["attempts"] == pytest.approx(pair["attempts"].mean())
    assert 0.0 <= row["low"] <= row["rate"] <= row["high"] <= 1.0
    assert (frame["attempts"] > 0).all()


def test_journeys_fail_along_their_path(small: Comparison) -> None:
    frame = journey_losses(small)
    crash = frame[(frame["design"] == DESIGN) & (frame["journey"] == "crash")]
    assert crash["department"].to_list() == ["agency", "claims", "policy", "billing"]
    assert crash["previous"].to_list() == ["", "agency", "claims", "policy"]
    assert crash["rate"].to_numpy() == pytest.approx(
        1 - (1 - crash["department_rate"]) * (1 - crash["handoff_rate"]), abs=1e-12
    )
    assert crash["share_failed_so_far"].iloc[-1] == pytest.approx(1 - np.prod(1 - crash["rate"]))
    tidy = small.results[DESIGN].departments
    claims = tidy[(tidy["department"] == "claims") & (tidy["period"] >= 24)]
    assert crash["department_rate"].iloc[1] == pytest.approx(claims["failures"].sum() / claims["encounters"].sum())
    assert (frame["failures_per_1000"] == 1000 * frame["rate"]).all()


# Timeline


def planted(small: Comparison, apart: np.ndarray) -> Comparison:
    """Return the comparison with a profit difference per period that is discounted to `apart` after the switch."""
    clock = small.baseline.parameters.time
    factors = 1.1 ** -((np.arange(clock.n_horizon) + 0.5) / clock.periods_per_year)
    profit = small.baseline.tables.accounts["profit"].copy()
    profit[:, clock.n_burn_in :] += apart / factors
    return replaced(small, "accounts", "profit", profit)


def test_the_timeline_finds_a_planted_payback(small: Comparison) -> None:
    monthly = np.full((4, 60), 2.0)
    monthly[:, :10] = -5.1  # 51 down, then 2 a month: 1 down after 35 months, 1 ahead after 36
    found = timeline(planted(small, monthly), DESIGN)
    assert found.payback_months == 36.0
    assert (found.payback_low, found.payback_high) == (36.0, 36.0)
    assert (found.dip, found.dip_month) == (pytest.approx(-51.0), 10.0)
    assert found.mean[-1] == pytest.approx(49.0)
    assert (found.share_paid_back, found.share_not_paid_back) == (1.0, 0.0)


def test_payback_beyond_the_horizon_is_censored_and_said(small: Comparison) -> None:
    never = timeline(planted(small, np.full((4, 60), -1.0)), DESIGN)
    assert (never.payback_months, never.payback_low, never.payback_high) == (None, None, None)
    assert never.share_not_paid_back == 1.0
    monthly = np.full((4, 60), -1.0)
    monthly[:2, 12:] = 2.0  # two replicates win, two lose
    mixed = timeline(planted(small, monthly), DESIGN)
    assert 0.0 < mixed.share_not_paid_back < 1.0
    assert mixed.payback_low is not None
    assert mixed.payback_high is None
    assert mixed.share_paid_back == 0.5


def test_a_design_that_wins_at_once_has_no_dip(small: Comparison) -> None:
    found = timeline(planted(small, np.ones((4, 60))), DESIGN)
    assert (found.payback_months, found.dip, found.dip_month) == (1.0, 0.0, None)


def test_samples_pay_back_when_their_mean_does() -> None:
    months = np.arange(1.0, 13.0)
    for seed in range(20):
        single = np.random.default_rng(seed).normal(0.2, 1.0, 12).cumsum()
        paybacks, dips = bootstrap_samples(np.stack([single, single]), months)
        period = payback_period(single)
        assert set(paybacks) == {np.inf if period is None else months[period - 1]}
        assert dips == pytest.approx(np.full(dips.shape, min(0.0, single.min())))


def test_the_payback_interval_covers_the_true_month(small: Comparison) -> None:
    # 200 experiments of 12 replicates: cost 24 in the first month, then 1 a month each with luck; true payback 25.
    # A percentile bootstrap of 12 falls short of its nominal 95 %; at least 88 % says that it is not far off.
    rng = np.random.default_rng(3)
    months = np.arange(1.0, 61.0)
    hits = 0
    for _ in range(200):
        monthly = np.ones((12, 60)) + rng.normal(0.0, 0.3, (12, 1))
        monthly[:, 0] -= 24.5
        paybacks, _ = bootstrap_samples(np.cumsum(monthly, axis=1), months)
        hits += np.quantile(paybacks, 0.025, method="lower") <= 25 <= np.quantile(paybacks, 0.975, method="higher")
    assert hits / 200 >= 0.88


def test_the_timeline_ends_at_the_difference_of_net_present_value(small: Comparison) -> None:
    found = timeline(small, DESIGN)
    summary = small.results[DESIGN].tables.summary["npv"] - small.baseline.tables.summary["npv"]
    assert found.mean[-1] == pytest.approx(summary.mean())
    assert found.months[-1] == 60.0


# Interrupted series


def test_a_planted_break_is_found(small: Comparison) -> None:
    clock = small.baseline.parameters.time
    years = (np.arange(clock.n_periods) + 0.5 - clock.n_burn_in) / 12
    jump, slope = np.array([1.0, 2.0, 3.0, 4.0]), np.array([-0.5, -0.25, 0.0, 0.25])
    step = np.where(years > 0, jump[:, None] + slope[:, None] * years, 0.0)
    values = small.baseline.tables.series["mean_satisfaction"] + step
    frame = interrupted_series(replaced(small, "series", "mean_satisfaction", values), DESIGN, "mean_satisfaction")
    against = frame[frame["against"] == "baseline"].set_index("term")
    assert against["value"].to_list() == pytest.approx([2.5, -0.125])
    interval = stats.t.interval(0.95, 3, jump.mean(), stats.sem(jump))
    assert against.loc["level", ["low", "high"]].to_list() == pytest.approx(interval)
    assert (frame["before"] == 0.0).all()


def test_segmented_regression_separates_the_break_from_the_trend_before() -> None:
    years = (np.arange(84) + 0.5 - 24) / 12
    values = 3.0 + 0.4 * years + np.where(years > 0, 1.5 - 0.2 * years, 0.0)
    assert fit_changes(values[None], years) == pytest.approx(np.array([[1.5, -0.2]]))


def test_what_adds_up_over_time_is_told_per_year(small: Comparison) -> None:
    clock, base = small.baseline.parameters.time, small.baseline.tables.series["new_churned"]
    values = base.copy()
    values[:, clock.n_burn_in :] += 3.0  # customers more a month
    frame = interrupted_series(replaced(small, "series", "new_churned", values), DESIGN, "new_churned")
    against = frame[frame["against"] == "baseline"].set_index("term")["value"]
    assert against["level"] == pytest.approx(36.0)
    assert against["slope"] == pytest.approx(0.0, abs=1e-9)


def test_the_shared_history_is_checked(small: Comparison) -> None:
    frame = interrupted_series(small, DESIGN)
    assert (frame["before"] == 0.0).all()
    profit = small.results[DESIGN].tables.accounts["profit"].copy()
    profit[2, 5] += 1e4
    with pytest.raises(ResultError, match="share their history"):
        interrupted_series(replaced(small, "accounts", "profit", profit), DESIGN)
    with pytest.raises(ResultError, match="no such account line or series"):
        interrupted_series(small, DESIGN, "joy")


@pytest.mark.parametrize(("share", "refused"), [(1.5e-6, True), (-1.5e-6, True), (0.5e-6, False), (-0.5e-6, False)])
def test_a_millionth_of_the_history_is_what_rounding_may_move(small: Comparison, share: float, refused: bool) -> None:
    profit = small.results[DESIGN].tables.accounts["profit"].copy()
    profit[2, 5] += share * np.abs(small.baseline.tables.accounts["profit"][:, :24]).max()
    moved = replaced(small, "accounts", "profit", profit)
    if refused:
        with pytest.raises(ResultError, match="share their history"):
            interrupted_series(moved, DESIGN)
    else:
        assert (interrupted_series(moved, DESIGN)["before"] > 0.0).all()


def test_rounding_on_disk_is_not_taken_for_another_history(small: Comparison) -> None:
    rounded = small.results[DESIGN].tables.series["mean_satisfaction"].astype(np.float32).astype(float)
    frame = interrupted_series(replaced(small, "series", "mean_satisfaction", rounded), DESIGN, "mean_satisfaction")
    assert 0.0 < frame["before"].iloc[0] < 1e-6


def test_flows_are_per_year(small: Comparison) -> None:
    frame = interrupted_series(small, DESIGN, "office")
    office = small.results[DESIGN].tables.accounts["office"][:, 24:] * 12
    level = frame[(frame["against"] == "baseline") & (frame["term"] == "level")]["value"].iloc[0]
    assert level == pytest.approx(office.mean(), rel=0.2)


# All of them


def test_one_replicate_has_no_interval_and_is_no_error() -> None:
    one = run_comparison(DESIGN, overrides=("time.horizon_years=1", "time.burn_in_years=1"), n_replicates=1)
    assert profit_bridge(one, DESIGN)["low"].isna().all()
    assert gap_waterfall(one)["low"].isna().all()
    assert handoff_losses(one)["low"].isna().all()
    found = timeline(one, DESIGN)
    assert np.isnan(found.share_not_paid_back)


def test_unknown_designs_are_refused(small: Comparison) -> None:
    for explain in (profit_bridge, timeline, interrupted_series):
        with pytest.raises(ResultError, match="not in this comparison"):
            explain(small, "nobody")


def test_nothing_is_written_into_the_results(small: Comparison) -> None:
    before = pd.DataFrame(small.baseline.tables.summary)
    profit_bridge(small, DESIGN)
    gap_waterfall(small)
    journey_losses(small)
    pd.testing.assert_frame_equal(before, pd.DataFrame(small.baseline.tables.summary))
