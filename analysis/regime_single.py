"""One factor at a time: each registered factor at both ends of its range, the rest as in the industry preset.

The regime study tells how much a factor matters among all others; this one tells what it does on its own, under the
same luck at both ends, and so explains signs that come out wrong or weak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.regime_environments import ACCOUNTABLE, BASELINE, EQUAL_WEIGHT, REGIMES, Study, Value, build_study
from analysis.regime_ranges import Axis
from analysis.regime_statistics import PROFIT, SIGNS, Sign

SINGLE = "one_at_a_time"

Interval = tuple[float, float, float]
"""Mean, low and high end of its 95 % Student-t interval."""


@dataclass(frozen=True)
class Effect:
    """What one factor does to the advantage of the accountable design over nobody."""

    sign: Sign
    low: float
    high: float
    """Ends of the range, in the unit of the parameter."""
    gain_low: Interval
    gain_high: Interval
    """Advantage at each end, NPV with customer equity, per cent of a year's revenue at the start."""
    change: Interval
    """From the low end to the high end, same luck at both."""
    satisfaction_low: float
    satisfaction_high: float
    """Satisfaction of the accountable design less nobody at each end."""


def build_single_study(industry: str, n_customers: int) -> Study:
    """Compose nobody, the accountable design and the control in an industry."""
    designs = build_study(REGIMES, industry, n_customers).designs
    return Study(SINGLE, {name: designs[name] for name in (BASELINE, ACCOUNTABLE, EQUAL_WEIGHT)})


def single_values(axes: Sequence[Axis]) -> list[dict[str, Value]]:
    """Return the two ends of every registered factor, low before high."""
    by_name = {axis.parameter: axis for axis in axes}
    return [
        {sign.parameter: end} for sign in SIGNS for end in (by_name[sign.parameter].low, by_name[sign.parameter].high)
    ]


def effects(frame: pd.DataFrame, axes: Sequence[Axis]) -> list[Effect]:
    """Return what each factor does, from the results of this study."""
    by_name = {axis.parameter: axis for axis in axes}
    revenue = frame.groupby(["environment", "seed_number"])["initial_revenue"].first()
    profit, satisfaction = (_by_design(frame, outcome) for outcome in (PROFIT, "mean_satisfaction"))
    found = []
    for number, sign in enumerate(SIGNS):
        gain = 100.0 * (profit[sign.design] - profit[BASELINE]) / revenue
        change_of_satisfaction = satisfaction[sign.design] - satisfaction[BASELINE]
        low, high = (gain.xs(2 * number + end, level="environment") for end in (0, 1))
        felt = [float(change_of_satisfaction.xs(2 * number + end, level="environment").mean()) for end in (0, 1)]
        axis = by_name[sign.parameter]
        gains = (_interval(low.to_numpy()), _interval(high.to_numpy()), _interval((high - low).to_numpy()))
        found.append(Effect(sign, axis.low, axis.high, *gains, felt[0], felt[1]))
    return found


def _by_design(frame: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return one row per environment and seed, one column per design."""
    return frame.pivot_table(index=["environment", "seed_number"], columns="design", values=outcome)


def _interval(values: NDArray[np.float64]) -> Interval:
    """Return a mean with its 95 % Student-t interval."""
    known = values[np.isfinite(values)]
    mean = float(known.mean()) if len(known) else float("nan")
    if len(known) < 2:
        return mean, float("nan"), float("nan")
    half = float(known.std(ddof=1) / np.sqrt(len(known)) * stats.t.ppf(0.975, len(known) - 1))
    return mean, mean - half, mean + half
