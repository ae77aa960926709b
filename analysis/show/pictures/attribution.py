"""Attribution bars: which groups of levers the difference to the baseline comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from analysis.command.numbers import Scale, join_words, scale_of, write_difference
from analysis.show.pictures.bars import FALL, RISE, TOTAL, Bar, draw_bar
from analysis.show.pictures.frame import canvas, footnote, limits, save, title_panel, write_ticks
from analysis.show.style import fitting

if TYPE_CHECKING:
    from analysis.compare.verdicts import Verdicts
    from analysis.explain.attribution import Attribution

NAME = "attribution"
SUM, SIZE, MAIN = "sum of the small runs", "larger market, same luck", "the comparison itself"
PROFITS = ("npv", "npv_with_equity")
ENDS = ("total", "low", "high", "size", "size_low", "size_high", "main", "main_low", "main_high")
TITLES = {"npv": "Net present value over the horizon", "npv_with_equity": "Net present value plus customer equity"}


def sentence(verdicts: Verdicts, found: Attribution) -> str:
    """Return what the picture supports: groups whose contribution to net present value leaves out zero."""
    outcome = shown_outcomes(found)[0]
    rows = found.frame[found.frame["outcome"] == outcome]
    sure = rows[(rows["low"] > 0.0) | (rows["high"] < 0.0)].sort_values("contribution", key=np.abs, ascending=False)
    unit, scale = str(rows["unit"].iloc[0]), _scale(verdicts, found, outcome)
    named = [f"{row['group']} ({scale.full(row['contribution'], signed=True)})" for row in sure.to_dict("records")]
    what = TITLES.get(outcome, str(rows["title"].iloc[0])).split(" over")[0].lower()
    total = found.total[found.total["outcome"] == outcome].iloc[0]
    whole = write_difference(total["total"], total["low"], total["high"], unit, verdicts.currency)
    name = verdicts.names[found.design]
    if not named:
        body = f"no group of levers contributes to {what} in a way that can be told from zero"
        return f"{name}: {body}; the small runs add up to {whole}"
    return fitting(
        f"{name}: {what} is moved measurably by {join_words(named[:n])}"
        f"{', among others' if len(named) > n else ''}; the small runs add up to {whole}"
        for n in (3, 2, 1)
    )


def _scale(verdicts: Verdicts, found: Attribution, outcome: str) -> Scale:
    """Return how the numbers of one outcome are written, the same in sentence and picture."""
    rows, total = (frame[frame["outcome"] == outcome] for frame in (found.frame, found.total))
    values = np.concatenate(
        [rows[["contribution", "low", "high"]].to_numpy().ravel(), total[list(ENDS)].to_numpy(dtype=float).ravel()]
    )
    return scale_of(str(rows["unit"].iloc[0]), verdicts.currency, list(values), change=True)


def shown_outcomes(found: Attribution) -> list[str]:
    """Return the profits that were attributed, else the first outcome that was."""
    there = list(dict.fromkeys(found.frame["outcome"]))
    return [name for name in PROFITS if name in there] or there[:1]


def draw(verdicts: Verdicts, found: Attribution, folder: str | Path) -> list[Path]:
    """Draw the contributions to both profits.

    Parameters
    ----------
    verdicts
        Where names come from.
    found
        Of :func:`analysis.explain.attribution.attribution`.
    folder
        Where the files go; it must exist.

    Returns
    -------
    list of Path
        PNG and SVG.
    """
    note = footnote(verdicts.comparison, *_notes(verdicts, found))
    outcomes = shown_outcomes(found)
    height = 1.9 + 0.34 * (len(found.groups) + 3)
    with canvas(height, sentence(verdicts, found), note) as figure:
        grid = figure.subplots(1, len(outcomes), sharey=True, squeeze=False)[0]
        for axes, outcome in zip(grid, outcomes, strict=True):
            _panel(verdicts, axes, found, outcome)
        return save(figure, folder, NAME)


def _notes(verdicts: Verdicts, found: Attribution) -> list[str]:
    """Return the lines of the footnote that say what was run and what adds up to what."""
    run = f"Shapley values: {found.describe_sizes()}. Whisker: {100 * found.confidence:g} % interval."
    adds = "The parts add up to the sum of the small runs"
    if not _smaller(verdicts, found):
        return [run, f"{adds}."]
    if found.n_shared == found.n_replicates == verdicts.comparison.n_replicates:
        return [
            run,
            f"{adds} and, with what the larger market makes, to the comparison, which has the same replicates.",
        ]
    shared = f"What the larger market makes is measured on the {found.n_shared} replicates that both have"
    return [run, f"{adds}. {shared}; the rest of the difference to the comparison is luck."]


def _smaller(verdicts: Verdicts, found: Attribution) -> bool:
    """Tell whether the market of the small runs is smaller than that of the comparison."""
    return found.n_customers < verdicts.comparison.baseline.parameters.population.n_customers


def _panel(verdicts: Verdicts, axes: Axes, found: Attribution, outcome: str) -> None:
    rows = found.frame[found.frame["outcome"] == outcome]
    total = found.total[found.total["outcome"] == outcome].iloc[0]
    bars = [(row["group"], row["contribution"], row["low"], row["high"]) for row in rows.to_dict("records")]
    bars.append((SUM, total["total"], total["low"], total["high"]))
    if _smaller(verdicts, found):
        bars.append((SIZE, total["size"], total["size_low"], total["size_high"]))
    bars.append((MAIN, total["main"], total["main_low"], total["main_high"]))
    values = [float(value) for bar in bars for value in bar[1:]]
    scale = _scale(verdicts, found, outcome)
    axes.set_xlim(*limits(values, 0.22))
    for place, (label, value, low, high) in enumerate(bars):
        colour = TOTAL if label in (SUM, SIZE, MAIN) else RISE if value >= 0.0 else FALL
        bar = Bar(label, 0.0, value, low, high, colour, scale.bare(value, signed=True))
        draw_bar(axes, place, bar, vertical=False, hollow=label in (SIZE, MAIN))
    axes.axvline(0.0, color="#333333", linewidth=0.9)
    axes.set_yticks(range(len(bars)), [str(bar[0]) for bar in bars])
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.tick_params(axis="y", length=0)
    write_ticks(axes.xaxis, scale)
    axes.set_xlabel(f"contribution, {scale.label or rows['unit'].iloc[0]}")
    title_panel(axes, TITLES.get(outcome, str(rows["title"].iloc[0])), width=60)
