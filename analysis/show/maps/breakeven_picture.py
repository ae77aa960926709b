"""Where the answer flips, in words and as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.command import glossary as words
from analysis.maps.breakeven import GRID, BreakEven
from analysis.maps.table import Array
from analysis.show.style import WIDTH, colour_of, house_style, new_figure, write_figure, write_frame


def sentence(found: BreakEven) -> str:
    """Return on how much of the plane each design is clearly ahead, and where the border is."""
    ahead, behind = found.share(found.a), found.share(found.b)
    a, b = words.design(found.a), words.design(found.b)
    lead = (
        f"Given {words.factor(found.x)} and {words.factor(found.y)}, {a} is ahead of {b} in the mean on "
        f"{words.per_cent(ahead)} of the plane and behind on {words.per_cent(behind)}; "
        f"{words.per_cent(1.0 - ahead - behind)} is undecided"
    )
    told = found.crossings.dropna()
    if told.empty:
        return f"{lead}."
    row = told.iloc[len(told) // 2]
    where = f"at {words.factor(found.y)} {words.number(row['y'])} the two break even at {words.factor(found.x)} "
    return f"{lead}; {where}{words.number(row['x_low'])} to {words.number(row['x_high'])}."


def draw(panels: list[BreakEven], folder: Path, name: str = "break_even") -> list[Path]:
    """Draw where each design is ahead of another, a panel each: full colour where clear, lines of equal difference."""
    with house_style():
        figure = new_figure(WIDTH, 4.4)
        axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
        for one, place in zip(panels, axes, strict=True):
            shape = (GRID, GRID)
            u, v = one.surface["x_rank"].to_numpy().reshape(shape), one.surface["y_rank"].to_numpy().reshape(shape)
            d = one.surface["difference"].to_numpy().reshape(shape) * one.unit.factor
            sign = np.select([one.surface["clear"] == one.a, one.surface["clear"] == one.b], [1.0, -1.0], 0.0)
            colours = [colour_of(one.b), "#ffffff", colour_of(one.a)]
            place.contourf(u, v, sign.reshape(shape), levels=[-1.5, -0.5, 0.5, 1.5], colors=colours, alpha=0.35)
            lines = place.contour(u, v, d, levels=_levels(d), colors="#555555", linewidths=0.7)
            place.clabel(lines, fontsize=7.5, fmt=lambda value: f"{value:+.3g}")
            if d.min() < 0.0 < d.max():
                place.contour(u, v, d, levels=[0.0], colors="#000000", linewidths=1.8)
            _ticks(place.set_xticks, one.surface, "x")
            _ticks(place.set_yticks, one.surface, "y")
            place.set_xlabel(words.axis(one.x))
            place.set_title(f"{words.label(one.a)} less {words.label(one.b)}")
            place.grid(visible=False)
        axes[0].set_ylabel(words.axis(panels[0].y))
        first = panels[0]
        note = (
            f"Mean difference in {first.unit.outcome}, {first.unit.name}, over {first.n_points:,} points, all other "
            "factors varying. Black: break-even. Coloured: clear at 95 % at each place by itself, in the colour of the "
            "design ahead; white: undecided. Axes in ranks of the points."
        )
        write_frame(figure, sentence(max(panels, key=lambda one: one.share(one.a))).rstrip("."), note)
        return write_figure(figure, folder, name)


def _levels(d: Array) -> list[float]:
    """Return round levels, without zero, some five over the range."""
    step = 10.0 ** np.floor(np.log10(max(1e-12, np.ptp(d) / 4.0)))
    step *= next(m for m in (1.0, 2.0, 5.0, 10.0) if np.ptp(d) / (m * step) <= 7.0 or m == 10.0)
    marks = np.arange(np.ceil(d.min() / step), np.floor(d.max() / step) + 1) * step
    return [float(mark) for mark in marks if mark != 0.0] or [float(d.mean())]


def _ticks(setter: Callable[..., object], surface: pd.DataFrame, which: str) -> None:
    shares = np.linspace(0.02, 0.98, 5)
    pairs = surface.drop_duplicates(f"{which}_rank").sort_values(f"{which}_rank")
    values = np.interp(shares, pairs[f"{which}_rank"], pairs[which])
    setter(shares, [words.number(value) for value in values], fontsize=8)
