"""The hand-off heat map: where on their journeys customers are let down, journey by department."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize, TwoSlopeNorm
from matplotlib.patches import Rectangle

from analysis.command.numbers import Scale, write_interval
from analysis.show.claims import quote
from analysis.show.pictures.bars import FALL, RISE
from analysis.show.pictures.frame import canvas, footnote, group_changes, human, save, title_panel
from analysis.show.pictures.wording import tell_change
from analysis.show.style import colour_of

if TYPE_CHECKING:
    from analysis.compare.verdicts import Verdicts

NAME = "handoff_map"
LEVELS = LinearSegmentedColormap.from_list("levels", ["#ffffff", "#B8B8B8", "#4D4D4D"])
CHANGES = LinearSegmentedColormap.from_list("changes", [RISE, "#ffffff", FALL])
"""Fewer failures in the colour of what adds to profit, more in the colour of what takes from it."""
PER_1000 = Scale(1.0, 0, "", "")
RARE = 10.0
"""Failures per 1,000 journeys below which a digit behind the point is written."""
WIDE = 25.0
"""Change per 1,000 journeys, or end of its interval, from which none is."""


def steps(losses: pd.DataFrame) -> pd.DataFrame:
    """Return failures per 1,000 journeys by design, journey and department, the worst step where one is visited twice.

    Returns
    -------
    DataFrame
        design, journey, department, failures, low, high, change, change_low, change_high (per 1,000 journeys).
    """
    first = losses.sort_values("rate", ascending=False, kind="stable")
    first = first.groupby(["design", "journey", "department"], as_index=False, sort=False, observed=True).first()
    names = {
        "rate": "failures", "low": "low", "high": "high",
        "difference": "change", "difference_low": "change_low", "difference_high": "change_high",
    }  # fmt: skip
    numbers = first[list(names)].mul(1000.0).rename(columns=names)
    return pd.concat([first[["design", "journey", "department"]], numbers], axis=1)


def sentence(verdicts: Verdicts, losses: pd.DataFrame) -> str:
    """Return what the picture supports: the step that fails most under the baseline, and its changes."""
    cells = steps(losses)
    own = cells[cells["design"] == verdicts.baseline].sort_values("failures", ascending=False, kind="stable")
    worst, others = own.iloc[0], own.iloc[1:]
    rivals = others[others["high"] >= worst["low"]]
    head = "The step that fails most under" if rivals.empty else "Among the steps that fail most under"
    interval = write_interval(float(worst["low"]), float(worst["high"]), PER_1000)
    same = cells[(cells["journey"] == worst["journey"]) & (cells["department"] == worst["department"])]
    words = ("fewer", "more", "not measurably different")
    groups = group_changes(same.set_index("design"), verdicts.designs, words, ("change_low", "change_high"))
    where = f"{human(worst['department'])} in the journey {quote(human(worst['journey']))}"
    size = f"{PER_1000.bare(worst['failures'])} failures per 1,000 journeys" + (f" ({interval})" if interval else "")
    return tell_change(verdicts, head, f"is {where}, {size}", groups)


def draw(verdicts: Verdicts, losses: pd.DataFrame, folder: str | Path) -> list[Path]:
    """Draw levels of the baseline and the change under every design.

    Parameters
    ----------
    verdicts
        Where names and the order of designs come from.
    losses
        Of :func:`analysis.explain.handoffs.journey_losses`.
    folder
        Where the files go; it must exist.

    Returns
    -------
    list of Path
        PNG and SVG.
    """
    comparison = verdicts.comparison
    cells = steps(losses)
    note = footnote(
        comparison,
        "Failures of a step, by the department itself or by the hand-off to it, per 1,000 journeys, from the rates",
        "measured after the switch; beneath, their intervals, paired for changes. Empty: not on this journey.",
        "Bold: the interval leaves out zero.",
    )
    designs = [verdicts.baseline, *verdicts.designs]
    n_rows = (len(designs) + 1) // 2
    departments = [name for name in comparison.baseline.department_names if name in set(losses["department"])]
    journeys = list(dict.fromkeys(losses["journey"]))
    with canvas(1.5 + n_rows * (0.9 + 0.42 * len(journeys)), sentence(verdicts, losses), note) as figure:
        grid = figure.subplots(n_rows, 2, squeeze=False, sharey=True).ravel()
        for axes, design in zip(grid, designs, strict=False):
            _heat(axes, cells, design, (journeys, departments), level=design == verdicts.baseline)
            what = "failures per 1,000" if design == verdicts.baseline else "change"
            title_panel(axes, f"{verdicts.names[design]}: {what}", colour=colour_of(design), width=50)
        for axes in grid[len(designs) :]:
            axes.remove()
        return save(figure, folder, NAME)


def _heat(axes: Axes, cells: pd.DataFrame, design: str, order: tuple[list[str], list[str]], *, level: bool) -> None:
    """Draw the cells of one design: journeys down, departments across."""
    journeys, departments = order
    value, low, high = ("failures", "low", "high") if level else ("change", "change_low", "change_high")
    size = float(np.nanmax(cells[value].abs())) or 1.0
    norm = Normalize(0.0, size) if level else TwoSlopeNorm(0.0, -size, size)
    colours = LEVELS if level else CHANGES
    for row in cells[cells["design"] == design].to_dict("records"):
        x, y = departments.index(row["department"]), journeys.index(row["journey"])
        fill = colours(float(norm(row[value])))
        axes.add_patch(Rectangle((x - 0.49, y - 0.47), 0.98, 0.94, facecolor=fill, edgecolor="#BBBBBB", linewidth=0.6))
        shown = (row[value], row[low], row[high])
        _write(axes, (x, y), shown, dark=float(np.dot(fill[:3], (0.3, 0.59, 0.11))) < 0.55, level=level)
    axes.set_xlim(-0.5, len(departments) - 0.5)
    axes.set_ylim(len(journeys) - 0.5, -0.62)
    axes.set_xticks(range(len(departments)), [textwrap.fill(human(name), 10) for name in departments], fontsize=8.5)
    axes.set_yticks(range(len(journeys)), [human(name) for name in journeys], fontsize=8.5)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _write(axes: Axes, at: tuple[int, int], shown: tuple[float, float, float], *, dark: bool, level: bool) -> None:
    """Write a cell: value, and its interval beneath in small; bold where the interval leaves out zero."""
    value, low, high = shown
    size = value if level else np.nanmax(np.abs(shown))
    scale = PER_1000 if size >= (RARE if level else WIDE) else Scale(1.0, 1, "", "")
    colour, bold = "white" if dark else "#222222", "bold" if level or low * high > 0.0 else "normal"
    text = scale.bare(value, signed=not level)
    axes.text(at[0], at[1] - 0.15, text, ha="center", va="center", fontsize=9, color=colour, fontweight=bold)
    interval = write_interval(low, high, scale, signed=not level)
    axes.text(at[0], at[1] + 0.22, interval, ha="center", va="center", fontsize=6.8, color=colour)
