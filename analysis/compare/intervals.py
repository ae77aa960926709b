"""Intervals at 95 % of shares and of rank correlations."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]

Z95 = 1.959963984540054
"""Quantile of the normal distribution at 97.5 %."""


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return Wilson's interval of a share of ``n`` independent cases, 0 to 1.

    >>> low, high = wilson(0, 100)
    >>> round(low, 3), round(high, 3)
    (0.0, 0.037)
    """
    if n == 0:
        return 0.0, 1.0
    share, z2 = successes / n, Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def spearman(x: Array, y: Array) -> tuple[float, float, float, float]:
    """Return Spearman's rho, its interval (Bonett & Wright 2000) and the p-value of no association.

    Parameters
    ----------
    x, y
        Paired values, shape (n,).

    Returns
    -------
    tuple of float
        rho, low, high and p; NaN each with fewer than five pairs or where one of the two does not vary.
    """
    n = x.shape[0]
    if n < 5 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return (math.nan,) * 4
    found = stats.spearmanr(x, y)
    rho, p = float(found.statistic), float(found.pvalue)
    bounded = min(max(rho, -0.999999), 0.999999)
    half = Z95 * math.sqrt((1.0 + bounded**2 / 2.0) / (n - 3))
    return rho, math.tanh(math.atanh(bounded) - half), math.tanh(math.atanh(bounded) + half), p
