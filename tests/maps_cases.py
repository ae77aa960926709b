"""Invented study tables whose answers are known."""

from __future__ import annotations

import numpy as np
import pandas as pd


def table_of(x: dict[str, np.ndarray], y: dict[str, np.ndarray], outcome: str = "npv_with_equity") -> pd.DataFrame:
    """A study table of one seed from factors and the outcome of each design, each of shape (n_points,)."""
    n = len(next(iter(y.values())))
    rows = [
        pd.DataFrame(
            {"study": "s", "point": np.arange(n), "seed": 0, "scenario": name, "address": "", **x, outcome: values}
        )
        for name, values in y.items()
    ]
    return pd.concat(rows, ignore_index=True)


def ishigami(x: np.ndarray, a: float = 7.0, b: float = 0.1) -> np.ndarray:
    """Ishigami & Homma 1990, on x in [-pi, pi]^3."""
    return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])


ISHIGAMI_FIRST = (0.3139, 0.4424, 0.0)
ISHIGAMI_TOTAL = (0.5576, 0.4424, 0.2437)
"""Closed form, a = 7 and b = 0.1 (Saltelli et al. 2008)."""


def g_function(x: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Sobol's g-function, on x in [0, 1]^k."""
    return np.prod((np.abs(4.0 * x - 2.0) + a) / (1.0 + a), axis=1)


def g_total(a: np.ndarray) -> np.ndarray:
    """Its total indices: V_i prod over others (1 + V_j) over prod (1 + V) - 1, V_i = 1 / (3 (1 + a_i)^2)."""
    v = 1.0 / (3.0 * (1.0 + a) ** 2)
    return v * np.prod(1.0 + v) / (1.0 + v) / (np.prod(1.0 + v) - 1.0)
