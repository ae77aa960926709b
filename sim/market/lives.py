"""What a re-lived life is made of: encounters, journeys, messages and the moments of which a period is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Encounter:
    """One encounter with a department; qualities in SD of encounters, satisfaction in its own units."""

    department: str
    channel: str
    came_from: str
    """Department of the step before; empty at the first step."""
    quality_offered: float
    """Mean quality of the department in the customer's region."""
    failure_probability: float
    """Probability that the department itself fails."""
    handoff_probability: float
    """Probability that the hand-off from the department before fails; 0 where there is none."""
    quality: float
    """Quality met: that offered, the channel's, the luck of the day, and what a failure takes."""
    expectation: float
    """Expectation of this department before the encounter."""
    requirement: float
    """What the customer holds the department should deliver."""
    perceived: float
    """Perceived quality."""
    disconfirmation: float
    """Value of perceived against expected quality; 0 within the zone of tolerance."""
    satisfaction: float
    """Satisfaction with the encounter as it was felt, before anything is put right."""
    kept: float
    """What is kept of it once a complaint is settled."""
    own_failure: bool
    """The department itself failed."""
    handoff_failure: bool
    """The hand-off from the department before failed."""
    channel_failure: bool
    """The change of channel failed."""
    repeated: bool
    """The failure hurt more because another one was recent."""
    complained: bool
    recovered: bool

    @property
    def failed(self) -> bool:
        """Whether anything failed."""
        return self.own_failure or self.handoff_failure or self.channel_failure


@dataclass(frozen=True, slots=True)
class Journey:
    """One journey and what it did to satisfaction."""

    name: str
    encounters: tuple[Encounter, ...]
    gain: float
    """How far the journey moves satisfaction towards what is remembered of it, share."""
    memory: float
    """What is remembered of it as felt, satisfaction units."""
    restored: float
    """Satisfaction that recovery gives back for good, satisfaction units."""
    satisfaction_before: float
    satisfaction: float
    """Satisfaction after the journey."""
    transient: float
    """Transient satisfaction after the journey."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message heard from a neighbour."""

    neighbour: int
    positive: bool
    """The neighbour is satisfied."""
    content: float
    """Satisfaction of the neighbour less that of the status quo, satisfaction units."""
    weight: float
    """Weight in the customer's belief about us, messages."""


@dataclass(frozen=True, slots=True)
class Fate:
    """Whether a customer leaves, or an outsider joins, at the end of a period."""

    hazard: float
    """Hazard of leaving (of joining, for an outsider), per year."""
    probability: float
    """Probability of it within the period."""
    draw: float
    """The uniform number it is compared with: below the probability, it happens."""
    happened: bool
    rival_quality: float
    """Quality of the rival, SD of encounters."""
    price_gap: float
    """Our price relative to the rival's, minus 1."""
    margin: float
    """Of a customer: satisfaction over that with the rival. Of an outsider: expected quality over the rival's."""
    leverage: float
    """Of a customer: how much the log hazard falls per unit of satisfaction margin; of an outsider: rises."""
    promise: float
    """Quality promised to outsiders, SD of encounters."""
    advertising: float
    """Advertising relative to the status quo."""
    neighbours: float
    """Positive less weighted negative share of an outsider's neighbours who talk; 0 for a customer."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One period of a life; the state is that after it."""

    period: int
    """From 0, the start of the burn-in."""
    months: float
    """Months from the switch to the end of the period; zero and below in the burn-in."""
    ours: bool
    """A customer of ours during the period."""
    journeys: tuple[Journey, ...]
    heard: tuple[Message, ...]
    told: tuple[int, ...]
    """Neighbours who were told."""
    fate: Fate
    recovery_probability: float
    """Probability that a complaint is recovered."""
    satisfaction: float
    transient: float
    expectation: tuple[float, ...]
    """Expectation by department, SD of encounters; meaningless for outsiders, who expect one thing of the firm."""
    information: float
    """Information held about us, messages."""
    message_sum: float
    """Information-weighted sum of messages."""
    tenure_years: float

    @property
    def left(self) -> bool:
        """Whether the customer left at the end of the period."""
        return self.ours and self.fate.happened

    @property
    def joined(self) -> bool:
        """Whether the outsider joined at the end of the period."""
        return not self.ours and self.fate.happened

    @property
    def encounters(self) -> Iterator[Encounter]:
        """All encounters of the period, in order."""
        return (encounter for journey in self.journeys for encounter in journey.encounters)


@dataclass(frozen=True, slots=True)
class Story:
    """A whole life of one person in one replicate of one design."""

    scenario: str
    title: str
    """One line that says what the design is."""
    replicate: int
    customer: int
    """Row in the market, from 0."""
    segment: str
    pilot_region: bool
    value: float
    """Yearly revenue at neutral satisfaction, currency."""
    personal_satisfaction: float
    """Personal level of satisfaction, satisfaction units."""
    personal_requirement: float
    """Personal requirement, SD of encounters."""
    departments: tuple[str, ...]
    n_neighbours: int
    moments: tuple[Moment, ...]

    def after_switch(self) -> tuple[Moment, ...]:
        """Return the moments after the switch."""
        return tuple(moment for moment in self.moments if moment.months > 0.0)

    def first_left(self) -> Moment | None:
        """Return the moment after the switch at whose end the customer first left; None if never."""
        return next((moment for moment in self.after_switch() if moment.left), None)
