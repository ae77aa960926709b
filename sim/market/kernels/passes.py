"""The passes of a period over a range of blocks of persons; they release the interpreter, so threads can share them.

Each block writes its own row of sums; the caller adds the rows in block order, so neither the number of threads nor
the order in which blocks finish can change a result. Threads of the interpreter are used instead of numba's own
because those take no tuples of tuples.
"""

from __future__ import annotations

from typing import Any

from sim.market.kernels.experience import live_block
from sim.market.kernels.jit import kernel
from sim.market.kernels.moving import move_block
from sim.market.kernels.word_of_mouth import hear_block, remember_block

BLOCK = 1024
"""Persons in a block of sums; part of the result to the last bit, so it is not an option."""


@kernel
def live(
    first: int, last: int, state: Any, rules: Any, offer: Any, seed: Any, period: int, telling: Any, sums: Any
) -> None:
    """Journeys of a period in the blocks ``first`` to ``last``; ``sums`` has shape (n_blocks, n_sums)."""
    size = telling.shape[0]
    for block in range(first, last):
        end = min(size, (block + 1) * BLOCK)
        live_block(state, rules, offer, seed, period, block * BLOCK, end, telling, sums[block])


@kernel
def hear(
    first: int,
    last: int,
    state: Any,
    network: Any,
    rules: Any,
    seed: Any,
    period: int,
    telling: Any,
    tellers: Any,
    told: Any,
    sums: Any,
) -> None:
    """Word of mouth of a period in the blocks ``first`` to ``last``."""
    size = telling.shape[0]
    for block in range(first, last):
        end = min(size, (block + 1) * BLOCK)
        hear_block(state, network, rules.hearing, seed, period, block * BLOCK, end, telling, tellers, told, sums[block])


@kernel
def remember(first: int, last: int, state: Any, rules: Any, period: int, told: Any, codes: Any) -> None:
    """Note who talked in the blocks ``first`` to ``last``, once everybody has heard."""
    size = codes.shape[0]
    for block in range(first, last):
        remember_block(state, rules.moving, period, block * BLOCK, min(size, (block + 1) * BLOCK), told, codes)


@kernel
def move(
    first: int,
    last: int,
    state: Any,
    network: Any,
    rules: Any,
    offer: Any,
    seed: Any,
    period: int,
    codes: Any,
    balance: float,
    sums: Any,
) -> None:
    """Leaving and joining of a period in the blocks ``first`` to ``last``."""
    size = codes.shape[0]
    for block in range(first, last):
        end = min(size, (block + 1) * BLOCK)
        move_block(state, network, rules.moving, offer, seed, period, block * BLOCK, end, codes, balance, sums[block])
