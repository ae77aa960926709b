"""The signs that were registered before the first run of the regime study, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.command.designs import ACCOUNTABLE, BASELINE
from analysis.compare.statistics import Interval, student_interval
from analysis.maps.hypotheses import Look, correlate
from analysis.maps.table import PROFIT, SCENARIO, SEED, Array, Wide
from analysis.store.parts import REVENUE

EQUAL_WEIGHT = "accountable_cxo_equal_local_weight"
"""A control that does not compete: the accountable design with the local weight of the status quo."""
SATISFACTION = "mean_satisfaction"


def _sign(claim: str, factor: str, expected: int, design: str = ACCOUNTABLE) -> Look:
    return Look("registered", claim, design, BASELINE, factor, expected)


SIGNS = (
    _sign("interdependence (delta)", "organisation.coordination.interdependence", 1),
    _sign("competition (comp)", "market.competition", 1),
    _sign("margin", "finance.margin", 1),
    _sign("word of mouth", "experience.word_of_mouth.strength", 1),
    _sign("talent (g)", "organisation.executives.talent_mean", 1),
    _sign("commitment", "organisation.executives.commitment_mean", 1),
    _sign("effect of a fix", "organisation.initiatives.fix_effect", 1),
    _sign("noise of the score", "organisation.contracts.kpi_noise_sd", -1),
    _sign("cost of the office", "organisation.costs.office_share", -1),
    _sign("cost of gaming (ease of gaming -)", "organisation.contracts.gaming_cost", 1),
    _sign("impatience", "organisation.executives.impatience", -1),
    _sign("quality lost with own effort (b_e)", "organisation.delivery.effort_quality", -1),
    _sign(
        "effort substitution (kappa), w_L held equal",
        "organisation.contracts.effort_substitution",
        -1,
        EQUAL_WEIGHT,
    ),
)
"""Registered in the specification before the first run."""


def signs(asked: Sequence[Look], profit: Wide, satisfaction: Wide) -> pd.DataFrame:
    """Return registered signs with what was found.

    Parameters
    ----------
    asked
        The signs.
    profit, satisfaction
        The two outcomes, the designs of the signs among their columns.

    Returns
    -------
    pandas.DataFrame
        Columns of :func:`analysis.maps.hypotheses.correlate`, and ``verdict``; ``rho_where_felt`` is that of the half
        of the points at which the design does most for satisfaction, which was not registered.
    """
    found = correlate(dict.fromkeys(asked, profit))
    found["rho_where_felt"] = correlate({look: _where_felt(profit, satisfaction, look) for look in asked})["rho"]
    clear = (found["low"] > 0.0) | (found["high"] < 0.0)
    as_registered = found["rho"] * [look.expected for look in found["look"]] > 0.0
    found["verdict"] = np.select([~clear, as_registered], ["not distinguishable", "as registered"], "opposite")
    return found


@dataclass(frozen=True)
class Effect:
    """What one factor on its own does to the advantage of a design over the baseline."""

    look: Look
    low: float
    high: float
    """Ends of the range, in the unit of the factor."""
    gain_low: Interval
    gain_high: Interval
    """Advantage at each end, NPV with customer equity, per cent of a year's revenue at the start."""
    change: Interval
    """From the low end to the high end, same seeds at both."""
    satisfaction_low: float
    satisfaction_high: float
    """Satisfaction of the design less the baseline at each end."""

    @property
    def verdict(self) -> str:
        """Whether the change has the registered sign."""
        if self.change.low <= 0.0 <= self.change.high:
            return "unclear"
        return "as registered" if self.change.mean * self.look.expected > 0.0 else "opposite"


def effects(table: pd.DataFrame, asked: Sequence[Look]) -> list[Effect]:
    """Return what each factor does on its own.

    Parameters
    ----------
    table
        Of a study with ``design=one_at_a_time`` whose points share their seeds; a factor has a value where it is
        moved and none elsewhere.
    asked
        Signs whose factors were moved.
    """
    return [_effect(table[table[look.factor].notna()], look) for look in asked if look.factor in table.columns]


def _effect(rows: pd.DataFrame, look: Look) -> Effect:
    """Return what a factor does, from the points that move it."""
    keyed = rows[[SEED, SCENARIO, look.factor, SATISFACTION]].assign(_gain=100.0 * rows[PROFIT] / rows[REVENUE])
    gain, felt = (_by_end(keyed, look, outcome) for outcome in ("_gain", SATISFACTION))
    low, high = (gain[end].to_numpy(dtype=np.float64) for end in gain.columns)
    means = felt.mean()
    return Effect(
        look=look,
        low=float(gain.columns[0]),
        high=float(gain.columns[-1]),
        gain_low=_interval(low),
        gain_high=_interval(high),
        change=_interval(high - low),
        satisfaction_low=float(means.iloc[0]),
        satisfaction_high=float(means.iloc[-1]),
    )


def _by_end(rows: pd.DataFrame, look: Look, outcome: str) -> pd.DataFrame:
    """Return an outcome of a design less the baseline: one row per seed, one column per end of the range."""
    designs = (
        rows[rows[SCENARIO] == name].pivot_table(index=SEED, columns=look.factor, values=outcome)
        for name in (look.a, look.b)
    )
    ahead, behind = designs
    return (ahead - behind).iloc[:, [0, -1]]


def _interval(values: Array) -> Interval:
    return student_interval(values[np.isfinite(values)], 0.95)


def _where_felt(profit: Wide, satisfaction: Wide, look: Look) -> Wide:
    """Return the half of the points at which a design does most for satisfaction."""
    gain = pd.Series(satisfaction.difference(look.a, look.b), index=satisfaction.y.index).reindex(profit.y.index)
    return profit.where(gain > gain.median())
