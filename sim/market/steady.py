"""The steady market: how long customers stay and how likely a person is to be ours, given readiness to leave.

None of it depends on luck or on the company, so it is solved once for all replicates and designs of an environment.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.market.frailty import TenureLaw, expected_periods, frailty_table, tenure_law
from sim.market.kernels.rules import Rules
from sim.parameters import Calibration, Parameters
from sim.parameters.market import Frailty

Vector = NDArray[np.float64]
_N_NODES = 65
_KEPT = 8
"""Steady markets kept; one takes half a megabyte with months, 2.4 MB with weeks."""


class SteadyMarket(NamedTuple):
    """What a market at rest is made of; shared between replicates, so nothing of it may be written to."""

    neutral_hazard: Vector
    """Yearly hazard at tenure 0 and frailty 1 of a person without personal offset, by segment, shape (G,)."""
    law: TenureLaw
    log_hazard: Vector
    """Log of the yearly hazard at tenure 0 and frailty 1, equally spaced, shape (257,)."""
    share_ours: Vector
    """Probability of being ours at each of these hazards, shape (257,)."""


class _Traits(NamedTuple):
    """All that a steady market depends on."""

    initial_share: float
    segment_shares: tuple[float, ...]
    neutral_hazard: tuple[float, ...]
    sensitivity: tuple[float, ...]
    frailty: Frailty
    churn_per_year: float
    spread: float
    """Spread between persons of the satisfaction that lasts, satisfaction units."""
    tenure_effect: float
    periods_per_year: int


def steady_market(parameters: Parameters, calibration: Calibration, rules: Rules) -> SteadyMarket:
    """Return the market at rest around which a population is drawn.

    Parameters
    ----------
    parameters, calibration, rules
        What people are like.
    """
    market = parameters.market
    traits = _Traits(
        initial_share=parameters.population.initial_share,
        segment_shares=tuple(segment.share for segment in parameters.population.segments.values()),
        neutral_hazard=tuple(_neutral_hazard(parameters, rules, calibration).tolist()),
        sensitivity=tuple(rules.moving.sensitivity.tolist()),
        frailty=market.frailty,
        churn_per_year=market.churn_per_year,
        spread=(1.0 + calibration.personal_amplification) * parameters.experience.perception.personal_satisfaction_sd,
        tenure_effect=rules.moving.scalars.tenure_effect,
        periods_per_year=parameters.time.periods_per_year,
    )
    return _solve(traits)


def _neutral_hazard(parameters: Parameters, rules: Rules, calibration: Calibration) -> Vector:
    """Yearly hazard at tenure 0 and frailty 1 of a person without personal offset, by segment, shape (G,).

    Averages over the spread of satisfaction within a person, taken as normal.
    """
    moving = rules.moving
    margin = calibration.satisfaction_slope * (calibration.mean_quality - parameters.market.rival.quality)
    spread = 0.5 * (moving.sensitivity * calibration.residual_sd) ** 2
    return np.asarray(
        moving.scalars.baseline_hazard * moving.segment_hazard * np.exp(-moving.sensitivity * margin + spread)
    )


@lru_cache(maxsize=_KEPT)
def _solve(traits: _Traits) -> SteadyMarket:
    neutral, sensitivity = np.array(traits.neutral_hazard), np.array(traits.sensitivity)
    table = frailty_table(traits.frailty, traits.churn_per_year)
    span = 8.0 * traits.spread * float(sensitivity.max())
    lowest = max(float(neutral.min()), 1e-9) * float(table.min()) * np.exp(-span)
    highest = max(float(neutral.max()), 1e-9) * float(table.max()) * np.exp(span)
    law = tenure_law(max(lowest, 1e-6), max(highest, 2e-6), traits.tenure_effect, traits.periods_per_year)
    joining = _joining_probability(traits, neutral, sensitivity, table, law)
    log_hazard = np.linspace(law.log_hazard[0], law.log_hazard[-1], 257)
    odds = joining * expected_periods(law, np.exp(log_hazard)[:, None] * table).mean(axis=1)
    return SteadyMarket(neutral, law, log_hazard, odds / (1.0 + odds))


def _joining_probability(traits: _Traits, hazard: Vector, sensitivity: Vector, table: Vector, law: TenureLaw) -> float:
    """Probability per period of joining that keeps the initial share of the market steady.

    A person is ours for ``A`` periods and outside for ``1 / a``: the share is ``a A / (1 + a A)``, averaged over
    personal satisfaction, segments and frailty; solved for ``a`` by bisection.
    """
    if traits.initial_share == 0.0:
        return 0.0
    nodes, weights = _gauss_hermite()
    hazards = hazard[:, None] * np.exp(-sensitivity[:, None] * traits.spread * nodes[None, :])
    periods = expected_periods(law, hazards[..., None] * table).mean(axis=-1)
    weight = np.array(traits.segment_shares)[:, None] * (weights / weights.sum())[None, :]
    low, high = -40.0, 20.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        odds = np.exp(middle) * periods
        below = float((weight * odds / (1.0 + odds)).sum()) < traits.initial_share
        low, high = (middle, high) if below else (low, middle)
    return float(np.exp(0.5 * (low + high)))


@lru_cache(maxsize=1)
def _gauss_hermite() -> tuple[Vector, Vector]:
    """Return nodes and weights for averaging over a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_N_NODES)
    return nodes, weights
