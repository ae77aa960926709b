"""Shapley values: how players who act together share what they achieve."""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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


def members(coalition: int, players: Sequence[str]) -> list[str]:
    """Return the names of the players in a coalition."""
    return [player for number, player in enumerate(players) if coalition >> number & 1]
