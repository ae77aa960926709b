"""The switch over time: step and slope as an interrupted time series, deepest loss and payback, in a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from analysis.command.numbers import Scale, scale_of, write_interval
from analysis.explain.interrupted import AGAINST_BASELINE, AGAINST_PAST
from analysis.show.memo.content import Cell, Paragraph, Section, make_table
from analysis.show.pictures.frame import level

if TYPE_CHECKING:
    import pandas as pd

    from analysis.compare.verdicts import Verdicts
    from analysis.explain.timeline import Timeline
    from analysis.show.explanations import Explanations

SHOWN = (
    ("profit", "currency per year", AGAINST_BASELINE, "level", "Yearly profit, step at the switch"),
    ("profit", "currency per year", AGAINST_BASELINE, "slope", "Yearly profit, change per year after it"),
    ("profit", "currency per year", AGAINST_PAST, "slope", "The same against its own past"),
    ("mean_satisfaction", "satisfaction units", AGAINST_BASELINE, "level", "Satisfaction, step at the switch"),
    ("mean_satisfaction", "satisfaction units", AGAINST_BASELINE, "slope", "Satisfaction, change per year after it"),
    ("mean_satisfaction", "satisfaction units", AGAINST_PAST, "slope", "The same against its own past"),
)
"""Rows of the table: series, its unit, compared with what, term of the regression, name."""


def over_time_section(verdicts: Verdicts, explanations: Explanations) -> Section:
    """Return what happens at the switch and after it; empty where it was not worked out."""
    if not explanations.changes or not explanations.timelines:
        return Section("Over time", ())
    names = verdicts.names
    rows: list[list[str | Cell]] = []
    for metric, unit, against, term, title in SHOWN:
        scale = scale_of(unit, verdicts.currency, _numbers(explanations.changes, metric), change=True)
        cells = [_change(explanations.changes[name], metric, against, term, scale) for name in explanations.timelines]
        rows.append([title, *cells])
    depths = [value for line in explanations.timelines.values() for value in (line.dip, line.dip_low, line.dip_high)]
    money = scale_of("currency", verdicts.currency, depths, change=True)
    rows.append(["Deepest cumulative loss", *(_dip(line, money) for line in explanations.timelines.values())])
    rows.append(["Payback", *(_payback(line) for line in explanations.timelines.values())])
    intro = (
        "The switch as an interrupted time series: a step when the design comes into force and a change per year after "
        "it, of the difference to the baseline, with which every design shares its past. Beside it, what the design's "
        "own past alone would show somebody without the baseline. Loss and payback are cumulative and discounted, "
        f"without customer equity. With {level(verdicts.comparison)} intervals one by one."
    )
    head = ("", *(names[name] for name in explanations.timelines))
    return Section("Over time", (Paragraph(intro), make_table(head, rows)))


def _numbers(changes: Mapping[str, pd.DataFrame], metric: str) -> list[float]:
    """Return the numbers of a series that stand under each other."""
    frames = [frame[frame["metric"] == metric] for frame in changes.values()]
    return [float(value) for frame in frames for value in frame[["value", "low", "high"]].to_numpy().ravel()]


def _change(frame: pd.DataFrame, metric: str, against: str, term: str, scale: Scale) -> Cell:
    chosen = (frame["metric"] == metric) & (frame["against"] == against) & (frame["term"] == term)
    value, low, high = (float(frame.loc[chosen, column].iloc[0]) for column in ("value", "low", "high"))
    interval = write_interval(low, high, scale, signed=True)
    return Cell((scale.full(value, signed=True), *([interval] if interval else [])))


def _dip(line: Timeline, scale: Scale) -> Cell:
    """Write the deepest cumulative loss with its interval and month."""
    if line.dip_month is None:
        return Cell(("none",))
    interval = "" if np.isnan(line.dip_low) else write_interval(line.dip_low, line.dip_high, scale, signed=True)
    return Cell((f"{scale.full(line.dip, signed=True)}, month {line.dip_month:.0f}", *([interval] if interval else [])))


def _payback(line: Timeline) -> Cell:
    """Write the month of payback with its interval, both possibly beyond the horizon."""
    horizon = f"{line.horizon_months:.0f} months"
    first = f"not within {horizon}" if line.payback_months is None else f"month {line.payback_months:.0f}"
    if line.payback_low is None:
        return Cell((first,))
    last = "beyond the horizon" if line.payback_high is None else f"{line.payback_high:.0f}"
    return Cell((first, f"{line.payback_low:.0f} to {last}"))
