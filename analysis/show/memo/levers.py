"""Which levers of a design its difference comes from, in a sentence and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.command.numbers import Scale, capital, join_words, scale_of, write_estimate, write_interval
from analysis.compare.deciding import DECIDES, OTHER
from analysis.compare.levers import GROUP_WORDS
from analysis.show.claims import quote
from analysis.show.memo.content import Block, Cell, Paragraph, make_table

if TYPE_CHECKING:
    import pandas as pd

    from analysis.compare.verdicts import Verdicts
    from analysis.explain.attribution import Attribution

PRICE_OF_A_HOLDER = "office and distraction"
NAMED = 3
"""Groups a sentence names at most."""
SHARED = (
    (DECIDES, "with customer equity", "NPV plus customer equity"),
    (OTHER, "without", "NPV over the horizon"),
)
"""Profits that are shared among levers, and how a sentence and a table call them."""


def levers_blocks(verdicts: Verdicts, found: Attribution) -> list[Block]:
    """Say which groups of levers make the difference to each profit, and show what each of them adds."""
    how = (
        f"Shapley values (what a group adds when it is moved, averaged over orders of moving) from "
        f"{found.describe_sizes()}; intervals one by one, not corrected. What the sum and the larger market leave of "
        "the comparison itself is luck."
    )
    blocks: list[Block] = [Paragraph(f"{levers_sentence(verdicts, found)} {how}"), levers_table(verdicts, found)]
    costly = costly_levers(verdicts, found)
    return [*blocks, Paragraph(costly)] if costly else blocks


def levers_sentence(verdicts: Verdicts, found: Attribution) -> str:
    """Name the strongest groups of levers for each profit, as far as their intervals leave out zero."""
    parts = []
    for outcome, words, _ in SHARED:
        rows = _rows(found.frame, outcome)
        if rows.empty:
            continue
        sure = rows[(rows["low"] > 0.0) | (rows["high"] < 0.0)].sort_values("contribution", key=np.abs, ascending=False)
        scale = scale_of(str(rows["unit"].iloc[0]), verdicts.currency, list(rows["contribution"]), change=True)
        named = [
            f"{row['group']} {write_estimate(row['contribution'], row['low'], row['high'], scale)}"
            for row in sure.head(NAMED).to_dict("records")
        ]
        others = ", among others" if len(sure) > NAMED else ""
        parts.append(f"{words}: {join_words(named)}{others}" if named else f"{words}: no group can be told from zero")
    return f"Levers of {quote(verdicts.names[found.design])}, net present value {'; '.join(parts)}."


def costly_levers(verdicts: Verdicts, found: Attribution) -> str:
    """Say which groups of levers take away by the profit that decides, and what to compare before adopting them.

    Office and distraction are left out: they are what a holder costs, not something a design can do without.
    """
    rows = _rows(found.frame, DECIDES)
    costly = rows[(rows["high"] < 0.0) & (rows["group"] != PRICE_OF_A_HOLDER)].sort_values("contribution")
    if costly.empty:
        return ""
    scale = scale_of(str(rows["unit"].iloc[0]), verdicts.currency, list(rows["contribution"]), change=True)
    named = [
        f"{row['group']} {write_estimate(row['contribution'], row['low'], row['high'], scale)}"
        for row in costly.to_dict("records")
    ]
    keys = join_words([key for group in costly["group"] for key in found.groups[group]])
    return (
        f"By these shares some of its levers take away: {join_words(named)}. Before adopting "
        f"{quote(verdicts.names[found.design])}, compare it with its like that leaves {keys} as the baseline has "
        "them. A share is an average over orders of moving, not what would be gained by leaving the levers out."
    )


def levers_table(verdicts: Verdicts, found: Attribution) -> Block:
    """Show what each group of levers adds, what they add up to, and how that becomes the comparison."""
    shown = [(outcome, title) for outcome, _, title in SHARED if not _rows(found.frame, outcome).empty]
    groups = list(dict.fromkeys(found.frame["group"]))
    numbers = [found.frame["contribution"], found.total["total"], found.total["main"]]
    scale = scale_of("currency", verdicts.currency, list(np.concatenate(numbers)), change=True)
    rows: list[list[str | Cell]] = [
        [_group(group), *(_part(found.frame, outcome, group, scale) for outcome, _ in shown)] for group in groups
    ]
    sums = [("Sum of these runs", ("total", "low", "high"))]
    if found.n_customers != verdicts.comparison.baseline.parameters.population.n_customers:
        sums.append((f"Larger market, the same luck ({found.n_shared} replicates)", ("size", "size_low", "size_high")))
    sums.append(("The comparison itself", ("main", "main_low", "main_high")))
    rows += [[name, *(_cell(_rows(found.total, outcome), *ends, scale) for outcome, _ in shown)] for name, ends in sums]
    return make_table((f"Contribution, {scale.label}", *(title for _, title in shown)), rows)


def _group(name: str) -> Cell:
    """Name a group of levers and say what it holds."""
    words = GROUP_WORDS.get(name, "")
    return Cell((capital(name), words) if words else (capital(name),))


def _rows(frame: pd.DataFrame, outcome: str) -> pd.DataFrame:
    return frame[frame["outcome"] == outcome]


def _part(frame: pd.DataFrame, outcome: str, group: str, scale: Scale) -> Cell:
    rows = _rows(frame, outcome)
    return _cell(rows[rows["group"] == group], "contribution", "low", "high", scale)


def _cell(row: pd.DataFrame, middle: str, low: str, high: str, scale: Scale) -> Cell:
    value, least, most = (float(row[column].iloc[0]) for column in (middle, low, high))
    interval = write_interval(least, most, scale, signed=True)
    return Cell((f"{scale.bare(value, signed=True)}{f' ({interval})' if interval else ''}",))
