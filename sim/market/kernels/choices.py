"""What all topologies share when a customer chooses acquaintances, and where their luck sits.

Every topology lists, person by person, whom that person chose: row i of the choices is
``targets[start[i]:start[i + 1]]``, and each acquaintance is listed once, by one of the two. Luck comes from stream
NETWORK with period 0 and the chooser as entity; what the blocks of a person hold:

=================  =====================================================================================
topology           blocks
=================  =====================================================================================
Watts-Strogatz     0: place on the ring; (edge + 1) * 1024 + attempt: rewire? (word 0), to whom (2, 3)
Barabasi-Albert    (edge + 1) * 1024 + attempt: to whom (words 0, 1), own segment? (word 2)
Erdos-Renyi        d: skip number d among the own segment (words 0, 1) and among the others (words 2, 3)
=================  =====================================================================================
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.market.kernels.jit import kernel

BLOCKS_PER_EDGE = 1024
ATTEMPTS = 256
"""Attempts to find a permitted target before the search is relaxed; twice as many must fit into BLOCKS_PER_EDGE."""

_SHIFT = np.uint64(32)
_DROP = np.uint64(12)
_WIDE_UNIT = 2.0**-52


@kernel
def wide_uniform(high: Any, low: Any) -> float:
    """Uniform in (0, 1) with 52 bits from two 32-bit words (uint64); never 0 and never 1."""
    return (np.float64(((high << _SHIFT) | low) >> _DROP) + 0.5) * _WIDE_UNIT


@kernel
def number_below(high: Any, low: Any, limit: int) -> Any:
    """Uniform whole number from 0 to ``limit - 1`` (int64) from two 32-bit words; ``limit`` below 2**32.

    The 64-bit word times the limit, shifted: the bias is below limit * 2**-64.
    """
    count = np.uint64(limit)
    return np.int64((high * count + ((low * count) >> _SHIFT)) >> _SHIFT)


@kernel
def is_listed(targets: Any, begin: int, end: int, person: int) -> bool:
    """Tell whether ``person`` is among ``targets[begin:end]`` (uint32)."""
    i = begin
    while i < end and targets[i] != person:
        i += 1
    return i < end
