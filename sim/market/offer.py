"""What the company delivers in one period, as far as customers can see: all that the market learns of the company."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Offer(NamedTuple):
    """Everything the market needs to know of a period; it says nothing of how the company is governed.

    Region 0 is the market at large, region 1 the pilot region.
    """

    quality: NDArray[np.float64]
    """Mean quality of an encounter, SD of encounters, shape (2, n_departments)."""
    failure_probability: NDArray[np.float64]
    """Probability that an encounter fails, shape (2, n_departments)."""
    handoff_failure: NDArray[np.float64]
    """Probability that a hand-off fails, index (region, from, to), shape (2, n_departments, n_departments)."""
    promise: float
    """Quality promised to outsiders, SD of encounters."""
    recovery_probability: float
    """Probability that a complaint is recovered."""
    requirement: NDArray[np.float64]
    """What the market holds each department should deliver, SD of encounters, shape (n_departments,)."""
    price_gap: float
    """Our price relative to the rival's, minus 1."""
    rival_quality: float
    """Quality of the rival, SD of encounters."""
    advertising: float
    """Advertising relative to the status quo."""
