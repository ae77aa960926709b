"""The profit bridge: from the baseline's net present value to a design's, by account line."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.command.numbers import Scale, join_words, scale_of, write_difference
from analysis.compare.verdicts import Finding
from analysis.show.claims import STATES, UNDECIDED, quote
from analysis.show.pictures.bars import FALL, RISE, TOTAL, Bar, draw_bar
from analysis.show.pictures.frame import canvas, footnote, human, level, save, write_ticks
from analysis.show.style import fitting

if TYPE_CHECKING:
    from analysis.compare.verdicts import Verdicts

NAME = "bridge"
EQUITY_LINE = "customer_equity"
WORTH_NAMING = 0.1
"""Share of the largest line below which a line is not named."""
EQUITY_WORDS = "with customer equity it is"
LINES_NAMED = 2
"""How many lines of each sign the sentence names."""


def sentence(verdicts: Verdicts, bridge: pd.DataFrame, design: str) -> str:
    """Return what the picture supports: the largest lines that differ measurably, and the verdicts on the totals."""
    lines = account_lines(bridge)
    lines = lines[lines["line"] != EQUITY_LINE]
    sure = lines[(lines["low"] > 0.0) | (lines["high"] < 0.0)].sort_values("difference", key=np.abs, ascending=False)
    sure = sure[sure["difference"].abs() >= WORTH_NAMING * lines["difference"].abs().max()]
    npv = verdicts.find(design, "npv")
    equity = verdicts.find(design, "npv_with_equity") if EQUITY_LINE in set(bridge["line"]) else None
    return fitting(_wordings(verdicts.names[design], sure, _scale(verdicts, bridge), npv, equity))


def _wordings(
    name: str, sure: pd.DataFrame, scale: Scale, npv: Finding | None, equity: Finding | None
) -> Iterator[str]:
    """Yield wordings from the most explicit to the shortest: fewer lines, then intervals left to the picture."""
    for n_lines, numbers in ((LINES_NAMED, 2), (1, 2), (1, 1), (1, 0)):
        rises, falls = (sure[sure["difference"] * sign > 0.0].head(n_lines).to_dict("records") for sign in (1, -1))
        parts = [f"{_names(rises, scale)} {'adds' if len(rises) == 1 else 'add'} to profit"] if rises else []
        if falls:
            parts.append(
                f"{_names(falls, scale)} {'takes' if len(falls) == 1 else 'take'} from {'it' if rises else 'profit'}"
            )
        body = ", ".join(parts) or "no line of the account differs measurably"
        totals = [_total(npv, "net present value is", numbers > 0), _total(equity, EQUITY_WORDS, numbers > 1)]
        yield "; ".join([f"{name}: {body}", *(total for total in totals if total)])


def _total(found: Finding | None, words: str, with_numbers: bool) -> str:
    if found is None:
        return ""
    state = f"{words} {STATES.get(found.verdict, UNDECIDED)}"
    if not with_numbers:
        return state
    return f"{state}, {write_difference(found.difference, found.low, found.high, found.unit, found.currency)}"


def _names(rows: list[dict[Hashable, Any]], scale: Scale) -> str:
    """Name lines with their effects, as in ``revenue (+210)``."""
    return join_words([f"{human(row['line'])} ({scale.full(row['difference'], signed=True)})" for row in rows])


def draw(verdicts: Verdicts, bridge: pd.DataFrame, design: str, folder: str | Path) -> list[Path]:
    """Draw the bridge.

    Parameters
    ----------
    verdicts
        Where names and verdicts come from.
    bridge
        Of :func:`analysis.explain.bridge.profit_bridge`; with the line ``customer_equity`` it goes on to that total.
    design
        Name of the design.
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
        f"Present values of the differences to {quote(verdicts.names[verdicts.baseline])} after the switch, signed as",
        f"effects on profit; whisker: paired {level(comparison)} interval of the line. Lines move",
        "together, so their intervals do not add up.",
    )
    with canvas(5.0, sentence(verdicts, bridge, design), note) as figure:
        axes = figure.subplots()
        _draw_bars(axes, _bars(verdicts, bridge, design), _scale(verdicts, bridge))
        return save(figure, folder, NAME)


def account_lines(bridge: pd.DataFrame) -> pd.DataFrame:
    """Return the lines that are parts: without totals, and without lines in which nothing happens."""
    parts = bridge[~bridge["line"].isin(["profit", "npv", "npv_with_equity", "total"])]
    return parts[(parts["difference"].abs() > 0.0) | (parts["low"].abs() > 0.0)]


def _scale(verdicts: Verdicts, bridge: pd.DataFrame) -> Scale:
    lines = account_lines(bridge)
    return scale_of("currency", verdicts.currency, [*lines["difference"], *lines["low"], *lines["high"]], change=True)


def _bars(verdicts: Verdicts, bridge: pd.DataFrame, design: str) -> list[Bar]:
    """Return the bars: lines stand on the one before, sums on zero."""
    scale, bars, at = _scale(verdicts, bridge), [], 0.0
    rows = account_lines(bridge).to_dict("records")
    for row in [row for row in rows if row["line"] != EQUITY_LINE]:
        bars.append(_line_bar(human(str(row["line"])), at, row, scale))
        at += float(row["difference"])
    bars.append(_sum_bar(verdicts.find(design, "npv"), "net present value", at, scale))
    for row in [row for row in rows if row["line"] == EQUITY_LINE]:
        bars.append(_line_bar("customer equity", at, row, scale))
        at += float(row["difference"])
        bars.append(_sum_bar(verdicts.find(design, "npv_with_equity"), "with customer equity", at, scale))
    return bars


def _line_bar(label: str, foot: float, row: dict[Hashable, Any], scale: Scale) -> Bar:
    height = float(row["difference"])
    text = scale.bare(height, signed=True)
    return Bar(label, foot, height, row["low"], row["high"], RISE if height >= 0.0 else FALL, text)


def _sum_bar(found: Finding | None, label: str, height: float, scale: Scale) -> Bar:
    low, high = (np.nan, np.nan) if found is None else (found.low, found.high)
    return Bar(label, 0.0, height, low, high, TOTAL, scale.bare(height, signed=True))


def _draw_bars(axes: Axes, bars: list[Bar], scale: Scale) -> None:
    ends = [bar.foot + part for bar in bars for part in (0.0, bar.height, bar.low, bar.high)]
    finite = [end for end in ends if np.isfinite(end)]
    room = 0.09 * ((max(finite) - min(finite)) or 1.0)
    for at, bar in enumerate(bars):
        draw_bar(axes, at, bar, on_top=True, fontweight="bold" if bar.colour == TOTAL else "normal")
        if at + 1 < len(bars):
            axes.plot([at + 0.31, at + 0.69], [bar.foot + bar.height] * 2, color="#999999", linewidth=0.8)
    axes.axhline(0.0, color="#333333", linewidth=0.9)
    axes.set_ylim(min(finite) - room, max(finite) + room)
    axes.set_xticks(
        range(len(bars)), [textwrap.fill(bar.label, 9, break_long_words=False) for bar in bars], fontsize=8.5
    )
    axes.tick_params(axis="x", length=0)
    write_ticks(axes.yaxis, scale)
    axes.set_ylabel(f"effect on present value, {scale.label}")
