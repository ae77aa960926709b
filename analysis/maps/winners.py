"""Which design is best where: over all points, and over a plane of two factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.compare.intervals import wilson
from analysis.maps.smooth import ranks
from analysis.maps.table import Unit, Wide
from sim.errors import ResultError

BINS = 6
"""Bins of each factor, of equal numbers of points."""


@dataclass(frozen=True)
class Winners:
    """Who is best over a plane of two factors."""

    x: str
    y: str
    cells: pd.DataFrame
    """One row per cell: ``column``, ``row``, bounds ``x_low`` .. ``y_high``, ``n``; ``best`` most often, its ``share``
    with Wilson's ``low`` and ``high``, ``clear`` where it is ahead of the second at 95 %; ``choice`` with the highest
    mean, ``gain`` of it over the baseline with ``gain_low`` and ``gain_high``; ``p_<design>``, share of its points."""
    shares: pd.DataFrame
    """Over all points, one row per design: ``design``, ``n_best``, ``share``, ``low``, ``high``."""
    n_points: int
    unit: Unit
    baseline: str


def best_shares(found: Wide) -> pd.DataFrame:
    """Return at what share of points each design is best, with Wilson's 95 % interval.

    Parameters
    ----------
    found
        The outcome, a row per point.

    Returns
    -------
    pandas.DataFrame
        One row per design; shares in [0, 1] with low and high.
    """
    best, n = found.best, len(found.y)
    rows = []
    for design in found.scenarios:
        count = int((best == design).sum())
        low, high = wilson(count, n)
        rows.append({"design": design, "n_best": count, "share": count / n, "low": low, "high": high})
    return pd.DataFrame(rows)


def winners(found: Wide, x: str, y: str, bins: int = BINS) -> Winners:
    """Return who is best over bins of two factors, each bin of a factor with the same number of points.

    Raises
    ------
    ResultError
        A factor is not in the table or is no number, or both are the same.
    """
    check_plane(found, x, y)
    column, row = (_bin(found.x[name], bins) for name in (x, y))
    rows = []
    for (i, j), members in found.y.groupby([column, row]):
        where = found.x.loc[members.index]
        bounds = {"x_low": where[x].min(), "x_high": where[x].max(), "y_low": where[y].min(), "y_high": where[y].max()}
        rows.append({"column": i, "row": j, **bounds, **_cell(members, found.baseline)})
    return Winners(x, y, pd.DataFrame(rows), best_shares(found), len(found.y), found.unit, found.baseline)


def check_plane(found: Wide, x: str, y: str) -> None:
    """Refuse two factors that span no plane."""
    for name in (x, y):
        if name not in found.numeric:
            raise ResultError(f"{name}: no factor of the table that is a number")
    if x == y:
        raise ResultError(f"{x}: a map needs two different factors")


def _bin(values: pd.Series, bins: int) -> NDArray[np.int64]:
    """Return the bin of each value, 0 and up without gaps; a factor of few values has a bin for each."""
    shares = values.rank(method="dense") - 1.0 if values.nunique() <= bins else ranks(values) * bins
    return np.unique(np.minimum(np.asarray(shares, dtype=np.int64), bins - 1), return_inverse=True)[1]


def _cell(members: pd.DataFrame, baseline: str) -> dict[str, Any]:
    """Return who is best among the points of a cell."""
    counts = members.idxmax(axis=1).value_counts().reindex(members.columns, fill_value=0)
    ordered = counts.sort_values(ascending=False, kind="stable")
    n, top, second = len(members), int(ordered.iloc[0]), int(ordered.iloc[1])
    low, high = wilson(top, n)
    clear = stats.binomtest(top, top + second).pvalue <= 0.05 if top > second else False
    choice = str(members.mean().idxmax())
    gain = (members[choice] - members[baseline]).to_numpy(dtype=np.float64)
    half = float(stats.t.ppf(0.975, max(1, n - 1))) * float(gain.std(ddof=1)) / np.sqrt(n) if n > 1 else np.inf
    mean = float(gain.mean())
    row = {"n": n, "best": str(ordered.index[0]), "share": top / n, "low": low, "high": high, "clear": bool(clear)}
    row |= {"choice": choice, "gain": mean, "gain_low": mean - half, "gain_high": mean + half}
    return row | {f"p_{name}": int(count) / n for name, count in counts.items()}
