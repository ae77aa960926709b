"""The gap waterfall: where quality is lost between what customers require and what they perceive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from analysis.command.numbers import fold, scale_of, write_interval
from analysis.show.pictures.bars import TOTAL, Bar, draw_bar
from analysis.show.pictures.frame import canvas, footnote, group_changes, human, level, limits, save, title_panel
from analysis.show.pictures.wording import tell_change
from analysis.show.style import GAP_COLOURS, WIDTH, colour_of

if TYPE_CHECKING:
    from analysis.compare.verdicts import Verdicts

NAME = "gap_waterfall"
GAPS = ("knowledge", "specification", "delivery", "perception")
"""In the order of the chain."""
SUM = "service gap, the sum"
ROOM = 0.28
"""Room for numbers above and below, share of what is drawn."""
NARROW = 0.25
"""Width of a bar in inches below which its number is left out."""


def sentence(verdicts: Verdicts, gaps: pd.DataFrame) -> str:
    """Return what the picture supports: the widest gap of the baseline, and under which designs it differs from it."""
    own = gaps[gaps["design"] == verdicts.baseline].sort_values("value", ascending=False, kind="stable")
    widest, others = own.iloc[0], own.iloc[1:]
    rivals = others[others["high"] >= widest["low"]]
    head = "The widest gap under" if rivals.empty else "One of the widest gaps under"
    scale = scale_of("SD of encounters", "", ())
    interval = write_interval(float(widest["low"]), float(widest["high"]), scale)
    size = scale.full(float(widest["value"])) + (f" ({interval})" if interval else "")
    same = gaps[(gaps["gap"] == widest["gap"]) & (gaps["department"] == widest["department"])].set_index("design")
    changes = group_changes(same, verdicts.designs, ("narrower", "wider", "not measurably different"))
    where = f"{human(widest['gap'])} in {human(widest['department'])}"
    return tell_change(verdicts, head, f"is {where}, {size}", changes)


def draw(verdicts: Verdicts, gaps: pd.DataFrame, folder: str | Path) -> list[Path]:
    """Draw one small waterfall per design and department.

    Parameters
    ----------
    verdicts
        Where names and the order of designs come from.
    gaps
        Of :func:`analysis.explain.gaps.gap_waterfall`: design, department, gap, value, low, high.
    folder
        Where the files go; it must exist.

    Returns
    -------
    list of Path
        PNG and SVG.
    """
    comparison = verdicts.comparison
    names = verdicts.names
    designs = [name for name in names if name in set(gaps["design"])]
    departments = list(dict.fromkeys(gaps["department"]))
    note = footnote(
        comparison,
        "Each staircase goes from what customers require, 0, down to what they perceive. A step upwards, written with",
        "a plus, is a gain: where programmes lift quality above what is specified, the delivery gap is negative. Last",
        f"year of the horizon; whisker: {level(comparison)} interval.",
    )
    n_rows = len(departments)
    with canvas(2.1 + 1.05 * n_rows, sentence(verdicts, gaps), note) as figure:
        parts = figure.add_gridspec(2, 1, height_ratios=(0.2, n_rows))
        _legend(figure.add_subplot(parts[0]))
        grid = parts[1].subgridspec(n_rows, len(designs)).subplots(sharex=True, sharey=True, squeeze=False)
        room = (WIDTH - 1.0) / len(designs) / (len(GAPS) + 1)
        for row, department in zip(grid, departments, strict=True):
            for axes, design in zip(row, designs, strict=True):
                chosen = gaps[(gaps["design"] == design) & (gaps["department"] == department)].set_index("gap")
                _staircase(axes, chosen, numbers=room >= NARROW)
            row[0].set_ylabel(fold(human(department), 12), fontsize=9.5, rotation=0, ha="right", va="center")
        grid[0][0].set_ylim(*_bounds(gaps))
        for axes, design in zip(grid[0], designs, strict=True):
            title_panel(axes, names[design], colour=colour_of(design), width=round(88 / len(designs)))
        return save(figure, folder, NAME)


def _legend(axes: Axes) -> None:
    """Say what the colours are, and that an upward step is a gain."""
    captions = {"delivery": "delivery (upwards: a gain)"}
    patches = [Patch(color=GAP_COLOURS[gap], label=captions.get(gap, gap)) for gap in GAPS]
    patches.append(Patch(color=TOTAL, label=SUM))
    axes.legend(handles=patches, loc="center left", ncols=len(patches), fontsize=9, handlelength=1.0, borderaxespad=0.0)
    axes.set_axis_off()


def _bounds(gaps: pd.DataFrame) -> tuple[float, float]:
    """Return limits that hold every staircase, its whiskers and its numbers."""
    ends: list[float] = []
    for _, chosen in gaps.groupby(["design", "department"], sort=False, observed=True):
        at, rows = 0.0, chosen.set_index("gap")
        for gap in GAPS:
            value, low, high = (float(rows[column].to_dict()[gap]) for column in ("value", "low", "high"))
            ends += [at - value, at - low, at - high]
            at -= value
    return limits(ends, ROOM)


def _staircase(axes: Axes, chosen: pd.DataFrame, *, numbers: bool) -> None:
    """Draw the gaps of one department under one design, and their sum."""
    at, scale = 0.0, scale_of("SD of encounters", "", ())
    values, lows, highs = (chosen[column].to_dict() for column in ("value", "low", "high"))
    bars = []
    for gap in GAPS:
        value = values[gap]
        text = scale.bare(value) if value >= 0.0 else scale.bare(-value, signed=True)
        bars.append(Bar(gap, at, -value, -highs[gap], -lows[gap], GAP_COLOURS[gap], text))
        at -= value
    bars.append(Bar(SUM, 0.0, at, float("nan"), float("nan"), TOTAL, scale.bare(-at)))
    back = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.4}
    for place, bar in enumerate(bars):
        weight = "bold" if bar.label == SUM else "normal"
        shown = bar if numbers else bar._replace(text="")
        draw_bar(axes, place, shown, thickness=0.8, fontsize=8, fontweight=weight, bbox=back)
    axes.axhline(0.0, color="#888888", linewidth=0.8)
    axes.set_xticks([])
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):.10g}" if value <= 0.0 else f"+{value:.10g}")
