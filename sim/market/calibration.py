"""Solve the constants of the status quo: satisfaction level, churn and inflow, once per set of parameters.

A pilot market with luck of its own lives under the status quo; the constants are moved until the share satisfied,
yearly churn and the balance of inflow and outflow are those of the industry: first in small pilots, which find the
neighbourhood at a fraction of the cost, then in pilots of 8,000 persons. Sizes, seed and length are fixed, so the
result is a pure function of the parameters.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.market.kernels.inflow import inflow_parts
from sim.market.market import Market
from sim.market.offer import Offer
from sim.market.state import State
from sim.parameters import Calibration, Parameters

PILOT_SIZES = (2_000, 2_000, 8_000, 8_000)
"""Persons of the pilot of each round. All rounds at 8,000 meet the targets no better and take 1.6 times as long."""
PILOT_SEED = 0x5EED_0F_7E57
PILOT_YEARS = 3
SLOPE_STEP = 0.5


class _Sample(NamedTuple):
    """What the pilot shows of a steady status quo."""

    hazard_per_year: float
    satisfaction: NDArray[np.float64]
    personal: NDArray[np.float64]
    positive: float
    negative: float
    precision: float
    message_sum: float
    innovation: float
    imitation: float
    n_ours: float


def calibrate(parameters: Parameters, offer: Offer) -> Calibration:
    """Return the constants of the status quo, given or solved.

    Parameters
    ----------
    parameters
        Validated parameters. Only what the market reads matters: the size of the population, the scenario and the
        run do not enter.
    offer
        What the status quo delivers on average.

    Returns
    -------
    The given ``market.calibration``, or constants for which a pilot market meets ``share_satisfied``,
    ``churn_per_year`` and a steady ``initial_share``.
    """
    if parameters.market.calibration is not None:
        return parameters.market.calibration
    return _solve(_relevant(parameters), _Frozen(offer))


class _Frozen:
    """An offer that can key a cache."""

    def __init__(self, offer: Offer) -> None:
        self.offer = offer
        self._key = tuple(np.asarray(part).tobytes() for part in offer)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and self._key == other._key


def _relevant(parameters: Parameters) -> str:
    """Reduce the parameters to what the pilot reads, as JSON: same text, same constants."""
    population = parameters.population
    network = population.network
    if network.topology == "complete":
        network = network.model_copy(update={"topology": "erdos_renyi", "mean_degree": 8})
    pilot = population.model_copy(update={"n_customers": PILOT_SIZES[-1], "network": network})
    defaults = Parameters.model_construct()
    reduced = parameters.model_copy(
        update={
            "population": pilot,
            "scenario": defaults.scenario,
            "governance": defaults.governance,
            "status_quo": defaults.status_quo,
            "run": defaults.run,
            "finance": defaults.finance,
            "time": defaults.time.model_copy(update={"periods_per_year": parameters.time.periods_per_year}),
            "organisation": defaults.organisation.model_copy(
                update={"departments": parameters.organisation.departments}
            ),
        }
    )
    return reduced.model_dump_json()


@lru_cache(maxsize=256)
def _solve(reduced: str, frozen: _Frozen) -> Calibration:
    parameters = Parameters.model_validate_json(reduced)
    offer = frozen.offer
    calibration = before = _first_guess(parameters, offer)
    for size in PILOT_SIZES:
        sized = _with_size(parameters, size)
        before, below = calibration, _sample(sized, calibration, offer)
        calibration = _improve(sized, calibration, below)
    raised = offer._replace(quality=offer.quality + SLOPE_STEP)
    above = _sample(parameters, before, raised)
    slope = (np.mean(above.satisfaction - above.personal) - np.mean(below.satisfaction - below.personal)) / SLOPE_STEP
    return calibration.model_copy(update={"satisfaction_slope": float(slope)})


def _with_size(parameters: Parameters, size: int) -> Parameters:
    population = parameters.population.model_copy(update={"n_customers": size})
    return parameters.model_copy(update={"population": population})


def _first_guess(parameters: Parameters, offer: Offer) -> Calibration:
    target = -np.log1p(-parameters.market.churn_per_year)
    guess = Calibration()
    quality = float(offer.quality[0].mean())
    scale = 1.8 * target * np.exp(parameters.market.switching_cost)
    return guess.model_copy(update={"baseline_hazard_per_year": float(scale), "mean_quality": quality})


def _sample(parameters: Parameters, calibration: Calibration, offer: Offer) -> _Sample:
    """Run the pilot and look at its last two years."""
    market = Market(parameters, calibration, offer, PILOT_SEED, stratified=True)
    ppy = parameters.time.periods_per_year
    exits = exposure = 0.0
    snapshots: list[tuple[State, tuple[float, ...]]] = []
    for period in range(PILOT_YEARS * ppy):
        flows = market.step(offer, period)
        if period >= ppy:
            exits += flows.expected_churn
            exposure += flows.active
            if (period + 1) % max(1, ppy // 4) == 0:
                snapshots.append(_snapshot(market, offer))
    parts = np.array([part for _, part in snapshots]).mean(axis=0)
    satisfaction = np.concatenate([state.satisfaction[state.ours == 1] for state, _ in snapshots])
    personal = np.concatenate([state.personal_satisfaction[state.ours == 1] for state, _ in snapshots])
    hazard = -np.log1p(-exits / exposure) * ppy
    return _Sample(float(hazard), satisfaction, personal, *(float(part) for part in parts))


def _snapshot(market: Market, offer: Offer) -> tuple[State, tuple[float, ...]]:
    state = market.state
    ours = state.ours == 1
    sums = np.zeros(2)
    inflow_parts(state, market.network, market.rules.moving, offer, market.codes, market.balance(), sums)
    kept = state._replace(satisfaction=state.satisfaction.copy(), ours=state.ours.copy())
    n_ours = max(1.0, float(ours.sum()))
    outside = max(1.0, float((~ours).sum()))
    return kept, (
        float((market.codes[ours] > 0).sum()) / n_ours,
        float((market.codes[ours] < 0).sum()) / n_ours,
        float(state.information[~ours].sum()) / outside,
        float(state.message_sum[~ours].sum()) / outside,
        float(sums[0]),
        float(sums[1]),
        n_ours,
    )


def _improve(parameters: Parameters, calibration: Calibration, sample: _Sample) -> Calibration:
    """Move the constants towards the industry's targets."""
    perception = parameters.experience.perception
    shift = -float(np.quantile(sample.satisfaction, 1.0 - perception.share_satisfied))
    target = -np.log1p(-parameters.market.churn_per_year)
    personal_gap = sample.satisfaction - sample.personal
    mean = float(personal_gap.mean()) + shift
    # The rival's satisfaction moves with the mean, which would undo part of the correction of the hazard.
    lead = (shift - (mean - calibration.mean_satisfaction)) * _mean_sensitivity(parameters)
    hazard_ratio = float(target / sample.hazard_per_year * np.exp(lead))
    scale = calibration.advertising_scale
    if sample.innovation > 0.0:
        scale = max(0.0, (target * sample.n_ours - sample.imitation) / (sample.innovation / max(scale, 1e-12)))
    return calibration.model_copy(
        update={
            "satisfaction_intercept": calibration.satisfaction_intercept + shift,
            "baseline_hazard_per_year": calibration.baseline_hazard_per_year * hazard_ratio,
            "advertising_scale": float(scale),
            "mean_satisfaction": mean,
            "residual_sd": float(personal_gap.std()),
            "share_positive_tellers": sample.positive,
            "share_negative_tellers": sample.negative,
            "belief_precision": sample.precision,
            "belief_sum": sample.message_sum,
        }
    )


def _mean_sensitivity(parameters: Parameters) -> float:
    """Mean effect of satisfaction on the log hazard of leaving."""
    market, segments = parameters.market, parameters.population.segments.values()
    return market.satisfaction_effect * market.competition * sum(s.share * s.satisfaction_sensitivity for s in segments)
