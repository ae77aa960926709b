"""How much of the answer at one point is the luck of its seed: the same points under two seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.compare.intervals import wilson
from analysis.maps.differences import leads
from analysis.maps.table import Wide


@dataclass(frozen=True)
class Luck:
    """What two seeds of the same points agree on."""

    n: int
    """Points that ran under both."""
    agreement: float
    agreement_low: float
    agreement_high: float
    """Share of points at which the same design is best, with Wilson's 95 % interval."""
    agreement_by_chance: float
    """Were winners drawn from the shares."""
    agreement_clear: float
    """Where the lead under the first seed is above its median."""
    noise_share: float
    """Share of the variance between points of the advantage of a design over the baseline that is luck."""
    mean_shares: Mapping[str, float]
    """Share of points at which each design is best when both seeds are averaged."""
    first_shares: Mapping[str, float]
    """The same by the first seed alone."""


def luck(found: Wide, design: str) -> Luck | None:
    """Compare the winners of the same points under the first two seeds.

    Parameters
    ----------
    found
        An outcome, with two seeds or more at some points.
    design
        Whose advantage over the baseline ``noise_share`` is about.

    Returns
    -------
    Luck or None
        None where fewer than two points have two seeds.
    """
    seeds = sorted(found.runs.index.get_level_values(1).unique())[:2]
    if len(seeds) < 2:
        return None
    first, second = (found.runs[found.runs.index.get_level_values(1) == seed].droplevel(1) for seed in seeds)
    both = first.index.intersection(second.index)
    if len(both) < 2:
        return None
    first, second = first.loc[both], second.loc[both]
    one, two = first.idxmax(axis=1), second.idxmax(axis=1)
    same = one == two
    low, high = wilson(int(same.sum()), len(both))
    lead = leads(first).max(axis=1)
    gains = [(run[design] - run[found.baseline]).to_numpy(dtype=np.float64) for run in (first, second)]
    return Luck(
        n=len(both),
        agreement=float(same.mean()),
        agreement_low=low,
        agreement_high=high,
        agreement_by_chance=sum(float((one == d).mean() * (two == d).mean()) for d in found.scenarios),
        agreement_clear=float(same[lead > lead.median()].mean()),
        noise_share=float(np.var(gains[0] - gains[1]) / 2.0 / np.var(np.concatenate(gains))),
        mean_shares=_shares((0.5 * (first + second)).idxmax(axis=1), found),
        first_shares=_shares(one, found),
    )


def _shares(best: pd.Series, found: Wide) -> dict[str, float]:
    return {design: float((best == design).mean()) for design in found.scenarios}
