"""The picture of one customer in two lives: satisfaction, what was met and expected and heard, the rate of leaving."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from analysis.explain.lives import Pair
from analysis.show.story.text import sentence
from analysis.show.story.words import contribution_words, life_names, month_of, signed, words
from analysis.show.style import (
    MUTED,
    WIDTH,
    colour_of,
    fitting,
    house_style,
    label_ends,
    new_figure,
    text_width,
    wrap,
    write_beside,
    write_figure,
    write_frame,
)
from sim.story import Moment, Story

Array = NDArray[np.float64]

HEIGHT = 8.2
"""Inches."""
MONTHS_BEFORE = 12.0
"""How much of the common past is shown."""
SECOND_STYLE = (0, (5, 1.5))
"""Dashes of the second life where both designs have the same colour."""
ASIDE = 0.22
"""Months by which the marks of the two lives are moved apart."""


class Life(NamedTuple):
    """One life as it is drawn."""

    story: Story
    name: str
    colour: str
    style: Any
    """Of its line."""
    aside: float
    """Months by which its marks are moved."""


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
        figure = new_figure(WIDTH, HEIGHT)
        panels = figure.subplots(4, 1, sharex=True, height_ratios=(2.3, 1.4, 0.5, 1.0))
        lives = _lives(pair)
        _satisfaction(panels[0], pair, lives)
        _encounters(panels[1], lives)
        _heard(panels[2], lives)
        _rate(panels[3], pair, lives)
        for axes in panels:
            axes.axvline(0.0, color=MUTED, linewidth=1.0)
        panels[-1].set_xlim(-MONTHS_BEFORE, max(moment.months for moment in pair.one.moments) + 1.0)
        panels[-1].set_xlabel("months after the switch")
        write_frame(figure, fitting([sentence(pair), sentence(pair, levels=False)]), _note(pair))
        return write_figure(figure, Path(folder), name)


def _lives(pair: Pair) -> tuple[Life, Life]:
    names, stories = life_names(pair), (pair.one, pair.other)
    colours = [colour_of(story.scenario) for story in stories]
    second = SECOND_STYLE if colours[0] == colours[1] else "solid"
    return (
        Life(stories[0], names[0], colours[0], "solid", -ASIDE),
        Life(stories[1], names[1], colours[1], second, ASIDE),
    )


def _note(pair: Pair) -> str:
    one = pair.one
    return (
        f"Dots: journeys; crosses: something failed; rings: the failure was put right; squares: the customer leaves. "
        f"Segment {words(one.segment)}, {pair.currency} {one.value:,.0f} a year; replicate {one.replicate}. "
        "Both lives meet the same luck; before the switch they are one."
    )


def _satisfaction(axes: Axes, pair: Pair, lives: Sequence[Life]) -> None:
    """Draw satisfaction, with journeys, failures and leaving marked."""
    ends: list[tuple[float, str, str]] = []
    last = max(moment.months for moment in pair.one.moments)
    past = [moment for moment in _shown(pair.one) if moment.months <= 0.0]
    for life in lives:
        x, y = _column([*past[-1:], *life.story.after_switch()], lambda moment: moment.satisfaction)
        axes.plot(x, y, color=life.colour, drawstyle="steps-post", linestyle=life.style)
        _mark(axes, life.story.after_switch(), life.colour)
        final = life.story.moments[-1]
        if final.ours and not final.left:
            ends.append((final.satisfaction, "\n".join(wrap(life.name, 1.55, 9.0)), life.colour))
    axes.plot(*_column(past, lambda moment: moment.satisfaction), color=MUTED, drawstyle="steps-post")
    _mark(axes, past, MUTED)
    axes.margins(y=0.2)
    low, high = axes.get_ylim()
    low -= 0.15 * (high - low)  # room for the label of who leaves below the lowest point
    axes.set_ylim(low, high)
    if low < 0.0 < high:
        axes.axhline(0.0, color="#999999", linewidth=0.9)
    axes.set_title(_satisfaction_title(pair))
    axes.set_ylabel("units, 0 is neutral")
    write_beside(axes, "the design switches on", (0.0, 1.0), (4, -3), MUTED, xycoords=axes.get_xaxis_transform())
    for life, other in (lives, lives[::-1]):
        _label_leaving(axes, life, other, last)
    label_ends(axes, last + 1.0, ends)


def _label_leaving(axes: Axes, life: Life, other: Life, last: float) -> None:
    """Write at the square in which life the customer leaves, where the label covers least."""
    moment = life.story.first_left()
    if moment is None:
        return
    at, text = (moment.months, moment.satisfaction), f"leaves in {month_of(moment)} under\n{life.name}"
    x, y = _free_side(axes, at, text, (life.story, other.story), last)
    write_beside(axes, text, at, (9.0 * x, 9.0 * y), life.colour, fontsize=9, zorder=6)


def _free_side(
    axes: Axes, at: tuple[float, float], text: str, stories: tuple[Story, Story], last: float
) -> tuple[float, float]:
    """Return the way from a point, right or left and down or up, on which a label covers least of the two lives."""
    low, high = axes.get_ylim()
    inches = 0.8 * WIDTH / (MONTHS_BEFORE + last), 0.3 * HEIGHT / (high - low)
    lines = text.split("\n")
    width = (max(text_width(line, 9.0) for line in lines) + 0.3) / inches[0]
    gap, height = 0.12 / inches[1], (0.15 * len(lines) + 0.04) / inches[1]
    drawn = [_column(_shown(story), lambda moment: moment.satisfaction) for story in stories]
    points = np.concatenate([_steps(*line) for line in drawn])

    def covered(side: tuple[float, float]) -> float:
        """Count the points that a label on this side of its place would cover."""
        left, bottom = at[0] - width * (side[0] < 0.0), at[1] + gap * side[1] - height * (side[1] < 0.0)
        across = (points[:, 0] > left + 0.2) & (points[:, 0] < left + width)
        inside = across & (points[:, 1] > bottom) & (points[:, 1] < bottom + height)
        outside = left + width > last + 1.0 or left < -MONTHS_BEFORE or bottom < low or bottom + height > high
        return float(inside.sum()) + 100.0 * outside + abs(side[1])

    return min(itertools.product((1.0, -1.0), (-1.0, 1.0, -2.5, 2.5, -4.0, 4.0)), key=covered)


def _steps(x: Array, y: Array) -> Array:
    """Return points along a line of steps, four a month and ten a step, shape (n_points, 2)."""
    flat = [
        np.column_stack([np.linspace(a, b, 5), np.full(5, level)]) for a, b, level in zip(x, x[1:], y, strict=False)
    ]
    up = [np.column_stack([np.full(10, b), np.linspace(c, d, 10)]) for b, c, d in zip(x[1:], y, y[1:], strict=False)]
    return np.concatenate([*flat, *up])


def _encounters(axes: Axes, lives: Sequence[Life]) -> None:
    """Draw the quality met in every encounter, and a line to what was expected."""
    axes.set_title("Encounters: quality met (dots, failures crosses) and expected (dashes)")
    for life in lives:
        for moment in _shown(life.story):
            if moment.months <= 0.0 and life is not lives[0]:
                continue
            colour = life.colour if moment.months > 0.0 else MUTED
            met = list(moment.encounters)
            for number, encounter in enumerate(met):
                step = 0.0 if len(met) == 1 else 0.25 * (number / (len(met) - 1) - 0.5)
                x = moment.months + (life.aside if moment.months > 0.0 else 0.0) + step
                axes.plot([x, x], [encounter.expectation, encounter.quality], color=colour, linewidth=0.8, alpha=0.6)
                axes.plot(x, encounter.expectation, marker="_", markersize=5, color=colour)
                failed: dict[str, Any] = {"marker": "x", "markersize": 6, "markeredgewidth": 1.8}
                look: dict[str, Any] = failed if encounter.failed else {"marker": "o", "markersize": 3}
                axes.plot(x, encounter.quality, color=colour, **look)
    axes.set_ylabel("SD of encounters")
    axes.margins(y=0.12)


def _heard(axes: Axes, lives: Sequence[Life]) -> None:
    """Mark every message heard from a neighbour, one line for each life."""
    heard = any(moment.heard for life in lives for moment in _shown(life.story))
    axes.set_title("Word of mouth heard: good (upwards), bad (downwards)" if heard else "Word of mouth heard: none")
    for place, life in enumerate(lives):
        for moment in _shown(life.story):
            for number, message in enumerate(moment.heard):
                colour = life.colour if moment.months > 0.0 else MUTED
                x = moment.months + 0.5 * number
                axes.plot(x, -place, marker="^" if message.positive else "v", markersize=7, color=colour)
    axes.set_ylim(-1.7, 0.7)
    axes.set_yticks([])
    axes.grid(visible=False)


def _rate(axes: Axes, pair: Pair, lives: Sequence[Life]) -> None:
    """Draw the rate of leaving in both lives, per year."""
    past = [moment for moment in _shown(pair.one) if moment.months <= 0.0]
    for life in lives:
        x, y = _column([*past[-1:], *life.story.after_switch()], lambda moment: moment.fate.hazard)
        axes.plot(x, y, color=life.colour, drawstyle="steps-pre", linestyle=life.style)
    axes.plot(*_column(past, lambda moment: moment.fate.hazard), color=MUTED, drawstyle="steps-pre")
    axes.set_title(_rate_title(pair))
    axes.set_ylabel("per year")
    axes.set_ylim(bottom=0.0)


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
    """Mark journeys, failures, recoveries and leaving on the line of one life; what coincides stays visible."""
    for moment in moments:
        for mark in _marks(moment):
            axes.plot(moment.months, moment.satisfaction, color=colour, zorder=4, linestyle="none", **mark)


def _marks(moment: Moment) -> Iterator[dict[str, Any]]:
    """Yield the marks of one moment: each fits into the next, so that none hides another."""
    failed = [encounter for encounter in moment.encounters if encounter.failed]
    if failed:
        yield {"marker": "x", "markersize": 8, "markeredgewidth": 2.2}
    elif moment.journeys:
        yield {"marker": "o", "markersize": 4.5}
    if any(encounter.recovered for encounter in failed):
        yield {"marker": "o", "markersize": 13, "markeredgewidth": 1.5, "fillstyle": "none"}
    if moment.left:
        yield {"marker": "s", "markersize": 16, "markeredgewidth": 2.0, "fillstyle": "none"}


def _satisfaction_title(pair: Pair) -> str:
    """Say how far satisfaction is apart at the parting, and which journey did most of it."""
    parting = pair.parting()
    traced = () if parting is None else pair.contributions(parting.one.months)
    if parting is None or not traced:
        return "Satisfaction"
    sign = 1.0 if parting.one.left else -1.0
    most, gap = max(traced, key=lambda found: abs(found.amount)), sum(found.amount for found in traced)
    text = (
        f"Satisfaction: {signed(sign * gap)} in the life that leaves against the other, "
        f"of which {signed(sign * most.amount)} from {contribution_words(most)}"
    )
    return "\n".join(wrap(text, 0.93 * WIDTH, 10.5, "bold"))


def _rate_title(pair: Pair) -> str:
    """Say the two rates of leaving in the month of parting."""
    parting = pair.parting()
    if parting is None:
        return "Rate of leaving"
    gone, stays = (parting.one, parting.other) if parting.one.left else (parting.other, parting.one)
    rates = f"{gone.fate.hazard:.3f} a year in the life that leaves, {stays.fate.hazard:.3f} in the other"
    return f"Rate of leaving in {month_of(gone)}: {rates}"
