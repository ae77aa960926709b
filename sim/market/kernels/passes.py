"""The passes of a period over all persons, in blocks of fixed size: serially or on several threads, with the same bits.

Each block writes its own row of sums; the caller adds the rows in block order, so neither the number of threads nor
the order in which blocks finish can change a result.
"""

from __future__ import annotations

from typing import Any

from numba import prange

from sim.market.kernels.experience import live_block
from sim.market.kernels.jit import kernel
from sim.market.kernels.moving import move_block
from sim.market.kernels.word_of_mouth import hear_block, remember_block

BLOCK = 1024
"""Persons in a block of sums; part of the result to the last bit, so it is not an option."""


@kernel
def live(state: Any, rules: Any, offer: Any, seed: Any, period: int, telling: Any, sums: Any) -> None:
    """Journeys of a period, one thread; ``sums`` has shape (n_blocks, n_sums)."""
    size = telling.shape[0]
    for block in range(sums.shape[0]):
        live_block(state, rules, offer, seed, period, block * BLOCK, min(size, (block + 1) * BLOCK), telling, sums[block])


@kernel(parallel=True)
def live_threaded(state: Any, rules: Any, offer: Any, seed: Any, period: int, telling: Any, sums: Any) -> None:
    """Journeys of a period on all threads."""
    size = telling.shape[0]
    for block in prange(sums.shape[0]):
        live_block(state, rules, offer, seed, period, block * BLOCK, min(size, (block + 1) * BLOCK), telling, sums[block])


@kernel
def talk(state: Any, network: Any, rules: Any, seed: Any, period: int, telling: Any, tellers: Any, told: Any, codes: Any, sums: Any) -> None:
    """Word of mouth of a period, one thread."""
    size = telling.shape[0]
    for block in range(sums.shape[0]):
        hear_block(state, network, rules.hearing, seed, period, block * BLOCK, min(size, (block + 1) * BLOCK), telling, tellers, told, sums[block])
    remember_block(state, rules.moving, period, 0, size, told, codes)


@kernel(parallel=True)
def talk_threaded(state: Any, network: Any, rules: Any, seed: Any, period: int, telling: Any, tellers: Any, told: Any, codes: Any, sums: Any) -> None:
    """Word of mouth of a period on all threads."""
    size = telling.shape[0]
    for block in prange(sums.shape[0]):
        hear_block(state, network, rules.hearing, seed, period, block * BLOCK, min(size, (block + 1) * BLOCK), telling, tellers, told, sums[block])
    for block in prange(sums.shape[0]):
        remember_block(state, rules.moving, period, block * BLOCK, min(size, (block + 1) * BLOCK), told, codes)


@kernel
def move_all(state: Any, network: Any, rules: Any, offer: Any, seed: Any, period: int, codes: Any, balance: float, sums: Any) -> None:
    """Leaving and joining of a period, one thread."""
    size = codes.shape[0]
    for block in range(sums.shape[0]):
        move_block(state, network, rules.moving, offer, seed, period, block * BLOCK, min(size, (block + 1) * BLOCK), codes, balance, sums[block])


@kernel(parallel=True)
def move_all_threaded(state: Any, network: Any, rules: Any, offer: Any, seed: Any, period: int, codes: Any, balance: float, sums: Any) -> None:
    """Leaving and joining of a period on all threads."""
    size = codes.shape[0]
    for block in prange(sums.shape[0]):
        move_block(state, network, rules.moving, offer, seed, period, block * BLOCK, min(size, (block + 1) * BLOCK), codes, balance, sums[block])
