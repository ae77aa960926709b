"""Named random streams: the same luck for everybody, whatever the org design.

A draw is a pure function of (seed, stream, entity, period, draw). Nothing else enters: not the design, not the order
in which things are visited, not the number of threads.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from sim.market.kernels import stream_numbers
from sim.market.kernels.draws import normal_quantile, philox, uniform


class Stream(IntEnum):
    """One stream per decision; the numbers are part of the result and never reused."""

    NETWORK = stream_numbers.NETWORK
    POPULATION = stream_numbers.POPULATION
    CUSTOMER = stream_numbers.CUSTOMER
    JOURNEY = stream_numbers.JOURNEY
    ENCOUNTER = stream_numbers.ENCOUNTER
    TELLING = stream_numbers.TELLING
    PRICE = 20
    LOCAL_CONDITION = 21
    SIGNAL = 22
    KNOWLEDGE = 23
    COMMITMENT = 24
    TALENT = 25
    TURNOVER = 26
    PROPOSAL = 27
    PILOT = 28
    SURVEY = 29
    ESTIMATE = 30
    REPLICATE = 255


class Draws:
    """The luck of one replicate, for code outside the kernels.

    Parameters
    ----------
    seed
        64-bit seed of the replicate.
    """

    def __init__(self, seed: int) -> None:
        self.seed = np.uint64(seed)

    def uniform(self, stream: Stream, entity: int = 0, period: int = 0, draw: int = 0) -> float:
        """Return a uniform in (0, 1) for one counter; ``draw`` numbers the draws of one entity and period from 0."""
        words = philox(self.seed, int(stream), entity, period, draw // 4)
        return float(uniform(words[draw % 4]))

    def normal(self, stream: Stream, entity: int = 0, period: int = 0, draw: int = 0) -> float:
        """Return the standard normal for one counter."""
        return float(normal_quantile(self.uniform(stream, entity, period, draw)))


def replicate_seed(seed: int, replicate: int) -> int:
    """Return the 64-bit seed of a replicate (counted from 0) of a run; the same in every scenario."""
    words = philox(np.uint64(seed), int(Stream.REPLICATE), replicate, 0, 0)
    return int(words[0]) | (int(words[1]) << 32)
