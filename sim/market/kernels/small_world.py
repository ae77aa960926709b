"""Watts-Strogatz: a ring of customers in which some edges are rewired."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.market.kernels.choices import ATTEMPTS, BLOCKS_PER_EDGE, is_listed, number_below, wide_uniform
from sim.market.kernels.draws import philox, uniform
from sim.market.kernels.jit import kernel
from sim.market.kernels.stream_numbers import NETWORK


@kernel
def place_customers(seed: Any, segment: Any, share: Any, before: Any, probability: float, key: Any) -> None:
    """Give every customer a key; the order of the keys is the order on the ring.

    A customer placed by segment falls into the arc of that segment, anybody else falls anywhere. Either way the keys
    of all customers together are uniform, and a key depends on nobody else.

    Parameters
    ----------
    seed
        Seed of the replicate, uint64.
    segment
        Segment index, uint8, shape (N,).
    share
        Share of each segment, float64, shape (n_segments,).
    before
        Sum of the shares of the segments before each, float64, shape (n_segments,).
    probability
        Probability of being placed by segment, 0 to 1.
    key
        Out: keys in [0, 1], float64, shape (N,).
    """
    for person in range(len(key)):
        w0, w1, w2, _ = philox(seed, NETWORK, person, 0, 0)
        place = wide_uniform(w1, w2)
        if uniform(w0) < probability:
            own = segment[person]
            place = before[own] + place * share[own]
        key[person] = place


@kernel
def choose_ring_neighbours(ring: Any, half_degree: int, targets: Any) -> None:
    """Write the next ``half_degree`` customers on the ring as choices of every customer.

    Parameters
    ----------
    ring
        The customers in ring order, int64, shape (N,).
    half_degree
        Neighbours on each side; less than N / 2.
    targets
        Out: choices, uint32, shape (N * half_degree,).
    """
    n_persons = len(ring)
    for place in range(n_persons):
        row = ring[place] * half_degree
        for edge in range(half_degree):
            targets[row + edge] = np.uint32(ring[(place + edge + 1) % n_persons])


@kernel
def rewired_target(seed: Any, person: int, edge: int, probability: float, half_degree: int, targets: Any) -> Any:
    """Return whom the edge leads to after its chance of being rewired: a person index (int64).

    A new target is drawn from everybody until it is neither the person nor an acquaintance of the person; after
    ATTEMPTS failures (possible only when nearly everybody is one) the edge stays.
    """
    row = person * half_degree
    old = np.int64(targets[row + edge])
    n_persons = len(targets) // half_degree
    for attempt in range(ATTEMPTS):
        w0, _, w2, w3 = philox(seed, NETWORK, person, 0, (edge + 1) * BLOCKS_PER_EDGE + attempt)
        if attempt == 0 and uniform(w0) >= probability:
            return old
        new = number_below(w2, w3, n_persons)
        if new == person or is_listed(targets, row, row + half_degree, new):
            continue
        if not is_listed(targets, new * half_degree, (new + 1) * half_degree, person):
            return new
    return old


@kernel
def rewire_edges(seed: Any, probability: float, half_degree: int, targets: Any) -> None:
    """Rewire every edge with the given probability to a uniformly random person, without loops or doubles.

    Parameters
    ----------
    seed
        Seed of the replicate, uint64.
    probability
        Probability that an edge is rewired, 0 to 1.
    half_degree
        Choices of each person.
    targets
        In and out: choices, uint32, shape (N * half_degree,).
    """
    for person in range(len(targets) // half_degree):
        for edge in range(half_degree):
            new = rewired_target(seed, person, edge, probability, half_degree, targets)
            targets[person * half_degree + edge] = np.uint32(new)
