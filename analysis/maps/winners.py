"""Which design is best where: over all points, and over a plane of two factors."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from scipy import stats

from analysis.maps import words
from analysis.maps.smooth import ranks
from analysis.maps.table import Unit, Wide
from analysis.regime_statistics import wilson
from analysis.style import WIDTH, colour_of, house_style, new_figure, write_figure, write_frame
from sim.errors import ResultError

BINS = 6
"""Bins of each factor, of equal numbers of points."""
DRAWS = 400
"""Resamples of seeds for the probability that a design is best at one point."""


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
    """Return at what share of points each design is best, with Wilson's 95 % interval."""
    best, n = found.best, len(found.y)
    rows = []
    for design in found.scenarios:
        count = int((best == design).sum())
        low, high = wilson(count, n)
        rows.append({"design": design, "n_best": count, "share": count / n, "low": low, "high": high})
    return pd.DataFrame(rows)


def point_probabilities(found: Wide, seed: int = 1) -> pd.DataFrame:
    """Return the probability that each design is best at a point, from resampled seeds; points with two seeds or more.

    Seeds are drawn with replacement, the same for all designs, and the means compared. With few seeds it is coarse, and
    nearer to 0 or 1 than it should be.
    """
    rng = np.random.default_rng(seed)
    rows = {}
    for point, runs in found.runs.groupby(level=0):
        if len(runs) < 2:
            continue
        drawn = runs.to_numpy()[rng.integers(len(runs), size=(DRAWS, len(runs)))].mean(axis=1)
        rows[point] = np.bincount(drawn.argmax(axis=1), minlength=len(found.scenarios)) / DRAWS
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(found.scenarios))


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


def sentence(found: Winners) -> str:
    """Return who is best most often, and where others are."""
    ordered = found.shares.sort_values("share", ascending=False, kind="stable")
    first = ordered.iloc[0]
    lead = (
        f"{words.design(first['design'])} is best at {words.per_cent(first['share'])} of points "
        f"({100 * first['low']:.0f} to {100 * first['high']:.0f} %)"
    )
    lead = lead[:1].upper() + lead[1:]
    cells, n = found.cells, len(found.cells)
    often = cells.loc[(cells["best"] != first["design"]) & cells["clear"], "best"]
    ahead = cells.loc[(cells["choice"] != found.baseline) & (cells["gain_low"] > 0.0), "choice"]
    plane = f"over {words.factor(found.x)} and {words.factor(found.y)}"
    return (
        f"{lead}; {plane} another design is clearly most often best in {_counted(often)} of {n} cells, and "
        f"clearly ahead of {words.design(found.baseline)} in the mean in {_counted(ahead)}."
    )


def _counted(designs: pd.Series) -> str:
    """Return how many cells, and of which designs.

    >>> _counted(pd.Series(["no_cxo", "no_cxo"])), _counted(pd.Series([], dtype=str))
    ('2 (having nobody)', 'none')
    """
    counts = designs.value_counts()
    if len(counts) < 2:
        return f"{len(designs)} ({words.design(str(counts.index[0]))})" if len(counts) else "none"
    listed = words.join(f"{words.design(str(name))} {count}" for name, count in counts.items())
    return f"{len(designs)} ({listed})"


def draw(found: Winners, folder: Path, name: str = "winners") -> list[Path]:
    """Draw who is most often best, and what to choose when only the two factors are known."""
    with house_style():
        figure = new_figure(WIDTH, 5.7)
        key, (left, right) = _places(figure)
        _panel(left, found, "best", "share", "Most often best: share of its points")
        _panel(right, found, "choice", "gain", f"Highest mean: gain over {words.label(found.baseline)}")
        left.set_ylabel(words.axis(found.y))
        designs = [str(name) for name in found.shares["design"]]
        handles = [Rectangle((0.0, 0.0), 1.0, 1.0, color=colour_of(name)) for name in designs]
        key.legend(
            handles, [words.label(name) for name in designs], loc="center left", ncols=4, fontsize=9, borderpad=0.0
        )
        note = (
            f"{found.n_points:,} points, outcome {found.unit.outcome}, gains in {found.unit.name}; bins of equal "
            "numbers of points. Pale and in brackets: not clear (left: ahead of the second; right: gain above 0) at "
            "95 % cell by cell, so that one of twenty cells without a difference, or somewhat more, would look clear."
        )
        write_frame(figure, sentence(found).rstrip("."), note)
        return write_figure(figure, folder, name)


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


def _panel(axes: Axes, found: Winners, who: str, what: str, title: str) -> None:
    """Draw one map: a square per cell in the colour of its design, the number in it."""
    for cell in found.cells.to_dict("records"):
        design, value = str(cell[who]), float(cell[what])
        clear = bool(cell["clear"]) if what == "share" else cell["gain_low"] > 0.0 or design == found.baseline
        strength = 0.75 if clear else 0.25
        colour = tuple(1.0 - strength * (1.0 - channel) for channel in to_rgb(colour_of(design)))
        axes.add_patch(_square(cell, colour))
        text = f"{100 * value:.0f} %" if what == "share" else found.unit.write(value, signed=True)
        if what == "gain" and design == found.baseline:
            text = "0"
        dark = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] < 0.55
        centre = (cell["column"] + 0.5, cell["row"] + 0.5)
        shown = text if clear else f"({text})"
        axes.text(*centre, shown, ha="center", va="center", fontsize=8.5, color="white" if dark else "#222222")
    n_columns, n_rows = int(found.cells["column"].max()) + 1, int(found.cells["row"].max()) + 1
    axes.set_xlim(0, n_columns)
    axes.set_ylim(0, n_rows)
    x_edges = [*found.cells.groupby("column")["x_low"].min(), found.cells["x_high"].max()]
    y_edges = [*found.cells.groupby("row")["y_low"].min(), found.cells["y_high"].max()]
    axes.set_xticks(range(n_columns + 1), [words.number(v) for v in x_edges], fontsize=8)
    axes.set_yticks(range(n_rows + 1), [words.number(v) for v in y_edges], fontsize=8)
    axes.set_xlabel(words.axis(found.x))
    axes.set_title(title, fontsize=9.5)
    axes.grid(visible=False)
    axes.set_aspect("equal")


def _square(cell: dict[Hashable, Any], colour: tuple[float, ...]) -> Rectangle:
    return Rectangle((float(cell["column"]), float(cell["row"])), 1.0, 1.0, facecolor=colour, edgecolor="white")


def _places(figure: Figure) -> tuple[Axes, tuple[Axes, Axes]]:
    """Return a place for the key of colours above two places side by side."""
    grid = figure.add_gridspec(2, 2, height_ratios=(1, 16))
    key = figure.add_subplot(grid[0, :])
    key.axis("off")
    left = figure.add_subplot(grid[1, 0])
    return key, (left, figure.add_subplot(grid[1, 1], sharey=left))
