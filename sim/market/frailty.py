"""Unobserved readiness to leave: its quantiles at acquisition, and its joint law with tenure in a steady market.

Quantiles come from ``scipy.special``: they are those of ``scipy.stats``, whose import takes half a second.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.parameters.market import Frailty

N_CLASSES = 256
MAX_TENURE_YEARS = 60
_N_HAZARDS = 192
_TABLES_KEPT = 64


def frailty_table(frailty: Frailty, churn_per_year: float) -> NDArray[np.float64]:
    """Return quantiles of the multiplier of the leaving hazard at the midpoints of equal classes.

    Parameters
    ----------
    frailty
        Law and variance of the multiplier.
    churn_per_year
        Mean of the beta law of yearly churn (the beta-geometric model), in (0, 1); unused by the gamma law.

    Returns
    -------
    ndarray
        Ratios above 0 with mean 1, ascending, float64, shape (256,).
    """
    return _quantiles(frailty, churn_per_year).copy()


@lru_cache(maxsize=_TABLES_KEPT)
def _quantiles(frailty: Frailty, churn_per_year: float) -> NDArray[np.float64]:
    """Return the quantiles of `frailty_table`, which take a millisecond and are the same for many markets."""
    if frailty.variance == 0.0:
        return np.ones(N_CLASSES)
    midpoints = (np.arange(N_CLASSES) + 0.5) / N_CLASSES
    if frailty.distribution == "gamma":
        table = special.gammaincinv(1.0 / frailty.variance, midpoints) * frailty.variance
    else:
        variance = min(frailty.variance * churn_per_year**2, 0.95 * churn_per_year * (1.0 - churn_per_year))
        size = churn_per_year * (1.0 - churn_per_year) / variance - 1.0
        table = special.betaincinv(churn_per_year * size, (1.0 - churn_per_year) * size, midpoints)
    return np.asarray(np.maximum(table / table.mean(), 1e-9), dtype=np.float64)


class TenureLaw(NamedTuple):
    """Survival as a customer over a grid of hazards; truncated at 60 years, a human customer's life."""

    log_hazard: NDArray[np.float64]
    """Log of yearly hazard at tenure 0, equally spaced, shape (H,)."""
    expected_periods: NDArray[np.float64]
    """Return the expected periods as a customer at each hazard, shape (H,)."""
    cumulative: NDArray[np.float32]
    """Cumulative share of customers by tenure in periods at each hazard, shape (H, M)."""


def tenure_law(lowest: float, highest: float, tenure_effect: float, periods_per_year: int) -> TenureLaw:
    """Tabulate the law of tenure among present customers.

    In a steady market the number of customers of tenure n is proportional to the probability of surviving n periods.

    Parameters
    ----------
    lowest, highest
        Ends of the grid of hazards at tenure 0, per year, above 0.
    tenure_effect
        How much longer tenure lowers the hazard, log hazard per log year.
    periods_per_year
        Periods in a year.
    """
    dt = 1.0 / periods_per_year
    n_periods = MAX_TENURE_YEARS * periods_per_year
    exposure = dt * (1.0 + dt * np.arange(n_periods)) ** -tenure_effect
    exposed = np.concatenate([[0.0], np.cumsum(exposure)[:-1]])
    log_hazard = np.linspace(np.log(lowest) - 1e-9, np.log(highest) + 1e-9, _N_HAZARDS)
    survival = np.exp(-np.exp(log_hazard)[:, None] * exposed[None, :])
    expected = survival.sum(axis=1)
    cumulative = np.cumsum(survival, axis=1) / expected[:, None]
    return TenureLaw(log_hazard, expected, cumulative.astype(np.float32))


def expected_periods(law: TenureLaw, hazard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the expected periods as a customer.

    Parameters
    ----------
    law
        Survival over a grid of hazards.
    hazard
        Yearly hazards at tenure 0, from 0, float64 of any shape; those outside the grid count as its nearest end.

    Returns
    -------
    ndarray
        Periods, float64, of the shape of ``hazard``.
    """
    # Nobody may leave at all (hazard 0), which has no logarithm.
    return np.asarray(np.interp(np.log(np.maximum(hazard, 1e-300)), law.log_hazard, law.expected_periods))
