"""Solve the constants of the status quo: satisfaction level, churn and inflow, once per set of parameters.

A pilot market with luck of its own lives under the status quo; the constants are moved until the share satisfied,
yearly churn and the balance of inflow and outflow at the initial share of the market are those of the industry. Small
pilots find the neighbourhood at a fraction of the cost; larger ones, each with luck of its own, are averaged
(stochastic approximation: Robbins & Monro 1951). Sizes, seeds and length are fixed, so the result is a pure function
of the parameters.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.market.balance import check_balance, needed_hazard
from sim.market.kernels.inflow import inflow_parts
from sim.market.market import Market
from sim.market.offer import Offer
from sim.market.state import State
from sim.parameters import Calibration, Parameters

ROUNDS = ((2_000, 1.0), (2_000, 1.0), (6_000, 1.0), (6_000, 1.0 / 2.0), (6_000, 1.0 / 3.0))
"""Persons of the pilot of each round, and the share of the way to what it asks for that the constants then go."""
PILOT_SEED = 0x5EED_0F_7E57
PILOT_YEARS = 3
SLOPE_STEP = 0.5
"""By how much quality is raised to find what satisfaction makes of it, SD of encounters."""


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

    def level(self, amplification: float) -> float:
        """Return mean satisfaction of a person without personal offset."""
        return float(np.mean(self.satisfaction - (1.0 + amplification) * self.personal))

    def amplification(self) -> float:
        """Return how much more than their personal levels satisfaction differs between persons."""
        gap = self.satisfaction - self.personal
        variance = float(self.personal.var())
        return float(np.mean((gap - gap.mean()) * self.personal)) / variance if variance > 0.0 else 0.0


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
    Calibration
        The given ``market.calibration``, or constants for which a pilot market meets ``share_satisfied``,
        ``churn_per_year`` and a steady ``initial_share``.

    Raises
    ------
    ConfigError
        The initial share cannot be steady: see :func:`sim.market.balance.check_balance`.
    """
    if parameters.market.calibration is not None:
        return parameters.market.calibration
    return _solve(*environment_key(parameters, offer))


def environment_key(parameters: Parameters, offer: Offer) -> tuple[str, Frozen]:
    """Return all that the constants of the status quo depend on; it can key a dictionary and travel.

    Parameters
    ----------
    parameters
        Validated parameters.
    offer
        What the status quo delivers on average.
    """
    return _relevant(parameters), Frozen(offer)


class Frozen:
    """An offer that can key a cache."""

    def __init__(self, offer: Offer) -> None:
        self.offer = offer
        self._key = tuple(np.asarray(part).tobytes() for part in offer)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frozen) and self._key == other._key


def _relevant(parameters: Parameters) -> str:
    """Reduce the parameters to what the pilot reads, as JSON: same text, same constants."""
    population = parameters.population
    network = population.network
    if network.topology == "complete":
        network = network.model_copy(update={"topology": "erdos_renyi", "mean_degree": 8})
    pilot = population.model_copy(update={"n_customers": ROUNDS[-1][0], "network": network})
    defaults = _defaults()
    reduced = parameters.model_copy(
        update={
            "population": pilot,
            "scenario": defaults.scenario,
            "governance": defaults.governance,
            "status_quo": defaults.status_quo,
            "run": defaults.run.model_copy(update={"precision": parameters.run.precision}),
            "finance": defaults.finance,
            "time": defaults.time.model_copy(update={"periods_per_year": parameters.time.periods_per_year}),
            "organisation": defaults.organisation.model_copy(
                update={"departments": parameters.organisation.departments}
            ),
        }
    )
    return reduced.model_dump_json()


@lru_cache(maxsize=1)
def _defaults() -> Parameters:
    """Return default parameters, made once: copying all their records takes milliseconds."""
    return Parameters.model_construct()


@lru_cache(maxsize=256)
def _solve(reduced: str, frozen: Frozen) -> Calibration:
    parameters = Parameters.model_validate_json(reduced)
    offer = frozen.offer
    calibration = before = _first_guess(parameters, offer)
    for number, (size, gain) in enumerate(ROUNDS):
        parameters = _with_size(parameters, size)
        before, below = calibration, _sample(parameters, calibration, offer, PILOT_SEED + number)
        calibration = _improve(parameters, calibration, below, gain)
    if parameters.population.initial_share > 0.0:
        check_balance(parameters, _imitation(parameters, below), below.innovation)
    return calibration.model_copy(update={"satisfaction_slope": _slope(parameters, before, offer, below)})


