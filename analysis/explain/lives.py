"""One customer's life under two designs, and where the two part: the first difference, the parting, the journeys.

Both lives meet the same luck. As long as nothing differs, only what the company delivers, the price, the rival or what
a neighbour says can make a difference, so the reasons of the first difference are complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from math import log

import sim
from sim.errors import ResultError
from sim.parameters import Parameters
from sim.story import Encounter, Journey, Message, Moment, Story

SMALLEST = 1e-12
"""Differences up to this are rounding."""

Event = tuple[str, ...]


@dataclass(frozen=True)
class Reason:
    """One input that differs between two lives."""

    what: str
    unit: str
    one: float
    other: float
    """NaN where the life has no such thing (a message that was not heard)."""


@dataclass(frozen=True)
class Parting:
    """The period in which a customer leaves in one life and stays in the other."""

    one: Moment
    other: Moment
    log_ratio: float
    """Log of the hazard of leaving in the first life over that in the second."""
    by_satisfaction: float
    """Part of it that satisfaction makes."""
    by_rival: float
    """Part that the rival's quality makes."""
    by_price: float
    """Part that the price gap makes, and what is left."""


@dataclass(frozen=True)
class Contribution:
    """What one journey adds to the difference of satisfaction (first life less second), satisfaction units."""

    months: float
    one: Journey
    other: Journey
    amount: float


@dataclass(frozen=True)
class Pair:
    """One customer in two lives."""

    one: Story
    other: Story
    currency: str

    @property
    def moments(self) -> Iterator[tuple[Moment, Moment]]:
        """The moments of both lives, period by period."""
        return zip(self.one.moments, self.other.moments, strict=True)

    def first_difference(self) -> tuple[Moment, Moment, tuple[Reason, ...]] | None:
        """Return the first period in which the two lives differ, and the inputs that made it; None if none does."""
        for one, other in self.moments:
            if _differ(one, other):
                return one, other, tuple(_reasons(one, other))
        return None

    def first_event(self) -> tuple[Moment, Moment, tuple[Event, ...], tuple[Event, ...]] | None:
        """Return the first period in which something happens in one life only: a failure, complaint, message, move.

        The last two parts are the events of the first life alone and those of the second alone; None if none does.
        """
        for one, other in self.moments:
            events, others = events_of(one), events_of(other)
            if events != others:
                only = tuple(event for event in events if event not in others)
                return one, other, only, tuple(event for event in others if event not in events)
        return None

    def parting(self) -> Parting | None:
        """Return the first period after the switch in which a customer of both leaves in one life only."""
        for one, other in self.moments:
            if one.months > 0.0 and one.ours and other.ours and one.left != other.left:
                return _parting(one, other)
        return None

    def contributions(self, months: float) -> tuple[Contribution, ...]:
        """Trace the difference of satisfaction at the end of ``months`` after the switch to the journeys since then.

        Satisfaction moves towards the memory of each journey by its gain, in both lives alike, so the difference is
        exactly the sum of what each journey put in, worn off by the gains of those that followed. Empty unless the
        customer was ours in both lives throughout.
        """
        past = [pair for pair in self.moments if 0.0 < pair[0].months <= months]
        if not all(one.ours and other.ours for one, other in past):
            return ()
        found: list[Contribution] = []
        for one, other in past:
            for here, there in zip(one.journeys, other.journeys, strict=True):
                new = here.gain * (here.memory - there.memory) + here.restored - there.restored
                found = [Contribution(c.months, c.one, c.other, (1.0 - here.gain) * c.amount) for c in found]
                found.append(Contribution(one.months, here, there, new))
        return tuple(found)


def tell_pair(one: Parameters, other: Parameters, customer: int, replicate: int = 0) -> Pair:
    """Tell one customer's life under two designs.

    Raises
    ------
    ConfigError
        There is no such customer.
    ResultError
        The two have no common past: another market, seed, clock or status quo.
    """
    stories = [sim.tell_story(parameters, customer, replicate) for parameters in (one, other)]
    pair = Pair(stories[0], stories[1], one.finance.currency)
    same = len(stories[0].moments) == len(stories[1].moments) and stories[0].value == stories[1].value
    if not same or any(_differ(*moments) for moments in pair.moments if moments[0].months <= 0.0):
        raise ResultError(f"{one.scenario.name} and {other.scenario.name}: the customer has no common past in them")
    return pair


def events_of(moment: Moment) -> tuple[Event, ...]:
    """Return what happened in a period, in order: kind, then what it was about."""
    found: list[Event] = []
    for journey in moment.journeys:
        for number, encounter in enumerate(journey.encounters):
            about = (journey.name, encounter.department, str(number))
            found.extend((kind, *about) for kind in failures_of(encounter))
            found.extend([("complains", *about)] if encounter.complained else [])
            found.extend([("put right", *about)] if encounter.recovered else [])
    found.extend(("hears well" if m.positive else "hears badly", str(m.neighbour)) for m in moment.heard)
    found.extend([("leaves",)] if moment.left else [])
    found.extend([("joins",)] if moment.joined else [])
    return tuple(found)


