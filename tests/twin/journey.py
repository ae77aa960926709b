"""A customer crosses a journey, encounter by encounter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.twin.luck import TwinStream, normal
from tests.twin.perception import encounter_satisfaction, learning_gain, perceived_quality, remembered
from tests.twin.rules import PlannedJourney, PlannedStep
from tests.twin.today import Today

if TYPE_CHECKING:
    from tests.twin.customer import TwinCustomer

BLOCKS_PER_JOURNEY = 32
MOST_CONTACTS = 65535


@dataclass(frozen=True)
class Encounter:
    """One encounter as it was delivered, before anybody feels anything about it."""

    department: int
    channel: int
    without_failure: float
    delivered: float
    own_failure: bool
    handoff_failure: bool

    @property
    def failed(self) -> bool:
        """True if the department itself or the way to it failed."""
        return self.own_failure or self.handoff_failure


@dataclass(frozen=True)
class Feeling:
    """Satisfaction with one encounter, and what is kept of it once a complaint is settled."""

    satisfaction: float
    kept: float


def cross_journey(customer: TwinCustomer, today: Today, number: int, kind: int) -> None:
    """Live through journey ``number`` of the period, of a given kind, and remember it."""
    plan = today.rules.journeys[kind]
    encounters: list[Encounter] = []
    feelings: list[Feeling] = []
    for position, step in enumerate(plan.steps):
        block = number * BLOCKS_PER_JOURNEY + 2 * position
        u_delivery = today.luck.uniforms(TwinStream.ENCOUNTER, customer.number, today.period, block)
        u_complaint, u_recovery, _, _ = today.luck.uniforms(
            TwinStream.ENCOUNTER, customer.number, today.period, block + 1
        )
        previous = encounters[-1] if encounters else None
        encounter = deliver(customer, today, plan, step, previous, u_delivery)
        feelings.append(feel(customer, today, plan, encounter, u_complaint, u_recovery))
        learn(customer, today, encounter)
        encounters.append(encounter)
    count_journey(today, kind, encounters)
    remember(customer, today, plan, feelings)


def deliver(
    customer: TwinCustomer,
    today: Today,
    plan: PlannedJourney,
    step: PlannedStep,
    previous: Encounter | None,
    u_delivery: tuple[float, float, float, float],
) -> Encounter:
    """Return the encounter that the company delivers: quality, channel and failures."""
    u_quality, u_own, u_handoff, u_channel = u_delivery
    offer, region, department = today.offer, customer.region, step.department
    channel = today.rules.choose_channel(customer.segment, step, u_channel)
    own = u_own < offer.failure_probability[region, department]
    handed_wrongly = previous is not None and hand_off_fails(customer, today, previous, department, channel, u_handoff)
    without = (
        float(offer.quality[region, department])
        + today.rules.channels[channel].quality
        + today.rules.experience.perception.encounter_sd * normal(u_quality)
    )
    delivered = without - plan.severity if own or handed_wrongly else without
    return Encounter(department, channel, without, delivered, bool(own), handed_wrongly)


def hand_off_fails(
    customer: TwinCustomer, today: Today, previous: Encounter, department: int, channel: int, u: float
) -> bool:
    """Return whether the way from the previous encounter failed, and count the attempt and whose failure it was."""
    pair = (previous.department, department)
    between_departments = between_channels = 0.0
    if previous.department != department:
        between_departments = float(today.offer.handoff_failure[customer.region, pair[0], pair[1]])
        today.tally.add("handoff_attempts", pair)
    if previous.channel != channel:
        between_channels = today.rules.experience.channel_handoff_failure
        today.tally.add("channel_attempts")
    if u < between_departments:
        today.tally.add("handoff_failures", pair)
        return True
    if u < 1.0 - (1.0 - between_departments) * (1.0 - between_channels):
        today.tally.add("channel_failures")
        return True
    return False


def feel(
    customer: TwinCustomer,
    today: Today,
    plan: PlannedJourney,
    encounter: Encounter,
    u_complaint: float,
    u_recovery: float,
) -> Feeling:
    """Return what the customer feels, and complain if there is reason to."""
    recovery, tally = today.rules.experience.recovery, today.tally
    perceived, satisfaction = impression(customer, today, encounter.department, encounter.delivered)
    count_encounter(customer, today, encounter, perceived)
    if not encounter.failed:
        return Feeling(satisfaction, satisfaction)
    _, without = impression(customer, today, encounter.department, encounter.without_failure)
    loss = without - satisfaction
    if today.period - customer.last_failure <= today.rules.double_deviation_periods:
        loss *= recovery.double_deviation
    customer.last_failure = today.period
    satisfaction = without - loss
    if u_complaint < 1.0 - (1.0 - recovery.complaint_share) ** plan.severity:
        tally.add("complaints", (encounter.department,))
        if u_recovery < today.offer.recovery_probability:
            tally.add("recoveries", (encounter.department,))
            return Feeling(satisfaction, without)
    return Feeling(satisfaction, satisfaction)


def impression(customer: TwinCustomer, today: Today, department: int, delivered: float) -> tuple[float, float]:
    """Return perceived quality and satisfaction if ``delivered`` is what the customer gets."""
    perception = today.rules.experience.perception
    expected = customer.expectation[department]
    required = float(today.offer.requirement[department]) + customer.personal_requirement
    neutral = today.rules.calibration.satisfaction_intercept + customer.personal_satisfaction
    perceived = perceived_quality(delivered, expected, required, perception)
    return perceived, encounter_satisfaction(perceived, expected, neutral, perception)


def learn(customer: TwinCustomer, today: Today, encounter: Encounter) -> None:
    """Move the expectation towards what was delivered."""
    department = encounter.department
    gain = learning_gain(today.rules.gains, customer.contacts[department])
    customer.expectation[department] += gain * (encounter.delivered - customer.expectation[department])
    customer.contacts[department] = min(customer.contacts[department] + 1, MOST_CONTACTS)


def remember(customer: TwinCustomer, today: Today, plan: PlannedJourney, feelings: list[Feeling]) -> None:
    """Move satisfaction towards what is remembered of the journey, and give back what recovery restores."""
    experience = today.rules.experience
    peak_weight = experience.memory.peak_weight
    journey = remembered([feeling.satisfaction for feeling in feelings], peak_weight)
    kept = remembered([feeling.kept for feeling in feelings], peak_weight)
    gain = min(1.0, experience.memory.satisfaction_gain * plan.importance)
    lost = gain * (kept - journey)
    customer.satisfaction += gain * (journey - customer.satisfaction) + experience.recovery.loyalty_restored * lost
    customer.transient += experience.recovery.glow * lost


def count_encounter(customer: TwinCustomer, today: Today, encounter: Encounter, perceived: float) -> None:
    """Add one encounter to the tally."""
    here = (encounter.department,)
    today.tally.add("encounters", here)
    today.tally.add("failures", here, float(encounter.own_failure))
    today.tally.add("quality_sum", here, encounter.delivered)
    today.tally.add("perceived_sum", here, perceived)
    today.tally.add("expectation_sum", here, customer.expectation[encounter.department])
    today.tally.add("service_weight", here, today.rules.channels[encounter.channel].rel_cost)


def count_journey(today: Today, kind: int, encounters: list[Encounter]) -> None:
    """Add one journey to the tally."""
    today.tally.add("journeys", (kind,))
    today.tally.add("journeys_failed", (kind,), float(any(encounter.failed for encounter in encounters)))
    today.tally.add("journeys_handoff_failed", (kind,), float(any(e.handoff_failure for e in encounters)))
