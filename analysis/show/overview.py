"""The overview picture of one run: satisfaction, customers, profit and the five gaps, before and after the switch."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from analysis.show.style import (
    GAP_COLOURS,
    MUTED,
    colour_of,
    draw_band,
    house_style,
    label_ends,
    new_figure,
    write_figure,
)
from sim.comparison import mean_interval
from sim.outcomes import OUTCOMES
from sim.results import Results

Array = NDArray[np.float64]

GAPS = {
    "mean_knowledge_gap": ("knowledge", GAP_COLOURS["knowledge"]),
    "mean_specification_gap": ("specification", GAP_COLOURS["specification"]),
    "mean_delivery_gap": ("delivery", GAP_COLOURS["delivery"]),
    "mean_perception_gap": ("perception", GAP_COLOURS["perception"]),
    "mean_communication_gap": ("communication", "#000000"),
}
"""Series of the five gaps, with label and colour."""


def draw(results: Results, folder: str | Path) -> list[Path]:
    """Draw the overview of one run.

    Parameters
    ----------
    results
        Of one scenario.
    folder
        Where ``overview.png`` and ``overview.svg`` go; it must exist.

    Returns
    -------
    list of Path
        The files written.
    """
    with house_style():
        figure = new_figure(11.0, 7.2)
        panels: tuple[Callable[[Axes, Results], None], ...] = (_satisfaction, _customers, _profit, _gaps)
        for axes, panel in zip(figure.subplots(2, 2).ravel(), panels, strict=True):
            panel(axes, results)
        figure.suptitle(textwrap.fill(_heading(results), 100), x=0.01, ha="left", fontsize=12.5, fontweight="bold")
        figure.supxlabel(textwrap.fill(_footnote(results), 170), x=0.01, ha="left", fontsize=8.5, color=MUTED)
        return write_figure(figure, Path(folder), "overview")


def summarise(results: Results) -> str:
    """Return the sentence the picture supports, with its intervals.

    The change is that of the last year of the horizon against the last year of the burn-in.
    """
    currency = results.parameters.finance.currency
    satisfaction = _change(results, "mean_satisfaction")
    profit = _change(results, "profit_per_year")
    scale, unit = _money_scale(np.array(profit))
    scaled = [value / scale for value in profit]
    money = _phrase("yearly profit", scaled, f" {unit}{currency}", 1 if max(map(abs, scaled)) >= 10 else 2)
    return f"{_phrase('satisfaction', satisfaction, '', 2)}; {money}"


def _heading(results: Results) -> str:
    return f"{_capital(summarise(results))} in the last year, against the last year of the status quo"


def _footnote(results: Results) -> str:
    industry = results.parameters.industry
    design = results.parameters.scenario.title or results.scenario
    n_customers = results.parameters.population.n_customers
    return (
        f"Design: {design}. Industry: {industry.title or industry.name}. Market of {n_customers:,} customers. Mean of "
        f"{results.n_replicates} replicates, shaded: its 95 % interval; seed {results.parameters.run.seed}. "
        "The change is against the company's own past, not against another design."
    )


def _satisfaction(axes: Axes, results: Results) -> None:
    values = results.tables.series["mean_satisfaction"]
    _plain_panel(axes, results, values, 1, "Satisfaction of customers", "satisfaction units", "{:.2f}")


def _customers(axes: Axes, results: Results) -> None:
    values = results.tables.series["n_active"]
    retention = _levels(results, "retention_per_year")
    title = f"Active customers (yearly retention {100 * retention[0]:.1f} %, before {100 * retention[1]:.1f} %)"
    _plain_panel(axes, results, values, 1, title, "customers", "{:,.0f}")


def _profit(axes: Axes, results: Results) -> None:
    clock = results.parameters.time
    per_quarter = clock.periods_per_year // 4
    yearly = results.tables.accounts["profit"] * clock.periods_per_year
    scale, unit = _money_scale(yearly)
    label = f"{unit}{results.parameters.finance.currency} per year".strip()
    _plain_panel(axes, results, yearly / scale, per_quarter, "Profit, at the rate of each quarter", label, "{:.2f}")


def _gaps(axes: Axes, results: Results) -> None:
    x = _years(results, 1)
    colours = {name: colour for name, (_, colour) in GAPS.items()}
    ends = []
    for name, (label, colour) in GAPS.items():
        mean = draw_band(axes, x, results.tables.series[name], colours[name])
        ends.append((float(mean[-1]), label, colour))
    _finish(axes, results, "The five gaps: where experience is lost", "SD of encounters")
    label_ends(axes, float(x[-1]), ends)


def _plain_panel(axes: Axes, results: Results, values: Array, block: int, title: str, unit: str, number: str) -> None:
    """Draw one quantity with its interval, the level before the switch, and its last value at the end of the line."""
    colour, shown = colour_of(results.scenario), _blocks(values, block)
    x = _years(results, block)
    n_year = max(1, results.parameters.time.periods_per_year // block)
    mean = draw_band(axes, x, shown, colour)
    before = float(mean[(x < 0)][-n_year:].mean())
    axes.axhline(before, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
    _finish(axes, results, title, unit)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    ends = [(float(mean[-1]), number.format(mean[-1]), colour), (before, "status quo", MUTED)]
    label_ends(axes, float(x[-1]), ends)


def _finish(axes: Axes, results: Results, title: str, unit: str) -> None:
    """Set title, labels and the line at the switch."""
    axes.set_title(title)
    axes.set_ylabel(unit)
    axes.set_xlabel("years after the switch")
    axes.margins(y=0.12)
    axes.axvline(0.0, color=MUTED, linewidth=1.0)
    axes.annotate(
        "design switches on", (0.0, 1.0), xycoords=axes.get_xaxis_transform(), xytext=(4, -9), fontsize=8.5,
        textcoords="offset points", color=MUTED,
    )  # fmt: skip
    years = results.parameters.time
    axes.set_xlim(-years.burn_in_years, years.horizon_years)


def _years(results: Results, block: int) -> Array:
    """Return the middle of each block of periods, in years after the switch, shape (n_blocks,)."""
    clock = results.parameters.time
    n_blocks = results.n_periods // block
    return np.asarray(((np.arange(n_blocks) + 0.5) * block - clock.n_burn_in) / clock.periods_per_year)


def _blocks(values: Array, block: int) -> Array:
    """Average blocks of periods, shape (n_replicates, n_blocks); an incomplete last block is left out."""
    n_blocks = values.shape[1] // block
    return np.asarray(values[:, : n_blocks * block].reshape(values.shape[0], n_blocks, block).mean(axis=2))


def _levels(results: Results, outcome: str) -> tuple[float, float]:
    """Return the mean of an outcome after the switch and before it."""
    return float(results.tables.summary[outcome].mean()), float(results.tables.before[outcome].mean())


def _change(results: Results, outcome: str) -> tuple[float, float, float]:
    """Return mean change since the burn-in and its interval."""
    if outcome not in OUTCOMES:
        raise KeyError(outcome)
    return mean_interval(results.tables.summary[outcome] - results.tables.before[outcome])


def _phrase(what: str, change: Sequence[float], unit: str, digits: int) -> str:
    """Say how something changed, or that it did not measurably."""
    mean, low, high = change
    if math.isnan(low):
        return f"{what} {'rose' if mean > 0 else 'fell'} by {abs(mean):.{digits}f}{unit} (one replicate)"
    if low <= 0.0 <= high:
        return f"{what} did not change measurably [{low:+.{digits}f}, {high:+.{digits}f}]{unit}"
    ends = sorted((abs(low), abs(high)))
    verb = "rose" if mean > 0 else "fell"
    return f"{what} {verb} by {abs(mean):.{digits}f} [{ends[0]:.{digits}f}, {ends[1]:.{digits}f}]{unit}"


def _money_scale(values: Array) -> tuple[float, str]:
    """Return a divisor and its name that make money readable."""
    size = float(np.nanmax(np.abs(values))) if values.size else 0.0
    if size >= 1e6:
        return 1e6, "million "
    return (1e3, "thousand ") if size >= 1e3 else (1.0, "")


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
