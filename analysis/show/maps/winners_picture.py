"""Which design is best where, in words and as a picture."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.command import glossary as words
from analysis.maps.winners import Winners
from analysis.show.style import WIDTH, colour_of, house_style, new_figure, write_figure, write_frame


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
