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
from analysis.regime_statistics import PROFIT, SIGNS, Sign, advantage, wide

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
    n_seeds = int(frame["seed_number"].max()) + 1
    found = []
    for number, sign in enumerate(SIGNS):
        gains, satisfaction = [], []
        for place in (2 * number, 2 * number + 1):
            here = frame[frame["environment"] == place]
            gains.append(np.array([_gain(here, sign.design, seed) for seed in range(n_seeds)]))
            satisfaction.append(_satisfaction(here, sign.design))
        axis = by_name[sign.parameter]
        change = _interval(gains[1] - gains[0])
        found.append(Effect(sign, axis.low, axis.high, _interval(gains[0]), _interval(gains[1]), change, *satisfaction))
    return found


def _gain(frame: pd.DataFrame, design: str, seed_number: int) -> float:
    """Return the advantage under one luck, per cent of a year's revenue at the start; NaN where it was not run."""
    gain = advantage(frame, design, PROFIT, seed_number)
    return 100.0 * float(gain.iloc[0]) if len(gain) else float("nan")


def _satisfaction(frame: pd.DataFrame, design: str) -> float:
    pairs = [wide(frame, "mean_satisfaction", int(seed), (BASELINE, design)) for seed in frame["seed_number"].unique()]
    table = pd.concat(pairs)
    return float((table[design] - table[BASELINE]).mean())


def _interval(values: NDArray[np.float64]) -> Interval:
    known = values[np.isfinite(values)]
    mean = float(known.mean()) if len(known) else float("nan")
    if len(known) < 2:
        return mean, float("nan"), float("nan")
    half = float(known.std(ddof=1) / np.sqrt(len(known)) * stats.t.ppf(0.975, len(known) - 1))
    return mean, mean - half, mean + half
