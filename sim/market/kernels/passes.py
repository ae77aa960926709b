"""The passes of a period over a range of rows of persons; they release the interpreter, so threads can share them.

Each row of persons has its own row of sums, added to in the order of the persons; the caller adds the rows in their
order. So neither the number of threads, nor the order in which they finish, nor the size of the blocks in which the
persons of a row are worked through can change a result. Threads of the interpreter are used instead of numba's own
because those take no tuples of tuples.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.market.kernels.experience import live_block
from sim.market.kernels.jit import kernel
from sim.market.kernels.moving import Period, Tellers, move_block
from sim.market.kernels.word_of_mouth import code_block, hear_everything, tell_everybody

ROW = 1024
"""Persons in a row of sums; part of the result to the last bit, so it is not an option."""


class Desk(NamedTuple):
    """Room for the persons of a block, small enough to stay in the cache of the core that works on it."""

    words: NDArray[np.uint32]
    """Words of luck, shape (4, block)."""
    chosen: NDArray[np.uint32]
    """Persons picked, by their place in the block, shape (block,)."""
    others: NDArray[np.uint32]
    """Persons picked, by their place in the block, shape (block,)."""
    numbers: NDArray[np.float64]
    """One number for each person picked, shape (block,)."""
    more_numbers: NDArray[np.float64]
    """Another one, shape (block,)."""


class Mail(NamedTuple):
    """Messages of a period, in the order of their senders."""

    senders: NDArray[np.uint32]
    receivers: NDArray[np.uint32]


class Tally(NamedTuple):
    """Sums over the messages of each receiver, in the order in which receivers turn up."""

    place: NDArray[np.int32]
    """Where the sums of a person are, -1 where there are none, shape (N,)."""
    person: NDArray[np.uint32]
    """Whose sums they are, shape (room,)."""
    messages: NDArray[np.int64]
    """Messages, shape (room,)."""
    sums: NDArray[np.float64]
    """Weights, weighted messages and messages, shape (room, 3)."""


def desk_for(block: int) -> Desk:
    """Return room for ``block`` persons."""
    lists = [np.zeros(block, np.uint32) for _ in range(2)]
    return Desk(np.zeros((4, block), np.uint32), lists[0], lists[1], np.zeros(block), np.zeros(block))


def mail_for(room: int) -> Mail:
    """Return room for messages."""
    return Mail(np.empty(room, np.uint32), np.empty(room, np.uint32))


def tally_for(n: int, place: NDArray[np.int32]) -> Tally:
    """Return room for the sums of as many receivers as there are messages."""
    return Tally(place, np.empty(n, np.uint32), np.empty(n, np.int64), np.empty((n, 3)))


@kernel
def live(
    first: int, last: int, desk: Any, state: Any, rules: Any, offer: Any, seed: Any, period: int, telling: Any,
    sums: Any,
) -> None:  # fmt: skip
    """Journeys of a period in the rows ``first`` to ``last``; ``sums`` has shape (n_rows, n_sums)."""
    size, block = telling.shape[0], desk.chosen.shape[0]
    for row in range(first, last):
        end = min(size, (row + 1) * ROW)
        for begin in range(row * ROW, end, block):
            live_block(state, rules, offer, seed, period, begin, min(end, begin + block), desk, telling, sums[row])


@kernel
def tell(
    first: int, last: int, desk: Any, state: Any, network: Any, seed: Any, period: int, telling: Any, mail: Any,
    sums: Any,
) -> int:  # fmt: skip
    """Tellings of a period in the rows ``first`` to ``last``; returns the number of messages, written or not."""
    size, block = telling.shape[0], desk.chosen.shape[0]
    n = 0
    for row in range(first, last):
        end = min(size, (row + 1) * ROW)
        for begin in range(row * ROW, end, block):
            n = tell_everybody(
                state, network, seed, period, begin, min(end, begin + block), desk, telling, mail, n, sums[row]
            )
    return n


@kernel
def hear(first: int, last: int, state: Any, rules: Any, mail: Any, n: int, tally: Any) -> None:
    """Add the ``n`` messages of the period to the beliefs of the persons in the rows ``first`` to ``last``."""
    size = state.ours.shape[0]
    hear_everything(state, rules.hearing, first * ROW, min(size, last * ROW), mail, n, tally)


@kernel
def code(first: int, last: int, state: Any, rules: Any, period: int, codes: Any) -> None:
    """Note what outsiders see of the persons in the rows ``first`` to ``last``, once everybody has talked."""
    begin, end = first * ROW, min(codes.shape[0], last * ROW)
    moving, codes_here = rules.moving, codes[begin:end]
    ours, told, sign = state.ours[begin:end], state.last_told[begin:end], state.last_told_sign[begin:end]
    code_block(ours, told, sign, period, moving.recall_periods, moving.count_all_customers, codes_here)


@kernel
def move(first: int, last: int, desk: Any, state: Any, tellers: Tellers, rules: Any, period: Period, sums: Any) -> None:
    """Leaving and joining of a period in the rows ``first`` to ``last``."""
    size, block = tellers.codes.shape[0], desk.chosen.shape[0]
    for row in range(first, last):
        end = min(size, (row + 1) * ROW)
        for begin in range(row * ROW, end, block):
            move_block(state, tellers, rules.moving, period, begin, min(end, begin + block), desk, sums[row])
