"""The statistics of a comparison: paired intervals, tests, corrections, verdicts, and how many replicates they take.

Everything here works on paired differences: one number per replicate, the design less the baseline under the same luck.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from sim.outcomes import Direction

Array = NDArray[np.float64]
Method = Literal["student", "bootstrap"]
Verdict = Literal["better", "worse", "higher", "lower", "equivalent", "cannot tell yet"]

CANNOT_TELL: Verdict = "cannot tell yet"
EQUIVALENT: Verdict = "equivalent"

BOOTSTRAP_SEED = 20_261_122
"""Fixed, so that the same differences always get the same interval."""
N_RESAMPLES = 9_999
SKEWED = 1.0
"""Absolute skewness of the differences above which their interval is a bootstrap; 20 normal differences exceed it in
about one case of 25."""
FEWEST_FOR_BOOTSTRAP = 20
"""Below this the bootstrap is further from its level than Student's t, skewed or not."""
FEWEST_BEYOND = 10
"""Resamples needed beyond a value to read a probability from; fewer, and the tail is continued as a normal one."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its interval, in the unit of the outcome; NaN ends where one replicate cannot tell."""

    mean: float
    low: float
    high: float
    method: Method

    @property
    def half_width(self) -> float:
        """The longer side of the interval."""
        return max(self.high - self.mean, self.mean - self.low)


@dataclass(frozen=True)
class Paired:
    """Paired differences of one outcome between a design and the baseline.

    Parameters
    ----------
    differences
        One per replicate, in the unit of the outcome, shape (n_replicates,).
    """

    differences: Array

    @cached_property
    def n(self) -> int:
        """Number of pairs."""
        return int(self.differences.shape[0])

    @cached_property
    def mean(self) -> float:
        """Mean difference."""
        return float(self.differences.mean())

    @cached_property
    def deviation(self) -> float:
        """Standard deviation of the differences; NaN with one replicate or a missing value, 0 where all are alike."""
        if self.n < 2:
            return math.nan
        spread = float(self.differences.std(ddof=1))
        rounding = 1e-14 * float(np.abs(self.differences).max())
        return 0.0 if spread <= rounding else spread

    @cached_property
    def skewness(self) -> float:
        """Adjusted Fisher-Pearson skewness; 0 where it cannot be known."""
        if self.n < 3 or not self.deviation > 0.0:
            return 0.0
        return float(stats.skew(self.differences, bias=False))

    @cached_property
    def method(self) -> Method:
        """Student's t, or the bootstrap where the differences are skewed and there are enough of them."""
        skewed = self.n >= FEWEST_FOR_BOOTSTRAP and abs(self.skewness) > SKEWED
        return "bootstrap" if skewed else "student"

    @cached_property
    def resampled(self) -> Array:
        """Means of bootstrap samples, ascending, shape (N_RESAMPLES,)."""
        return np.sort(np.asarray(_bootstrap(self.differences, 0.95).bootstrap_distribution, dtype=np.float64))

    def interval(self, confidence: float) -> Interval:
        """Return the interval of the mean difference.

        Parameters
        ----------
        confidence
            Nominal coverage, 0 to 1.

        Notes
        -----
        Student's t, or bias-corrected and accelerated bootstrap (BCa; Efron 1987) where the differences are skewed.
        """
        if self.method == "student":
            return student_interval(self.differences, confidence)
        low, high = _bootstrap(self.differences, confidence).confidence_interval
        return Interval(self.mean, float(low), float(high), "bootstrap")

    def p_above(self, value: float) -> float:
        """Return the one-sided p-value of "the mean is at most ``value``": small where it is above."""
        student = self._student_tail(self.mean - value)
        return student if self.method == "student" else max(student, self._bca_tail(value))

    def p_below(self, value: float) -> float:
        """Return the one-sided p-value of "the mean is at least ``value``": small where it is below."""
        student = self._student_tail(value - self.mean)
        return student if self.method == "student" else max(student, 1.0 - self._bca_tail(value))

    def p_difference(self) -> float:
        """Return the two-sided p-value of "no difference"; 1 where every pair is equal, NaN where it cannot be known.

        Where the differences are skewed it is the larger of Student's and the bootstrap's, so that a small one means
        that both intervals leave out zero.
        """
        if math.isnan(self.deviation):
            return math.nan
        return float(min(1.0, 2.0 * min(self.p_above(0.0), self.p_below(0.0))))

    def p_equivalence(self, margin: float) -> float:
        """Return the p-value of "the difference is ``margin`` or more, one way or the other".

        Two one-sided tests (Schuirmann 1987): the larger p-value of the two.

        Parameters
        ----------
        margin
            Smallest effect that matters, unit of the outcome, at least 0.
        """
        if self.deviation == 0.0 and self.mean == 0.0:
            return 0.0
        return max(self.p_above(-margin), self.p_below(margin))

    def _student_tail(self, distance: float) -> float:
        """Return the chance of a t at least as large as ``distance`` in standard errors."""
        if math.isnan(self.deviation) or math.isnan(distance):
            return math.nan
        if self.deviation == 0.0:
            return 0.0 if distance > 0.0 else 1.0
        return float(stats.t.sf(distance / self.deviation * math.sqrt(self.n), self.n - 1))

    def _bca_tail(self, value: float) -> float:
        """Return the level at which the lower BCa limit of the mean is ``value`` (Efron & Tibshirani 1993, 14.3)."""
        bias = stats.norm.ppf(_share_below(self.resampled, self.mean))
        deviations = self.differences - self.mean
        acceleration = float(np.sum(deviations**3) / (6.0 * np.sum(deviations**2) ** 1.5))
        shift = self._normal_score(value) - bias
        scaled = 1.0 + acceleration * shift
        score = shift / scaled if scaled > 0.0 else math.copysign(math.inf, shift)
        return float(stats.norm.cdf(score - bias))

    def _normal_score(self, value: float) -> float:
        """Return the normal score of ``value`` among the resampled means, continued where they do not reach."""
        beyond = FEWEST_BEYOND / N_RESAMPLES
        share = _share_below(self.resampled, value)
        if beyond <= share <= 1.0 - beyond:
            return float(stats.norm.ppf(share))
        tail = beyond if share < beyond else 1.0 - beyond
        start = float(np.quantile(self.resampled, tail))
        return float(stats.norm.ppf(tail)) + (value - start) / float(self.resampled.std(ddof=1))


