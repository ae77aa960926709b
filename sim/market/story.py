"""One person's period lived again, in plain Python, through the kernels' scalar rules and with the same luck.

Everything a person meets in a period is known once the market has lived it: the offer, who talks and how satisfied
they are. So a life can be re-lived beside a market that runs, and the rows must agree after every period.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sim.market.kernels.acquisition import acquisition_hazard, outsider_expectation
from sim.market.kernels.churn import churn_exponent, churn_hazard, event_probability
from sim.market.kernels.draws import normal_quantile, philox, uniform
from sim.market.kernels.experience import (
    GAIN_TABLE_SIZE,
    STEP_BLOCKS,
    encounter_satisfaction,
    journey_count,
    journey_memory,
    perceived_quality,
    step_channel,
    valued_disconfirmation,
)
from sim.market.kernels.moving import teller_balance
from sim.market.kernels.recovery import failure_loss, tell_probability
from sim.market.kernels.stream_numbers import CUSTOMER, ENCOUNTER, JOURNEY, TELLING
from sim.market.kernels.word_of_mouth import message_weight
from sim.market.lives import Encounter, Fate, Journey, Message, Moment
from sim.market.market import Market
from sim.market.offer import Offer
from sim.market.person import Person
from sim.parameters import CHANNELS

MOST_CONTACTS = 65535


@dataclass(frozen=True)
class Today:
    """What surrounds a person in one period."""

    market: Market
    """After it has lived the period."""
    offer: Offer
    """What the company delivered in it."""
    period: int

    def draws(self, stream: int, entity: int, block: int) -> tuple[float, float, float, float]:
        """Return the four uniforms of one block of luck."""
        a, b, c, d = philox(self.market.seed, stream, entity, self.period, block)
        return float(uniform(a)), float(uniform(b)), float(uniform(c)), float(uniform(d))


def relive(person: Person, today: Today) -> Moment:
    """Compute one period of one person again, from the same luck.

    Parameters
    ----------
    person
        As after the period before; changed to what it is after this one.
    today
        The market after this period, and the offer of the period.

    Returns
    -------
    Moment
        What happened.
    """
    rules, clock = today.market.rules, today.market.parameters.time
    person.fade(rules.remembering)
    was_ours = person.ours
    count = 0
    if was_ours:
        expected = rules.travelling.expected_journeys[person.segment]
        count = int(journey_count(today.draws(CUSTOMER, person.number, 0)[0], expected))
    journeys = tuple(_journey(person, today, number) for number in range(count))
    told = _told(person, today, count)
    heard = _hear(person, today)
    if told:
        person.last_told, person.last_told_sign = today.period, 1 if person.satisfaction > 0.0 else -1
    tenure = person.tenure
    fate = _leave_or_stay(person, today) if was_ours else _join_or_not(person, today)
    return Moment(
        period=today.period,
        months=12.0 * (today.period + 1 - clock.n_burn_in) / clock.periods_per_year,
        ours=was_ours,
        journeys=journeys,
        heard=heard,
        told=told,
        fate=fate,
        recovery_probability=float(today.offer.recovery_probability),
        satisfaction=person.satisfaction,
        transient=person.transient,
        expectation=tuple(person.expectation),
        information=person.information,
        message_sum=person.message_sum,
        tenure_years=tenure * clock.period_years,
    )


# Journeys


def _journey(person: Person, today: Today, number: int) -> Journey:
    """Make journey ``number`` of the period: its encounters, and what is remembered of it."""
    travelling, remembering = today.market.rules.travelling, today.market.rules.remembering
    u = today.draws(JOURNEY, person.number, number // 4)[number % 4]
    kind = _kind(travelling.journey_cumulative[person.segment], u)
    encounters: list[Encounter] = []
    for step in range(int(travelling.n_steps[kind])):
        encounters.append(_encounter(person, today, kind, step, number * STEP_BLOCKS + 2 * step, encounters))
    gain = float(travelling.gain[kind])
    memory = _remembered([encounter.satisfaction for encounter in encounters], remembering.peak_weight)
    kept = _remembered([encounter.kept for encounter in encounters], remembering.peak_weight)
    lost = gain * (kept - memory)
    before = person.satisfaction
    person.satisfaction = before + gain * (memory - before) + remembering.loyalty_restored * lost
    person.transient += remembering.glow * lost
    return Journey(
        name=list(today.market.parameters.journeys)[kind],
        encounters=tuple(encounters),
        gain=gain,
        memory=memory,
        restored=remembering.loyalty_restored * lost,
        satisfaction_before=before,
        satisfaction=person.satisfaction,
        transient=person.transient,
    )


def _kind(cumulative: Iterable[float], u: float) -> int:
    """Return which journey it is: the first whose cumulative share reaches ``u``."""
    shares = list(cumulative)
    return next((kind for kind, share in enumerate(shares[:-1]) if u <= share), len(shares) - 1)


def _remembered(satisfactions: list[float], peak_weight: float) -> float:
    """Return what is remembered: the mean, pulled to the most extreme encounter (the first of equals)."""
    extreme = max(satisfactions, key=abs)
    return float(journey_memory(sum(satisfactions) / len(satisfactions), extreme, peak_weight))


def _encounter(person: Person, today: Today, kind: int, step: int, block: int, before: list[Encounter]) -> Encounter:
    """Meet one department: quality, failure, feeling, complaint; learn from it."""
    rules, offer = today.market.rules, today.offer
    travelling, perceiving = rules.travelling, rules.perceiving
    department = int(travelling.department[kind, step])
    u_quality, u_own, u_handoff, u_channel = today.draws(ENCOUNTER, person.number, block)
    channel = int(
        step_channel(travelling.channel_cumulative, travelling.last_channel, person.segment, kind, step, u_channel)
    )
    failing = _failures(person, today, department, channel, u_own, u_handoff, before[-1] if before else None)
    offered = float(offer.quality[person.region, department])
    intact = offered + float(travelling.channel_quality[channel])
    intact += perceiving.encounter_sd * float(normal_quantile(u_quality))
    severity = float(travelling.severity[kind])
    quality = intact - severity if failing.any else intact
    expectation = person.expectation[department]
    requirement = float(offer.requirement[department]) + person.personal_requirement
    personal = person.personal_satisfaction
    felt = float(encounter_satisfaction(quality, expectation, requirement, personal, perceiving))
    without = float(encounter_satisfaction(intact, expectation, requirement, personal, perceiving))
    reaction = _react(person, today, kind, block, felt, without) if failing.any else _Reaction(felt, felt)
    perceived = float(perceived_quality(quality, expectation, requirement, perceiving))
    _learn(person, department, quality, rules.remembering.gain_table)
    return Encounter(
        department=list(today.market.parameters.organisation.departments)[department],
        channel=CHANNELS[channel],
        came_from=before[-1].department if before else "",
        quality_offered=offered,
        failure_probability=failing.own_probability,
        handoff_probability=failing.between,
        quality=quality,
        expectation=expectation,
        requirement=requirement,
        perceived=perceived,
        disconfirmation=float(valued_disconfirmation(perceived - expectation, perceiving)),
        satisfaction=reaction.felt,
        kept=reaction.kept,
        own_failure=failing.own,
        handoff_failure=failing.handoff,
        channel_failure=failing.by_channel,
        repeated=reaction.repeated,
        complained=reaction.complained,
        recovered=reaction.recovered,
    )


@dataclass(frozen=True)
class _Failures:
    """What failed on the way into an encounter and in it."""

    own_probability: float
    between: float
    own: bool
    handoff: bool
    by_channel: bool

    @property
    def any(self) -> bool:
        """Whether anything failed."""
        return self.own or self.handoff or self.by_channel


def _failures(
    person: Person,
    today: Today,
    department: int,
    channel: int,
    u_own: float,
    u_handoff: float,
    before: Encounter | None,
) -> _Failures:
    """Return what fails: the department itself, the hand-off from another, or the change of channel."""
    own = float(today.offer.failure_probability[person.region, department])
    between = between_channels = 0.0
    if before is not None:
        previous = list(today.market.parameters.organisation.departments).index(before.department)
        if previous != department:
            between = float(today.offer.handoff_failure[person.region, previous, department])
        if CHANNELS.index(before.channel) != channel:
            between_channels = today.market.rules.travelling.channel_handoff_failure
    lost = before is not None and u_handoff < 1.0 - (1.0 - between) * (1.0 - between_channels)
    by_department = lost and u_handoff < between
    return _Failures(own, between, u_own < own, by_department, lost and not by_department)


@dataclass(frozen=True)
class _Reaction:
    """How a failure is felt, and what comes of a complaint."""

    felt: float
    kept: float
    repeated: bool = False
    complained: bool = False
    recovered: bool = False


def _react(person: Person, today: Today, kind: int, block: int, felt: float, without: float) -> _Reaction:
    """Feel a failure, complain or not, and see it put right or not."""
    remembering = today.market.rules.remembering
    since = today.period - person.last_failure
    loss = float(
        failure_loss(without - felt, since, remembering.double_deviation_periods, remembering.double_deviation)
    )
    felt = without - loss
    person.last_failure = today.period
    u_complaint, u_recovery, _, _ = today.draws(ENCOUNTER, person.number, block + 1)
    complained = bool(u_complaint < today.market.rules.travelling.complaint_probability[kind])
    recovered = complained and bool(u_recovery < today.offer.recovery_probability)
    repeated = since <= remembering.double_deviation_periods
    return _Reaction(felt, without if recovered else felt, repeated, complained, recovered)


def _learn(person: Person, department: int, quality: float, gains: Iterable[float]) -> None:
    """Move the expectation of a department towards what was met."""
    known = person.contacts[department]
    gain = float(np.asarray(gains)[min(known, GAIN_TABLE_SIZE - 1)])
    person.expectation[department] += gain * (quality - person.expectation[department])
    person.contacts[department] = min(known + 1, MOST_CONTACTS)


# Word of mouth


def _told(person: Person, today: Today, count: int) -> tuple[int, ...]:
    """Return the neighbours whom the person tells about the journeys of the period."""
    if count == 0:
        return ()
    rules = today.market.rules.remembering
    once = float(tell_probability(person.satisfaction, rules.tell_base, rules.tell_positive, rules.tell_negative))
    probability = 1.0 - (1.0 - once) ** count
    others = (other for other in today.market.neighbours_of(person.number) if other != person.number)
    return tuple(other for other in others if today.draws(TELLING, person.number, other)[0] < probability)


def _hear(person: Person, today: Today) -> tuple[Message, ...]:
    """Hear from every neighbour who talks, and take it to heart."""
    market, rules = today.market, today.market.rules.hearing
    precision = rules.market_precision + person.information
    belief = (rules.market_precision * rules.market_level + person.message_sum) / precision
    heard = []
    for other in market.neighbours_of(person.number):
        probability = market.telling[other]
        if probability <= 0.0 or other == person.number or today.draws(TELLING, other, person.number)[0] >= probability:
            continue
        satisfaction = float(market.state.satisfaction[other])
        content = satisfaction - rules.mean_satisfaction
        weight = float(message_weight(content, satisfaction <= 0.0, precision, belief, rules))
        heard.append(Message(other, satisfaction > 0.0, content, weight))
    if heard:
        person.information += sum(message.weight for message in heard)
        person.message_sum += sum(message.weight * message.content for message in heard)
        if person.ours:
            mean = sum(message.content for message in heard) / len(heard)
            shift = (1.0 - (1.0 - rules.customer_gain) ** len(heard)) * (mean - person.mean_expectation)
            person.expectation = [level + shift for level in person.expectation]
    return tuple(heard)


# Leaving and joining


def _leave_or_stay(person: Person, today: Today) -> Fate:
    """Decide whether a customer leaves."""
    moving, offer = today.market.rules.moving, today.offer
    scalars, dt = moving.scalars, moving.scalars.period_years
    margin = person.satisfaction - (scalars.rival_intercept + scalars.rival_slope * offer.rival_quality)
    baseline = scalars.baseline_hazard * float(moving.segment_hazard[person.segment]) * person.frailty
    leverage = float(moving.sensitivity[person.segment])
    tenure_log = math.log(1.0 + person.tenure * dt)
    exponent = churn_exponent(
        leverage, margin, scalars.price_effect, offer.price_gap, scalars.tenure_effect, tenure_log
    )
    hazard = float(churn_hazard(baseline, float(exponent)))
    fate = _fate(today, hazard, today.draws(CUSTOMER, person.number, 0)[1], margin, leverage, 0.0)
    if fate.happened:
        person.leave(scalars.own_experience_precision)
    else:
        person.tenure += 1
    return fate


def _join_or_not(person: Person, today: Today) -> Fate:
    """Decide whether an outsider joins."""
    market, offer = today.market, today.offer
    moving, network, scalars = market.rules.moving, market.network, market.rules.moving.scalars
    if network.complete:
        share = market.balance()
    else:
        codes, weight = market.codes, scalars.negative_weight
        share = float(teller_balance(network.first, network.neighbours, codes, person.number, weight))
    expectation = float(
        outsider_expectation(
            person.information, person.message_sum, offer.promise,
            scalars.promise_precision, scalars.market_level, scalars.market_precision,
        )
    )  # fmt: skip
    advantage = expectation - offer.rival_quality
    innovation = scalars.innovation * offer.advertising
    hazard = acquisition_hazard(innovation, scalars.expectation_effect, advantage, scalars.imitation, share)
    _, _, u_joining, u_frailty = today.draws(CUSTOMER, person.number, 0)
    fate = _fate(today, float(hazard), u_joining, advantage, scalars.expectation_effect, share)
    if fate.happened:
        table = moving.frailty_table
        frailty = float(table[min(int(u_frailty * len(table)), len(table) - 1)])
        rival_satisfaction = scalars.rival_intercept + scalars.rival_slope * offer.rival_quality
        person.join(expectation, rival_satisfaction, frailty)
    return fate


def _fate(today: Today, hazard: float, draw: float, margin: float, leverage: float, neighbours: float) -> Fate:
    probability = float(event_probability(hazard, today.market.rules.moving.scalars.period_years))
    return Fate(
        hazard=hazard,
        probability=probability,
        draw=draw,
        happened=draw < probability,
        rival_quality=float(today.offer.rival_quality),
        price_gap=float(today.offer.price_gap),
        margin=margin,
        leverage=leverage,
        promise=float(today.offer.promise),
        advertising=float(today.offer.advertising),
        neighbours=neighbours,
    )
