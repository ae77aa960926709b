"""The picture of the regime study: in what share of environments each design is best, by criterion."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from analysis.regime_environments import DESIGNS, REGIMES
from analysis.regime_statistics import CRITERIA, EXPECTED_HIGH, EXPECTED_LOW, PROFIT, best_shares
from analysis.style import MUTED, colour_of, house_style, new_figure, write_figure

LABELS = {
    "no_cxo": "nobody",
    "responsible_cxo": "responsible CXO",
    "accountable_cxo": "accountable CXO",
    "ceo_as_cxm": "CEO as CX manager",
}
TITLES = {
    PROFIT: "Profit: NPV with customer equity",
    "npv": "NPV alone",
    "expected_retention_per_year": "Loyalty: expected retention",
}


def draw(frame: pd.DataFrame, folder: Path) -> list[Path]:
    """Draw the shares with their intervals.

    Parameters
    ----------
    frame
        Results of all studies, as in the table of the documentation.
    folder
        Where ``regimes.png`` and ``regimes.svg`` go; it must exist.
    """
    regimes = frame[frame["study"] == REGIMES]
    with house_style():
        figure = new_figure(11.0, 3.9)
        panels = figure.subplots(1, len(CRITERIA), sharey=True, sharex=True)
        for axes, criterion in zip(panels, CRITERIA, strict=True):
            _panel(axes, best_shares(regimes, criterion), TITLES[criterion])
        panels[0].set_yticks(range(len(DESIGNS)), [LABELS[d] for d in DESIGNS])
        panels[0].invert_yaxis()
        figure.suptitle(headline(regimes), x=0.01, ha="left", fontsize=12.5, fontweight="bold")
        n = int(best_shares(regimes, PROFIT)["n"].iloc[0])
        note = (
            f"Share of {n:,} environments drawn from the frozen ranges in which each design is best, one seed each; bars: 95 % "
            f"Wilson interval.\nDashed: expected beforehand, at least {100 * EXPECTED_LOW:.0f} % each and at most {100 * EXPECTED_HIGH:.0f} % (profit)."
        )
        figure.supxlabel(note, x=0.01, ha="left", fontsize=8.5, color=MUTED)
        return write_figure(figure, folder, "regimes")


def headline(regimes: pd.DataFrame) -> str:
    """Return the sentence the picture supports."""
    profit, loyalty = (
        best_shares(regimes, name).set_index("design")["share"] for name in (PROFIT, "expected_retention_per_year")
    )
    richest, dearest = str(profit.idxmax()), str(loyalty.idxmax())
    first = f"{LABELS[richest].capitalize() if LABELS[richest].islower() else LABELS[richest]} is most often best for profit ({100 * profit.max():.0f} %)"
    return f"{first}, {LABELS[dearest]} for loyalty ({100 * loyalty.max():.0f} %)"


def _panel(axes: Axes, shares: pd.DataFrame, title: str) -> None:
    for row, (_, line) in enumerate(shares.iterrows()):
        share, low, high = (100.0 * float(line[name]) for name in ("share", "low", "high"))
        colour = colour_of(str(line["design"]))
        axes.barh(row, share, color=colour, alpha=0.35, height=0.62, linewidth=0)
        axes.errorbar(
            share,
            row,
            xerr=[[max(0.0, share - low)], [max(0.0, high - share)]],
            color=colour,
            fmt="o",
            markersize=4,
            capsize=3,
        )
        axes.annotate(
            f"{share:.1f} %",
            (high, row),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=9,
        )
    for edge in (EXPECTED_LOW, EXPECTED_HIGH):
        axes.axvline(100.0 * edge, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_title(title)
    axes.set_xlabel("% of environments")
    axes.set_xlim(0.0, 100.0)
    axes.grid(visible=False, axis="y")
