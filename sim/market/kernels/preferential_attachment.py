"""Barabasi-Albert: newcomers choose those whom many already know."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.market.kernels.choices import ATTEMPTS, BLOCKS_PER_EDGE, is_listed, number_below
from sim.market.kernels.draws import philox, uniform
from sim.market.kernels.jit import kernel
from sim.market.kernels.stream_numbers import NETWORK


@kernel
def edge_owner(edge: int, half_degree: int) -> Any:
    """Return who chose edge number ``edge`` (int64): the core's choices are a triangle, later ones a rectangle."""
    n_core = 2 * half_degree + 1
    n_core_edges = half_degree * n_core
    if edge >= n_core_edges:
        return np.int64(n_core + (edge - n_core_edges) // half_degree)
    return np.int64((1.0 + math.sqrt(1.0 + 8.0 * edge)) / 2.0)


@kernel
def preferred_target(
    seed: Any, person: int, edge: int, segment: Any, homophily: float, half_degree: int, begin: int, targets: Any
) -> Any:
    """Return whom a newcomer chooses: a person index (int64), drawn with probability proportional to degree.

    Either end of a uniformly random earlier edge is such a draw; the list of those ends is never stored. With
    probability ``homophily`` the target must be of the newcomer's segment. This is given up after ATTEMPTS draws; after
    twice as many, the earliest person not yet chosen is taken.
    """
    end = begin + edge
    own_only = False
    for attempt in range(2 * ATTEMPTS):
        w0, w1, w2, _ = philox(seed, NETWORK, person, 0, (edge + 1) * BLOCKS_PER_EDGE + attempt)
        if attempt == 0:
            own_only = uniform(w2) < homophily
        pick = number_below(w0, w1, 2 * begin)
        other = np.int64(targets[pick // 2]) if pick % 2 else edge_owner(pick // 2, half_degree)
        if own_only and attempt < ATTEMPTS and segment[other] != segment[person]:
            continue
        if not is_listed(targets, begin, end, other):
            return other
    other = np.int64(0)
    while is_listed(targets, begin, end, other):
        other += 1
    return other


@kernel
def attach_customers(seed: Any, segment: Any, homophily: float, half_degree: int, start: Any, targets: Any) -> None:
    """Add the customers one by one, in the order of their index; each chooses among those added before.

    The first ``2 * half_degree + 1`` all know each other, so that the mean degree is ``2 * half_degree`` exactly.

    Parameters
    ----------
    seed
        Seed of the replicate, uint64.
    segment
        Segment index, uint8, shape (N,).
    homophily
        Probability that a choice is confined to the own segment, 0 to 1.
    half_degree
        Choices of each newcomer.
    start
        Out: start of each person's choices, int64, shape (N + 1,).
    targets
        Out: choices, uint32, shape (N * half_degree,).
    """
    start[0] = 0
    for person in range(len(segment)):
        begin = start[person]
        if person <= 2 * half_degree:
            for other in range(person):
                targets[begin + other] = np.uint32(other)
            start[person + 1] = begin + person
        else:
            for edge in range(half_degree):
                new = preferred_target(seed, person, edge, segment, homophily, half_degree, begin, targets)
                targets[begin + edge] = np.uint32(new)
            start[person + 1] = begin + half_degree