def failures_of(encounter: Encounter) -> list[str]:
    """Say what failed in an encounter."""
    causes = (
        (encounter.own_failure, f"{encounter.department} fails"),
        (encounter.handoff_failure, f"hand-off from {encounter.came_from} to {encounter.department} fails"),
        (encounter.channel_failure, f"change of channel to {encounter.channel} fails"),
    )
    return [text for failed, text in causes if failed]


def _differ(one: Moment, other: Moment) -> bool:
    """Tell whether two moments differ in anything the customer lives through or becomes."""
    numbers: tuple[Callable[[Moment], float], ...] = (
        lambda m: m.satisfaction,
        lambda m: m.transient,
        lambda m: m.information,
        lambda m: m.message_sum,
        lambda m: m.fate.probability,
    )
    if one.ours != other.ours or events_of(one) != events_of(other):
        return True
    expected = zip(one.expectation, other.expectation, strict=True)
    return any(_apart(read(one), read(other)) for read in numbers) or any(_apart(a, b) for a, b in expected)


def _apart(one: float, other: float) -> bool:
    return abs(one - other) > SMALLEST * (1.0 + max(abs(one), abs(other)))


def _reasons(one: Moment, other: Moment) -> Iterator[Reason]:
    """Yield the inputs of a period that differ and matter in it."""
    found: dict[str, Reason] = {}
    for here, there in zip(one.encounters, other.encounters, strict=False):
        for reason in _encounter_reasons(here, there, one, other):
            found.setdefault(reason.what, reason)
    yield from found.values()
    yield from _message_reasons(one.heard, other.heard)
    outsider = not one.ours
    inputs = (
        ("the rival's quality", "SD", one.fate.rival_quality, other.fate.rival_quality, True),
        ("our price over the rival's", "ratio", one.fate.price_gap, other.fate.price_gap, not outsider),
        ("the promise", "SD", one.fate.promise, other.fate.promise, outsider),
        ("advertising", "ratio", one.fate.advertising, other.fate.advertising, outsider),
        ("what neighbours say", "share", one.fate.neighbours, other.fate.neighbours, outsider),
    )
    for what, unit, a, b, matters in inputs:
        if matters and _apart(a, b):
            yield Reason(what, unit, a, b)


def _encounter_reasons(here: Encounter, there: Encounter, one: Moment, other: Moment) -> Iterator[Reason]:
    department, way = here.department, f"{here.came_from} to {here.department}"
    chances = (here.handoff_probability, there.handoff_probability)
    inputs = (
        (f"quality of {department}", "SD", here.quality_offered, there.quality_offered, True),
        (f"requirement of {department}", "SD", here.requirement, there.requirement, True),
        (
            f"failure probability of {department}", "probability",
            here.failure_probability, there.failure_probability, here.own_failure != there.own_failure,
        ),
        (f"probability that the hand-off from {way} fails", "probability", *chances,
         here.handoff_failure != there.handoff_failure),
        (
            "probability that a complaint is put right", "probability",
            one.recovery_probability, other.recovery_probability, here.recovered != there.recovered,
        ),
    )  # fmt: skip
    for what, unit, a, b, matters in inputs:
        if matters and _apart(a, b):
            yield Reason(what, unit, a, b)


def _message_reasons(heard: tuple[Message, ...], others: tuple[Message, ...]) -> Iterator[Reason]:
    """Yield messages that only one life hears, or whose content differs because the neighbour's life does."""
    here, there = ({message.neighbour: message.content for message in messages} for messages in (heard, others))
    for neighbour in sorted(here.keys() | there.keys()):
        a, b = here.get(neighbour, float("nan")), there.get(neighbour, float("nan"))
        if not abs(a - b) <= SMALLEST:
            yield Reason(f"what neighbour {neighbour} tells, whose own life differs", "satisfaction units", a, b)


def _parting(one: Moment, other: Moment) -> Parting:
    """Divide the log ratio of two hazards; tenure, frailty and switching cost are the same in both."""
    total = log(one.fate.hazard) - log(other.fate.hazard)
    by_margin = -one.fate.leverage * (one.fate.margin - other.fate.margin)
    by_satisfaction = -one.fate.leverage * (one.satisfaction - other.satisfaction)
    return Parting(one, other, total, by_satisfaction, by_margin - by_satisfaction, total - by_margin)


def paired_encounters(
    one: Journey | None, other: Journey | None
) -> Iterator[tuple[Encounter | None, Encounter | None]]:
    """Pair the encounters of a journey in two lives; None where a life does not make it."""
    return zip_longest(one.encounters if one else (), other.encounters if other else ())
