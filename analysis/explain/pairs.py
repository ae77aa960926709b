"""What every explanation starts from: two designs that met the same luck, and intervals over their replicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.compare.comparison import Comparison
from sim.accounts import discount_factors
from sim.comparison import check_pairs
from sim.errors import ResultError
from sim.results import Results

Array = NDArray[np.float64]


def pair_of(comparison: Comparison, design: str) -> tuple[Results, Results]:
    """Return the results of a design and of the baseline, checked to be pairs.

    Raises
    ------
    ResultError
        The design is not in the comparison, or the two did not meet the same luck over the same time.
    """
    if design not in comparison.results:
        raise ResultError(f"{design}: not in this comparison; choose from {', '.join(comparison.results)}")
    ours, theirs = comparison.results[design], comparison.baseline
    check_pairs(ours, theirs)
    return ours, theirs


def discounted_lines(results: Results, lines: Sequence[str]) -> Array:
    """Return account lines after the switch, discounted to it; currency, shape (n_lines, n_replicates, n_horizon)."""
    clock = results.parameters.time
    factors = discount_factors(clock.n_horizon, clock.periods_per_year, results.parameters.finance.discount_rate)
    stacked = np.stack([results.tables.accounts[line] for line in lines])
    return np.asarray(stacked[:, :, clock.n_burn_in :] * factors, dtype=np.float64)


def last_year(results: Results) -> slice:
    """Return the periods of the last year of the horizon (the whole horizon where it is shorter)."""
    clock = results.parameters.time
    return slice(results.n_periods - min(clock.periods_per_year, clock.n_horizon), results.n_periods)


def student_interval(values: Array, confidence: float) -> tuple[Array, Array, Array]:
    """Return mean over replicates and its Student-t interval.

    Parameters
    ----------
    values
        Shape (n_replicates, ...).
    confidence
        Level of the interval, in (0, 1).

    Returns
    -------
    tuple
        Mean, low and high, each of shape (...); one replicate has no interval (NaN).
    """
    mean = np.asarray(values.mean(axis=0))
    half = _half_width(values, confidence)
    return mean, mean - half, mean + half


def interval_columns(
    name: str, level: tuple[Array, Array, Array], apart: tuple[Array, Array, Array]
) -> dict[str, Array]:
    """Return the columns of a table of intervals.

    Parameters
    ----------
    name
        Column of the level; its interval goes to low and high.
    level, apart
        Value, low and high of a level and of its paired difference to the baseline.

    Returns
    -------
    dict
        name, low, high, difference, difference_low and difference_high, each one-dimensional.
    """
    names = (name, "low", "high", "difference", "difference_low", "difference_high")
    return {column: np.ravel(values) for column, values in zip(names, (*level, *apart), strict=True)}


@dataclass(frozen=True)
class Ratio:
    """A ratio of totals over replicates, linearised so that ratios of the same replicates can be combined."""

    value: Array
    """Total of the parts over total of the wholes, shape (...); NaN where there is no whole."""
    residuals: Array
    """What each replicate does to the ratio, summing to 0, shape (n_replicates, ...)."""
    trials: Array
    """Total of the wholes, of which parts are events counted in them, shape (...); NaN where nothing was counted."""

    @classmethod
    def of(cls, parts: Array, wholes: Array) -> Ratio:
        """Estimate a ratio by the ratio estimator (Cochran 1977, Sampling Techniques, chapter 6).

        Parameters
        ----------
        parts, wholes
            By replicate, shape (n_replicates, ...).
        """
        total = wholes.sum(axis=0)
        value = np.divide(parts.sum(axis=0), total, out=np.full(total.shape, np.nan), where=total > 0.0)
        residuals = (parts - value * wholes) / np.where(total > 0.0, total / wholes.shape[0], np.nan)
        return cls(value, np.asarray(residuals), np.asarray(total))

    def __sub__(self, other: Ratio) -> Ratio:
        """Return the difference of two ratios of the same replicates: what they share in luck cancels."""
        apart = np.asarray(self.value - other.value)
        return Ratio(apart, self.residuals - other.residuals, np.full_like(apart, np.nan))

    def either(self, other: Ratio) -> Ratio:
        """Return the probability of at least one of two events, 1 - (1 - a)(1 - b); the events are independent.

        As many pairs were tried as the rarer of the two.
        """
        ours, theirs = 1.0 - self.value, 1.0 - other.value
        trials = np.asarray(np.minimum(self.trials, other.trials))
        return Ratio(1.0 - ours * theirs, theirs * self.residuals + ours * other.residuals, trials)

    def interval(self, confidence: float) -> tuple[Array, Array]:
        """Return the interval of the ratio; one replicate has none (NaN).

        Where no event was counted the replicates do not vary, which says nothing about how rare it is: the interval
        is then the exact one for a count of zero (Clopper & Pearson 1934).

        Parameters
        ----------
        confidence
            Of the interval, in (0, 1).

        Returns
        -------
        low, high
            Of the shape of the ratio, in its unit.
        """
        half = _half_width(self.residuals, confidence)
        return self.value - half, self.value + np.where(self.never & np.isfinite(half), self.rare(confidence), half)

    @property
    def never(self) -> NDArray[np.bool_]:
        """Where events were looked for and none was counted, shape (...)."""
        return np.asarray((self.value == 0.0) & (self.trials > 0.0))

    def rare(self, confidence: float) -> Array:
        """Return the probability above which a count of zero is too unlikely, in ``trials`` of them.

        Parameters
        ----------
        confidence
            Of the interval, in (0, 1).

        Returns
        -------
        numpy.ndarray
            Of the shape of the ratio, probabilities.
        """
        return np.asarray(-np.expm1(np.log(0.5 - confidence / 2.0) / np.maximum(self.trials, 1.0)))

    def apart(self, other: Ratio, confidence: float) -> tuple[Array, Array, Array]:
        """Return the paired difference to another ratio, with its interval.

        Where neither counted an event it reaches from the most the other may be above to the most this one may be;
        a ratio against itself differs by nothing.

        Parameters
        ----------
        other
            Of the same replicates under another design.
        confidence
            Of the interval, in (0, 1).

        Returns
        -------
        difference, low, high
            Of the shape of the ratio, in its unit.
        """
        difference = self - other
        low, high = difference.interval(confidence)
        both = self.never & other.never & np.isfinite(low) & (self is not other)
        low, high = np.where(both, -other.rare(confidence), low), np.where(both, self.rare(confidence), high)
        return difference.value, low, high


def _half_width(values: Array, confidence: float) -> Array:
    """Return the half-width of the Student-t interval of a mean over the first axis."""
    n_replicates = values.shape[0]
    if n_replicates < 2:
        return np.full(values.shape[1:], np.nan)
    error = values.std(axis=0, ddof=1) / np.sqrt(n_replicates)
    return np.asarray(error * float(stats.t.ppf(0.5 + confidence / 2.0, n_replicates - 1)))
