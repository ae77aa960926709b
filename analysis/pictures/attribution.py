"""Attribution bars: which groups of levers the difference to the baseline comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from analysis.numbers import Scale, join_words, scale_of, write_difference
from analysis.pictures.frame import (
    FALL,
    RISE,
    TOTAL,
    canvas,
    draw_whisker,
    footnote,
    limits,
    save,
    title_panel,
    write_ticks,
)
from analysis.verdicts import names_of

if TYPE_CHECKING:
    from analysis.comparison import Comparison
    from analysis.why.attribution import Attribution

NAME = "attribution"
SUM, MAIN = "sum of the small runs", "the comparison itself"
PROFITS = ("npv", "npv_with_equity")
TITLES = {"npv": "Net present value over the horizon", "npv_with_equity": "Net present value plus customer equity"}


def sentence(comparison: Comparison, found: Attribution) -> str:
    """Return what the picture supports: groups whose contribution to net present value leaves out zero."""
    outcome = shown_outcomes(found)[0]
    rows = found.frame[found.frame["outcome"] == outcome]
    sure = rows[(rows["low"] > 0.0) | (rows["high"] < 0.0)].sort_values("contribution", key=np.abs, ascending=False)
    unit = str(rows["unit"].iloc[0])
    scale = scale_of(unit, comparison.currency, list(rows["contribution"]), change=True)
    named = [
        f"{row['group']} ({scale.full(row['contribution'], signed=True)})" for row in sure.head(3).to_dict("records")
    ]
    what = TITLES.get(outcome, str(rows["title"].iloc[0])).split(" over")[0].lower()
    if not named:
        body = f"no group of levers contributes to {what} in a way that can be told from zero"
    else:
        body = f"{what} comes measurably from {join_words(named)}" + (", among others" if len(sure) > 3 else "")
    total = found.total[found.total["outcome"] == outcome].iloc[0]
    whole = write_difference(total["total"], total["low"], total["high"], unit, comparison.currency)
    return f"{names_of(comparison)[found.design]}: {body}; the small runs add up to {whole}"


def shown_outcomes(found: Attribution) -> list[str]:
    """Return the profits that were attributed, else the first outcome that was."""
    there = list(dict.fromkeys(found.frame["outcome"]))
    return [name for name in PROFITS if name in there] or there[:1]


def draw(comparison: Comparison, found: Attribution, folder: str | Path) -> list[Path]:
    """Draw the contributions to both profits.

    Parameters
    ----------
    comparison
        Where names come from.
    found
        Of :func:`analysis.why.attribution.attribution`.
    folder
        Where the files go; it must exist.

    Returns
    -------
    list of Path
        PNG and SVG.
    """
    note = footnote(
        comparison,
        f"Shapley values over {found.describe_sizes()}. Whisker: {100 * found.confidence:g} % interval. The parts add",
        "up to the total of the small runs, which differs from the total of the comparison by luck and market size.",
    )
    outcomes = shown_outcomes(found)
    height = 1.9 + 0.34 * (len(found.groups) + 2)
    with canvas(height, sentence(comparison, found), note) as figure:
        grid = figure.subplots(1, len(outcomes), sharey=True, squeeze=False)[0]
        for axes, outcome in zip(grid, outcomes, strict=True):
            _panel(comparison, axes, found, outcome)
        return save(figure, folder, NAME)


def _panel(comparison: Comparison, axes: Axes, found: Attribution, outcome: str) -> None:
    rows = found.frame[found.frame["outcome"] == outcome]
    total = found.total[found.total["outcome"] == outcome].iloc[0]
    bars = [(row["group"], row["contribution"], row["low"], row["high"]) for row in rows.to_dict("records")]
    bars.append((SUM, total["total"], total["low"], total["high"]))
    bars.append((MAIN, total["main"], total["main_low"], total["main_high"]))
    values = [float(value) for bar in bars for value in bar[1:]]
    scale = scale_of(str(rows["unit"].iloc[0]), comparison.currency, values, change=True)
    axes.set_xlim(*limits(values, 0.22))
    for place, (label, value, low, high) in enumerate(bars):
        colour = TOTAL if label in (SUM, MAIN) else RISE if value >= 0.0 else FALL
        face = "none" if label == MAIN else colour
        axes.barh(place, value, height=0.62, facecolor=face, edgecolor=colour, linewidth=1.0, alpha=0.9)
        draw_whisker(axes, place, low, high, vertical=False)
        _write(axes, place, value, low, high, scale, colour)
    axes.axvline(0.0, color="#333333", linewidth=0.9)
    axes.set_yticks(range(len(bars)), [str(bar[0]) for bar in bars])
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.tick_params(axis="y", length=0)
    write_ticks(axes.xaxis, scale)
    axes.set_xlabel(f"contribution, {scale.label or rows['unit'].iloc[0]}")
    title_panel(axes, TITLES.get(outcome, str(rows["title"].iloc[0])), width=60)


def _write(axes: Axes, place: int, value: float, low: float, high: float, scale: Scale, colour: str) -> None:
    """Write a number beyond the end of its bar and whisker."""
    outer = np.nanmax([value, high, 0.0]) if value >= 0.0 else np.nanmin([value, low, 0.0])
    axes.annotate(
        scale.bare(value, signed=True), (float(outer), place), xytext=(4 if value >= 0.0 else -4, 0), fontsize=8.5,
        textcoords="offset points", va="center", ha="left" if value >= 0.0 else "right", color=colour,
    )  # fmt: skip
