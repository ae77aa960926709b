"""How much of the customer equity at the end must be real for a design to break even."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.compare.comparison import Comparison
from analysis.explain.pairs import pair_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class EquityShare:
    """Share of the difference in customer equity with which a design earns as much as the baseline."""

    share: float
    """0 or less: none is needed; above 1: all of it is not enough. NaN where the design adds no equity for certain."""
    low: float
    """Lower end of its interval; NaN where the interval is not bounded."""
    high: float
    """Upper end."""


def equity_share(comparison: Comparison, design: str) -> EquityShare:
    """Return the share of the additional customer equity at which a design breaks even.

    Raises
    ------
    ResultError
        The design is unknown, or its replicates are no pairs with those of the baseline.
    """
    ours, theirs = pair_of(comparison, design)
    differences = {
        name: np.asarray(ours.tables.summary[name] - theirs.tables.summary[name]) for name in ("npv", "npv_with_equity")
    }
    profit = differences["npv"]
    return break_even_share(profit, differences["npv_with_equity"] - profit, comparison.request.confidence)


def break_even_share(profit: Array, equity: Array, confidence: float) -> EquityShare:
    """Return the ratio of means -profit/equity with its interval (Fieller 1954).

    Parameters
    ----------
    profit, equity
        Paired differences of each replicate, currency, shape (n_replicates,).
    confidence
        Coverage of the interval.

    >>> found = break_even_share(np.array([-1.0, -1.1, -0.9]), np.array([2.0, 2.1, 1.9]), 0.95)
    >>> round(found.share, 3), found.low < 0.5 < found.high
    (0.5, True)
    """
    n = len(profit)
    p, e = float(profit.mean()), float(equity.mean())
    if n < 2:
        return EquityShare(-p / e if e > 0.0 else math.nan, math.nan, math.nan)
    square = float(stats.t.ppf(0.5 + confidence / 2.0, n - 1)) ** 2 / n
    covariance = np.cov(profit, equity)
    a = float(e**2 - square * covariance[1, 1])
    if e <= 0.0 or a <= 0.0:
        return EquityShare(math.nan, math.nan, math.nan)
    b = float(p * e - square * covariance[0, 1])
    c = float(p**2 - square * covariance[0, 0])
    reach = math.sqrt(max(0.0, b**2 - a * c))
    return EquityShare(-p / e, (-b - reach) / a, (-b + reach) / a)
