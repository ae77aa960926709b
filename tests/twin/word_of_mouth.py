"""Who talks, and what a message does to the one who hears it."""

from __future__ import annotations

from dataclasses import dataclass

from sim.parameters.experience import WordOfMouth
from sim.parameters.market import Acquisition


@dataclass(frozen=True)
class Message:
    """One message: the level it claims, and whether the teller is satisfied."""

    level: float
    positive: bool


@dataclass(frozen=True)
class Belief:
    """What somebody believes about us: its level and how many messages it is worth."""

    level: float
    precision: float

    @classmethod
    def of(cls, information: float, message_sum: float, acquisition: Acquisition) -> Belief:
        """Return the belief of somebody who holds this information, mixed with the level of the market."""
        precision = acquisition.market_precision + information
        level = (acquisition.market_precision * acquisition.market_level + message_sum) / precision
        return cls(level, precision)


def telling_probability(satisfaction: float, n_journeys: int, rules: WordOfMouth) -> float:
    """Return the probability of telling one neighbour after the journeys of a period."""
    if n_journeys == 0:
        return 0.0
    delight = rules.tell_positive * max(satisfaction, 0.0)
    anger = rules.tell_negative * max(-satisfaction, 0.0)
    after_one_journey = min(1.0, max(0.0, rules.strength * (rules.tell_base + delight + anger)))
    return 1.0 - (1.0 - after_one_journey) ** n_journeys


def message_weight(message: Message, prior: Belief, rules: WordOfMouth) -> float:
    """Return how much one message weighs; it is discounted where it contradicts a firm belief."""
    weight = rules.message_precision
    if not message.positive:
        weight *= rules.negative_impact
    if message.level * prior.level < 0.0:
        weight /= 1.0 + rules.contradiction * prior.precision * abs(prior.level)
    return weight
