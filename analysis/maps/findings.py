"""The numbers of ``docs/findings.md``, from the published regime study: ``python -m analysis.maps.findings``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.maps import breakeven, regret, report, sensitivity, winners, words
from analysis.maps.from_regimes import from_regimes
from analysis.maps.table import PROFIT, Wide, wide
from analysis.regime_statistics import Z95, spearman, wilson
from analysis.regime_text import section, table
from analysis.statistics import holm

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"
MARKS = ("<!-- from regimes_results.csv -->", "<!-- end of what is from regimes_results.csv -->")
LOYALTY = "expected_retention_per_year"
LEVEL = 0.05
NOBODY, RESPONSIBLE, ACCOUNTABLE, CEO = "no_cxo", "responsible_cxo", "accountable_cxo", "ceo_as_cxm"
ORGANISATION = "organisation"


@dataclass(frozen=True)
class Look:
    """One rank correlation that a hypothesis gives a sign to."""

    hypothesis: str
    claim: str
    a: str
    b: str
    factor: str
    expected: int
    """+1 or -1: the sign of the correlation of the profit of ``a`` less that of ``b`` with the factor."""


LOOKS = (
    Look(
        "H1",
        "silos cost where departments depend on each other",
        ACCOUNTABLE,
        NOBODY,
        f"{ORGANISATION}.coordination.interdependence",
        1,
    ),
    Look(
        "H1",
        "silos cost where sales is tempted to promise",
        ACCOUNTABLE,
        NOBODY,
        f"{ORGANISATION}.promise.temptation",
        1,
    ),
    Look(
        "H2", "silos cost where hand-offs fail", ACCOUNTABLE, NOBODY, f"{ORGANISATION}.coordination.handoff_failure", 1
    ),
    Look(
        "H4",
        "commitment pays under an accountable CXO",
        ACCOUNTABLE,
        NOBODY,
        f"{ORGANISATION}.executives.commitment_mean",
        1,
    ),
    Look(
        "H4",
        "and more than under a responsible one",
        ACCOUNTABLE,
        RESPONSIBLE,
        f"{ORGANISATION}.executives.commitment_mean",
        1,
    ),
    Look(
        "H5",
        "the CEO gains on an accountable CXO with attention",
        CEO,
        ACCOUNTABLE,
        f"{ORGANISATION}.executives.ceo_attention",
        1,
    ),
    Look(
        "H5",
        "and where the office has little credibility",
        CEO,
        ACCOUNTABLE,
        f"{ORGANISATION}.executives.initial_credibility",
        -1,
    ),
    Look(
        "H5",
        "and where others are little committed",
        CEO,
        ACCOUNTABLE,
        f"{ORGANISATION}.executives.commitment_mean",
        -1,
    ),
    Look(
        "H9",
        "credibility (less resistance) pays under an accountable CXO",
        ACCOUNTABLE,
        NOBODY,
        f"{ORGANISATION}.executives.initial_credibility",
        1,
    ),
    Look(
        "H10",
        "morale that shows in quality pays under an accountable CXO",
        ACCOUNTABLE,
        NOBODY,
        f"{ORGANISATION}.workforce.morale_quality",
        1,
    ),
)
"""What the sweep can look at; a look at the sign of a trend over the ranges, not at every word of a claim."""


@dataclass(frozen=True)
class Studied:
    """The outcomes of the study that the page needs."""

    profit: Wide
    loyalty: Wide
    npv: Wide


def main() -> int:
    """Write the generated part of the page, and its pictures beside it."""
    studied = study()
    text = PAGE.read_text(encoding="utf-8")
    maps = report.analyse(studied.profit)
    before, after = text.split(MARKS[0])[0], text.split(MARKS[1])[1]
    whole = f"{before}{MARKS[0]}\n{generated(studied, maps)}\n{MARKS[1]}{after}"
    PAGE.write_text(whole, encoding="utf-8")
    winners.draw(maps.winners, PAGE.parent, "findings_winners")
    breakeven.draw(maps.break_even, PAGE.parent, "findings_break_even")
    print(PAGE)
    return 0


def study() -> Studied:
    """Read the published study."""
    given = from_regimes()
    return Studied(wide(given, PROFIT), wide(given, LOYALTY), wide(given, "npv"))


def generated(studied: Studied, maps: report.Maps) -> str:
    """Return everything between the marks of the page."""
    return "\n\n".join(
        [
            section("The seeds' hypotheses in numbers", *_hypotheses(studied)),
            section("Loyalty", *_loyalty(studied)),
            "## Profit: NPV with customer equity",
            report.lead(maps),
            report.summary(maps, level=3, pictures=False),
        ]
    )


def looks(profit: Wide) -> pd.DataFrame:
    """Return rho, interval, p and verdict of every look; the verdict after Holm's correction for all of them."""
    rows = []
    for look in LOOKS:
        rho = spearman(profit.x[look.factor].to_numpy(dtype=np.float64), profit.difference(look.a, look.b))
        rows.append({"look": look, **dict(zip(("rho", "low", "high", "p"), rho, strict=True))})
    found = pd.DataFrame(rows)
    clear = holm(found["p"].to_numpy(dtype=np.float64)) <= LEVEL
    same = [row["rho"] * look.expected > 0.0 for row, look in zip(found.to_dict("records"), LOOKS, strict=True)]
    found["verdict"] = [
        "as claimed" if c and s else "opposite" if c else "not told from nothing"
        for c, s in zip(clear, same, strict=True)
    ]
    return found


