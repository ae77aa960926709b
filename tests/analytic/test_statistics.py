"""The statistics of comparisons, against scipy, statsmodels, closed forms and thousands of invented experiments.

Monte-Carlo tests name their seed and accept four standard errors of the share they count, so that a right procedure
fails about once in 16,000 seeds.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

from analysis.compare.statistics import (
    FEWEST_FOR_BOOTSTRAP,
    Paired,
    holm,
    judge,
    replications_needed,
    student_interval,
    variance_reduction,
)

N_EXPERIMENTS = 2000


def within(share: float, expected: float, n: int = N_EXPERIMENTS) -> bool:
    return abs(share - expected) <= 4.0 * math.sqrt(expected * (1.0 - expected) / n)


# Intervals


def test_the_paired_interval_is_that_of_scipy() -> None:
    rng = np.random.default_rng(1)
    values, baseline = rng.normal(3.0, 2.0, 12), rng.normal(2.5, 2.0, 12)
    interval = Paired(values - baseline).interval(0.9)
    expected = stats.ttest_rel(values, baseline).confidence_interval(0.9)
    assert interval.method == "student"
    assert (interval.low, interval.high) == pytest.approx(tuple(expected), rel=1e-12)
    assert interval.mean == pytest.approx(float(np.mean(values - baseline)))


@pytest.mark.parametrize("n", [5, 10, 40])
def test_the_paired_interval_covers_the_truth_in_95_percent_of_experiments(n: int) -> None:
    rng = np.random.default_rng(20_261_122 + n)
    luck = rng.normal(0.0, 10.0, (N_EXPERIMENTS, n))  # shared by both designs
    values = luck + rng.normal(1.3, 1.0, (N_EXPERIMENTS, n))
    baseline = luck + rng.normal(1.0, 1.0, (N_EXPERIMENTS, n))
    intervals = [student_interval(row, 0.95) for row in values - baseline]
    share = np.mean([interval.low <= 0.3 <= interval.high for interval in intervals])
    assert within(float(share), 0.95)


@pytest.mark.slow
def test_where_differences_are_skewed_the_bootstrap_covers_at_least_as_often() -> None:
    """No interval of the mean reaches its level on 40 log-normal differences; the bootstrap comes closer."""
    rng = np.random.default_rng(7)
    truth, n, m = math.exp(0.5), 40, N_EXPERIMENTS
    hits = {"student": 0, "chosen": 0}
    n_bootstrap = 0
    for row in rng.lognormal(0.0, 1.0, (m, n)):
        student, chosen = student_interval(row, 0.95), Paired(row).interval(0.95)
        n_bootstrap += chosen.method == "bootstrap"
        hits["student"] += student.low <= truth <= student.high
        hits["chosen"] += chosen.low <= truth <= chosen.high
    print({name: count / m for name, count in hits.items()})
    assert n_bootstrap > 0.9 * m
    assert hits["chosen"] >= hits["student"]
    assert hits["chosen"] / m > 0.89


def test_the_bootstrap_is_taken_where_differences_are_skewed_and_many() -> None:
    skewed = np.random.default_rng(3).lognormal(0.0, 1.0, 30)
    assert Paired(skewed).interval(0.95).method == "bootstrap"
    assert Paired(skewed[: FEWEST_FOR_BOOTSTRAP - 1]).interval(0.95).method == "student"
    assert Paired(np.log(skewed)).interval(0.95).method == "student"


def test_the_bootstrap_interval_is_reproducible_and_that_of_scipy() -> None:
    skewed = np.random.default_rng(3).lognormal(0.0, 1.0, 30)
    first, second = Paired(skewed).interval(0.95), Paired(skewed.copy()).interval(0.95)
    assert first == second
    other = stats.bootstrap((skewed,), np.mean, method="BCa", rng=np.random.default_rng(99))
    assert (first.low, first.high) == pytest.approx(tuple(other.confidence_interval), rel=0.03)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_bootstrap_p_values_turn_where_the_interval_ends(confidence: float) -> None:
    paired = Paired(np.random.default_rng(4).lognormal(0.0, 1.0, 60))
    low, high = (getattr(paired.interval(confidence), end) for end in ("low", "high"))
    tail = (1.0 - confidence) / 2.0
    assert paired._bca_tail(low) == pytest.approx(tail, rel=0.15)
    assert 1.0 - paired._bca_tail(high) == pytest.approx(tail, rel=0.15)


def test_p_values_of_skewed_differences_fall_steadily_beyond_the_resamples() -> None:
    paired = Paired(np.random.default_rng(4).lognormal(0.0, 0.6, 60))
    values = np.linspace(paired.mean, paired.mean - 8.0 * paired.deviation / math.sqrt(paired.n), 60)
    tails = [paired.p_above(float(value)) for value in values]
    assert all(after <= before for before, after in pairwise(tails))
    assert tails[-1] < 1e-6


# Tests


def test_the_p_value_is_that_of_the_paired_t_test() -> None:
    rng = np.random.default_rng(5)
    values, baseline = rng.normal(0.3, 1.0, 25), rng.normal(0.0, 1.0, 25)
    assert Paired(values - baseline).p_difference() == pytest.approx(stats.ttest_rel(values, baseline).pvalue)


@pytest.mark.parametrize("margin", [0.05, 0.2, 1.0])
def test_equivalence_is_that_of_statsmodels(margin: float) -> None:
    rng = np.random.default_rng(6)
    luck = rng.normal(0.0, 5.0, 30)
    values, baseline = luck + rng.normal(0.1, 0.4, 30), luck + rng.normal(0.0, 0.4, 30)
    expected, _, _ = ttost_paired(values, baseline, -margin, margin)
    assert Paired(values - baseline).p_equivalence(margin) == pytest.approx(float(expected))


def test_power_at_a_known_effect_is_that_of_the_noncentral_t() -> None:
    n, effect, level = 16, 0.75, 0.05
    rng = np.random.default_rng(8)
    found = [Paired(row).p_difference() <= level for row in rng.normal(effect, 1.0, (N_EXPERIMENTS, n))]
    critical, shift = stats.t.ppf(1.0 - level / 2.0, n - 1), effect * math.sqrt(n)
    power = stats.nct.sf(critical, n - 1, shift) + stats.nct.cdf(-critical, n - 1, shift)
    assert within(float(np.mean(found)), float(power))


def test_equivalence_is_claimed_of_a_difference_that_matters_in_at_most_5_percent() -> None:
    rng = np.random.default_rng(9)
    claims = [Paired(row).p_equivalence(0.5) <= 0.05 for row in rng.normal(0.5, 1.0, (N_EXPERIMENTS, 30))]
    assert within(float(np.mean(claims)), 0.05)


@pytest.mark.parametrize("seed", range(5))
def test_holm_is_that_of_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p_values = rng.uniform(0.0, 1.0, 40) ** 4
    p_values[3] = p_values[4]
    expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(expected, rel=1e-12)


def test_holm_passes_over_what_was_not_tested() -> None:
    corrected = holm([0.01, math.nan, 0.03])
    assert math.isnan(corrected[1])
    assert corrected[[0, 2]] == pytest.approx([0.02, 0.03])
    assert holm([]).shape == (0,)


def test_any_false_verdict_on_identical_designs_in_at_most_5_percent() -> None:
    """Ten correlated outcomes of designs that do not differ: one claim anywhere is one false experiment."""
    rng, n, n_outcomes = np.random.default_rng(10), 12, 10
    false = 0
    for _ in range(N_EXPERIMENTS):
        differences = 0.5 * rng.normal(size=(1, n)) + rng.normal(size=(n_outcomes, n))
        corrected = holm([Paired(row).p_difference() for row in differences])
        verdicts = {judge("more", 1.0, float(p), 1.0, 0.05) for p in corrected}
        false += verdicts != {"cannot tell yet"}
    assert false / N_EXPERIMENTS <= 0.05 + 4.0 * math.sqrt(0.05 * 0.95 / N_EXPERIMENTS)


# Verdicts


@pytest.mark.parametrize(
    ("direction", "difference", "p_holm", "p_equivalence", "verdict"),
    [
        ("more", 1.0, 0.01, 0.9, "better"),
        ("more", -1.0, 0.01, 0.9, "worse"),
        ("less", 1.0, 0.01, 0.9, "worse"),
        ("less", -1.0, 0.01, 0.9, "better"),
        ("neither", 1.0, 0.01, 0.9, "higher"),
        ("neither", -1.0, 0.01, 0.9, "lower"),
        ("more", 1.0, 0.2, 0.9, "cannot tell yet"),
        ("more", 1.0, 0.2, 0.01, "equivalent"),
        ("more", 1.0, 0.01, 0.01, "equivalent"),  # surely there, and surely too small to matter
        ("neither", 1.0, 0.2, 0.9, "cannot tell yet"),
        ("more", 1.0, 0.05, 0.9, "better"),
        ("more", 1.0, math.nan, math.nan, "cannot tell yet"),
    ],
)
def test_verdicts_by_hand(direction: str, difference: float, p_holm: float, p_equivalence: float, verdict: str) -> None:
    assert judge(direction, difference, p_holm, p_equivalence, 0.05) == verdict  # type: ignore[arg-type]


def test_what_never_differs_is_equivalent_and_not_different() -> None:
    same = Paired(np.zeros(10))
    assert same.p_difference() == 1.0
    assert same.p_equivalence(0.0) == 0.0


def test_what_always_differs_by_the_same_is_certain() -> None:
    constant = Paired(np.full(10, 0.1) + np.array([0.0, 1e-17] * 5))
    assert constant.deviation == 0.0
    assert constant.p_difference() == 0.0
    assert constant.p_equivalence(0.2) == 0.0
    assert constant.p_equivalence(0.05) == 1.0


@pytest.mark.parametrize("differences", [[1.0], [1.0, math.nan, 2.0]])
def test_one_replicate_or_a_missing_value_tells_nothing(differences: list[float]) -> None:
    paired = Paired(np.array(differences))
    assert math.isnan(paired.p_difference())
    assert math.isnan(paired.p_equivalence(1.0))
    assert math.isnan(paired.interval(0.95).low)


# Replications


@pytest.mark.parametrize("deviation", [0.3, 1.0, 5.0, 40.0])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_replications_needed_is_the_smallest_number_that_will_do(deviation: float, confidence: float) -> None:
    def half_width(n: int) -> float:
        return float(stats.t.ppf(0.5 + confidence / 2.0, n - 1) * deviation / math.sqrt(n))

    expected = next(n for n in range(2, 1_000_000) if half_width(n) <= 1.0)
    assert replications_needed(deviation, 1.0, confidence) == expected


def test_replications_needed_at_the_edges() -> None:
    assert replications_needed(0.0, 0.0, 0.95) == 2.0
    assert replications_needed(1.0, 0.0, 0.95) == math.inf
    assert math.isnan(replications_needed(math.nan, 1.0, 0.95))


def test_variance_reduction_is_that_of_the_correlation() -> None:
    rng = np.random.default_rng(11)
    luck = rng.normal(size=20_000)
    values, baseline = 0.8 * luck + 0.6 * rng.normal(size=20_000), luck
    assert variance_reduction(values, baseline) == pytest.approx(0.8, abs=0.02)  # both of variance 1: the correlation
    assert variance_reduction(luck, luck + 3.0) == pytest.approx(1.0)
    assert math.isnan(variance_reduction(np.ones(5), np.ones(5)))


def test_the_half_width_is_that_of_the_longer_side() -> None:
    interval = student_interval(np.array([1.0, 2.0, 4.0]), 0.95)
    assert replace(interval, high=interval.mean + 100.0).half_width == pytest.approx(100.0)
