"""Places for labels beside shapes: where they cover nothing that is drawn and each other least."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from analysis.show.style import ink_of, text_width

Array = NDArray[np.float64]

SIZE = 8.5
"""Points of a label."""
LINE = 1.3
"""Height of a line, sizes."""
GAP = 0.06
"""Least distance of a label from its shape, inches."""
EDGE = 0.08
"""Least distance of a label from the edge of its panel, inches."""
DIRECTIONS, DISTANCES, GRID = 24, (0.0, 0.12, 0.3, 0.6), 14
"""Places tried: directions from the shape, inches beyond its edge, and as many across and up the whole panel."""
FAR = 0.2
"""Inches from its shape from which a label is joined to it by a line."""
MOST_ORDERS = 24
"""Orders of placing that are tried."""


class Box(NamedTuple):
    """A rectangle in inches from the lower left corner of the panel."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: Box) -> float:
        """Return the shared area."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(0.0, width) * max(0.0, height)

    @property
    def area(self) -> float:
        """Return the area."""
        return (self.right - self.left) * (self.top - self.bottom)


class Place(NamedTuple):
    """A place for a label."""

    box: Box
    distance: float
    """Inches beyond the edge of its shape."""
    cost: float
    """What it covers, other labels aside."""


def place_labels(axes: Axes, labels: Sequence[tuple[str, str, Array]]) -> None:
    """Write labels beside shapes, in bold; those that find no room nearby are joined to their shape by a line.

    Parameters
    ----------
    axes
        Its limits and its place in the picture must be final.
    labels
        Text (may have several lines), colour, and outline of the shape it names in data units, shape (n_points, 2).
    """
    panel = axes.get_window_extent().width / axes.figure.dpi, axes.get_window_extent().height / axes.figure.dpi
    outlines = [_in_inches(axes, outline, panel) for _, _, outline in labels]
    lines = _zero_lines(axes, panel)
    places = [
        _places(number, _size(text), outlines, lines, panel) for number, (text, _, _) in enumerate(labels)
    ]  # fmt: skip
    for (text, colour, _), place, outline in zip(labels, _choose(places), outlines, strict=True):
        x, y = (place.box.left + place.box.right) / 2.0, (place.box.bottom + place.box.top) / 2.0
        if place.distance >= FAR:
            centre = outline.mean(axis=0)
            near = np.clip(centre, (place.box.left, place.box.bottom), (place.box.right, place.box.top))
            ends = np.stack([near, centre]) / panel
            axes.plot(*ends.T, transform=axes.transAxes, color=colour, linewidth=0.9)
        axes.text(
            x / panel[0], y / panel[1], text, transform=axes.transAxes, fontsize=SIZE, color=ink_of(colour),
            ha="center", va="center", fontweight="bold", linespacing=1.15,
        )  # fmt: skip


def _choose(places: Sequence[Sequence[Place]]) -> list[Place]:
    """Choose one place for each label, best first in the order that costs least in all."""
    best: tuple[float, list[Place]] = (math.inf, [])
    for order in itertools.islice(itertools.permutations(range(len(places))), MOST_ORDERS):
        chosen: dict[int, Place] = {}
        total = 0.0
        for number in order:
            taken = [place.box for place in chosen.values()]
            costs = [place.cost + _covered(place.box, taken) for place in places[number]]
            chosen[number] = places[number][int(np.argmin(costs))]
            total += min(costs)
        if total < best[0] - 1e-9:
            best = (total, [chosen[number] for number in range(len(places))])
    return best[1]


def _covered(box: Box, taken: Sequence[Box]) -> float:
    return 100.0 * sum(map(box.overlap, taken)) / box.area


def _size(text: str) -> tuple[float, float]:
    """Return width and height of a label, inches."""
    lines = text.split("\n")
    return max(text_width(line, SIZE, "bold") for line in lines) + 0.04, LINE * SIZE / 72.0 * len(lines)


def _in_inches(axes: Axes, points: Array, panel: tuple[float, float]) -> Array:
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    return np.asarray((points - [left, bottom]) / [right - left, top - bottom] * panel)


def _zero_lines(axes: Axes, panel: tuple[float, float]) -> Array:
    """Return points along the two lines of zero, inches."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    across, up = np.linspace(left, right, 200), np.linspace(bottom, top, 200)
    points = np.concatenate([np.column_stack([across, 0.0 * across]), np.column_stack([0.0 * up, up])])
    return _in_inches(axes, points, panel)


def _places(
    number: int, size: tuple[float, float], outlines: Sequence[Array], lines: Array, panel: tuple[float, float]
) -> list[Place]:
    """Return places around a shape, with what each covers."""
    found = []
    for (x, y), distance in _centres(outlines[number], size, panel):
        half = size[0] / 2.0, size[1] / 2.0
        box = Box(x - half[0], y - half[1], x + half[0], y + half[1])
        found.append(Place(box, distance, _cost(box, outlines, lines, panel) + 0.5 * distance))
    return found


def _centres(
    outline: Array, size: tuple[float, float], panel: tuple[float, float]
) -> Iterator[tuple[tuple[float, float], float]]:
    """Yield middles of places with their distance from the shape: around it first, then all over the panel."""
    half = np.array(size) / 2.0
    for angle in np.arange(DIRECTIONS) * 2.0 * math.pi / DIRECTIONS + math.pi / 2.0:
        way = np.array([math.cos(angle), math.sin(angle)])
        edge = outline[np.argmax(outline @ way)]
        for distance in DISTANCES:
            x, y = edge + (GAP + distance) * way + way * half
            yield (float(x), float(y)), distance
    for x, y in itertools.product(np.linspace(0.0, panel[0], GRID), np.linspace(0.0, panel[1], GRID)):
        away = np.maximum(np.abs(outline - [x, y]) - half, 0.0)
        yield (float(x), float(y)), float(np.hypot(*away.T).min())


def _cost(box: Box, outlines: Sequence[Array], lines: Array, panel: tuple[float, float]) -> float:
    """Return how much a place covers: the world outside most, then shapes, then the lines of zero."""
    outside = 1.0 - box.overlap(Box(EDGE, EDGE, panel[0] - EDGE, panel[1] - EDGE)) / box.area
    wide = Box(box.left - GAP / 2.0, box.bottom - GAP / 2.0, box.right + GAP / 2.0, box.top + GAP / 2.0)
    edges = sum(float(_inside(wide, outline).sum() > 0) for outline in outlines)
    filled = sum(float(_inside(wide, _filled(outline)).mean()) for outline in outlines)
    return 100.0 * outside + 4.0 * edges + 4.0 * filled + 3.0 * float(_inside(wide, lines).any())


def _filled(outline: Array) -> Array:
    """Return points of the inside of a shape."""
    centre = outline.mean(axis=0)
    return np.concatenate([centre + share * (outline - centre) for share in (0.0, 0.25, 0.5, 0.75, 1.0)])


def _inside(box: Box, points: Array) -> NDArray[np.bool_]:
    """Return which points lie in a box."""
    across = (points[:, 0] > box.left) & (points[:, 0] < box.right)
    return np.asarray(across & (points[:, 1] > box.bottom) & (points[:, 1] < box.top))
