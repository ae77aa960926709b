"""What every picture of a comparison shares: its frame, title and note, the clock, intervals and paired series."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.numbers import Scale, capital, plain_text
from analysis.style import MUTED, house_style, new_figure, write_figure
from analysis.verdicts import names_of

if TYPE_CHECKING:
    from analysis.comparison import Comparison

Array = NDArray[np.float64]

WIDTH = 10.0
"""Width of a picture in inches; all pictures of a memo share it, so that their text has one size on the page."""
RISE, FALL, TOTAL = "#0072B2", "#D55E00", "#333333"
"""Colours of what adds to profit, what takes from it, and sums."""


@contextmanager
def canvas(height: float, sentence: str, note: str, width: float = WIDTH) -> Iterator[Figure]:
    """Open a picture in the house style with its sentence above and its note below.

    Text of users is drawn as it is: no part of it is read as a formula.
    """
    with house_style(), mpl.rc_context({"text.parse_math": False}):
        figure = new_figure(width, height)
        title = textwrap.fill(capital(sentence), round(10.0 * width), break_long_words=True)
        figure.suptitle(title, x=0.01, ha="left", fontsize=11.5, fontweight="bold", linespacing=1.25)
        figure.supxlabel(textwrap.fill(note, round(15.5 * width)), x=0.01, ha="left", fontsize=8.5, color=MUTED)
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


def baseline_name(comparison: Comparison) -> str:
    """Return the short title of the baseline."""
    return names_of(comparison)[comparison.request.baseline]


def paired(comparison: Comparison, design: str, outcome: str) -> Array:
    """Return an outcome's difference to the baseline in every replicate, shape (n_replicates,)."""
    ours = comparison.results[design].tables.summary[outcome]
    return np.asarray(ours - comparison.baseline.tables.summary[outcome], dtype=np.float64)


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


def write_ticks(axis: Axis, scale: Scale) -> None:
    """Write the numbers of an axis of differences."""
    axis.set_major_formatter(lambda value, _: scale.tick(value))


def title_panel(axes: Axes, title: str, **style: Any) -> None:
    """Set the title of a panel, wrapped to its width."""
    axes.set_title(textwrap.fill(title, style.pop("width", 44)), fontsize=9.5, **style)


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