def _slope(parameters: Parameters, calibration: Calibration, offer: Offer, below: _Sample) -> float:
    """Return what satisfaction gains per SD of lasting quality, given a sample of the last round without the gain.

    Satisfaction takes years to follow quality. Two pilots that start at and above the level of the status quo close in
    on the same level; what is left of the difference between them tells how far it is.
    """
    raised = offer._replace(quality=offer.quality + SLOPE_STEP)
    base = below.level(calibration.personal_amplification)
    seed = PILOT_SEED + len(ROUNDS) - 1
    gains = []
    for lift in (0.0, SLOPE_STEP):
        above = _sample(parameters, calibration, raised, seed, lift)
        gains.append(above.level(calibration.personal_amplification) - base)
    left = (gains[1] - gains[0]) / SLOPE_STEP
    return gains[0] / (1.0 - left) / SLOPE_STEP


def _with_size(parameters: Parameters, size: int) -> Parameters:
    population = parameters.population.model_copy(update={"n_customers": size})
    return parameters.model_copy(update={"population": population})


def _first_guess(parameters: Parameters, offer: Offer) -> Calibration:
    target = -np.log1p(-parameters.market.churn_per_year)
    guess = Calibration()
    quality = float(offer.quality[0].mean())
    scale = 1.8 * target * np.exp(parameters.market.switching_cost)
    return guess.model_copy(update={"baseline_hazard_per_year": float(scale), "mean_quality": quality})


def _sample(parameters: Parameters, calibration: Calibration, offer: Offer, seed: int, lift: float = 0.0) -> _Sample:
    """Run the pilot, whose customers start with satisfaction raised by ``lift``, and look at its last two years."""
    market = Market(parameters, calibration, offer, seed, stratified=True)
    market.state.satisfaction[market.state.ours == 1] += lift
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


def _improve(parameters: Parameters, calibration: Calibration, sample: _Sample, gain: float) -> Calibration:
    """Move the constants by the share ``gain`` of the way to what the sample asks for."""
    old = calibration
    shift = -float(np.quantile(sample.satisfaction, 1.0 - parameters.experience.perception.share_satisfied))
    amplification = sample.amplification()
    mean = sample.level(amplification) + shift
    # The rival's satisfaction moves with the mean, which would undo part of the correction of the hazard.
    lead = (shift - (mean - old.mean_satisfaction)) * _mean_sensitivity(parameters)
    target = -np.log1p(-parameters.market.churn_per_year)
    hazard_ratio = float(target / sample.hazard_per_year * np.exp(lead))
    wanted = {
        "satisfaction_intercept": old.satisfaction_intercept + shift,
        "mean_satisfaction": mean,
        "personal_amplification": amplification,
        "residual_sd": float((sample.satisfaction - (1.0 + amplification) * sample.personal).std()),
        "advertising_scale": old.advertising_scale * _needed_advertising(parameters, sample),
        "share_positive_tellers": sample.positive,
        "share_negative_tellers": sample.negative,
        "belief_precision": sample.precision,
        "belief_sum": sample.message_sum,
    }
    moved = {name: getattr(old, name) + gain * (value - getattr(old, name)) for name, value in wanted.items()}
    moved["baseline_hazard_per_year"] = old.baseline_hazard_per_year * hazard_ratio**gain
    return old.model_copy(update=moved)


def _needed_advertising(parameters: Parameters, sample: _Sample) -> float:
    """Return the ratio to present advertising with which, at the initial share, as many would join as leave."""
    population = parameters.population
    if sample.innovation <= 0.0 or population.initial_share == 0.0:
        return 1.0
    hazard = needed_hazard(parameters)
    # A little innovation is left where imitation alone would do, so that a later round can find more again.
    left = max(1e-6 * hazard, hazard - _imitation(parameters, sample))
    return left * (population.n_customers - sample.n_ours) / sample.innovation


def _imitation(parameters: Parameters, sample: _Sample) -> float:
    """Return the mean yearly hazard of joining that satisfied customers add for outsiders at the initial share.

    It grows with the number of tellers, so that it is scaled from the pilot's share to the initial one.
    """
    share, size = parameters.population.initial_share, parameters.population.n_customers
    return sample.imitation / (size - sample.n_ours) * share * size / sample.n_ours


def _mean_sensitivity(parameters: Parameters) -> float:
    """Mean effect of satisfaction on the log hazard of leaving."""
    market, segments = parameters.market, parameters.population.segments.values()
    return market.satisfaction_effect * market.competition * sum(s.share * s.satisfaction_sensitivity for s in segments)
