"""Places for labels beside shapes: where they cover the least of what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

Array = NDArray[np.float64]

CHARACTER, LINE = 0.0185, 0.046
"""Width of a character and height of a line, shares of a panel about four inches wide."""
GAP = 0.012


class Box(NamedTuple):
    """A rectangle in shares of the panel."""

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
    def outside(self) -> float:
        """Return the area beyond the panel."""
        whole = (self.right - self.left) * (self.top - self.bottom)
        return whole - self.overlap(Box(0.0, 0.0, 1.0, 1.0))


def place_labels(axes: Axes, labels: Sequence[tuple[str, str, Array]]) -> None:
    """Write labels beside shapes, in bold.

    Parameters
    ----------
    axes
        Its limits must be final.
    labels
        Text (may have several lines), colour, and outline of the shape it names in data units, shape (n_points, 2).
    """
    outlines = [_in_shares(axes, outline) for _, _, outline in labels]
    taken: list[Box] = []
    for number, (text, colour, _) in enumerate(labels):
        lines = text.split("\n")
        size = (CHARACTER * max(map(len, lines)), LINE * len(lines))
        best = min(_candidates(outlines[number], *size), key=lambda box: _cost(box, outlines, taken))
        taken.append(best)
        x, y = (best.left + best.right) / 2.0, (best.bottom + best.top) / 2.0
        axes.text(
            x, y, text, transform=axes.transAxes, fontsize=8.5, color=colour, ha="center", va="center",
            fontweight="bold", linespacing=1.15,
        )  # fmt: skip


def _in_shares(axes: Axes, outline: Array) -> Array:
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    return np.asarray((outline - [left, bottom]) / [right - left, top - bottom])


def _candidates(outline: Array, width: float, height: float) -> list[Box]:
    """Return places above, below, right and left of a shape, the first of equals preferred."""
    (left, bottom), (right, top) = outline.min(axis=0), outline.max(axis=0)
    x, y = (left + right) / 2.0, (bottom + top) / 2.0
    centres = [(x + shift, top + GAP + height / 2.0) for shift in (0.0, 0.1, -0.1, 0.2, -0.2)]
    centres += [(x + shift, bottom - GAP - height / 2.0) for shift in (0.0, 0.1, -0.1, 0.2, -0.2)]
    centres += [(right + GAP + width / 2.0, y + shift) for shift in (0.0, 0.1, -0.1)]
    centres += [(left - GAP - width / 2.0, y + shift) for shift in (0.0, 0.1, -0.1)]
    return [Box(a - width / 2.0, b - height / 2.0, a + width / 2.0, b + height / 2.0) for a, b in centres]


def _cost(box: Box, outlines: Sequence[Array], taken: Sequence[Box]) -> float:
    """Return how much a place covers: other labels and the world outside most, shapes less."""
    area = (box.right - box.left) * (box.top - box.bottom)
    covered = sum(float(_inside(box, outline).mean()) for outline in outlines)
    return 10.0 * (sum(map(box.overlap, taken)) + box.outside) / area + 4.0 * covered


def _inside(box: Box, outline: Array) -> NDArray[np.bool_]:
    """Return which points of the shape, its outline and the way to its middle, lie in a box."""
    centre = outline.mean(axis=0)
    points = np.concatenate([centre + share * (outline - centre) for share in (0.25, 0.5, 0.75, 1.0)])
    across = (points[:, 0] > box.left) & (points[:, 0] < box.right)
    return np.asarray(across & (points[:, 1] > box.bottom) & (points[:, 1] < box.top))
