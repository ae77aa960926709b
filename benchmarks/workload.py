"""The market that is measured: the default industry under its status quo, at any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import sim
from sim.market.calibration import calibrate
from sim.market.market import Market
from sim.market.offer import Offer
from sim.organisation.status_quo import status_quo_offer
from sim.parameters import Calibration, Parameters

SEED = 20_261_122
Kind = TypeVar("Kind", bound=Market)


@dataclass(frozen=True)
class Workload:
    """A market to be built and what it lives under, the same in every period."""

    parameters: Parameters
    calibration: Calibration
    offer: Offer

    def market(self) -> Market:
        """Return a market with compiled kernels."""
        return Market(self.parameters, self.calibration, self.offer, SEED)


def workload(n_customers: int, *overrides: str) -> Workload:
    """Return the default market with ``n_customers`` persons and further keys."""
    parameters = sim.compose(f"population.n_customers={n_customers}", *overrides)
    offer = status_quo_offer(parameters)
    return Workload(parameters, calibrate(parameters, offer), offer)


class Clockwork:
    """A market that lives on, period by period, whenever it is asked to.

    Parameters
    ----------
    market
        Anything with ``step(offer, period)``.
    offer
        What it lives under.
    """

    def __init__(self, market: object, offer: Offer) -> None:
        self.market, self.offer, self.period = market, offer, 0

    def live(self, n_periods: int) -> None:
        """Live through the next ``n_periods`` periods."""
        for _ in range(n_periods):
            self.market.step(self.offer, self.period)  # type: ignore[attr-defined]
            self.period += 1
