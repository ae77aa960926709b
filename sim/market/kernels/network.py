"""From who chose whom to who hears whom: symmetric rows in ascending order.

The choices, as sim.market.kernels.choices describes them, become the rows of sim.market.state.Network by counting, so
that no comparison sort of all the edges is needed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.market.kernels.jit import kernel


@kernel
def sort_row(neighbours: Any, begin: int, end: int) -> None:
    """Sort ``neighbours[begin:end]`` in place, ascending.

    Insertion: rows arrive as two ascending runs or are short, and even a hub's row is nearly sorted, so this costs
    about one comparison a neighbour.

    Parameters
    ----------
    neighbours
        Person indices, uint32, shape (n_edges * 2,).
    begin, end
        The part to sort.
    """
    for i in range(begin + 1, end):
        value = neighbours[i]
        j = i
        while j > begin and neighbours[j - 1] > value:
            neighbours[j] = neighbours[j - 1]
            j -= 1
        neighbours[j] = value


@kernel
def count_neighbours(start: Any, targets: Any, first: Any) -> None:
    """Set ``first``, the start of each person's row, from the choices.

    Parameters
    ----------
    start
        Start of each person's choices, int64, shape (N + 1,).
    targets
        Chosen persons, uint32, shape (n_edges,).
    first
        Out: start of each person's neighbours, int64, shape (N + 1,).
    """
    n_persons = len(first) - 1
    first[0] = 0
    for person in range(n_persons):
        first[person + 1] = start[person + 1] - start[person]
    for edge in range(start[n_persons]):
        first[np.int64(targets[edge]) + 1] += 1
    for person in range(n_persons):
        first[person + 1] += first[person]


@kernel
def fill_neighbours(start: Any, targets: Any, first: Any, cursor: Any, neighbours: Any) -> None:
    """Write every acquaintance into the rows of both persons, and sort the rows.

    Own choices come first in a row, then those who chose this person, already ascending because the choosers are
    visited in ascending order.

    Parameters
    ----------
    start, targets
        The choices, see count_neighbours.
    first
        Start of each person's neighbours, int64, shape (N + 1,).
    cursor
        Scratch, int64, shape (N,).
    neighbours
        Out: neighbours, ascending in each row, uint32, shape (n_edges * 2,).
    """
    n_persons = len(first) - 1
    for person in range(n_persons):
        place = first[person]
        for edge in range(start[person], start[person + 1]):
            neighbours[place] = targets[edge]
            place += 1
        cursor[person] = place
    for person in range(n_persons):
        for edge in range(start[person], start[person + 1]):
            other = np.int64(targets[edge])
            neighbours[cursor[other]] = np.uint32(person)
            cursor[other] += 1
    for person in range(n_persons):
        sort_row(neighbours, first[person], first[person + 1])
