"""What each design loses against the best one at every point, and which choice is robust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.compare.intervals import Z95, wilson
from analysis.maps.table import Unit, Wide

NEAR = 0.1
"""Within this share of the best design's value a design is good enough."""


@dataclass(frozen=True)
class Regret:
    """Regret of always choosing one design."""

    frame: pd.DataFrame
    """One row per design: ``mean`` with ``low`` and ``high``, ``median``, ``p95``, ``max`` and ``max_point`` of the
    regret; ``near_best`` and ``no_worse`` (than the baseline), shares of points with Wilson's 95 % interval in
    ``*_low`` and ``*_high``."""
    table: pd.DataFrame
    """Regret: index point, columns designs."""
    unit: Unit
    baseline: str

    def least(self, column: str) -> str:
        """Return the design with the lowest value in a column of the frame; the first of equals."""
        return str(self.frame.set_index("design")[column].idxmin())


def regret(found: Wide) -> Regret:
    """Return what is lost at each point by each design against the best there.

    A design is near the best where it loses at most a tenth of the absolute value of the best.
    """
    best = found.y.max(axis=1)
    lost = found.y.rsub(best, axis=0)
    near = lost.le(NEAR * best.abs(), axis=0)
    no_worse = found.y.ge(found.y[found.baseline], axis=0)
    n = len(lost)
    rows = []
    for design in found.scenarios:
        own = lost[design]
        half = Z95 * float(own.to_numpy().std(ddof=1) / np.sqrt(n))
        row = {"design": design, "mean": float(own.mean()), "low": float(own.mean()) - half}
        row |= {"high": float(own.mean()) + half, "median": float(own.median()), "p95": float(own.quantile(0.95))}
        row |= {"max": float(own.max()), "max_point": own.idxmax()}
        for name, where in (("near_best", near[design]), ("no_worse", no_worse[design])):
            low, high = wilson(int(where.sum()), n)
            row |= {name: float(where.mean()), f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    return Regret(pd.DataFrame(rows), lost, found.unit, found.baseline)