def student_interval(values: Array, confidence: float) -> Interval:
    """Return mean and Student-t interval of independent values, shape (n,); one value has no interval (NaN)."""
    n, mean = values.shape[0], float(values.mean())
    if n < 2:
        return Interval(mean, math.nan, math.nan, "student")
    half = float(stats.t.ppf(0.5 + confidence / 2.0, n - 1) * values.std(ddof=1) / math.sqrt(n))
    return Interval(mean, mean - half, mean + half, "student")


def holm(p_values: ArrayLike) -> Array:
    """Return p-values corrected for having made all these tests (Holm 1979); NaN is no test and stays NaN.

    Parameters
    ----------
    p_values
        Probabilities in [0, 1], of any shape.

    Returns
    -------
    numpy.ndarray
        Of the same shape, in [0, 1] or NaN.

    >>> [round(float(p), 12) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p_values, dtype=np.float64)
    adjusted = given.copy()
    tested = np.flatnonzero(~np.isnan(given))
    order = tested[np.argsort(given[tested], kind="stable")]
    stepped = given[order] * np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(stepped))
    return adjusted


def judge(direction: Direction, difference: float, p_holm: float, p_equivalence: float, level: float) -> Verdict:
    """Return the verdict on one outcome of one design.

    Parameters
    ----------
    direction
        Whether more of the outcome is better for the board.
    difference
        Mean paired difference.
    p_holm
        Corrected p-value of "no difference".
    p_equivalence
        Corrected p-value of "a difference that matters".
    level
        Chance of a false verdict that is accepted, such as 0.05.

    Returns
    -------
    str
        "equivalent" where a difference that matters is excluded, however sure a smaller one is; else "better" or
        "worse" ("higher" or "lower" where neither is better) where no difference is excluded; else "cannot tell yet".
    """
    if p_equivalence <= level:
        return EQUIVALENT
    if not p_holm <= level:  # NaN, too
        return CANNOT_TELL
    if direction == "neither":
        return "higher" if difference > 0.0 else "lower"
    return "better" if (difference > 0.0) == (direction == "more") else "worse"


def replications_needed(deviation: float, half_width: float, confidence: float) -> float:
    """Return the smallest number of replicates whose Student-t interval is no wider than asked.

    Parameters
    ----------
    deviation
        Standard deviation of the differences.
    half_width
        Half of the interval's width that is asked for, same unit.
    confidence
        Nominal coverage.

    Returns
    -------
    float
        Whole number, at least 2; infinite where no number would do, NaN where the deviation is not known.
    """
    if math.isnan(deviation) or math.isnan(half_width):
        return math.nan
    if deviation == 0.0:
        return 2.0
    if half_width <= 0.0:
        return math.inf
    tail = 0.5 + confidence / 2.0
    n = max(2, math.floor((stats.norm.ppf(tail) * deviation / half_width) ** 2))
    while stats.t.ppf(tail, n - 1) * deviation / math.sqrt(n) > half_width:
        n += 1
    return float(n)


def variance_reduction(values: Array, baseline: Array) -> float:
    """Return the share of the variance of a difference of independent runs that common random numbers take away.

    Parameters
    ----------
    values, baseline
        One outcome of two designs, by replicate, shape (n_replicates,).

    Returns
    -------
    float
        1 where nothing but the design is left, 0 where pairing does nothing, negative where it hurts; NaN where
        nothing varies.
    """
    if values.shape[0] < 2:
        return math.nan
    apart = float(values.var(ddof=1) + baseline.var(ddof=1))
    return 1.0 - float((values - baseline).var(ddof=1)) / apart if apart > 0.0 else math.nan


def _bootstrap(values: Array, confidence: float) -> stats._resampling.BootstrapResult:
    return stats.bootstrap(
        (values,), np.mean, confidence_level=confidence, n_resamples=N_RESAMPLES, method="BCa", vectorized=True,
        rng=np.random.default_rng(BOOTSTRAP_SEED),
    )  # fmt: skip


def _share_below(ascending: Array, value: float) -> float:
    """Return the share of values below ``value``, those equal to it by half."""
    below, upto = np.searchsorted(ascending, value, "left"), np.searchsorted(ascending, value, "right")
    return float((int(below) + int(upto)) / (2.0 * ascending.shape[0]))
