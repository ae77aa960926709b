"""What is left for an officer to earn where loyalty is captive and failures are free: the monopoly study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.command.designs import ACCOUNTABLE, BASELINE
from analysis.maps.table import PROFIT, wide

EQUAL = 0.002
"""Yearly retentions closer than this are taken for equal, share."""


@dataclass(frozen=True)
class Monopoly:
    """What the monopoly study found."""

    n: int
    max_retention_difference: float
    """Largest difference of yearly retention between any two designs, share."""
    share_retention_equal: float
    """Share of points at which it is under 0.2 percentage points."""
    share_not_above: Mapping[str, float]
    """Share of points at which the accountable design is not above the status quo, by outcome."""
    largest_gain: float
    """Largest gain of the accountable design, years of revenue at the start."""


def monopoly(table: pd.DataFrame) -> Monopoly:
    """Return what the monopoly study found, from its table.

    Parameters
    ----------
    table
        With one row per point, seed and design.
    """
    spread = pd.concat([wide(table, name).y for name in ("retention_per_year", "expected_retention_per_year")])
    difference = (spread.max(axis=1) - spread.min(axis=1)).groupby(level=0).max()
    gains = {outcome: wide(table, outcome).difference(ACCOUNTABLE, BASELINE) for outcome in (PROFIT, "npv")}
    return Monopoly(
        n=len(difference),
        max_retention_difference=float(difference.max()),
        share_retention_equal=float((difference < EQUAL).mean()),
        share_not_above={name: float((gain <= 0.0).mean()) for name, gain in gains.items()},
        largest_gain=float(gains[PROFIT].max()),
    )
