"""The J-curve: cumulative profit against the baseline after the switch, with its fan and the month of payback."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from analysis.command.numbers import Scale, number_word, scale_of, write_count
from analysis.show.claims import none_of, quote
from analysis.show.pictures.frame import canvas, footnote, level, limits, save, title_panel, write_ticks
from analysis.show.style import MUTED, colour_of, fitting, write_beside

if TYPE_CHECKING:
    from analysis.compare.verdicts import Verdicts
    from analysis.explain.timeline import Timeline

Array = NDArray[np.float64]

NAME = "j_curve"
FAN = ((0.05, 0.95, 0.14), (0.25, 0.75, 0.22))
"""Quantiles of the fan, outermost first, and how dark they are."""


def sentence(verdicts: Verdicts, timelines: Mapping[str, Timeline]) -> str:
    """Return what the picture supports: which designs pay back when, and how deep the deepest cumulative loss is."""
    lines, horizon = list(timelines.values()), f"{next(iter(timelines.values())).horizon_months:.0f} months"
    open_ = [line for line in lines if line.payback_months is None and line.payback_low is None]
    if len(lines) > 1 and len(open_) == len(lines):
        return fitting([f"{none_of(len(lines))} pays back within {horizon}; {_dip(verdicts, timelines)}"])
    names = verdicts.names
    each = ", ".join(f"{quote(names[design])} {_months(line)}" for design, line in timelines.items())
    some = [f"{quote(names[line.design])} {_months(line)}" for line in lines if line not in open_]
    if open_:
        rest = "the other" if len(open_) == 1 else f"the {number_word(len(open_))} others"
        some.append(f"{rest} not within {horizon}")
    listed = [each, ", ".join(some)] if len(some) < len(lines) else [each]
    dips = [_dip(verdicts, timelines), _dip(verdicts, timelines, where=False)]
    full = [f"payback: {words}; {dip}" for words in listed for dip in dips]
    return fitting([*full, f"payback: {listed[-1]}", f"{_count(timelines, names)}; {dips[1]}"])


def _count(timelines: Mapping[str, Timeline], names: Mapping[str, str]) -> str:
    """Say how many designs pay back, by estimate, and which does first."""
    paid = [line for line in timelines.values() if line.payback_months is not None]
    n_designs, horizon = len(timelines), next(iter(timelines.values())).horizon_months
    whole = f"{number_word(len(paid)) if paid else 'none'} of {write_count(n_designs, 'design')}"
    words = f"by estimate {whole} {'pay' if len(paid) > 1 else 'pays'} back within {horizon:.0f} months"
    if not paid:
        return words
    first = min(paid, key=lambda line: line.payback_months or 0.0)
    return f"{words}, first {quote(names[first.design])} {_months(first).replace(' by estimate', '')}"


def _months(line: Timeline) -> str:
    """Write the payback month with its interval, which may be open at the horizon."""
    horizon = f"{line.horizon_months:.0f} months"
    if line.payback_months is None:
        reach = "" if line.payback_low is None else f" (interval from month {line.payback_low:.0f})"
        return f"not within {horizon}{reach}"
    count = f"{line.payback_months:.0f}"
    month = f"after {count} month{'' if count == '1' else 's'}"
    if np.isnan(line.share_not_paid_back):
        return f"{month} (one replicate: no interval)"
    if line.payback_low is None:
        return f"{month} by estimate (interval beyond the horizon)"
    if line.payback_high is None:
        return f"{month} by estimate ({line.payback_low:.0f} to beyond the horizon)"
    return f"{month} ({line.payback_low:.0f} to {line.payback_high:.0f})"


def _dip(verdicts: Verdicts, timelines: Mapping[str, Timeline], *, where: bool = True) -> str:
    """Say which estimated cumulative loss is the deepest, and under which design and when."""
    design, line = min(timelines.items(), key=lambda item: item[1].dip)
    if line.dip_month is None:
        return "no cumulative loss on the way"
    scale = scale_of("currency", verdicts.currency, (line.dip, line.dip_low, line.dip_high), change=True)
    ends = sorted((abs(line.dip_low), abs(line.dip_high)))
    interval = f" ({scale.bare(ends[0])} to {scale.bare(ends[1])})" if np.isfinite(ends).all() else ""
    loss = f"the deepest cumulative loss is {scale.full(abs(line.dip))}{interval}"
    if not where:
        return loss
    under = f" under {quote(verdicts.names[design])}" if len(timelines) > 1 else ""
    return f"{loss}{under} in month {line.dip_month:.0f}"


def draw(verdicts: Verdicts, timelines: Mapping[str, Timeline], folder: str | Path) -> list[Path]:
    """Draw one curve per design on the same axes limits.

    Parameters
    ----------
    verdicts
        Where names come from.
    timelines
        Of :func:`analysis.explain.timeline.timeline`, by design.
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
        "Cumulative difference to the baseline, discounted to the switch. Line and dark band: mean and its",
        f"{level(comparison)} interval; light bands: half and nine tenths of the replicates, which is what one company",
        "may live through. What the customers at the end are worth is not in it.",
    )
    with canvas(4.3, sentence(verdicts, timelines), note) as figure:
        grid = figure.subplots(1, len(timelines), sharey=True, squeeze=False)[0]
        values = _values(timelines)
        scale = scale_of("currency", verdicts.currency, values, change=True)
        low, high = limits(values, 0.05)
        grid[0].set_ylim(low, high + 0.2 * (high - low))
        for axes, (design, line) in zip(grid, timelines.items(), strict=True):
            _panel(axes, line, colour_of(design), scale)
            title_panel(axes, verdicts.names[design], colour=colour_of(design), width=100 // len(timelines))
        grid[0].set_ylabel(f"cumulative difference, {scale.label}")
        return save(figure, folder, NAME)


def _values(timelines: Mapping[str, Timeline]) -> list[float]:
    edges = [level for low, high, _ in FAN for level in (low, high)]
    rows = [line.quantiles[level] for line in timelines.values() for level in edges if level in line.quantiles]
    rows += [values for line in timelines.values() for values in (line.mean, line.low, line.high)]
    return [float(value) for values in rows for value in values]


def _panel(axes: Axes, line: Timeline, colour: str, scale: Scale) -> None:
    x = np.concatenate([[0.0], line.months])
    for low, high, alpha in FAN:
        if low in line.quantiles and high in line.quantiles:
            bottom, top = (_from_zero(line.quantiles[edge]) for edge in (low, high))
            axes.fill_between(x, bottom, top, color=colour, alpha=alpha, linewidth=0)
    axes.fill_between(x, _from_zero(line.low), _from_zero(line.high), color=colour, alpha=0.45, linewidth=0)
    axes.plot(x, _from_zero(line.mean), color=colour)
    axes.axhline(0.0, color="#333333", linewidth=0.9)
    axes.set_xlim(0.0, line.horizon_months * 1.02)
    axes.set_xticks(np.arange(0.0, line.horizon_months + 0.5, 12.0 if line.horizon_months <= 72 else 24.0))
    axes.set_xlabel("months after the switch")
    write_ticks(axes.yaxis, scale)
    _mark_payback(axes, line, colour)
    end = float(line.mean[-1])
    write_beside(axes, scale.bare(end, signed=True), (line.horizon_months, end), (4, 0), colour, fontsize=9)


def _from_zero(values: Array) -> Array:
    return np.concatenate([[0.0], values])


def _mark_payback(axes: Axes, line: Timeline, colour: str) -> None:
    """Mark the payback month and its interval on the zero line; say it where there is none."""
    if line.payback_months is not None:
        low = line.payback_low if line.payback_low is not None else line.horizon_months
        high = line.payback_high if line.payback_high is not None else line.horizon_months
        axes.plot([low, high], [0.0, 0.0], color=colour, linewidth=4, solid_capstyle="butt")
        axes.plot(line.payback_months, 0.0, marker="o", color="white", markeredgecolor=colour, markersize=6)
        words = f"pays back: month {line.payback_months:.0f}"
    else:
        words = "not paid back within the horizon"
    share = f"ahead at the end: {100 * line.share_paid_back:.0f} % of replicates"
    corner = {"xycoords": "axes fraction", "linespacing": 1.3}
    write_beside(axes, f"{words}\n{share}", (0.02, 1.0), (2, -2), MUTED, **corner)
