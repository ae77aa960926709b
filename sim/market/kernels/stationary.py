"""Draws of frailty and tenure from their joint law in a steady market."""

from __future__ import annotations

import math
from typing import Any

from sim.market.kernels.jit import kernel


@kernel
def interpolated(grid_start: float, grid_step: float, values: Any, x: float) -> float:
    """Linear interpolation on an equally spaced grid, flat outside."""
    position = (x - grid_start) / grid_step
    if position <= 0.0:
        return values[0]
    last = values.shape[0] - 1
    if position >= last:
        return values[last]
    left = int(position)
    share = position - left
    return (1.0 - share) * values[left] + share * values[left + 1]


@kernel
def draw_frailties(
    hazard: Any, ours: Any, u: Any, table: Any, grid_start: float, grid_step: float, expected: Any, out: Any
) -> None:
    """Class of frailty of each person: weighted by expected time as a customer for ours, evenly for outsiders.

    ``hazard`` is the yearly hazard at frailty 1, ``u`` uniform, ``out`` the frailty, all of shape (N,).
    """
    size = table.shape[0]
    for i in range(hazard.shape[0]):
        chosen = min(int(u[i] * size), size - 1)
        if ours[i] == 1:
            total = 0.0
            for k in range(size):
                total += interpolated(grid_start, grid_step, expected, math.log(hazard[i] * table[k]))
            goal = u[i] * total
            cumulative = 0.0
            for k in range(size):
                cumulative += interpolated(grid_start, grid_step, expected, math.log(hazard[i] * table[k]))
                if cumulative >= goal:
                    chosen = k
                    break
        out[i] = table[chosen]


@kernel
def draw_tenures(
    hazard: Any, ours: Any, u: Any, grid_start: float, grid_step: float, cumulative: Any, out: Any
) -> None:
    """Tenure in periods of each customer of ours by inversion; ``hazard`` includes frailty, shape (N,)."""
    last_row = cumulative.shape[0] - 1
    for i in range(hazard.shape[0]):
        if ours[i] == 0:
            out[i] = 0
            continue
        row = int((math.log(hazard[i]) - grid_start) / grid_step + 0.5)
        row = min(max(row, 0), last_row)
        low = 0
        high = cumulative.shape[1] - 1
        while low < high:
            middle = (low + high) // 2
            if cumulative[row, middle] < u[i]:
                low = middle + 1
            else:
                high = middle
        out[i] = low
