"""Where the answer flips: the mean difference of two designs over a plane of two factors, and where it crosses zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.maps.smooth import fit, predict, ranks, spline, tensor
from analysis.maps.table import Array, Unit, Wide
from analysis.maps.winners import check_plane

GRID = 33
"""Places along each factor."""
BOOTSTRAPS = 200
PENALTY = 0.01
"""Of the surface: smaller than the one that predicts best, whose bias would make intervals miss a known plane at 8 % of
places (5 % with this one, at 2,000 points)."""
LEVELS = (0.1, 0.5, 0.9)
"""Quantiles of the second factor at which break-even values of the first are told."""


@dataclass(frozen=True)
class BreakEven:
    """The mean outcome of design ``a`` less that of ``b``, given two factors."""

    a: str
    b: str
    x: str
    y: str
    surface: pd.DataFrame
    """One row per place of a grid in ranks: ``x``, ``y`` (values), ``x_rank``, ``y_rank``, ``difference``, ``low`` and
    ``high`` (95 %, each place by itself), ``clear``: ``a``, ``b`` or empty."""
    crossings: pd.DataFrame
    """Along the first factor, at low, middle and high values of the second: ``y``, ``x`` where the difference is zero,
    with ``x_low`` and ``x_high``; ``x`` is NaN where it does not cross exactly once, or too few resamples do."""
    n_points: int
    unit: Unit

    def share(self, design: str) -> float:
        """Return the share of the plane, in ranks, in which a design is clearly ahead; empty: undecided."""
        return float((self.surface["clear"] == design).mean())


def break_even(found: Wide, x: str, y: str, a: str, b: str, seed: int = 1) -> BreakEven:
    """Return the difference of two designs over two factors: tensor splines, with intervals from resampled points.

    Raises
    ------
    ResultError
        A factor is not in the table or is no number, or a design is unknown.
    """
    check_plane(found, x, y)
    d = found.difference(a, b)
    u, v = ranks(found.x[x]), ranks(found.x[y])
    columns = tensor(spline(u), spline(v))
    line = np.linspace(0.02, 0.98, GRID)
    grid_u, grid_v = (part.ravel() for part in np.meshgrid(line, line, indexing="ij"))
    places = tensor(spline(grid_u), spline(grid_v))
    mean, draws = predict(fit(columns, d, (PENALTY,)), places), _resampled(columns, d, places, seed)
    low, high = np.quantile(draws, (0.025, 0.975), axis=0)
    clear = np.where(low > 0.0, a, np.where(high < 0.0, b, ""))
    values = {"x": _value(found.x[x], grid_u), "y": _value(found.x[y], grid_v), "x_rank": grid_u, "y_rank": grid_v}
    surface = pd.DataFrame({**values, "difference": mean, "low": low, "high": high, "clear": clear})
    crossings = _crossings(found.x[x], found.x[y], line, mean, draws)
    return BreakEven(a, b, x, y, surface, crossings, len(d), found.unit)


def _resampled(columns: Array, d: Array, places: Array, seed: int) -> Array:
    """Return the surface of resampled points, shape (n_bootstraps, n_places)."""
    rng = np.random.default_rng(seed)
    n, k = columns.shape
    out = np.empty((BOOTSTRAPS, len(places)))
    for row in range(BOOTSTRAPS):
        weights = rng.multinomial(n, np.full(n, 1.0 / n)).astype(np.float64)
        centre, mean = weights @ columns / n, float(weights @ d) / n
        weighted = (columns - centre) * weights[:, np.newaxis]
        coefficients = np.linalg.solve(weighted.T @ (columns - centre) + PENALTY * np.eye(k), weighted.T @ (d - mean))
        out[row] = (places - centre) @ coefficients + mean
    return out


def _crossings(x: pd.Series, y: pd.Series, line: Array, mean: Array, draws: Array) -> pd.DataFrame:
    rows = []
    for level in LEVELS:
        at = int(np.abs(line - level).argmin())
        whole = _crossing(line, mean.reshape(GRID, GRID)[:, at])
        each = np.array([_crossing(line, one.reshape(GRID, GRID)[:, at]) for one in draws])
        enough = np.isfinite(whole) and np.isfinite(each).mean() >= 0.95
        ranked = [whole, *np.nanquantile(each, (0.025, 0.975))] if enough else [np.nan] * 3
        told = [float(_value(x, np.array([one]))[0]) if np.isfinite(one) else np.nan for one in ranked]
        rows.append(
            {"y": float(_value(y, line[[at]])[0]), "x": told[0], "x_low": min(told[1:]), "x_high": max(told[1:])}
        )
    return pd.DataFrame(rows)


def _crossing(line: Array, d: Array) -> float:
    """Return where a difference crosses zero, NaN unless exactly once."""
    changes = np.flatnonzero(np.sign(d[:-1]) * np.sign(d[1:]) < 0)
    if len(changes) != 1:
        return np.nan
    k = int(changes[0])
    return float(line[k] + (line[k + 1] - line[k]) * d[k] / (d[k] - d[k + 1]))


def _value(values: pd.Series, at: Array) -> Array:
    """Return the values of a factor at ranks."""
    return np.asarray(np.quantile(values.to_numpy(dtype=np.float64), np.clip(at, 0.0, 1.0)))
