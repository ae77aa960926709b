"""The population at the start: who is ours, for how long, and what they expect and feel in a steady status quo."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.market.kernels.luck import fill_normals, fill_uniforms
from sim.market.kernels.rules import Rules
from sim.market.kernels.stationary import draw_frailties, draw_tenures
from sim.market.offer import Offer
from sim.market.rules import channel_probabilities, journey_rates
from sim.market.state import NEVER, State
from sim.market.steady import steady_market
from sim.parameters import CHANNELS, Calibration, Parameters
from sim.streams import Stream

Vector = NDArray[np.float64]


class _Luck(NamedTuple):
    """The luck of building a population, each of shape (N,)."""

    segment: Vector
    value: Vector
    satisfaction: Vector
    requirement: Vector
    ours: Vector
    frailty: Vector
    tenure: Vector
    region: Vector
    residual: Vector
    expectation: Vector
    telling: Vector
    told: Vector


def _draw_luck(seed: int, size: int, stratified: bool) -> _Luck:
    columns = np.empty((12, size))
    for block in range(3):
        fill_uniforms(np.uint64(seed), int(Stream.POPULATION), block, columns[4 * block : 4 * block + 4])
    if stratified:
        columns = (columns.argsort(axis=1).argsort(axis=1) + 0.5) / size
    return _Luck(*columns)


def _normal(uniforms: Vector) -> Vector:
    out = np.empty_like(uniforms)
    fill_normals(uniforms, out)
    return out


def mean_encounter_quality(parameters: Parameters, offer: Offer) -> Vector:
    """Return the expected quality of an encounter, failures included.

    Parameters
    ----------
    parameters
        Validated parameters.
    offer
        What the company delivers; region 0 is taken.

    Returns
    -------
    ndarray
        Quality by department, SD of encounters, float64, shape (n_departments,).
    """
    departments = list(parameters.organisation.departments)
    shares = np.array([segment.share for segment in parameters.population.segments.values()])
    rates = shares @ journey_rates(parameters)
    channels = np.tensordot(shares, channel_probabilities(parameters), axes=1)
    quality = np.array(
        [parameters.experience.channels[c].quality if c in parameters.experience.channels else 0.0 for c in CHANNELS]
    )
    total = np.zeros(len(departments))
    weight = np.zeros(len(departments))
    for j, journey in enumerate(parameters.journeys.values()):
        severity = parameters.experience.recovery.severity * journey.rel_severity
        previous = -1
        for k, step in enumerate(journey.steps):
            d = departments.index(step.department)
            lost = offer.handoff_failure[0, previous, d] if previous not in (-1, d) else 0.0
            failure = 1.0 - (1.0 - offer.failure_probability[0, d]) * (1.0 - lost)
            total[d] += rates[j] * (offer.quality[0, d] + channels[j, k] @ quality - severity * failure)
            weight[d] += rates[j]
            previous = d
    return np.where(weight > 0.0, total / np.maximum(weight, 1e-300), offer.quality[0])


def contact_rates(parameters: Parameters) -> Vector:
    """Return the encounters of a customer in a year.

    Parameters
    ----------
    parameters
        Validated parameters.

    Returns
    -------
    ndarray
        Encounters per customer and year by department, float64, shape (n_departments,).
    """
    departments = list(parameters.organisation.departments)
    shares = np.array([segment.share for segment in parameters.population.segments.values()])
    rates = shares @ journey_rates(parameters)
    out = np.zeros(len(departments))
    for j, journey in enumerate(parameters.journeys.values()):
        for step in journey.steps:
            out[departments.index(step.department)] += rates[j]
    return out


def build_population(
    parameters: Parameters, calibration: Calibration, rules: Rules, offer: Offer, seed: int, stratified: bool = False
) -> State:
    """Draw the persons of a replicate from the steady state of the status quo.

    Parameters
    ----------
    parameters, calibration, rules
        What people are like.
    offer
        What the status quo delivers.
    seed
        64-bit seed of the replicate; person i's luck depends on (seed, i) alone.
    stratified
        Spread each trait evenly over the population (a Latin hypercube of the same luck): for pilots, where the
        population should be typical rather than drawn.
    """
    size = parameters.population.n_customers
    luck = _draw_luck(seed, size, stratified)
    segments = list(parameters.population.segments.values())
    edges = np.cumsum([segment.share for segment in segments])
    segment = np.minimum(np.searchsorted(edges, luck.segment, side="left"), len(segments) - 1).astype(np.uint8)
    spread = parameters.population.value_spread
    value = np.array([s.value_eur_per_year for s in segments])[segment] * np.exp(
        spread * _normal(luck.value) - 0.5 * spread**2
    )
    perception = parameters.experience.perception
    personal = perception.personal_satisfaction_sd * _normal(luck.satisfaction)
    lasting = (1.0 + calibration.personal_amplification) * personal
    ours, frailty, tenure = _memberships(parameters, calibration, rules, luck, segment, lasting)
    contacts = _contacts(parameters, tenure)
    told, sign = _tellings(parameters, calibration, luck, ours)
    memory = calibration.residual_sd * _normal(luck.residual)
    state = State(
        ours=ours,
        segment=segment,
        region=(luck.region < parameters.population.pilot_share).astype(np.uint8),
        value=value,
        personal_satisfaction=personal,
        personal_requirement=perception.personal_requirement_sd * _normal(luck.requirement),
        frailty=frailty,
        tenure=tenure,
        satisfaction=np.where(ours == 1, calibration.mean_satisfaction + lasting + memory, 0.0),
        transient=np.zeros(size),
        last_failure=np.full(size, NEVER, dtype=np.int32),
        last_told=told,
        last_told_sign=sign,
        information=np.where(ours == 1, 0.0, calibration.belief_precision),
        message_sum=np.where(ours == 1, 0.0, calibration.belief_sum),
        expectation=_expectations(parameters, rules, offer, calibration, luck, contacts),
        contacts=contacts,
    )
    return state if parameters.run.precision == "double" else in_single_precision(state)


def in_single_precision(state: State) -> State:
    """Return the state with its real numbers kept as float32: half the memory, and more digits than are known."""
    real = {name: column for name, column in state._asdict().items() if column.dtype == np.float64}
    return state._replace(**{name: column.astype(np.float32) for name, column in real.items()})


def _memberships(
    parameters: Parameters,
    calibration: Calibration,
    rules: Rules,
    luck: _Luck,
    segment: NDArray[np.uint8],
    lasting: Vector,
) -> tuple[NDArray[np.uint8], Vector, NDArray[np.int32]]:
    """Who is ours, with which frailty and tenure: the joint law of a steady market."""
    moving = rules.moving
    steady = steady_market(parameters, calibration, rules)
    hazard = np.maximum(steady.neutral_hazard[segment] * np.exp(-moving.sensitivity[segment] * lasting), 1e-9)
    table, law = moving.frailty_table, steady.law
    probability = np.interp(np.log(hazard), steady.log_hazard, steady.share_ours)
    ours = (luck.ours < probability).astype(np.uint8)
    start, step = float(law.log_hazard[0]), float(law.log_hazard[1] - law.log_hazard[0])
    frailty = np.empty(hazard.shape[0])
    draw_frailties(hazard, ours, luck.frailty, table, start, step, law.expected_periods, frailty)
    tenure = np.empty(hazard.shape[0], dtype=np.int32)
    draw_tenures(hazard * frailty, ours, luck.tenure, start, step, law.cumulative, tenure)
    return ours, frailty, tenure


def _tellings(
    parameters: Parameters, calibration: Calibration, luck: _Luck, ours: NDArray[np.uint8]
) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """When and with which sign customers last talked, in a steady market."""
    positive = luck.telling < calibration.share_positive_tellers
    negative = ~positive & (luck.telling < calibration.share_positive_tellers + calibration.share_negative_tellers)
    recall = max(1, round(parameters.experience.word_of_mouth.recall_years * parameters.time.periods_per_year))
    told = -1 - np.floor(luck.told * (recall - 1)).astype(np.int32)
    talked = (positive | negative) & (ours == 1)
    sign = np.where(talked, np.where(positive, 1, -1), 0).astype(np.int8)
    return np.where(talked, told, NEVER).astype(np.int32), sign


def _expectations(
    parameters: Parameters,
    rules: Rules,
    offer: Offer,
    calibration: Calibration,
    luck: _Luck,
    contacts: NDArray[np.uint16],
) -> Vector:
    """Return expectations after the contacts there were: from what newcomers expect to the mean encounter.

    The spread is what lasting learning leaves around the mean; it grows with the weight of own experience.
    """
    scalars = rules.moving.scalars
    newcomer = (
        scalars.promise_precision * offer.promise
        + scalars.market_precision * scalars.market_level
        + calibration.belief_sum
    ) / (scalars.promise_precision + scalars.market_precision + calibration.belief_precision)
    gains = rules.remembering.gain_table
    left = np.concatenate([[1.0], np.cumprod(1.0 - gains)])
    spread = parameters.experience.perception.encounter_sd * np.sqrt(gains[-1] / (2.0 - gains[-1]))
    mean = mean_encounter_quality(parameters, offer)
    noise = spread * _normal(luck.expectation)
    out = np.empty(contacts.shape)
    for d in range(mean.shape[0]):
        remaining = left[np.minimum(contacts[d], gains.shape[0])]
        sign = 1.0 if d % 2 == 0 else -1.0
        out[d] = mean[d] + remaining * (newcomer - mean[d]) + (1.0 - remaining) * sign * noise
    return out


def _contacts(parameters: Parameters, tenure: NDArray[np.int32]) -> NDArray[np.uint16]:
    """Contacts since joining, as many as the mean rates bring in the tenure, at most 65,535."""
    per_period = contact_rates(parameters) * parameters.time.period_years
    contacts = np.empty((per_period.shape[0], tenure.shape[0]), dtype=np.uint16)
    for d, rate in enumerate(per_period):
        contacts[d] = np.minimum(np.rint(rate * tenure), 65535.0)
    return contacts
