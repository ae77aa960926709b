"""What the present customers spend in a year and how likely each is to stay."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.market.market import Market
from sim.market.offer import Offer

Vector = NDArray[np.float64]


class Standing(NamedTuple):
    """The present customers of ours, each of shape (n_ours,)."""

    spend_per_year: Vector
    """Revenue at present satisfaction, currency."""
    value_per_year: Vector
    """Revenue at neutral satisfaction, currency."""
    retention_per_year: Vector
    """Probability of staying another year at present satisfaction and a closed price gap."""


def present_customers(market: Market, offer: Offer) -> Standing:
    """Describe the customers who are ours now."""
    state, moving = market.state, market.rules.moving
    scalars = moving.scalars
    ours = state.ours == 1
    satisfaction, segment = state.satisfaction[ours], state.segment[ours]
    rival = scalars.rival_intercept + scalars.rival_slope * offer.rival_quality
    exponent = -moving.sensitivity[segment] * (satisfaction - rival)
    exponent -= scalars.tenure_effect * np.log1p(state.tenure[ours] * scalars.period_years)
    hazard = scalars.baseline_hazard * moving.segment_hazard[segment] * state.frailty[ours] * np.exp(exponent)
    value = state.value[ours]
    return Standing(value * (1.0 + scalars.spend_effect * np.clip(satisfaction, -1.0, 1.0)), value, np.exp(-hazard))
