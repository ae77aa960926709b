"""Shapley values: how players who act together share what they achieve, over all coalitions or over sampled orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import factorial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Order = tuple[int, ...]
"""Players by number, in the order in which they join."""


def shapley_values(worth: Array) -> Array:
    """Return what each player contributes, averaged over all orders in which they might join.

    Contributions add up to the worth of all less the worth of none (efficiency); players who add the same to
    everybody get the same (symmetry); a player who never adds anything gets 0 (dummy); and games add up (linearity).

    Parameters
    ----------
    worth
        Worth of every coalition, shape (2^n, ...): player k is in coalition c when bit k of c is set.

    Returns
    -------
    ndarray
        Shape (n, ...).

    Raises
    ------
    ValueError
        The number of coalitions is no power of two.

    Source: Shapley 1953, A value for n-person games.
    """
    n_players = worth.shape[0].bit_length() - 1
    if worth.shape[0] != 1 << n_players:
        raise ValueError(f"{worth.shape[0]} coalitions: not a power of two")
    shares = np.zeros((n_players, *worth.shape[1:]))
    for coalition in range(1 << n_players):
        size = coalition.bit_count()
        for player in range(n_players):
            if not coalition >> player & 1:
                weight = factorial(size) * factorial(n_players - size - 1) / factorial(n_players)
                shares[player] += weight * (worth[coalition | 1 << player] - worth[coalition])
    return shares


def sampled_values(worth: Mapping[int, Array], orders: Sequence[Order]) -> Array:
    """Return what each player adds on joining, averaged over some orders.

    Over orders of which each is drawn alike from all, this is unbiased for the Shapley value. Whatever the orders,
    contributions add up to the worth of all less the worth of none, a player who never adds anything gets 0, and
    games add up; players who are alike get the same on average only. Over an order and its reverse, which of any two
    players comes first is balanced, so a game in which no more than two players interact is shared without error.

    Parameters
    ----------
    worth
        Worth of the coalitions that `coalitions_of` names, by number; player k is in coalition c when bit k of c is
        set.
    orders
        At least one, all of the same players.

    Returns
    -------
    ndarray
        Shape (n, ...).

    Raises
    ------
    KeyError
        The worth of a coalition is missing.

    Source: Castro, Gomez & Tejada 2009, Polynomial calculation of the Shapley value based on sampling; reverses:
    Mitchell, Cooper, Frank & Holmes 2022, Sampling permutations for Shapley value estimation.
    """
    shares = np.zeros((len(orders[0]), *worth[0].shape))
    for order in orders:
        before = coalitions_of(order)
        for player, without, together in zip(order, before, before[1:], strict=False):
            shares[player] += (worth[together] - worth[without]) / len(orders)
    return shares


def coalitions_of(order: Order) -> list[int]:
    """Return the coalitions on the way from none to all.

    >>> coalitions_of((2, 0, 1))
    [0, 4, 5, 7]
    """
    found = [0]
    for player in order:
        found.append(found[-1] | 1 << player)
    return found


def balanced_orders(n_players: int, n_orders: int, seed: Sequence[int]) -> list[Order]:
    """Draw orders, each meant to be used with its reverse.

    They come in blocks: the rows of a Williams square with its players and rows shuffled at random. Within a block and
    its reverses every player is as often at every place, and as often right behind every other. Each order taken alone
    is drawn alike from all orders, so a last block that is cut short biases nothing.

    Parameters
    ----------
    n_players
        At least 1.
    n_orders
        The first orders are the same whatever their number.
    seed
        Numbers that fix the draw, none of them negative.

    Source: Williams 1949, Experimental designs balanced for the estimation of residual effects of treatments.
    """
    luck = np.random.default_rng(seed)
    orders: list[Order] = []
    while len(orders) < n_orders:
        players = luck.permutation(n_players)
        rows = williams_rows(n_players)
        orders += [tuple(int(players[place]) for place in rows[row]) for row in luck.permutation(len(rows))]
    return orders[:n_orders]


def williams_rows(n_players: int) -> list[Order]:
    """Return the rows that make a Williams square when their reverses are added.

    >>> williams_rows(4), williams_rows(3)
    ([(0, 1, 3, 2), (1, 2, 0, 3)], [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
    """
    steps = [(place + 1) // 2 if place % 2 else -(place // 2) for place in range(n_players)]
    n_rows = n_players if n_players % 2 else n_players // 2  # of an even number, the second half are the reverses
    return [tuple((first + step) % n_players for step in steps) for first in range(n_rows)]


def members(coalition: int, players: Sequence[str]) -> list[str]:
    """Return the names of the players in a coalition."""
    return [player for number, player in enumerate(players) if coalition >> number & 1]
