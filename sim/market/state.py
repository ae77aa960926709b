"""The customers, as arrays: one row a person, ours and outside alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.market.kernels.acquisition import NEVER

__all__ = ["NEVER", "Network", "State"]


Reals = NDArray[np.float32] | NDArray[np.float64]


class State(NamedTuple):
    """The state of N persons and n departments; kernels change it in place.

    Real numbers are kept as float32 (``run.precision=single``) or float64; kernels take both and reckon in float64.
    """

    ours: NDArray[np.uint8]
    """1 for a customer of ours, 0 outside, shape (N,)."""
    segment: NDArray[np.uint8]
    """Index of the segment, shape (N,)."""
    region: NDArray[np.uint8]
    """1 in the pilot region, shape (N,)."""
    value: Reals
    """Yearly revenue at neutral satisfaction, currency, shape (N,)."""
    personal_satisfaction: Reals
    """Personal level of satisfaction mu, satisfaction units, shape (N,)."""
    personal_requirement: Reals
    """Personal requirement nu, SD of encounters, shape (N,)."""
    frailty: Reals
    """Multiplier of the leaving hazard, shape (N,)."""
    tenure: NDArray[np.int32]
    """Periods since joining, shape (N,)."""
    satisfaction: Reals
    """Cumulative satisfaction S, satisfaction units, shape (N,)."""
    transient: Reals
    """Transient satisfaction T after a recovery, satisfaction units, shape (N,)."""
    last_failure: NDArray[np.int32]
    """Period of the last failure, NEVER if none, shape (N,)."""
    last_told: NDArray[np.int32]
    """Period in which the customer last told a neighbour, NEVER if none, shape (N,)."""
    last_told_sign: NDArray[np.int8]
    """+1 if that telling was positive, -1 if negative, 0 if none, shape (N,)."""
    information: Reals
    """Information held about us, messages, shape (N,)."""
    message_sum: Reals
    """Information-weighted sum of messages, messages times SD, shape (N,)."""
    expectation: Reals
    """Will-expectation by department, SD of encounters, shape (n, N)."""
    contacts: NDArray[np.uint16]
    """Contacts with each department since joining, shape (n, N)."""


class Network(NamedTuple):
    """Who hears whom, in compressed rows: the neighbours of i are ``neighbours[first[i]:first[i + 1]]``."""

    first: NDArray[np.int64]
    """Start of each row, shape (N + 1,)."""
    neighbours: NDArray[np.uint32]
    """Neighbours, ascending in each row, symmetric, no loops, no doubles, shape (n_edges * 2,)."""
    complete: bool
    """True when everybody knows everybody; then ``neighbours`` is empty and ``first`` is all zero."""
