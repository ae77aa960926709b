"""The picture of a tuning: every design before and after, what the gain looked like, and where the levers went."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from analysis.command import glossary as words
from analysis.command.numbers import Scale, scale_of
from analysis.mandate.judging import against
from analysis.mandate.result import PRESET, TUNED, Tuned
from analysis.show.mandate.text import Spoken, flip_sentence, lever_words
from analysis.show.style import (
    INTERVAL_ALPHA,
    MUTED,
    WIDTH,
    colour_of,
    house_style,
    ink_of,
    new_figure,
    write_beside,
    write_figure,
    write_frame,
)
from sim.outcomes import OUTCOMES

NAME = "tuned"
ROW = 0.24
"""Inches that a lever takes."""
LEAST = 4.6
MARKER = 6.0


def draw(found: Tuned, folder: Path, name: str = NAME) -> list[Path]:
    """Draw a tuning.

    Parameters
    ----------
    found
        What was found.
    folder
        Must exist.
    name
        Of the files, without ending.

    Returns
    -------
    list of Path
        The picture as PNG and SVG.
    """
    spoken = Spoken(found)
    n_levers = int(found.levers["free"].sum())
    with house_style():
        figure = new_figure(WIDTH, max(LEAST, 1.6 + ROW * (n_levers + len(found.designs))))
        grid = figure.add_gridspec(2, 2, width_ratios=(1.15, 1.0))
        _before_and_after(figure.add_subplot(grid[0, 0]), found)
        _gains(figure.add_subplot(grid[1, 0]), spoken)
        _levers(figure.add_subplot(grid[:, 1]), found)
        note = (
            f"Hollow: as given; filled: tuned. Left: {OUTCOMES[found.outcome].title.lower()} with 95 % intervals of "
            f"paired differences over {found.n_seeds()} held-out seeds; squares: the gain on the "
            f"{found.n_seeds('training')} seeds that tuned. Right: levers within their feasible range; band: settings "
            "that training seeds cannot tell from the best."
        )
        write_frame(figure, flip_sentence(spoken).rstrip("."), note)
        return write_figure(figure, folder, name)


def _before_and_after(axes: Axes, found: Tuned) -> None:
    """Draw every design, as given and tuned, against the first as given."""
    frame = against(found, found.designs[0])
    values = frame[["difference", "low", "high"]].to_numpy().ravel()
    scale = scale_of(OUTCOMES[found.outcome].unit, found.currency, [float(value) for value in values], change=True)
    for place, design in enumerate(reversed(found.designs)):
        colour, own = colour_of(design), frame[frame["design"] == design].set_index("version")
        for version, shift in ((PRESET, 0.15), (TUNED, -0.15)):
            row = own.loc[version].to_dict()
            _interval(axes, row, place + shift, scale, colour, filled=version == TUNED)
        text = scale.full(float(own.loc[[TUNED], "difference"].iloc[0]), signed=True)
        at = float(own.loc[[TUNED], "high"].iloc[0]) * scale.factor
        write_beside(axes, text, (at, place - 0.15), (6, 0), ink_of(colour))
    _rows(axes, found, scale, f"against {words.label(found.designs[0])} as given, {scale.label}")
    axes.set_title("Before and after tuning")


def _gains(axes: Axes, spoken: Spoken) -> None:
    """Draw the gain of tuning on held-out seeds, and what the training seeds made of it."""
    found, scale = spoken.found, spoken.scale
    for place, row in enumerate(reversed(spoken.gains.to_dict("records"))):
        colour = colour_of(str(row["design"]))
        _interval(axes, {**row, "difference": row["held_out"]}, float(place), scale, colour, filled=True)
        axes.plot(
            row["training"] * scale.factor,
            place + 0.28,
            "s",
            markersize=MARKER - 1.5,
            color=colour,
            markerfacecolor="white",
        )
    _rows(axes, found, scale, f"gain of tuning, {scale.label}")
    axes.set_title("What tuning is worth")


def _levers(axes: Axes, found: Tuned) -> None:
    """Draw where the free levers of every design went within their ranges."""
    labels: list[tuple[float, str, str]] = []
    height = 0.0
    for design in found.designs:
        colour = colour_of(design)
        free = found.free(design)
        if free.empty:
            labels.append((height, "nothing free", colour))
            height -= 1.0
        for row in free.to_dict("records"):
            width = row["high"] - row["low"]
            at = {
                name: 100.0 * (row[name] - row["low"]) / width
                for name in ("preset", "tuned", "as_good_low", "as_good_high")
            }
            axes.fill_between(
                [at["as_good_low"], at["as_good_high"]], height - 0.3, height + 0.3, color=colour, alpha=INTERVAL_ALPHA,
                linewidth=0,
            )  # fmt: skip
            axes.plot([at["preset"], at["tuned"]], [height, height], color=colour, linewidth=1.2)
            axes.plot(at["preset"], height, "o", color=colour, markerfacecolor="white", markersize=MARKER)
            axes.plot(at["tuned"], height, "o", color=colour, markersize=MARKER)
            labels.append((height, lever_words(str(row["lever"])), colour))
            height -= 1.0
        height -= 0.6
    axes.set_yticks([at for at, _, _ in labels], [text for _, text, _ in labels], fontsize=8.5)
    for tick, (_, _, colour) in zip(axes.get_yticklabels(), labels, strict=True):
        tick.set_color(ink_of(colour))
    axes.set_xlim(-3.0, 103.0)
    axes.set_ylim(height + 1.0, 0.7)
    axes.set_xlabel("% of the feasible range")
    axes.set_title("Which levers moved")
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")


def _interval(axes: Axes, row: Mapping[Any, Any], height: float, scale: Scale, colour: str, *, filled: bool) -> None:
    """Draw a difference with its interval."""
    low, value, high = (row[name] * scale.factor for name in ("low", "difference", "high"))
    axes.plot([low, high], [height, height], color=colour, linewidth=1.4)
    face = colour if filled else "white"
    axes.plot(value, height, "o", color=colour, markerfacecolor=face, markersize=MARKER)


def _rows(axes: Axes, found: Tuned, scale: Scale, label: str) -> None:
    """Name the designs beside the rows and mark zero."""
    names = list(reversed(found.designs))
    axes.set_yticks(range(len(names)), [words.label(name) for name in names])
    for tick, name in zip(axes.get_yticklabels(), names, strict=True):
        tick.set_color(ink_of(colour_of(name)))
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.axvline(0.0, color=MUTED, linewidth=0.9)
    axes.xaxis.set_major_formatter(lambda value, _: scale.tick(value / scale.factor))
    axes.set_xlabel(label)
    axes.margins(x=0.18)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