def _hypotheses(studied: Studied) -> list[str]:
    rows = [
        [
            row["look"].hypothesis,
            row["look"].claim,
            f"`{row['look'].factor}`",
            "+" if row["look"].expected > 0 else "-",
            f"{row['rho']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]",
            row["verdict"],
        ]
        for row in looks(studied.profit).to_dict("records")
    ]
    head = ["", "claim", "factor", "expected", "rho and 95 % interval", f"verdict at 5 % after {len(rows)} looks"]
    return [
        """Spearman's rho of a factor with the difference in NPV with customer equity of two designs, over the year's
        revenue. Claims are in our words; the factor is what the sweep has that comes nearest.""",
        table(head, rows),
        "Shares and means, 95 % intervals:",
        table(["", "what", "value"], _quantities(studied)),
    ]


def _quantities(studied: Studied) -> list[list[str]]:
    """Return what hypotheses say about shares and means."""
    gain = studied.profit.difference(RESPONSIBLE, NOBODY)
    same = (studied.profit.best == studied.loyalty.best.reindex(studied.profit.best.index)).to_numpy()
    raised = studied.loyalty.difference(ACCOUNTABLE, NOBODY) > 0.0
    paid = studied.profit.difference(ACCOUNTABLE, NOBODY) > 0.0
    half = Z95 * float(gain.std(ddof=1)) / np.sqrt(len(gain))
    mean = f"{100 * gain.mean():+.2f} [{100 * (gain.mean() - half):+.2f}, {100 * (gain.mean() + half):+.2f}]"
    return [
        ["H3", "a responsible CXO less nobody, mean, % of a year's revenue", mean],
        ["H3", "points at which a responsible CXO is ahead of nobody", _share(gain > 0.0)],
        ["H6", "points at which the same design is best for profit and for loyalty", _share(same)],
        ["H6", "points at which an accountable CXO raises retention over nobody", _share(raised)],
        ["H6", "of those, points at which it also raises profit", _share(paid[raised])],
        [
            "H7",
            "points at which an accountable CXO is ahead of nobody, NPV alone",
            _share(studied.npv.difference(ACCOUNTABLE, NOBODY) > 0.0),
        ],
        ["H7", "the same with the value of the customers then there", _share(paid)],
    ]


def _loyalty(studied: Studied) -> list[str]:
    shares = winners.best_shares(studied.loyalty)
    rows = [
        [words.label(str(r["design"])), f"{100 * r['share']:.1f} [{100 * r['low']:.1f}, {100 * r['high']:.1f}]"]
        for r in shares.to_dict("records")
    ]
    return [
        "Expected yearly retention.",
        table(["design", "best at % of points, 95 % interval"], rows),
        sensitivity.sentence(sensitivity.sensitivity(studied.loyalty, ACCOUNTABLE, NOBODY)),
        regret.sentence(regret.regret(studied.loyalty)),
    ]


def _share(where: NDArray[np.bool_]) -> str:
    low, high = wilson(int(where.sum()), len(where))
    return f"{100 * where.mean():.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


if __name__ == "__main__":
    sys.exit(main())
