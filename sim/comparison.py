"""One design against another, replicate by replicate: the same luck in both, so that only the design differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from sim.accounts import GOVERNANCE_LINES, discount_factors
from sim.errors import ResultError
from sim.outcomes import OUTCOMES
from sim.results import Results

Array = NDArray[np.float64]

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Difference:
    """What a design changes against a baseline; every interval is Student-t at 95 % over replicates."""

    scenario: str
    """Name of the design."""
    baseline: str
    """Name of the design it is compared with."""
    outcomes: pd.DataFrame
    """One row per outcome (index): mean, baseline_mean, difference (mean of the paired differences), standard_error,
    low and high (95 % interval of the difference), variance_reduction (share of the variance of a difference of
    independent runs that pairing takes away; NaN where nothing varies), unit."""
    roi: float
    """Return on the governance spend, ratio: present value of the profit difference over present value of the
    difference in office, initiatives, influence, distraction and incentive pay, both means over replicates. Profit is
    already net of the spend, so 0 is break-even. NaN where the design does not spend more."""
    roi_low: float
    """Lower end of the 95 % interval of the return (jackknife over replicates); NaN as `note` says."""
    roi_high: float
    """Upper end of the 95 % interval of the return; NaN as `note` says."""
    payback_months: float | None
    """First month after the switch from which the cumulative discounted profit difference, mean over replicates, stays
    positive to the end of the horizon; None if it never does."""
    share_paid_back: float
    """Share of replicates whose own cumulative discounted profit difference is positive at the end of the horizon."""
    cumulative: Array
    """Cumulative discounted profit difference after the switch, currency, shape (n_replicates, n_periods)."""

    @property
    def note(self) -> str:
        """Why numbers are missing (NaN), in one line; empty where none is."""
        reasons = []
        if self.cumulative.shape[0] < 2:
            reasons.append("one replicate has no standard error and no interval: raise run.n_replicates")
        if np.isnan(self.roi):
            reasons.append(f"no return on spend: {self.scenario} does not spend more than {self.baseline}")
        return "; ".join(reasons)


def difference(results: Results, baseline: Results) -> Difference:
    """Compare two designs, paired by replicate.

    Parameters
    ----------
    results
        The design.
    baseline
        What it is compared with.

    Raises
    ------
    ResultError
        Seed, replicates, time axis, discount rate or currency differ, so that the replicates are no pairs.
    """
    check_pairs(results, baseline)
    pairs = {name: (values, baseline.tables.summary[name]) for name, values in results.tables.summary.items()}
    rows = {name: {**paired_statistics(*pair), "unit": _unit(name)} for name, pair in pairs.items()}
    profit = _discounted_difference(results, baseline, ("profit",))
    spend = _discounted_difference(results, baseline, GOVERNANCE_LINES)
    roi, low, high = return_on_spend(profit.sum(axis=1), spend.sum(axis=1))
    cumulative = np.cumsum(profit, axis=1)
    period = payback_period(cumulative.mean(axis=0))
    return Difference(
        scenario=results.scenario,
        baseline=baseline.scenario,
        outcomes=pd.DataFrame.from_dict(rows, orient="index").rename_axis("outcome"),
        roi=roi,
        roi_low=low,
        roi_high=high,
        payback_months=None if period is None else 12.0 * period / results.parameters.time.periods_per_year,
        share_paid_back=float(np.mean(cumulative[:, -1] > 0.0)),
        cumulative=cumulative,
    )


def check_pairs(results: Results, baseline: Results) -> None:
    """Check that replicate r of both results met the same luck over the same time.

    Raises
    ------
    ResultError
        They did not; says which key differs and how.
    """
    keys: dict[str, Callable[[Results], object]] = {
        "run.seed": lambda one: one.parameters.run.seed,
        "run.first_replicate": lambda one: one.first_replicate,
        "run.n_replicates": lambda one: one.n_replicates,
        "time.periods_per_year": lambda one: one.parameters.time.periods_per_year,
        "time.burn_in_years": lambda one: one.parameters.time.burn_in_years,
        "time.horizon_years": lambda one: one.parameters.time.horizon_years,
        "finance.discount_rate": lambda one: one.parameters.finance.discount_rate,
        "finance.currency": lambda one: one.parameters.finance.currency,
    }
    for key, value in keys.items():
        ours, theirs = value(results), value(baseline)
        if ours != theirs:
            pair = f"{ours} in {results.scenario}, {theirs} in {baseline.scenario}"
            raise ResultError(f"{key}: {pair}; a paired comparison needs the same")


def paired_statistics(values: Array, baseline: Array) -> dict[str, float]:
    """Compare two columns of the same replicates.

    Parameters
    ----------
    values, baseline
        One outcome, shape (n_replicates,).

    Returns
    -------
    dict
        mean, baseline_mean, difference, standard_error, low, high, variance_reduction; what one replicate cannot
        tell is NaN.
    """
    paired = values - baseline
    error, half = _error_and_half_width(paired)
    apart = _variance(values) + _variance(baseline)
    return {
        "mean": float(values.mean()),
        "baseline_mean": float(baseline.mean()),
        "difference": float(paired.mean()),
        "standard_error": error,
        "low": float(paired.mean()) - half,
        "high": float(paired.mean()) + half,
        "variance_reduction": 1.0 - _variance(paired) / apart if apart > 0.0 else float("nan"),
    }


def mean_interval(values: Array) -> tuple[float, float, float]:
    """Return the mean over replicates and its 95 % Student-t interval.

    Parameters
    ----------
    values
        One number a replicate, shape (n_replicates,).

    Returns
    -------
    tuple of float
        Mean, lower and upper end, in the unit of the values; one replicate has no interval (NaN).
    """
    _, half = _error_and_half_width(values)
    mean = float(values.mean())
    return mean, mean - half, mean + half


def return_on_spend(profit: Array, spend: Array) -> tuple[float, float, float]:
    """Return the ratio of the means and its 95 % jackknife interval.

    Parameters
    ----------
    profit, spend
        Present values of the differences, currency, shape (n_replicates,).

    Returns
    -------
    tuple of float
        Ratio, lower and upper end. All NaN where no more is spent; one replicate has no interval (NaN).
    """
    n_replicates = profit.shape[0]
    if spend.mean() <= 1e-9 * max(1.0, float(np.abs(profit).max())):
        return float("nan"), float("nan"), float("nan")
    ratio = float(profit.mean() / spend.mean())
    if n_replicates < 2:
        return ratio, float("nan"), float("nan")
    left_out = (profit.sum() - profit) / (spend.sum() - spend)
    error = float(np.sqrt((n_replicates - 1) / n_replicates * np.sum((left_out - left_out.mean()) ** 2)))
    half = error * float(special.stdtrit(n_replicates - 1, 0.5 + CONFIDENCE / 2.0))
    return ratio, ratio - half, ratio + half


def payback_period(cumulative: Array) -> int | None:
    """Return the number of the first period, counted from 1, from which a sum stays positive; None if never.

    Parameters
    ----------
    cumulative
        Sum up to each period, in any unit, shape (n_periods,).

    >>> payback_period(np.array([-1.0, 1.0, -1.0, 2.0, 3.0]))
    4
    >>> payback_period(np.array([1.0, -1.0])) is None
    True
    """
    below = np.flatnonzero(~(cumulative > 0.0))
    first = 0 if below.size == 0 else int(below[-1]) + 1
    return None if first >= cumulative.shape[0] else first + 1


def _discounted_difference(results: Results, baseline: Results, lines: tuple[str, ...]) -> Array:
    """Return the discounted difference of some account lines after the switch, shape (n_replicates, n_periods)."""
    clock = results.parameters.time
    factors = discount_factors(clock.n_horizon, clock.periods_per_year, results.parameters.finance.discount_rate)
    ours = np.sum([results.tables.accounts[line] for line in lines], axis=0)
    theirs = np.sum([baseline.tables.accounts[line] for line in lines], axis=0)
    return np.asarray((ours - theirs)[:, clock.n_burn_in :] * factors, dtype=np.float64)


def _error_and_half_width(values: Array) -> tuple[float, float]:
    """Return the standard error of a mean and half the width of its interval; NaN for one replicate."""
    n_replicates = values.shape[0]
    if n_replicates < 2:
        return float("nan"), float("nan")
    error = float(values.std(ddof=1) / np.sqrt(n_replicates))
    return error, error * float(special.stdtrit(n_replicates - 1, 0.5 + CONFIDENCE / 2.0))


def _variance(values: Array) -> float:
    return float(values.var(ddof=1)) if values.shape[0] > 1 else 0.0


def _unit(name: str) -> str:
    return OUTCOMES[name].unit if name in OUTCOMES else ""
