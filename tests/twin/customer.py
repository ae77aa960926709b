"""One person of the market, as a Mesa agent."""

from __future__ import annotations

import math
from typing import Any

import mesa
import numpy as np

from sim.market.state import NEVER, State
from tests.twin.choices import joining_hazard, leaving_hazard, newcomer_expectation, probability_within
from tests.twin.journey import cross_journey
from tests.twin.luck import TwinStream, count_of_events
from tests.twin.today import Today
from tests.twin.word_of_mouth import Belief, Message, message_weight, telling_probability

WHOLE_NUMBERS = ("segment", "region", "tenure", "last_failure", "last_told", "last_told_sign")
REAL_NUMBERS = (
    "value",
    "personal_satisfaction",
    "personal_requirement",
    "frailty",
    "satisfaction",
    "transient",
    "information",
    "message_sum",
)


class TwinCustomer(mesa.Agent):
    """One person, ours or outside; the attributes are the columns of the state.

    Parameters
    ----------
    society
        The Mesa model that holds the agents.
    number
        Row in the state, from 0.
    state
        Where the attributes are copied from.
    """

    segment: int
    region: int
    value: float
    personal_satisfaction: float
    personal_requirement: float
    frailty: float
    tenure: int
    satisfaction: float
    transient: float
    last_failure: int
    last_told: int
    last_told_sign: int
    information: float
    message_sum: float

    def __init__(self, society: Any, number: int, state: State) -> None:
        super().__init__(society)
        self.number = number
        self.ours = bool(state.ours[number])
        for name in WHOLE_NUMBERS:
            setattr(self, name, int(getattr(state, name)[number]))
        for name in REAL_NUMBERS:
            setattr(self, name, float(getattr(state, name)[number]))
        self.expectation = [float(level) for level in state.expectation[:, number]]
        self.contacts = [int(count) for count in state.contacts[:, number]]
        self.neighbours: list[TwinCustomer] = []
        self.tell_probability = 0.0
        self.code = 0
        self.leaves = False
        self.joins_expecting: float | None = None

    @property
    def mean_expectation(self) -> float:
        """Mean expectation over the departments."""
        return sum(self.expectation) / len(self.expectation)

    def fade(self, today: Today) -> None:
        """Let the glow of recoveries and what was heard fade (start of the period)."""
        experience, years = today.rules.experience, today.rules.years
        self.transient *= math.exp(-years / experience.recovery.glow_years)
        forgetting = math.exp(-years / experience.word_of_mouth.belief_memory_years)
        self.information *= forgetting
        self.message_sum *= forgetting

    def travel(self, today: Today) -> None:
        """Make the journeys of the period, one after the other."""
        self.tell_probability = 0.0
        if not self.ours:
            return
        mean = sum(today.rules.journey_rates[self.segment]) * today.rules.years
        u_count = today.luck.uniforms(TwinStream.CUSTOMER, self.number, today.period, 0)[0]
        n_journeys = count_of_events(u_count, mean)
        for journey in range(n_journeys):
            u_kind = today.luck.uniform(TwinStream.JOURNEY, self.number, today.period, journey)
            cross_journey(self, today, journey, today.rules.choose_journey(self.segment, u_kind))
        self.tell_probability = telling_probability(self.satisfaction, n_journeys, today.rules.experience.word_of_mouth)

    def listen(self, today: Today) -> None:
        """Hear from the neighbours who talk, in their order."""
        messages = [self.hear(teller, today) for teller in self.neighbours if self.is_told_by(teller, today)]
        if not messages:
            return
        rules = today.rules.experience.word_of_mouth
        prior = Belief.of(self.information, self.message_sum, today.rules.market.acquisition)
        weights = [message_weight(message, prior, rules) for message in messages]
        self.information += sum(weights)
        self.message_sum += sum(weight * message.level for weight, message in zip(weights, messages, strict=True))
        if self.ours:
            heard = sum(message.level for message in messages) / len(messages)
            moved = (1.0 - (1.0 - rules.customer_gain) ** len(messages)) * (heard - self.mean_expectation)
            self.expectation = [level + moved for level in self.expectation]

    def is_told_by(self, teller: TwinCustomer, today: Today) -> bool:
        """Return whether a neighbour tells this person in this period."""
        if teller.tell_probability <= 0.0:
            return False
        u_telling = today.luck.uniforms(TwinStream.TELLING, teller.number, today.period, self.number)[0]
        return u_telling < teller.tell_probability

    def hear(self, teller: TwinCustomer, today: Today) -> Message:
        """Return the message of a neighbour, and note that it was told."""
        positive = teller.satisfaction > 0.0
        today.tellers.add(teller.number)
        today.tally.add("mentions_positive" if positive else "mentions_negative")
        return Message(teller.satisfaction - today.rules.calibration.mean_satisfaction, positive)

    def note_telling(self, today: Today) -> None:
        """Remember having told somebody, once everybody has listened."""
        if self.number in today.tellers:
            self.last_told = today.period
            self.last_told_sign = 1 if self.satisfaction > 0.0 else -1

    def report(self, today: Today) -> None:
        """Be counted among the customers of the period, before anybody leaves or joins."""
        if not self.ours:
            return
        memory, years, add = today.rules.experience.memory, today.rules.years, today.tally.add
        reported = self.satisfaction + self.transient
        spend = 1.0 + today.rules.market.spend_effect * min(1.0, max(-1.0, self.satisfaction))
        add("active")
        add("revenue", amount=self.value * spend * years)
        add("value_sum", amount=self.value * years)
        add("satisfaction_sum", amount=self.satisfaction)
        add("satisfaction_square_sum", amount=self.satisfaction**2)
        add("reported_sum", amount=reported)
        add("satisfied", amount=float(self.satisfaction > 0.0))
        add("promoters", amount=float(reported >= memory.nps_promoter_cut))
        add("detractors", amount=float(reported <= memory.nps_detractor_cut))
        add("loyal", amount=float(self.satisfaction > 0.0 and self.tenure >= today.rules.periods_per_year))
        add("tenure_sum", amount=self.tenure * years)
        add("expected_churn", amount=probability_within(leaving_hazard(self, today), years))

    def show(self, today: Today) -> None:
        """Show outsiders what was last told: 1 good, -1 bad, 0 nothing that is still recalled."""
        recalled = today.period - self.last_told < today.rules.recall_periods
        self.code = self.last_told_sign if self.ours and recalled else 0
        if self.ours and today.rules.market.acquisition.count_all_customers:
            self.code = 1

    def decide(self, today: Today) -> None:
        """Make up one's mind, seeing everybody as they were before anybody moved."""
        self.leaves, self.joins_expecting = False, None
        _, u_leaving, u_joining, _ = today.luck.uniforms(TwinStream.CUSTOMER, self.number, today.period, 0)
        if self.ours:
            self.leaves = u_leaving < probability_within(leaving_hazard(self, today), today.rules.years)
            return
        expectation = newcomer_expectation(self.information, self.message_sum, today)
        hazard = joining_hazard(expectation, [neighbour.code for neighbour in self.neighbours], today)
        if u_joining < probability_within(hazard, today.rules.years):
            self.joins_expecting = expectation

    def act(self, today: Today, frailty_table: np.ndarray) -> None:
        """Leave, stay, join or remain outside."""
        if self.leaves:
            today.tally.add("churned")
            precision = today.rules.experience.word_of_mouth.own_experience_precision
            self.ours = False
            self.information = precision
            self.message_sum = precision * self.mean_expectation
            self.tenure = 0
        elif self.ours:
            self.tenure += 1
        elif self.joins_expecting is not None:
            today.tally.add("acquired")
            self.join(today, self.joins_expecting, frailty_table)

    def join(self, today: Today, expectation: float, frailty_table: np.ndarray) -> None:
        """Become a customer who expects the same of every department."""
        u_frailty = today.luck.uniforms(TwinStream.CUSTOMER, self.number, today.period, 0)[3]
        self.ours = True
        self.tenure = 0
        self.expectation = [expectation for _ in self.expectation]
        self.contacts = [0 for _ in self.contacts]
        self.satisfaction = today.rules.rival_satisfaction(today.offer.rival_quality) + self.personal_satisfaction
        self.transient = 0.0
        self.last_failure = self.last_told = NEVER
        self.last_told_sign = 0
        self.frailty = float(frailty_table[math.floor(u_frailty * len(frailty_table))])
