"""Small markets to try the customers' rules on."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.market.market import Market
from sim.market.offer import Offer
from sim.parameters import Calibration, Parameters


def plain_offer(n_departments: int, **changed: Any) -> Offer:
    """Return an average offer: quality 0, no failures, nothing promised, requirement 0, with fields replaced."""
    offer = Offer(
        quality=np.zeros((2, n_departments)),
        failure_probability=np.zeros((2, n_departments)),
        handoff_failure=np.zeros((2, n_departments, n_departments)),
        promise=0.0,
        recovery_probability=0.0,
        requirement=np.zeros(n_departments),
        price_gap=0.0,
        rival_quality=0.0,
        advertising=1.0,
    )
    return offer._replace(**changed)


def parameters_with(**changed: Any) -> Parameters:
    """Return default parameters with dotted keys replaced, validated again.

    >>> parameters_with(**{"market.competition": 0.2}).market.competition
    0.2
    """
    tree = Parameters().model_dump()
    for key, value in changed.items():
        *path, last = key.split(".")
        node = tree
        for part in path:
            node = node[part]
        node[last] = value
    return Parameters.model_validate(tree)


def market_of(parameters: Parameters, offer: Offer, seed: int = 1, **constants: float) -> Market:
    """Return a market with given rather than solved constants."""
    return Market(parameters, Calibration(**constants), offer, seed)
