"""What a published study says on the hypotheses of the texts this project started from (docs/evidence.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.command.designs import ACCOUNTABLE, BASELINE, CEO, RESPONSIBLE
from analysis.compare.intervals import Z95, spearman, wilson
from analysis.compare.statistics import holm
from analysis.maps.table import POINT, PROFIT, SCENARIO, SEED, Wide, wide

LOYALTY = "expected_retention_per_year"
LEVEL = 0.05
COORDINATION, EXECUTIVES = "organisation.coordination", "organisation.executives"


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


LOOKS = tuple(
    Look(*row)
    for row in (
        ("H1", "silos cost where departments depend on each other",
         ACCOUNTABLE, BASELINE, f"{COORDINATION}.interdependence", 1),
        ("H1", "silos cost where sales is tempted to promise",
         ACCOUNTABLE, BASELINE, "organisation.promise.temptation", 1),
        ("H2", "silos cost where hand-offs fail",
         ACCOUNTABLE, BASELINE, f"{COORDINATION}.handoff_failure", 1),
        ("H4", "commitment pays under an accountable CXO",
         ACCOUNTABLE, BASELINE, f"{EXECUTIVES}.commitment_mean", 1),
        ("H4", "and more than under a responsible one",
         ACCOUNTABLE, RESPONSIBLE, f"{EXECUTIVES}.commitment_mean", 1),
        ("H5", "the CEO gains on an accountable CXO with attention",
         CEO, ACCOUNTABLE, f"{EXECUTIVES}.ceo_attention", 1),
        ("H5", "and where the office has little credibility",
         CEO, ACCOUNTABLE, f"{EXECUTIVES}.initial_credibility", -1),
        ("H5", "and where others are little committed",
         CEO, ACCOUNTABLE, f"{EXECUTIVES}.commitment_mean", -1),
        ("H9", "credibility (less resistance) pays under an accountable CXO",
         ACCOUNTABLE, BASELINE, f"{EXECUTIVES}.initial_credibility", 1),
        ("H10", "morale that shows in quality pays under an accountable CXO",
         ACCOUNTABLE, BASELINE, "organisation.workforce.morale_quality", 1),
    )
)  # fmt: skip
"""What the sweep can look at; a look at the sign of a trend over the ranges, not at every word of a claim."""


@dataclass(frozen=True)
class Studied:
    """The outcomes of a study that its page needs."""

    table: pd.DataFrame
    profit: Wide
    loyalty: Wide
    npv: Wide

    @staticmethod
    def of(given: pd.DataFrame) -> Studied:
        """Return what the page needs of a study table."""
        return Studied(given, wide(given, PROFIT), wide(given, LOYALTY), wide(given, "npv"))


def correlate(asked: Mapping[Look, Wide]) -> pd.DataFrame:
    """Return the rank correlation that each look asks for, with the outcome to look at.

    Returns
    -------
    pandas.DataFrame
        Columns ``look``, ``rho`` with ``low`` and ``high`` (95 %), ``p`` and ``n`` (points).
    """
    rows = []
    for look, found in asked.items():
        rho = spearman(found.x[look.factor].to_numpy(dtype=np.float64), found.difference(look.a, look.b))
        rows.append((look, *rho, len(found.y)))
    return pd.DataFrame(rows, columns=["look", "rho", "low", "high", "p", "n"])


def looks(profit: Wide) -> pd.DataFrame:
    """Return rho, interval, p and verdict of every look; the verdict after Holm's correction for all of them."""
    found = correlate(dict.fromkeys(LOOKS, profit))
    clear = holm(found["p"].to_numpy(dtype=np.float64)) <= LEVEL
    same = [row["rho"] * look.expected > 0.0 for row, look in zip(found.to_dict("records"), LOOKS, strict=True)]
    found["verdict"] = [
        "as claimed" if c and s else "opposite" if c else "not told from nothing"
        for c, s in zip(clear, same, strict=True)
    ]
    return found


def quantities(studied: Studied) -> list[tuple[str, str, str]]:
    """Return hypothesis, quantity and value with interval of what hypotheses say about shares and means."""
    profit, loyalty = studied.profit, studied.loyalty
    same = (profit.best == loyalty.best.reindex(profit.best.index)).to_numpy()
    raised = loyalty.difference(ACCOUNTABLE, BASELINE) > 0.0
    paid = profit.difference(ACCOUNTABLE, BASELINE) > 0.0
    gain = profit.difference(RESPONSIBLE, BASELINE)
    return [
        ("H3", "a responsible CXO less nobody, mean, % of a year's revenue", interval(100.0 * gain)),
        ("H3", "points at which a responsible CXO is ahead of nobody", share(gain > 0.0)),
        ("H6", "points at which the same design is best for profit and for loyalty", share(same)),
        ("H6", "points at which an accountable CXO raises retention over nobody", share(raised)),
        ("H6", "of those, points at which it also raises profit", share(paid[raised])),
        (
            "H7",
            "points at which an accountable CXO is ahead of nobody, NPV alone",
            share(studied.npv.difference(ACCOUNTABLE, BASELINE) > 0.0),
        ),
        ("H7", "the same with the value of the customers then there", share(paid)),
    ]


def changes(given: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return an outcome of each design less that of nobody, a row per point, mean over seeds.

    Parameters
    ----------
    given
        A study table.
    outcome
        Name of a column.

    Returns
    -------
    pandas.DataFrame
        Index point, a column per design (that of nobody is 0 throughout); in the unit of the outcome.
    """
    runs = given.pivot_table(index=[POINT, SEED], columns=SCENARIO, values=outcome, observed=True)
    runs = runs.replace([np.inf, -np.inf], np.nan).dropna()
    by_point = runs.groupby(level=0).mean()
    return by_point.sub(by_point[BASELINE], axis=0)


def interval(values: NDArray[np.float64], digits: int = 2) -> str:
    """Return a mean with its 95 % interval over points.

    Parameters
    ----------
    values
        One per point, shape (n_points,).
    digits
        Behind the decimal point.
    """
    mean, half = float(values.mean()), Z95 * float(values.std(ddof=1)) / np.sqrt(len(values))
    return f"{mean:+.{digits}f} [{mean - half:+.{digits}f}, {mean + half:+.{digits}f}]"


def share(where: NDArray[np.bool_]) -> str:
    """Return a share of points with Wilson's 95 % interval.

    Parameters
    ----------
    where
        Whether it holds, shape (n_points,).
    """
    low, high = wilson(int(where.sum()), len(where))
    return f"{100 * where.mean():.1f} % [{100 * low:.1f}, {100 * high:.1f}]"
