"""The picture of the regime study: in what share of environments each design is best, by criterion."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from analysis.regime_environments import DESIGNS, REGIMES
from analysis.regime_statistics import CRITERIA, EXPECTED_HIGH, EXPECTED_LOW, PROFIT, best_shares
from analysis.show.style import MUTED, colour_of, house_style, new_figure, write_figure

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
IN_A_SENTENCE = {
    "no_cxo": "nobody",
    "responsible_cxo": "a responsible CXO",
    "accountable_cxo": "an accountable CXO",
    "ceo_as_cxm": "the CEO as CX manager",
}
LOYALTY = "expected_retention_per_year"


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
        for edge in (EXPECTED_LOW, EXPECTED_HIGH):
            panels[0].axvline(100.0 * edge, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
        panels[0].set_yticks(range(len(DESIGNS)), [LABELS[design] for design in DESIGNS])
        panels[0].invert_yaxis()
        figure.suptitle(headline(regimes), x=0.01, ha="left", fontsize=12.5, fontweight="bold")
        figure.supxlabel(_note(regimes), x=0.01, ha="left", fontsize=8.5, color=MUTED)
        return write_figure(figure, folder, "regimes")


def headline(regimes: pd.DataFrame) -> str:
    """Return the sentence the picture supports."""
    phrases = []
    for criterion, word in ((PROFIT, "profit"), (LOYALTY, "loyalty")):
        shares = best_shares(regimes, criterion).set_index("design")["share"].astype(float)
        phrases.append(f"for {word} it is {IN_A_SENTENCE[str(shares.idxmax())]} ({100 * shares.max():.0f} %)")
    return f"Who is most often best: {', '.join(phrases)}"


def _note(regimes: pd.DataFrame) -> str:
    n = int(best_shares(regimes, PROFIT)["n"].iloc[0])
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
