"""What every picture of a comparison shares: its frame, title and note, the clock, axes and paired series."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.command.numbers import Scale, plain_text
from analysis.show.style import WIDTH, house_style, ink_of, new_figure, write_figure, write_frame

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison

Array = NDArray[np.float64]


@contextmanager
def canvas(height: float, sentence: str, note: str, width: float = WIDTH) -> Iterator[Figure]:
    """Open a picture in the house style with its sentence above and its note below.

    Text of users is drawn as it is: no part of it is read as a formula.
    """
    with house_style():
        figure = new_figure(width, height)
        write_frame(figure, sentence, note, width)
        yield figure


def save(figure: Figure, folder: str | Path, name: str) -> list[Path]:
    """Write a picture as PNG and SVG; the folder must exist."""
    return write_figure(figure, Path(folder), name)


def footnote(comparison: Comparison, *before: str) -> str:
    """Say what was drawn: replicates, intervals, market, seed."""
    parameters = comparison.baseline.parameters
    return " ".join(
        [
            *before,
            f"{industry_title(comparison)}; market of {parameters.population.n_customers:,} persons; "
            f"{comparison.baseline.n_replicates} paired replicates, seed {parameters.run.seed}.",
        ]
    )


def level(comparison: Comparison) -> str:
    """Return the level of the intervals, as in ``95 %``."""
    return f"{100 * comparison.request.confidence:g} %"


def industry_title(comparison: Comparison) -> str:
    """Return the head of the industry's title."""
    label = comparison.baseline.parameters.industry
    return plain_text(label.title).split(",")[0] or plain_text(label.name).replace("_", " ")


def paired(comparison: Comparison, design: str, outcome: str) -> Array:
    """Return an outcome's difference to the baseline in every replicate, shape (n_replicates,)."""
    ours = comparison.results[design].tables.summary[outcome]
    return np.asarray(ours - comparison.baseline.tables.summary[outcome], dtype=np.float64)


def write_ticks(axis: Axis, scale: Scale) -> None:
    """Write the numbers of an axis of differences."""
    axis.set_major_formatter(lambda value, _: scale.tick(value))


def title_panel(axes: Axes, title: str, *, colour: str = "", width: int = 44) -> None:
    """Set the title of a panel, wrapped to its width in characters; a panel of one design bears its colour."""
    axes.set_title(textwrap.fill(title, width), fontsize=9.5, color=ink_of(colour) if colour else "#000000")
    if colour:
        look: dict[str, Any] = {"linewidth": 3.0, "solid_capstyle": "butt", "clip_on": False}
        axes.plot([0.0, 1.0], [1.0, 1.0], transform=axes.transAxes, color=colour, zorder=5, **look)


def human(name: str) -> str:
    """Return a name of the code as words.

    >>> human("contact_centre")
    'contact centre'
    """
    return plain_text(name).replace("_", " ")


def limits(values: Sequence[float], margin: float = 0.08) -> tuple[float, float]:
    """Return axis limits that hold all finite values and zero, with a margin."""
    finite = [value for value in values if np.isfinite(value)] or [0.0]
    low, high = min(0.0, *finite), max(0.0, *finite)
    room = margin * ((high - low) or 1.0)
    return low - room, high + room


def group_changes(
    rows: pd.DataFrame, designs: Sequence[str], words: tuple[str, str, str], columns: tuple[str, str] | None = None
) -> dict[str, list[str]]:
    """Group designs by whether the interval of a change lies below zero, above it, or over it.

    Parameters
    ----------
    rows
        One row per design (index).
    designs
        Designs to group.
    words
        What to call below, above and neither.
    columns
        Low and high end of the interval.
    """
    low, high = columns or ("difference_low", "difference_high")
    groups: dict[str, list[str]] = {word: [] for word in words}
    lows, highs = rows[low].to_dict(), rows[high].to_dict()
    for design in designs:
        groups[words[0] if highs[design] < 0.0 else words[1] if lows[design] > 0.0 else words[2]].append(design)
    return groups
