"""The house style of every picture: colours, intervals, labels at the line's end, and how files are written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]

STYLE = Path(__file__).with_name("house.mplstyle")

DESIGN_COLOURS = {
    "no_cxo": "#555555",
    "responsible_cxo": "#E69F00",
    "accountable_cxo": "#0072B2",
    "ceo_as_cxm": "#CC79A7",
}
"""One colour for each design of the project, the same in every picture."""
OTHER_COLOURS = ("#009E73", "#D55E00", "#56B4E9", "#000000")
"""Colours of designs that users add."""
INTERVAL_ALPHA = 0.2
MUTED = "#555555"


def colour_of(scenario: str) -> str:
    """Return the colour of a design: always the same for the same name."""
    digest = hashlib.sha256(scenario.encode()).digest()[0]
    return DESIGN_COLOURS.get(scenario, OTHER_COLOURS[digest % len(OTHER_COLOURS)])


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
    figure.savefig(paths[0], metadata={"Software": None})
    figure.savefig(paths[1], metadata={"Date": None})
    return paths


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
    half = values.std(axis=0, ddof=1) / np.sqrt(n_replicates) * stats.t.ppf(0.975, n_replicates - 1)
    return mean, mean - half, mean + half


def draw_band(axes: Axes, x: Array, values: Array, colour: str) -> Array:
    """Draw mean and interval of replicates; return the mean."""
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
    gap = 0.075 * (high - low)
    ordered = sorted(labels, key=lambda label: label[0])
    heights = spread([label[0] for label in ordered], gap)
    for height, (_, text, colour) in zip(heights, ordered, strict=True):
        axes.annotate(
            text, (x, height), xytext=(5, 0), textcoords="offset points", color=colour, fontsize=9, va="center",
            annotation_clip=False,
        )  # fmt: skip


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
