"""The market of the twin: the agents, and the order in which a period goes."""

from __future__ import annotations

import mesa
import numpy as np

from sim.market.flows import Flows
from sim.market.offer import Offer
from sim.market.state import Network, State
from sim.parameters import Calibration, Parameters
from tests.twin.customer import REAL_NUMBERS, WHOLE_NUMBERS, TwinCustomer
from tests.twin.luck import Luck
from tests.twin.rules import Rules
from tests.twin.tally import Tally
from tests.twin.today import Today


class TwinMarket:
    """All customers as objects, stepped one period at a time.

    It holds a Mesa model instead of being one, because Mesa wraps ``Model.step`` so that it returns nothing, and
    from Mesa 3.5 on takes no arguments.

    Parameters
    ----------
    parameters
        All parameters of the run.
    calibration
        Constants of the status quo.
    state
        Where everybody starts; it is copied and never changed.
    network
        Who hears whom.
    frailty_table
        Multipliers of the leaving hazard among newcomers, by equal steps of probability, shape (n,).
    seed
        64-bit seed of the replicate.
    """

    def __init__(
        self,
        parameters: Parameters,
        calibration: Calibration,
        state: State,
        network: Network,
        frailty_table: np.ndarray,
        seed: int,
    ) -> None:
        self.rules = Rules(parameters, calibration)
        self.luck = Luck(seed)
        self.frailty_table = np.array(frailty_table, dtype=np.float64)
        self.society = mesa.Model(rng=0)
        self.customers = [TwinCustomer(self.society, number, state) for number in range(len(state.ours))]
        for customer in self.customers:
            numbers = neighbour_numbers(network, customer.number, len(self.customers))
            customer.neighbours = [self.customers[number] for number in numbers]

    def step(self, offer: Offer, period: int) -> Flows:
        """Live through one period and return what happened in it.

        Parameters
        ----------
        offer
            What the company delivers in the period.
        period
            Number of the period, from 0 at the start of the burn-in.
        """
        tally = Tally(len(self.rules.departments), len(self.rules.journeys))
        today = Today(self.rules, self.luck, offer, period, tally)
        everybody = self.society.agents
        for phase in ("fade", "travel", "listen", "note_telling", "report", "show", "decide"):
            everybody.do(phase, today)
        everybody.do("act", today, self.frailty_table)
        return tally.to_flows()

    def to_state(self) -> State:
        """Return everybody's attributes as arrays, in the order of the customers."""
        columns: dict[str, np.ndarray] = {
            "ours": np.array([customer.ours for customer in self.customers], dtype=np.uint8),
            "expectation": np.array([customer.expectation for customer in self.customers], dtype=np.float64).T.copy(),
            "contacts": np.array([customer.contacts for customer in self.customers], dtype=np.uint16).T.copy(),
        }
        kinds = {"segment": np.uint8, "region": np.uint8, "last_told_sign": np.int8}
        for name in WHOLE_NUMBERS:
            numbers = [getattr(customer, name) for customer in self.customers]
            columns[name] = np.array(numbers, dtype=kinds.get(name, np.int32))
        for name in REAL_NUMBERS:
            columns[name] = np.array([getattr(customer, name) for customer in self.customers], dtype=np.float64)
        return State(**columns)


def neighbour_numbers(network: Network, number: int, n_customers: int) -> list[int]:
    """Return the neighbours of one customer, ascending; everybody else in a complete network."""
    if network.complete:
        return [other for other in range(n_customers) if other != number]
    return [int(other) for other in network.neighbours[network.first[number] : network.first[number + 1]]]
