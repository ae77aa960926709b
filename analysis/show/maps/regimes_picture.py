"""The picture of the regime study: in what share of environments each design is best, by criterion."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from analysis.command.designs import DESIGNS, ON_A_CHART
from analysis.maps.regimes import Arms
from analysis.maps.table import PROFIT
from analysis.maps.winners import best_shares
from analysis.show.maps.regimes_tables import EXPECTED_HIGH, EXPECTED_LOW
from analysis.show.style import MUTED, colour_of, house_style, new_figure, write_figure

LOYALTY = "expected_retention_per_year"
TITLES = {PROFIT: "Profit: NPV with customer equity", "npv": "NPV alone", LOYALTY: "Loyalty: expected retention"}
"""Criteria, a panel each."""


def draw(arms: Arms, folder: Path) -> list[Path]:
    """Draw the shares with their intervals.

    Parameters
    ----------
    arms
        Of the study.
    folder
        Where ``regimes.png`` and ``regimes.svg`` go; it must exist.
    """
    found = {criterion: arms.first(criterion) for criterion in TITLES}
    shares = {criterion: best_shares(one) for criterion, one in found.items()}
    with house_style():
        figure = new_figure(11.0, 3.9)
        panels = figure.subplots(1, len(TITLES), sharey=True, sharex=True)
        for axes, (criterion, title) in zip(panels, TITLES.items(), strict=True):
            _panel(axes, shares[criterion], title)
        for edge in (EXPECTED_LOW, EXPECTED_HIGH):
            panels[0].axvline(100.0 * edge, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
        panels[0].set_yticks(range(len(DESIGNS)), [ON_A_CHART[design] for design in DESIGNS])
        panels[0].invert_yaxis()
        figure.suptitle(headline(shares), x=0.01, ha="left", fontsize=12.5, fontweight="bold")
        figure.supxlabel(_note(len(found[PROFIT].y)), x=0.01, ha="left", fontsize=8.5, color=MUTED)
        return write_figure(figure, folder, "regimes")


def headline(shares: Mapping[str, pd.DataFrame]) -> str:
    """Return the sentence the picture supports, from the shares by criterion."""
    phrases = []
    for criterion, word in ((PROFIT, "profit"), (LOYALTY, "loyalty")):
        by_design = shares[criterion].set_index("design")["share"].astype(float)
        phrases.append(f"for {word} {ON_A_CHART[str(by_design.idxmax())]} ({100 * by_design.max():.0f} %)")
    return f"Most often best: {', '.join(phrases)}"


def _note(n: int) -> str:
    low, high = 100 * EXPECTED_LOW, 100 * EXPECTED_HIGH
    return (
        f"Share of {n:,} environments, drawn from the frozen ranges, in which each design is best; one seed each, "
        f"lines: 95 % Wilson interval.\nDashed: what was expected of profit beforehand, at least {low:.0f} % each and "
        f"at most {high:.0f} %."
    )


def _panel(axes: Axes, shares: pd.DataFrame, title: str) -> None:
    for row, line in enumerate(shares.to_dict("records")):
        share, low, high = (100.0 * line[name] for name in ("share", "low", "high"))
        colour = colour_of(line["design"])
        axes.barh(row, share, color=colour, alpha=0.35, height=0.62, linewidth=0)
        reach = [[max(0.0, share - low)], [max(0.0, high - share)]]
        axes.errorbar(share, row, xerr=reach, color=colour, fmt="o", markersize=4, capsize=3)
        axes.annotate(
            f"{share:.1f} %", (high, row), xytext=(6, 0), textcoords="offset points", va="center", color=colour,
            fontsize=9,
        )  # fmt: skip
    axes.set_title(title)
    axes.set_xlabel("% of environments")
    axes.set_xlim(0.0, 100.0)
    axes.grid(visible=False, axis="y")
