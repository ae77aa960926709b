"""The picture of one customer in two lives: satisfaction with every journey marked, and the chance of leaving."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from analysis.stories.pair import Pair
from analysis.stories.text import contribution_text, sentence
from analysis.style import MUTED, colour_of, house_style, label_ends, new_figure, write_figure
from sim.story import Moment, Story

Array = NDArray[np.float64]

MONTHS_BEFORE = 12.0
"""How much of the common past is shown."""
LATE = 0.7
"""Share of the horizon after which a label is written to the left of its point."""
SECOND_STYLE = (0, (5, 1.5))
"""Dashes of the second life where both designs have the same colour."""


def draw(pair: Pair, folder: str | Path, name: str = "story") -> list[Path]:
    """Draw two lives of one customer.

    Parameters
    ----------
    pair
        The two lives.
    folder
        Where ``<name>.png`` and ``<name>.svg`` go; it must exist.
    name
        Of the files.

    Returns
    -------
    list of Path
        The files written.
    """
    with house_style():
        figure = new_figure(10.0, 6.4)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2.4, 1.0))
        _draw_satisfaction(upper, pair)
        _draw_chance(lower, pair)
        title = textwrap.fill(sentence(pair), 92)
        figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
        figure.supxlabel(textwrap.fill(_note(pair), 150), x=0.01, ha="left", fontsize=8.5, color=MUTED)
        return write_figure(figure, Path(folder), name)


def _note(pair: Pair) -> str:
    one = pair.one
    return (
        f"Dots: journeys; crosses: something failed; rings: the failure was put right; squares: the customer leaves. "
        f"Segment {one.segment}, {pair.currency} {one.value:,.0f} a year; replicate {one.replicate}. "
        "Both lives meet the same luck; before the switch they are one."
    )


def _draw_satisfaction(axes: Axes, pair: Pair) -> None:
    ends: list[tuple[float, str, str]] = []
    past = [moment for moment in _shown(pair.one) if moment.months <= 0.0]
    last = max(moment.months for moment in pair.one.moments)
    for story, dashed in ((pair.one, False), (pair.other, pair.one.scenario == pair.other.scenario)):
        colour = colour_of(story.scenario)
        moments = [*past[-1:], *story.after_switch()]
        x, y = _column(moments, lambda moment: moment.satisfaction)
        axes.plot(x, y, color=colour, drawstyle="steps-post", linestyle=SECOND_STYLE if dashed else "solid")
        _mark(axes, story.after_switch(), colour)
        here = [moment for moment in story.after_switch() if moment.ours]
        if here and here[-1].months == last:
            ends.append((here[-1].satisfaction, story.scenario, colour))
    x, y = _column(past, lambda moment: moment.satisfaction)
    axes.plot(x, y, color=MUTED, drawstyle="steps-post")
    _mark(axes, past, MUTED)
    axes.axhline(0.0, color="#bbbbbb", linewidth=0.8)
    axes.set_title(_satisfaction_title(pair))
    axes.set_ylabel("satisfaction units (0 is neutral)")
    axes.margins(y=0.18)
    axes.set_xlim(-MONTHS_BEFORE, last)
    _mark_switch(axes, "design switches on")
    _write_leaving(axes, pair)
    label_ends(axes, last, ends)


def _draw_chance(axes: Axes, pair: Pair) -> None:
    """Draw the yearly hazard of leaving in both lives, per cent of one year."""
    past = [moment for moment in _shown(pair.one) if moment.months <= 0.0]
    for story in (pair.one, pair.other):
        colour = colour_of(story.scenario)
        x, y = _column([*past[-1:], *story.after_switch()], lambda moment: moment.fate.hazard)
        axes.plot(x, y, color=colour, drawstyle="steps-pre")
    x, y = _column(past, lambda moment: moment.fate.hazard)
    axes.plot(x, y, color=MUTED, drawstyle="steps-pre")
    axes.set_title(_hazard_title(pair))
    axes.set_ylabel("per year")
    axes.set_xlabel("months after the switch")
    axes.set_ylim(bottom=0.0)
    _mark_switch(axes, "")


def _shown(story: Story) -> list[Moment]:
    return [moment for moment in story.moments if moment.months > -MONTHS_BEFORE]


def _column(moments: Sequence[Moment], read: Callable[[Moment], float]) -> tuple[Array, Array]:
    """Return months and a number of each moment; NaN where the person is no customer, so that the line breaks."""
    points: list[tuple[float, float]] = []
    for moment in moments:
        points.append((moment.months, read(moment) if moment.ours else np.nan))
        if moment.left:
            points.append((moment.months, np.nan))
    return np.array([x for x, _ in points]), np.array([y for _, y in points])


def _mark(axes: Axes, moments: Sequence[Moment], colour: str) -> None:
    """Mark journeys, failures, recoveries and leaving on the line of one life."""
    for moment in moments:
        at = (moment.months, moment.satisfaction)
        failed = [encounter for encounter in moment.encounters if encounter.failed]
        if failed:
            axes.plot(*at, marker="x", markersize=8, markeredgewidth=2.2, color=colour, zorder=4)
        elif moment.journeys:
            axes.plot(*at, marker="o", markersize=4.5, color=colour, zorder=3)
        if any(encounter.recovered for encounter in failed):
            axes.plot(*at, marker="o", markersize=13, markeredgewidth=1.5, fillstyle="none", color=colour, zorder=4)
        if moment.left:
            axes.plot(*at, marker="s", markersize=9, color=colour, zorder=5)


def _mark_switch(axes: Axes, text: str) -> None:
    axes.axvline(0.0, color=MUTED, linewidth=1.0)
    axes.annotate(
        text, (0.0, 1.0), xycoords=axes.get_xaxis_transform(), xytext=(4, -9), fontsize=8.5,
        textcoords="offset points", color=MUTED,
    )  # fmt: skip


def _write_leaving(axes: Axes, pair: Pair) -> None:
    """Write beside the square in which life the customer leaves, and when."""
    for story in (pair.one, pair.other):
        moment = story.first_left()
        if moment is not None:
            late = moment.months > LATE * max(other.months for other in story.moments)
            axes.annotate(
                f"leaves under {story.scenario}, month {moment.months:.4g}", (moment.months, moment.satisfaction),
                xytext=(0 if late else 8, -8), textcoords="offset points", va="top", ha="right" if late else "left",
                fontsize=9, color=colour_of(story.scenario),
            )  # fmt: skip


def _satisfaction_title(pair: Pair) -> str:
    """Say how far satisfaction is apart at the parting, and which journey did most of it."""
    parting = pair.parting()
    traced = () if parting is None else pair.contributions(parting.one.months)
    if not traced:
        return "Satisfaction"
    most, gap = max(traced, key=lambda found: abs(found.amount)), sum(found.amount for found in traced)
    text = (
        f"Satisfaction: {gap:+.2f} under {pair.one.scenario} against {pair.other.scenario} at the parting, "
        f"of which {most.amount:+.2f} from {contribution_text(most)}"
    )
    return textwrap.fill(text, 108)


def _hazard_title(pair: Pair) -> str:
    """Say the two hazards of the month of parting."""
    parting = pair.parting()
    if parting is None:
        return "Hazard of leaving"
    return (
        f"Hazard of leaving in month {parting.one.months:.4g}: {parting.one.fate.hazard:.3g} a year under "
        f"{pair.one.scenario}, {parting.other.fate.hazard:.3g} under {pair.other.scenario}"
    )
