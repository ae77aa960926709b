"""The house style of every picture: colours, intervals, labels at the line's end, and how files are written."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from numpy.typing import NDArray
from scipy import special

from analysis.command.designs import ACCOUNTABLE, BASELINE, CEO, RESPONSIBLE
from analysis.command.numbers import capital

Array = NDArray[np.float64]

STYLE = Path(__file__).with_name("house.mplstyle")

DESIGN_COLOURS = {
    BASELINE: "#555555",
    RESPONSIBLE: "#E69F00",
    ACCOUNTABLE: "#0072B2",
    CEO: "#CC79A7",
}
"""One colour for each design of the project, the same in every picture."""
GAP_COLOURS = {
    "knowledge": "#332288",
    "specification": "#882255",
    "delivery": "#44AA99",
    "perception": "#999933",
}
"""Colours of the gaps between requirement and perception, apart from those of designs (Tol 2021, scheme muted)."""
OTHER_COLOURS = ("#009E73", "#D55E00", "#56B4E9", "#000000")
"""Colours of designs that users add."""
WIDTH = 10.0
"""Width of a picture in inches; all pictures of a memo share it, so that their text has one size on the page."""
TITLE_SIZE, NOTE_SIZE = 11.5, 8.5
"""Points."""
TITLE_LINES = 2
INTERVAL_ALPHA = 0.2
MUTED = "#555555"
CONTRAST = 4.5
"""Smallest contrast of text on white (WCAG 2.2, success criterion 1.4.3)."""


def colour_of(scenario: str) -> str:
    """Return the colour of a design: always the same for the same name."""
    digest = hashlib.sha256(scenario.encode()).digest()[0]
    return DESIGN_COLOURS.get(scenario, OTHER_COLOURS[digest % len(OTHER_COLOURS)])


@lru_cache(maxsize=64)
def ink_of(colour: str) -> str:
    """Return a colour as text wears it: darkened, where it is too pale to be read on white.

    >>> ink_of("#0072B2"), ink_of("#E69F00")
    ('#0072b2', '#9d6c00')
    """
    ink = np.array(to_rgb(colour))
    while 1.05 / (_luminance(ink) + 0.05) < CONTRAST:
        ink = ink * 0.98
    return to_hex((float(ink[0]), float(ink[1]), float(ink[2])))


def _luminance(colour: Array) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the house style within this block."""
    with mpl.rc_context(fname=str(STYLE)):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return a figure that needs no screen, size in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def write_figure(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a picture as PNG for documents and SVG for slides; the same numbers give the same bytes."""
    paths = [folder / f"{name}.png", folder / f"{name}.svg"]
    # `savefig` would draw twice for each format: first to find the layout, which every drawing finds, and again.
    figure.set_dpi(mpl.rcParams["savefig.dpi"])
    FigureCanvasAgg(figure).print_png(str(paths[0]), metadata={"Software": None})  # type: ignore[no-untyped-call]
    figure.set_layout_engine("none")  # the layout holds for both, and to find it takes as long as to draw
    FigureCanvasSVG(figure).print_svg(str(paths[1]), metadata={"Date": None})  # type: ignore[no-untyped-call]
    return paths


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Return how wide a text is drawn, in inches; the text is no formula."""
    with warnings.catch_warnings():  # a glyph that is not in the font is reported when it is drawn
        warnings.simplefilter("ignore")
        font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
        return float(text_to_path.get_text_width_height_descent(text, font, False)[0]) / 72.0


def wrap(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Break text into lines that are no wider than ``width`` inches as drawn; words that are wider are broken."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, size, weight) <= width:
            lines[-1] = longer
            continue
        lines.append("")
        for letter in word:
            if text_width(lines[-1] + letter, size, weight) > width:
                lines.append("")
            lines[-1] += letter
    return [line for line in lines if line]


def title_lines(sentence: str, width: float = WIDTH) -> list[str]:
    """Return a sentence as the lines of the title of a picture ``width`` inches wide."""
    return wrap(capital(sentence), 0.98 * width, TITLE_SIZE, "bold")


def fitting(wordings: Iterable[str]) -> str:
    """Return the first wording that fits above a picture, else the last; each says the same or less than the first."""
    wording = ""
    for wording in wordings:
        if len(title_lines(wording)) <= TITLE_LINES:
            break
    return wording


def write_frame(figure: Figure, sentence: str, note: str, width: float = WIDTH) -> None:
    """Write the sentence of a picture above it and its note below."""
    title, below = "\n".join(title_lines(sentence, width)), "\n".join(wrap(note, 0.98 * width, NOTE_SIZE))
    figure.suptitle(title, x=0.01, ha="left", fontsize=TITLE_SIZE, fontweight="bold", linespacing=1.25)
    figure.supxlabel(below, x=0.01, ha="left", fontsize=NOTE_SIZE, color=MUTED, linespacing=1.25)


def write_beside(
    axes: Axes, text: str, at: tuple[float, float], offset: tuple[float, float], colour: str, **style: Any
) -> None:
    """Write text beside a point, on the side its offset points to.

    Parameters
    ----------
    axes
        Where.
    text
        What.
    at
        The point, in data units unless ``xycoords`` says otherwise.
    offset
        Way from the point to the text, points; the text begins there and leads away.
    colour
        Of the point; text wears it as dark as it must be to be read.
    style
        Further properties of the text.
    """
    x, y = offset
    look: dict[str, Any] = {
        "ha": "left" if x > 0.0 else "right" if x < 0.0 else "center",
        "va": "bottom" if y > 0.0 else "top" if y < 0.0 else "center",
        "fontsize": 8.5,
        "annotation_clip": False,
    }
    axes.annotate(text, at, xytext=offset, textcoords="offset points", color=ink_of(colour), **(look | style))


def mean_band(values: Array) -> tuple[Array, Array, Array]:
    """Return mean over replicates and its 95 % Student-t interval.

    Parameters
    ----------
    values
        Shape (n_replicates, n_points).

    Returns
    -------
    tuple
        Mean, low and high, each of shape (n_points,); with one replicate the interval has no width.
    """
    mean = values.mean(axis=0)
    n_replicates = values.shape[0]
    if n_replicates < 2:
        return mean, mean, mean
    half = values.std(axis=0, ddof=1) / np.sqrt(n_replicates) * special.stdtrit(n_replicates - 1, 0.975)
    return mean, mean - half, mean + half


def draw_band(axes: Axes, x: Array, values: Array, colour: str) -> Array:
    """Draw mean and interval of replicates; return the mean.

    Parameters
    ----------
    axes
        Where it is drawn.
    x
        Shape (n_times,).
    values
        Shape (n_replicates, n_times).
    colour
        Of line and band.

    Returns
    -------
    numpy.ndarray
        Shape (n_times,).
    """
    mean, low, high = mean_band(values)
    axes.fill_between(x, low, high, color=colour, alpha=INTERVAL_ALPHA, linewidth=0)
    axes.plot(x, mean, color=colour)
    return mean


def label_ends(axes: Axes, x: float, labels: Sequence[tuple[float, str, str]]) -> None:
    """Write labels at the right end of lines, moved apart where they would touch.

    Parameters
    ----------
    axes
        Its limits must be final.
    x
        Where the lines end, in data units.
    labels
        Height in data units, text and colour of each.
    """
    low, high = axes.get_ylim()
    n_lines = max((text.count("\n") + 1 for _, text, _ in labels), default=1)
    gap = (0.025 + 0.05 * n_lines) * (high - low)
    ordered = sorted(labels, key=lambda label: label[0])
    heights = spread([label[0] for label in ordered], gap)
    for height, (_, text, colour) in zip(heights, ordered, strict=True):
        write_beside(axes, text, (x, height), (5, 0), colour, fontsize=9)


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Move ascending heights apart to at least ``gap``, as little as possible in the mean.

    >>> spread([0.0, 0.1, 5.0], 1.0)
    [-0.45, 0.55, 5.0]
    """
    clusters: list[tuple[list[float], float]] = []
    for height in heights:
        members, centre = [height], height
        while clusters and clusters[-1][1] + gap * (len(clusters[-1][0]) + len(members)) / 2.0 > centre:
            members = clusters.pop()[0] + members
            centre = sum(members) / len(members)
        clusters.append((members, centre))
    return [
        round(centre + gap * (n - (len(members) - 1) / 2.0), 12)
        for members, centre in clusters
        for n in range(len(members))
    ]
