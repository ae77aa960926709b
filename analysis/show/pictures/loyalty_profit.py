"""The loyalty-profit plane: what each design does to retention and to both profits, with paired 95 % ellipses."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy import stats

from analysis.command.numbers import fold, scale_of
from analysis.show.claims import quote
from analysis.show.pictures.frame import canvas, footnote, limits, paired, save, title_panel, write_ticks
from analysis.show.pictures.placing import place_labels
from analysis.show.pictures.wording import tell_verdicts
from analysis.show.style import MUTED, colour_of

if TYPE_CHECKING:
    from analysis.compare.verdicts import Verdicts

Array = NDArray[np.float64]

NAME = "loyalty_profit"
PROFITS = {
    "npv": "Net present value over the horizon",
    "npv_with_equity": "Net present value plus customer equity at the end",
}
RETENTIONS = ("expected_retention_per_year", "retention_per_year")
N_POINTS = 121
ROOM = 0.26
"""Room around the regions for their names, share of what is drawn."""


def retention_outcome(verdicts: Verdicts) -> str:
    """Return the retention that is shown: the headline one, so that pictures and table say the same."""
    table = verdicts.comparison.table
    headline = set(table.loc[table["headline"].astype(bool), "outcome"])
    return next((name for name in RETENTIONS if name in headline), RETENTIONS[-1])


def sentence(verdicts: Verdicts) -> str:
    """Return what the picture supports, from the verdicts of the table."""
    subjects = {
        retention_outcome(verdicts): ("retention is", "retention"),
        "npv": ("net present value is", "net present value"),
        "npv_with_equity": ("with customer equity it is", "net present value with customer equity"),
    }
    heads = (
        f"Against {quote(verdicts.names[verdicts.baseline])}: ",
        "Against the baseline: ",
        "against the baseline: ",
    )
    return tell_verdicts(verdicts, heads, subjects, ("both profits", tuple(PROFITS)))


def draw(verdicts: Verdicts, folder: str | Path) -> list[Path]:
    """Draw the plane.

    Parameters
    ----------
    verdicts
        Designs with the same replicates.
    folder
        Where the files go; it must exist.

    Returns
    -------
    list of Path
        PNG and SVG.
    """
    comparison = verdicts.comparison
    note = footnote(
        comparison,
        "Cross at zero: the baseline. Point: mean paired difference; ellipse: its joint region from the",
        f"covariance of the replicates ({100 * comparison.request.confidence:g} %). Net present value stops at the",
        "horizon; customer equity is what the customers then there are expected to bring.",
    )
    with canvas(5.4, sentence(verdicts), note) as figure:
        outcome = retention_outcome(verdicts)
        panels = list(figure.subplots(1, 2, sharex=True))
        shapes = []
        for axes, (profit, title) in zip(panels, PROFITS.items(), strict=True):
            shapes.append(_panel(verdicts, axes, outcome, profit))
            title_panel(axes, title, width=60)
        figure.draw_without_rendering()
        for axes, shown in zip(panels, shapes, strict=True):
            place_labels(axes, shown)
        return save(figure, folder, NAME)


def _panel(verdicts: Verdicts, axes: Axes, retention: str, profit: str) -> list[tuple[str, str, Array]]:
    """Draw one profit against retention; return name, colour and outline of every design."""
    comparison = verdicts.comparison
    pairs = {name: (paired(comparison, name, retention), paired(comparison, name, profit)) for name in verdicts.designs}
    shapes = {name: ellipse(*pair, comparison.request.confidence) for name, pair in pairs.items()}
    every = np.concatenate(list(shapes.values()))
    axes.axhline(0.0, color=MUTED, linewidth=0.9)
    axes.axvline(0.0, color=MUTED, linewidth=0.9)
    axes.set_xlim(limits(list(every[:, 0]), ROOM))
    axes.set_ylim(limits(list(every[:, 1]), ROOM))
    axes.plot(0.0, 0.0, marker="+", markersize=11, color=colour_of(verdicts.baseline), markeredgewidth=2)
    for design, shape in shapes.items():
        colour, (x, y) = colour_of(design), pairs[design]
        axes.fill(shape[:, 0], shape[:, 1], color=colour, alpha=0.25, linewidth=0)
        axes.plot(shape[:, 0], shape[:, 1], color=colour, linewidth=1.2)
        axes.plot(float(x.mean()), float(y.mean()), marker="o", color=colour, markersize=5)
    write_ticks(axes.xaxis, scale_of("share", verdicts.currency, list(every[:, 0]), change=True))
    y_scale = scale_of("currency", verdicts.currency, list(every[:, 1]), change=True)
    write_ticks(axes.yaxis, y_scale)
    axes.set_xlabel("difference in yearly retention, percentage points")
    axes.set_ylabel(f"difference, {y_scale.label}")
    axes.grid(visible=True, axis="both")
    names = {design: fold(name) for design, name in verdicts.names.items()}
    return [(names[design], colour_of(design), shape) for design, shape in shapes.items()]


def ellipse(x: Array, y: Array, confidence: float = 0.95) -> Array:
    """Return the joint confidence region of two paired means (Hotelling's T squared).

    Parameters
    ----------
    x, y
        Paired differences by replicate, shape (n_replicates,).
    confidence
        Probability that the region covers the true pair of means under normality.

    Returns
    -------
    ndarray
        Outline, shape (n_points, 2); a single point where fewer than three replicates or no variance tell nothing.
    """
    data = np.column_stack([x, y])
    n_replicates, centre = len(data), data.mean(axis=0)
    if n_replicates < 3:
        return np.tile(centre, (N_POINTS, 1))
    covariance = np.cov(data, rowvar=False) / n_replicates
    reach = 2.0 * (n_replicates - 1) / (n_replicates - 2) * float(stats.f.ppf(confidence, 2, n_replicates - 2))
    values, vectors = np.linalg.eigh(covariance)
    angle = np.linspace(0.0, 2.0 * math.pi, N_POINTS)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    radii = np.sqrt(np.clip(values, 0.0, None) * reach)
    return np.asarray(centre + (vectors @ (radii[:, None] * circle)).T)
