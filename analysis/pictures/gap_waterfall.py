"""The gap waterfall: where quality is lost between what customers require and what they perceive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes

from analysis.numbers import MINUS, fold, scale_of, write_interval
from analysis.overview import GAPS as SERIES
from analysis.pictures.frame import canvas, draw_whisker, footnote, group_changes, human, level, limits, save
from analysis.style import colour_of
from analysis.verdicts import count_groups, names_of, quote

if TYPE_CHECKING:
    from analysis.comparison import Comparison

NAME = "gap_waterfall"
GAPS = ("knowledge", "specification", "delivery", "perception")
"""In the order of the chain."""
COLOURS = dict(SERIES.values())


def sentence(comparison: Comparison, gaps: pd.DataFrame) -> str:
    """Return what the picture supports: the widest gap of the baseline, and under which designs it differs from it."""
    own = gaps[gaps["design"] == comparison.request.baseline].sort_values("value", ascending=False, kind="stable")
    widest, others = own.iloc[0], own.iloc[1:]
    rivals = others[others["high"] >= widest["low"]]
    head = "The widest gap" if rivals.empty else "One of the widest gaps"
    scale = scale_of("SD of encounters", "", ())
    interval = write_interval(float(widest["low"]), float(widest["high"]), scale)
    level = scale.full(float(widest["value"])) + (f" ({interval})" if interval else "")
    same = gaps[(gaps["gap"] == widest["gap"]) & (gaps["department"] == widest["department"])].set_index("design")
    names, words = names_of(comparison), ("narrower", "wider", "not measurably different")
    changes = count_groups(names, group_changes(same, comparison.designs, words))
    where = f"{human(widest['gap'])} in {human(widest['department'])}"
    return f"{head} under {quote(names[comparison.request.baseline])} is {where}, {level}: {changes}"


def draw(comparison: Comparison, gaps: pd.DataFrame, folder: str | Path) -> list[Path]:
    """Draw one small waterfall per design and department.

    Parameters
    ----------
    comparison
        Where names and the order of designs come from.
    gaps
        Of :func:`analysis.why.gaps.gap_waterfall`: design, department, gap, value, low, high.
    folder
        Where the files go; it must exist.

    Returns
    -------
    list of Path
        PNG and SVG.
    """
    designs = [name for name in names_of(comparison) if name in set(gaps["design"])]
    departments = list(dict.fromkeys(gaps["department"]))
    note = footnote(
        comparison,
        "Each staircase goes from what customers require, 0, down to what they perceive; the dark bar is the sum, the",
        f"service gap. Last year of the horizon; whisker: {level(comparison)} interval. A step upwards is a gain.",
    )
    with canvas(1.4 + 1.45 * len(designs), sentence(comparison, gaps), note) as figure:
        grid = figure.subplots(len(designs), len(departments), sharex=True, sharey=True, squeeze=False)
        bounds = _bounds(gaps)
        for row, design in zip(grid, designs, strict=True):
            for axes, department in zip(row, departments, strict=True):
                chosen = gaps[(gaps["design"] == design) & (gaps["department"] == department)].set_index("gap")
                _staircase(axes, chosen)
                axes.set_ylim(*bounds)
            row[0].set_ylabel(fold(names_of(comparison)[design], 19), color=colour_of(design), fontsize=8.5)
        for axes, department in zip(grid[0], departments, strict=True):
            axes.set_title(human(department), fontsize=9.5)
        figure.supylabel("loss against the requirement, SD of encounters", fontsize=9, color="#333333")
        return save(figure, folder, NAME)


def _bounds(gaps: pd.DataFrame) -> tuple[float, float]:
    """Return limits that hold every staircase and its sum."""
    columns = gaps.pivot_table(index=["design", "department"], columns="gap", values="value", observed=True)
    steps = -columns[list(GAPS)].to_numpy().cumsum(axis=1)
    return limits(list(steps.ravel()), 0.14)


def _staircase(axes: Axes, chosen: pd.DataFrame) -> None:
    at = 0.0
    values, lows, highs = (chosen[column].to_dict() for column in ("value", "low", "high"))
    for place, gap in enumerate(GAPS):
        value, low, high = values[gap], lows[gap], highs[gap]
        axes.bar(place, -value, bottom=at, width=0.8, color=COLOURS[gap])
        draw_whisker(axes, place, at - high, at - low, capsize=1.5, elinewidth=0.8)
        at -= value
    axes.bar(len(GAPS), at, width=0.8, color="#333333")
    axes.annotate(
        f"{abs(at):.2f}" if at <= 0.0 else f"{MINUS}{at:.2f}", (len(GAPS), at), xytext=(0, -2 if at < 0 else 2),
        textcoords="offset points", ha="center", va="top" if at < 0 else "bottom", fontsize=7.5,
    )  # fmt: skip
    axes.axhline(0.0, color="#888888", linewidth=0.8)
    axes.set_xticks(range(len(GAPS) + 1), [*GAPS, "service gap"], rotation=90, fontsize=7.5)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):.10g}" if value <= 0.0 else f"+{value:.10g}")
    axes.tick_params(axis="x", length=0)
    for label, gap in zip(axes.get_xticklabels(), (*GAPS, ""), strict=False):
        label.set_color(COLOURS.get(gap, "#333333"))
