"""Bars with their intervals and numbers, upright or lying, standing on zero or on the bar before."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from analysis.show.style import write_beside

RISE, FALL, TOTAL = "#0072B2", "#D55E00", "#333333"
"""Colours of what adds to profit, what takes from it, and sums."""


class Bar(NamedTuple):
    """One bar; low and high are the interval of its height, NaN where there is none."""

    label: str
    foot: float
    height: float
    low: float
    high: float
    colour: str
    text: str = ""
    """Number written beyond its end."""


def draw_bar(
    axes: Axes, place: float, bar: Bar, *, vertical: bool = True, on_top: bool = False, hollow: bool = False,
    thickness: float = 0.62, **style: Any,
) -> None:  # fmt: skip
    """Draw a bar, its whisker, and its number beyond the outer end of both.

    Parameters
    ----------
    axes
        Where.
    place
        Position across the bars, data units.
    bar
        What to draw.
    vertical
        Upright, else lying.
    on_top
        Write the number on top of a bar that goes down, too.
    hollow
        Draw the outline only.
    thickness
        Of the bar, data units.
    style
        Further properties of the number.
    """
    fill: dict[str, Any] = {"facecolor": "none" if hollow else bar.colour, "edgecolor": bar.colour, "linewidth": 1.0}
    if vertical:
        axes.bar(place, bar.height, bottom=bar.foot, width=thickness, **fill)
    else:
        axes.barh(place, bar.height, left=bar.foot, height=thickness, **fill)
    draw_whisker(axes, place, bar.foot + bar.low, bar.foot + bar.high, vertical=vertical)
    up = on_top or bar.height >= 0.0
    ends = [bar.foot, bar.foot + bar.height, bar.foot + bar.high if up else bar.foot + bar.low]
    end = float(np.nanmax(ends) if up else np.nanmin(ends))
    far = 3.0 if up else -3.0
    at, offset = ((place, end), (0.0, far)) if vertical else ((end, place), (far, 0.0))
    write_beside(axes, bar.text, at, offset, bar.colour, **style)


def draw_whisker(axes: Axes, at: float, low: float, high: float, *, vertical: bool = True, **style: Any) -> None:
    """Draw an interval as a thin line with caps; nothing where there is none."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return
    centre, half = (low + high) / 2.0, (high - low) / 2.0
    look: dict[str, Any] = {"fmt": "none", "ecolor": "#111111", "elinewidth": 1.0, "capsize": 2.5, **style}
    if vertical:
        axes.errorbar(at, centre, yerr=half, **look)
    else:
        axes.errorbar(centre, at, xerr=half, **look)
