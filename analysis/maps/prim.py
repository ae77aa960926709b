"""Patient rule induction (Friedman & Fisher 1999): a box of factors in which something is frequent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Mask = NDArray[np.bool_]
Columns = Mapping[str, NDArray[Any]]

PEEL = 0.05
"""Share of the points in the box that one peel removes."""
SMALLEST = 0.03
"""A box keeps at least this share of all points."""
SCREENED = 10
"""Factors that peeling looks at: those that go most closely with the target."""
LEVEL = 0.05
"""A side stays if without it the box would be less dense, with this p or below."""


@dataclass(frozen=True)
class Side:
    """One bound of a box."""

    factor: str
    low: float | None = None
    """Lower bound, inclusive; None: none."""
    high: float | None = None
    without: str | None = None
    """An option of a choice that the box leaves out."""

    def holds(self, columns: Columns | pd.DataFrame) -> Mask:
        """Return at which points the bound is kept.

        Parameters
        ----------
        columns
            Values of the factors, each of shape (n_points,).

        Returns
        -------
        numpy.ndarray
            Of bool, shape (n_points,).
        """
        values = np.asarray(columns[self.factor])
        if self.without is not None:
            return np.asarray(values != self.without, dtype=np.bool_)
        low = -np.inf if self.low is None else self.low
        high = np.inf if self.high is None else self.high
        return np.asarray((values >= low) & (values <= high), dtype=np.bool_)


def inside(sides: Iterable[Side], columns: Columns | pd.DataFrame, n: int) -> Mask:
    """Return which of ``n`` points lie in a box.

    Parameters
    ----------
    sides
        Bounds that all must be kept.
    columns
        Values of the factors, each of shape (n,).
    n
        Number of points.

    Returns
    -------
    numpy.ndarray
        Of bool, shape (n,).
    """
    held = np.ones(n, dtype=np.bool_)
    for side in sides:
        held &= side.holds(columns)
    return held


def find_box(x: pd.DataFrame, target: Mask, peel: float = PEEL, smallest: float = SMALLEST) -> list[Side]:
    """Return the sides of a box in which ``target`` is frequent; no sides: nothing better than all points.

    Peeling removes again and again the twentieth of the points, at one end of one factor, whose removal leaves the
    highest share of targets. Of the boxes on the way, the one with the highest harmonic mean of density (share of
    targets in the box) and coverage (share of the targets that are in it) is taken. Sides without which the box is not
    less dense (one-sided binomial test, 5 %) are dropped. Of many factors, the ten that go most closely with the target
    are looked at, in rank or in distance from the middle rank.

    Parameters
    ----------
    x
        Factors, one row per point.
    target
        Shape (n_points,).
    peel
        Share of the points in the box that one peel removes.
    smallest
        Share of all points below which no box is made.
    """
    columns = {name: x[name].to_numpy() for name in _screened(x, target)}
    sides: list[Side] = []
    way = [(_score(np.ones(len(x), dtype=np.bool_), target), sides)]
    held = inside(sides, columns, len(x))
    while (side := _best_peel(columns, held, target, peel)) is not None:
        sides = _tightened(sides, side)
        held = held & side.holds(columns)
        if held.mean() < smallest:
            break
        way.append((_score(held, target), sides))
    return _needed(max(way, key=lambda one: one[0])[1], columns, target)


def _screened(x: pd.DataFrame, target: Mask) -> list[str]:
    """Return the factors that go most closely with the target, closest first."""
    closeness: dict[str, float] = {}
    hits = target.astype(np.float64) - target.mean()
    for name in x:
        if pd.api.types.is_numeric_dtype(x[name]):
            u = ((x[name].rank() - 0.5) / len(x)).to_numpy(dtype=np.float64)
            looks = [u, np.abs(u - 0.5)]
        else:
            looks = [(x[name] == option).to_numpy(dtype=np.float64) for option in sorted(set(x[name]))]
        closeness[str(name)] = max(abs(float(np.mean(hits * (v - v.mean())))) / (float(v.std()) or 1.0) for v in looks)
    return sorted(closeness, key=lambda name: -closeness[name])[:SCREENED]


def _best_peel(columns: Columns, held: Mask, target: Mask, peel: float) -> Side | None:
    """Return the side that leaves the highest share of targets, None where none can be removed."""
    hits = target[held].astype(np.float64)
    best, density = None, -1.0
    for name, column in columns.items():
        values = column[held]
        for side, removed in _candidates(name, values, peel):
            n = len(values) - int(removed.sum())
            share = float(hits.sum() - hits[removed].sum()) / max(1, n)
            if 0 < n < len(values) and share > density:
                best, density = side, share
    return best


def _candidates(name: str, values: NDArray[Any], peel: float) -> list[tuple[Side, Mask]]:
    """Return the sides that one factor offers, each with the points it would remove: a twentieth, with equals."""
    if values.dtype.kind not in "fiub":
        return [(Side(name, without=str(option)), values == option) for option in sorted(set(values))]
    ordered = np.sort(values)
    n = max(1, int(peel * len(values)))
    low, high = ordered[n - 1], ordered[-n]
    out = []
    if low < ordered[-1]:
        removed = values <= low
        out.append((Side(name, low=float(ordered[np.searchsorted(ordered, low, side="right")])), removed))
    if high > ordered[0]:
        removed = values >= high
        out.append((Side(name, high=float(ordered[np.searchsorted(ordered, high, side="left") - 1])), removed))
    return out


def _tightened(sides: list[Side], new: Side) -> list[Side]:
    """Return the sides with one more; a new bound replaces a wider one of the same kind."""

    def replaced(old: Side) -> bool:
        """Whether the new side bounds the same factor at the same end."""
        same_kind = (old.low is None) == (new.low is None) and (old.high is None) == (new.high is None)
        return old.factor == new.factor and new.without is None and old.without is None and same_kind

    return [*(side for side in sides if not replaced(side)), new]


def _score(held: Mask, target: Mask) -> float:
    """Return the harmonic mean of density and coverage."""
    return 2.0 * float((held & target).sum()) / max(1.0, float(held.sum() + target.sum()))


def _needed(sides: list[Side], columns: Columns, target: Mask) -> list[Side]:
    """Return the sides that matter, the least needed dropped first."""
    kept = list(sides)
    while kept:
        held = inside(kept, columns, len(target))
        n, hits = int(held.sum()), int((held & target).sum())
        ps = []
        for side in kept:
            wider = inside([other for other in kept if other is not side], columns, len(target))
            ps.append(float(stats.binomtest(hits, n, float(target[wider].mean()), alternative="greater").pvalue))
        worst = int(np.argmax(ps))
        if ps[worst] <= LEVEL:
            break
        del kept[worst]
    return kept
