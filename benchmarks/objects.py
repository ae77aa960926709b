"""The same rules as plain Mesa objects: the twin of the test suite, one agent per person."""

from __future__ import annotations

import random

from benchmarks.workload import SEED, workload
from sim.market.offer import Offer
from tests.twin.luck import Luck, TwinStream, Uniforms
from tests.twin.market import TwinMarket


class OwnLuck(Luck):
    """Luck from Python's own generator, which a plain Mesa model would use; faster than Philox in Python."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._random = random.Random(seed).random

    def uniforms(self, stream: TwinStream, entity: int, period: int, block: int) -> Uniforms:  # noqa: ARG002
        """Return four new numbers, whatever is asked for."""
        draw = self._random
        return draw(), draw(), draw(), draw()

    def uniform(self, stream: TwinStream, entity: int, period: int, draw: int) -> float:  # noqa: ARG002
        """Return a new number."""
        return self._random()


def twin_market(n_customers: int, own_luck: bool) -> tuple[TwinMarket, Offer]:
    """Return the market as objects and what it lives under.

    Parameters
    ----------
    n_customers
        Persons; each takes some thousand bytes.
    own_luck
        Draw from Python's generator instead of the simulator's, which in plain Python is most of the work.
    """
    work = workload(n_customers, "run.precision=double")
    market = work.market()
    table = market.rules.moving.frailty_table
    twin = TwinMarket(work.parameters, work.calibration, market.state, market.network, table, SEED)
    if own_luck:
        twin.luck = OwnLuck(SEED)
    return twin, work.offer
