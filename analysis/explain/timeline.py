"""The way to payback: the cumulative profit difference after the switch, month by month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.compare.comparison import Comparison
from analysis.explain.pairs import Array, discounted_lines, pair_of, student_interval
from sim.comparison import payback_period

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles over replicates that the fan shows."""
N_BOOTSTRAP = 2000
BOOTSTRAP_SEED = 20_261_122
"""The bootstrap draws its replicates with this seed, so that the same numbers give the same interval."""


@dataclass(frozen=True)
class Timeline:
    """The cumulative discounted profit difference to the baseline (customers at the end are not valued in it)."""

    design: str
    months: Array
    """End of each period, months after the switch, shape (n_periods,)."""
    mean: Array
    """Cumulative difference, mean over replicates, currency at the switch, shape (n_periods,)."""
    low: Array
    """Lower end of the interval of the mean at each month (Student t, paired)."""
    high: Array
    """Upper end."""
    quantiles: Mapping[float, Array]
    """Quantiles over replicates by their level: what single companies may live through."""
    payback_months: float | None
    """End of the first period from which the mean stays positive to the end of the horizon; None: not within it."""
    payback_low: float | None
    """Lower end of the bootstrap interval; None where even it lies beyond the horizon, or with one replicate."""
    payback_high: float | None
    """Upper end; None where it lies beyond the horizon (the interval is open), or with one replicate."""
    share_not_paid_back: float
    """Share of bootstrap samples that do not pay back within the horizon (censored); NaN with one replicate."""
    share_paid_back: float
    """Share of replicates whose own cumulative difference is positive at the end of the horizon."""
    dip: float
    """Deepest cumulative loss of the mean, currency, at most 0; 0 where it is never below."""
    dip_low: float
    """Lower end of its bootstrap interval; NaN with one replicate."""
    dip_high: float
    """Upper end."""
    dip_month: float | None
    """Month of the deepest loss; None where there is none."""
    confidence: float
    """Level of the intervals."""

    @property
    def horizon_months(self) -> float:
        """Length of the horizon, months."""
        return float(self.months[-1])


def timeline(comparison: Comparison, design: str) -> Timeline:
    """Follow the cumulative discounted profit difference from the switch to the end of the horizon.

    The interval of the payback month is a percentile bootstrap over replicates, because a first passage has no normal
    law. A sample that does not pay back within the horizon counts as later than every month of it (censored, not
    dropped): an end of the interval among such samples is reported as None.

    Parameters
    ----------
    comparison
        The designs and their baseline.
    design
        Name of one design.

    Raises
    ------
    ResultError
        The design is unknown, or its replicates are no pairs of the baseline's.
    """
    ours, theirs = pair_of(comparison, design)
    confidence = comparison.request.confidence
    apart = discounted_lines(ours, ("profit",))[0] - discounted_lines(theirs, ("profit",))[0]
    cumulative = np.cumsum(apart, axis=1)
    mean, low, high = student_interval(cumulative, confidence)
    months = 12.0 * np.arange(1, mean.shape[0] + 1) / ours.parameters.time.periods_per_year
    payback = payback_period(mean)
    paybacks, dips = bootstrap_samples(cumulative, months)
    tails = ((1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0)
    return Timeline(
        design=design,
        months=months,
        mean=mean,
        low=low,
        high=high,
        quantiles={level: np.quantile(cumulative, level, axis=0) for level in QUANTILES},
        payback_months=None if payback is None else float(months[payback - 1]),
        payback_low=_within_horizon(np.quantile(paybacks, tails[0], method="lower")),
        payback_high=_within_horizon(np.quantile(paybacks, tails[1], method="higher")),
        share_not_paid_back=float("nan") if np.isnan(paybacks).any() else float(np.isinf(paybacks).mean()),
        share_paid_back=float(np.mean(cumulative[:, -1] > 0.0)),
        dip=min(0.0, float(mean.min())),
        dip_low=float(np.quantile(dips, tails[0])),
        dip_high=float(np.quantile(dips, tails[1])),
        dip_month=float(months[mean.argmin()]) if mean.min() < 0.0 else None,
        confidence=confidence,
    )


def bootstrap_samples(cumulative: Array, months: Array) -> tuple[Array, Array]:
    """Return payback month and deepest loss of the mean of resampled replicates.

    Parameters
    ----------
    cumulative
        Cumulative difference, currency, shape (n_replicates, n_periods).
    months
        End of each period, months after the switch, shape (n_periods,).

    Returns
    -------
    tuple
        Payback months (infinite where a sample does not pay back within the horizon) and deepest losses (at most 0),
        each of shape (N_BOOTSTRAP,); one replicate cannot be resampled: NaN, shape (1,).
    """
    n_replicates = cumulative.shape[0]
    if n_replicates < 2:
        nothing = np.full(1, np.nan)
        return nothing, nothing
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    weights = rng.multinomial(n_replicates, np.full(n_replicates, 1.0 / n_replicates), N_BOOTSTRAP) / n_replicates
    means = weights @ cumulative
    # As `payback_period`, of all samples at once: the period after the last one that is not positive.
    ahead = means[:, ::-1] > 0.0
    n_ahead = np.where(ahead.all(axis=1), months.shape[0], np.argmin(ahead, axis=1))
    paybacks = np.append(months, np.inf)[months.shape[0] - n_ahead]
    return np.asarray(paybacks), np.minimum(0.0, means.min(axis=1))


def _within_horizon(month: float) -> float | None:
    return float(month) if np.isfinite(month) else None
