"""Statistics of few numbers, by hand and by scipy: edges, thresholds and the tail of the bootstrap."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from analysis.compare.statistics import (  # fmt: skip
    BOOTSTRAP_SEED,
    Interval,
    Paired,
    _share_below,
    holm,
    judge,
    replications_needed,
    student_interval,
    variance_reduction,
)

SKEWED = np.random.default_rng(3).lognormal(0.0, 1.0, 30)


def test_moments_of_three_differences() -> None:
    paired = Paired(np.array([1.0, 2.0, 6.0]))
    assert (paired.n, paired.mean) == (3, 3.0)
    assert paired.deviation == pytest.approx(math.sqrt(7.0))
    assert paired.skewness == pytest.approx(stats.skew([1.0, 2.0, 6.0], bias=False))
    assert Paired(np.array([1.0, 5.0])).skewness == 0.0
    assert Paired(np.ones(5)).skewness == 0.0
    assert math.isnan(Paired(np.ones(1)).deviation)
    assert Paired(np.array([1.0, 3.0])).deviation == pytest.approx(math.sqrt(2.0))


def test_spread_of_a_few_last_bits_is_none() -> None:
    assert Paired(1e6 + 1e-9 * np.arange(5)).deviation == 0.0
    assert Paired(-1e6 - 1e-9 * np.arange(5)).deviation == 0.0
    assert Paired(1e6 + 1e-7 * np.arange(5)).deviation > 0.0


def skewed_by(skewness: float, n: int) -> np.ndarray:
    """Return differences of a given adjusted skewness: one outlier among equals has the largest, noise the least."""
    base, outlier = np.linspace(-1.0, 1.0, n), np.eye(1, n, n - 1)[0]
    low, high = 0.0, 50.0
    for _ in range(200):
        middle = (low + high) / 2.0
        low, high = (middle, high) if stats.skew(base + middle * outlier, bias=False) < skewness else (low, middle)
    return base + low * outlier


@pytest.mark.parametrize(
    ("skewness", "n", "method"),
    [(1.01, 20, "bootstrap"), (0.99, 20, "student"), (1.01, 19, "student"), (1.9, 30, "bootstrap")],
)
def test_the_bootstrap_begins_at_twenty_differences_and_a_skewness_of_one(skewness: float, n: int, method: str) -> None:
    assert Paired(skewed_by(skewness, n)).method == method
    assert Paired(-skewed_by(skewness, n)).method == method


def test_half_width_is_the_longer_side() -> None:
    assert Interval(1.0, 0.0, 4.0, "bootstrap").half_width == 3.0
    assert Interval(1.0, -5.0, 2.0, "bootstrap").half_width == 6.0


def test_students_interval_is_that_of_scipy() -> None:
    values = np.array([1.0, 2.0, 6.0, 4.0])
    for confidence in (0.8, 0.95):
        expected = stats.ttest_1samp(values, 0.0).confidence_interval(confidence)
        for found in (student_interval(values, confidence), Paired(values).interval(confidence)):
            assert (found.mean, found.low, found.high) == pytest.approx((3.25, expected.low, expected.high))
            assert found.method == "student"
    two = student_interval(np.array([0.0, 2.0]), 0.95)
    assert two.high == pytest.approx(1.0 + 12.706204736432095)
    assert math.isnan(student_interval(np.array([2.0]), 0.95).high)


def test_the_bootstrap_is_that_of_scipy_with_the_fixed_seed() -> None:
    for confidence in (0.9, 0.95):
        expected = stats.bootstrap(
            (SKEWED,), np.mean, confidence_level=confidence, n_resamples=9_999, method="BCa",
            rng=np.random.default_rng(BOOTSTRAP_SEED),
        )  # fmt: skip
        found = Paired(SKEWED).interval(confidence)
        assert (found.low, found.high) == tuple(map(float, expected.confidence_interval))
        assert (found.mean, found.method) == (SKEWED.mean(), "bootstrap")
    assert Paired(SKEWED).resampled.tolist() == sorted(expected.bootstrap_distribution.tolist())


def test_shares_below_count_equals_by_half() -> None:
    ascending = np.array([1.0, 2.0, 2.0, 4.0])
    assert [_share_below(ascending, value) for value in (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)] == [
        0.0, 0.125, 0.5, 0.75, 0.875, 1.0
    ]  # fmt: skip


def test_the_level_of_a_bca_limit_inverts_the_formula_of_efron_and_tibshirani() -> None:
    """The lower limit is the resampled quantile Phi(z0 + (z0 + z) / (1 - a (z0 + z))); a by the jackknife of a mean."""
    paired = Paired(SKEWED)
    z0 = stats.norm.ppf(np.mean(paired.resampled < paired.mean))
    left_out = (SKEWED.sum() - SKEWED) / (len(SKEWED) - 1)
    apart = left_out.mean() - left_out
    a = np.sum(apart**3) / (6.0 * np.sum(apart**2) ** 1.5)
    for level in (0.01, 0.05, 0.3, 0.6, 0.95):
        z = z0 + stats.norm.ppf(level)
        limit = np.quantile(paired.resampled, stats.norm.cdf(z0 + z / (1.0 - a * z)))
        assert paired._bca_tail(float(limit)) == pytest.approx(level, rel=0.02, abs=1e-4)


def test_normal_scores_go_on_as_a_line_beyond_the_last_ten_resamples() -> None:
    paired = Paired(SKEWED)
    resampled = paired.resampled
    spread = resampled.std(ddof=1)
    for tail, sign in ((10 / 9_999, -1.0), (1.0 - 10 / 9_999, 1.0)):
        start = np.quantile(resampled, tail)
        for steps in (3.0, 10.0):
            found = paired._normal_score(float(start + sign * steps * spread))
            assert found == pytest.approx(stats.norm.ppf(tail) + sign * steps)
    middle = float(np.quantile(resampled, 0.3))
    assert paired._normal_score(middle) == pytest.approx(stats.norm.ppf(0.3), abs=1e-3)
    beyond = float((resampled[10] + resampled[11]) / 2.0)  # eleven of 9,999 are below
    assert paired._normal_score(beyond) == pytest.approx(stats.norm.ppf(11 / 9_999))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_tails_of_skewed_differences_are_the_larger_of_two(sign: float) -> None:
    values = sign * SKEWED
    paired, error = Paired(values), SKEWED.std(ddof=1) / math.sqrt(30)
    larger = set()
    for value in (values.mean() - 2.5 * error, values.mean() + 2.5 * error):
        above, level = stats.t.sf((values.mean() - value) / error, 29), paired._bca_tail(value)
        assert paired.p_above(value) == pytest.approx(max(above, level))
        assert paired.p_below(value) == pytest.approx(max(1.0 - above, 1.0 - level))
        larger |= {above > level}
    assert larger == {True} if sign > 0.0 else larger == {False}


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_both_directions_count_for_no_difference(sign: float) -> None:
    values = sign * np.array([1.0, 2.0, 6.0, 4.0])
    assert Paired(values).p_difference() == pytest.approx(stats.ttest_1samp(values, 0.0).pvalue)
    assert Paired(sign * np.array([1.0, -1.0])).p_difference() == pytest.approx(1.0)


def test_one_sided_tails_of_student_are_those_of_scipy() -> None:
    values = np.array([1.0, 2.0, 6.0, 4.0])
    for margin in (0.5, 3.25, 5.0):
        assert Paired(values).p_above(margin) == pytest.approx(
            stats.ttest_1samp(values, margin, alternative="greater").pvalue
        )
        assert Paired(values).p_below(margin) == pytest.approx(
            stats.ttest_1samp(values, margin, alternative="less").pvalue
        )


def test_what_never_varies_is_certain_on_either_side() -> None:
    always = Paired(np.full(4, 2.0))
    assert [always.p_above(1.0), always.p_above(2.0), always.p_below(2.0), always.p_below(3.0)] == [0.0, 1.0, 1.0, 0.0]
    assert always.p_equivalence(2.0) == 1.0
    assert Paired(np.zeros(4)).p_equivalence(0.0) == 0.0


def test_a_difference_of_nothing_that_is_sure_is_no_better_and_no_higher() -> None:
    assert judge("more", 0.0, 0.01, 1.0, 0.05) == "worse"
    assert judge("neither", 0.0, 0.01, 1.0, 0.05) == "lower"
    assert judge("more", 1.0, 0.01, 0.05, 0.05) == "equivalent"
    assert judge("more", 1.0, 0.01, 0.0501, 0.05) == "better"


def test_replications_at_the_edges() -> None:
    assert replications_needed(0.0, 0.0, 0.95) == 2.0
    assert replications_needed(1.0, 0.0, 0.95) == replications_needed(1.0, -1.0, 0.95) == math.inf
    assert math.isnan(replications_needed(math.nan, 1.0, 0.95))
    assert math.isnan(replications_needed(1.0, math.nan, 0.95))
    assert replications_needed(1.0, 1e9, 0.95) == 2.0
    needed = int(replications_needed(3.0, 0.5, 0.9))
    assert stats.t.ppf(0.95, needed - 1) * 3.0 / math.sqrt(needed) <= 0.5
    assert stats.t.ppf(0.95, needed - 2) * 3.0 / math.sqrt(needed - 1) > 0.5
    exact = stats.t.ppf(0.975, 4) * 2.0 / math.sqrt(5.0)
    assert replications_needed(2.0, exact, 0.95) == 5.0
    assert replications_needed(2.0, 0.999 * exact, 0.95) == 6.0


def test_variance_that_pairing_takes_away() -> None:
    found = variance_reduction(np.array([1.0, 2.0, 6.0]), np.array([0.0, 2.0, 1.0]))
    assert found == pytest.approx(1.0 - 7.0 / 8.0)
    assert math.isnan(variance_reduction(np.ones(3), np.zeros(3)))
    assert math.isnan(variance_reduction(np.ones(1), np.zeros(1)))
    assert variance_reduction(np.array([0.0, 2.0]), np.array([2.0, 0.0])) == pytest.approx(-1.0)


def test_holm_and_equivalence_of_few_numbers() -> None:
    assert holm([0.01, math.nan, 0.04, 0.03, 0.9]) == pytest.approx([0.04, math.nan, 0.09, 0.09, 0.9], nan_ok=True)
    assert holm([0.6, 0.7]).tolist() == [1.0, 1.0]
    for sign in (1.0, -1.0):
        values = sign * np.array([1.0, 2.0, 6.0, 4.0])
        larger = stats.ttest_1samp(sign * values, 5.0, alternative="less").pvalue
        assert Paired(values).p_equivalence(5.0) == pytest.approx(larger)
    assert math.isnan(Paired(np.array([1.0, 2.0])).p_above(math.nan))


def test_small_differences_and_small_deviations() -> None:
    assert judge("neither", 0.5, 0.01, 1.0, 0.05) == "higher"
    assert judge("more", 0.5, 0.01, 1.0, 0.05) == "better"
    exact = stats.t.ppf(0.975, 29) * 0.2 / math.sqrt(30.0)
    assert replications_needed(0.2, exact * (1.0 + 1e-12), 0.95) == 30.0
