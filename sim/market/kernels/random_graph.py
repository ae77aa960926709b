"""Erdos-Renyi: every pair of customers is decided on its own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.market.kernels.choices import wide_uniform
from sim.market.kernels.draws import philox
from sim.market.kernels.jit import kernel
from sim.market.kernels.stream_numbers import NETWORK


@kernel
def skipped_persons(u: float, log_miss: float) -> float:
    """Whole number of persons passed over before the next acquaintance: geometric, by inversion.

    Parameters
    ----------
    u
        Uniform in (0, 1).
    log_miss
        Logarithm of the probability that a pair does not know each other, below 0.

    Returns
    -------
    A whole number as float64, which may be far above the number of persons.
    """
    return float(np.floor(math.log(u) / log_miss))


@kernel
def order_by_segment(segment: Any, segment_first: Any, order: Any, place: Any) -> None:
    """Sort the customers by segment, keeping the order of the index within a segment.

    Parameters
    ----------
    segment
        Segment index, uint8, shape (N,).
    segment_first
        In: start of each segment in the order. Out: its end. int64, shape (n_segments,).
    order
        Out: the customers by segment, uint32, shape (N,).
    place
        Out: the place of each customer in ``order``, uint32, shape (N,).
    """
    for person in range(len(segment)):
        own = segment[person]
        here = segment_first[own]
        order[here] = np.uint32(person)
        place[person] = np.uint32(here)
        segment_first[own] = here + 1


@kernel
def choose_at_random(
    seed: Any,
    segment: Any,
    segment_end: Any,
    order: Any,
    place: Any,
    log_miss_own: Any,
    log_miss_other: float,
    start: Any,
    targets: Any,
) -> Any:
    """Decide for every pair of customers, independently, whether they know each other.

    A customer decides about those behind in ``order``: first the rest of the own segment, then all later segments,
    jumping from one acquaintance to the next (Batagelj & Brandes 2005), so that the work is in proportion to the
    edges and the luck of a customer depends on nobody else's.

    Parameters
    ----------
    seed
        Seed of the replicate, uint64.
    segment, segment_end, order, place
        As order_by_segment leaves them.
    log_miss_own
        Log probability that two customers of a segment do not know each other, float64, shape (n_segments,), < 0.
    log_miss_other
        The same for two customers of different segments, < 0.
    start
        Out: start of each person's choices, int64, shape (N + 1,).
    targets
        Out: choices, uint32; what does not fit is counted and not written.

    Returns
    -------
    Number of edges, int64.
    """
    n_persons = len(segment)
    n_edges = np.int64(0)
    start[0] = 0
    for person in range(n_persons):
        own = segment[person]
        for group in range(2):
            log_miss = log_miss_other if group else log_miss_own[own]
            end = np.float64(n_persons if group else segment_end[own])
            here = np.float64(segment_end[own] - 1 if group else place[person])
            draw = 0
            while here + 1.0 < end:
                w0, w1, w2, w3 = philox(seed, NETWORK, person, 0, draw)
                u = wide_uniform(w2, w3) if group else wide_uniform(w0, w1)
                here += 1.0 + skipped_persons(u, log_miss)
                draw += 1
                if here >= end:
                    break
                if n_edges < len(targets):
                    targets[n_edges] = order[np.int64(here)]
                n_edges += 1
        start[person + 1] = n_edges
    return n_edges
