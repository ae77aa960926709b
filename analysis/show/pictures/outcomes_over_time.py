"""Small multiples: how each design departs from the baseline over time, paired, with bands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from analysis.command.numbers import fold, scale_of
from analysis.show.claims import quote
from analysis.show.pictures.frame import canvas, footnote, level, save, title_panel, write_ticks
from analysis.show.pictures.wording import tell_verdicts
from analysis.show.style import MUTED, colour_of, draw_band, label_ends

if TYPE_CHECKING:
    from analysis.compare.verdicts import Verdicts
    from sim.results import Results

Array = NDArray[np.float64]

NAME = "outcomes_over_time"
LABELLED = ("Net promoter score", "Profit, yearly rate")
"""Panels beside which designs are named."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One small multiple."""

    title: str
    unit: str
    outcome: str
    """Outcome of the last year, whose verdict goes into the sentence; empty where none does."""
    read: Callable[[Results], Array]
    """Series by replicate and quarter, shape (n_replicates, n_quarters)."""


def _series(name: str) -> Callable[[Results], Array]:
    return lambda results: quarters(results, results.tables.series[name])


def _retention(results: Results) -> Array:
    series = results.tables.series
    share = quarters(results, series["new_churned"]) / np.maximum(quarters(results, series["n_active"]), 1e-300)
    return np.asarray((1.0 - np.minimum(share, 1.0)) ** results.parameters.time.periods_per_year)


def _failed(results: Results) -> Array:
    series = results.tables.series
    journeys = np.maximum(quarters(results, series["new_journeys"]), 1e-300)
    return np.asarray(quarters(results, series["new_journeys_failed"]) / journeys)


def _profit(results: Results) -> Array:
    return quarters(results, results.tables.accounts["profit"]) * results.parameters.time.periods_per_year


PANELS = (
    Panel("Mean satisfaction", "satisfaction units", "mean_satisfaction", _series("mean_satisfaction")),
    Panel("Yearly retention", "share", "retention_per_year", _retention),
    Panel("Net promoter score", "points", "nps", _series("nps")),
    Panel("Active customers", "customers", "n_active_end", _series("n_active")),
    Panel("Journeys with a failure", "share of journeys", "share_journeys_failed", _failed),
    Panel("Profit, yearly rate", "currency per year", "profit_per_year", _profit),
)


def sentence(verdicts: Verdicts) -> str:
    """Return what the picture supports: the verdicts of the last year."""
    subjects = {
        "mean_satisfaction": ("satisfaction is", "satisfaction"),
        "n_active_end": ("the number of customers is", "the number of customers"),
        "profit_per_year": ("profit is", "profit"),
    }
    years = verdicts.comparison.baseline.parameters.time.horizon_years
    when = f"After {years:g} {'year' if years == 1 else 'years'}"
    name = quote(verdicts.names[verdicts.baseline])
    heads = (f"{when}, against {name}: ", f"{when}, against the baseline: ", f"against the baseline {when.lower()}: ")
    return tell_verdicts(verdicts, heads, subjects)


def draw(verdicts: Verdicts, folder: str | Path) -> list[Path]:
    """Draw the small multiples; returns PNG and SVG."""
    comparison = verdicts.comparison
    note = footnote(
        comparison,
        f"Line: mean paired difference to the baseline by quarter; band: its {level(comparison)} interval. Before the",
        "switch all designs share one history. In brackets: the baseline in its last year.",
    )
    with canvas(6.4, sentence(verdicts), note) as figure:
        present = [panel for panel in PANELS if _present(verdicts, panel)]
        grid = figure.subplots(2, 3, sharex=True).ravel()
        for axes, panel in zip(grid, present, strict=False):
            _draw_panel(verdicts, axes, panel)
        for axes in grid[len(present) :]:
            axes.remove()
        for axes in grid[max(0, len(present) - 3) : len(present)]:
            axes.set_xlabel("years after the switch")
            axes.tick_params(labelbottom=True)
        return save(figure, folder, NAME)


def quarters(results: Results, values: Array) -> Array:
    """Average a series over quarters, counted from the switch; an incomplete first or last quarter is left out.

    Returns
    -------
    ndarray
        Shape (n_replicates, n_quarters), the quarters of the last year before the switch and all after it.
    """
    clock = results.parameters.time
    block = max(1, clock.periods_per_year // 4)
    n_before = min(clock.n_burn_in // block, clock.periods_per_year // block)
    n_after = clock.n_horizon // block
    start = clock.n_burn_in - n_before * block
    kept = values[:, start : start + (n_before + n_after) * block]
    return np.asarray(kept.reshape(len(values), n_before + n_after, block).mean(axis=2))


def years(results: Results) -> Array:
    """Return the middle of each quarter, years after the switch, shape (n_quarters,)."""
    clock = results.parameters.time
    block = max(1, clock.periods_per_year // 4)
    n_before = min(clock.n_burn_in // block, clock.periods_per_year // block)
    n_quarters = n_before + clock.n_horizon // block
    return np.asarray((np.arange(n_quarters) - n_before + 0.5) * block / clock.periods_per_year)


def _present(verdicts: Verdicts, panel: Panel) -> bool:
    try:
        panel.read(verdicts.comparison.baseline)
    except KeyError:
        return False
    return True


def _draw_panel(verdicts: Verdicts, axes: Axes, panel: Panel) -> None:
    comparison = verdicts.comparison
    base, x = panel.read(comparison.baseline), years(comparison.baseline)
    apart = {design: panel.read(comparison.results[design]) - base for design in verdicts.designs}
    means = [values.mean(axis=0) for values in apart.values()]
    scale = scale_of(panel.unit, verdicts.currency, list(np.concatenate(means)), change=True)
    axes.axhline(0.0, color=colour_of(verdicts.baseline), linewidth=1.2)
    axes.axvline(0.0, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
    for design, values in apart.items():
        draw_band(axes, x, values, colour_of(design))
    axes.margins(y=0.1)
    axes.set_xlim(float(x[0]), float(x[-1]) + 0.02 * float(x[-1] - x[0]))
    axes.set_ylim(axes.get_ylim())
    last_year = float(base[:, -4:].mean())
    shown = scale_of(panel.unit, verdicts.currency, (last_year,)).full(last_year)
    title_panel(axes, f"{panel.title} ({shown})", width=32)
    axes.set_ylabel(f"difference, {_unit(panel.unit, scale.label)}")
    write_ticks(axes.yaxis, scale)
    _label(verdicts, axes, panel, {design: float(mean[-1]) for design, mean in zip(apart, means, strict=True)})


def _unit(unit: str, label: str) -> str:
    return {"pp": "percentage points", "": unit, "units": "units"}.get(label, label)


def _label(verdicts: Verdicts, axes: Axes, panel: Panel, ends: dict[str, float]) -> None:
    """Name the lines at their ends, in the last panel of each row, where names cover nothing."""
    if panel.title not in LABELLED:
        return
    names = {design: fold(name, 20) for design, name in verdicts.names.items()}
    label_ends(axes, axes.get_xlim()[1], [(end, names[design], colour_of(design)) for design, end in ends.items()])
