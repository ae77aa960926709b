"""Plausible offers that change from period to period."""

from __future__ import annotations

import numpy as np

from sim.market.offer import Offer
from sim.parameters import Parameters


def random_offer(parameters: Parameters, rng: np.random.Generator) -> Offer:
    """Return an offer in which everything the market looks at has moved, in both regions.

    Parameters
    ----------
    parameters
        Give the number of departments.
    rng
        Where the numbers come from; each call gives another offer.

    Returns
    -------
    Failures of encounters and hand-offs up to 0.3, qualities and the rival within about 1 SD, price within 20 %.
    """
    n = len(parameters.organisation.departments)
    quality = rng.normal(0.2, 0.4, size=(2, n))
    handoff_failure = rng.uniform(0.0, 0.3, size=(2, n, n))
    handoff_failure[:, np.arange(n), np.arange(n)] = 0.0
    return Offer(
        quality=quality,
        failure_probability=rng.uniform(0.0, 0.3, size=(2, n)),
        handoff_failure=handoff_failure,
        promise=float(quality.mean() + rng.uniform(0.0, 0.6)),
        recovery_probability=float(rng.uniform(0.1, 0.9)),
        requirement=rng.uniform(0.0, 1.2, size=n),
        price_gap=float(rng.uniform(-0.2, 0.2)),
        rival_quality=float(rng.uniform(-0.5, 0.8)),
        advertising=float(rng.uniform(0.3, 2.0)),
    )


def flat_offer(parameters: Parameters, **changed: object) -> Offer:
    """Return an offer of quality 0 in which nothing fails, with the given fields replaced."""
    n = len(parameters.organisation.departments)
    neutral = Offer(
        quality=np.zeros((2, n)),
        failure_probability=np.zeros((2, n)),
        handoff_failure=np.zeros((2, n, n)),
        promise=0.0,
        recovery_probability=0.0,
        requirement=np.zeros(n),
        price_gap=0.0,
        rival_quality=0.0,
        advertising=1.0,
    )
    return neutral._replace(**changed)  # type: ignore[arg-type]
