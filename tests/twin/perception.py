"""From an encounter to what is felt about it, what is learnt from it and what is remembered."""

from __future__ import annotations

from collections.abc import Sequence

from sim.parameters.experience import Learning, Perception

MOST_COUNTED_CONTACTS = 256
"""Contacts after which the gain of learning no longer changes."""


def perceived_quality(delivered: float, expected: float, required: float, perception: Perception) -> float:
    """Return perceived quality: what will be assimilates, what should be contrasts."""
    towards_expectation = perception.assimilation * (expected - delivered)
    away_from_requirement = perception.contrast * (required - delivered)
    return delivered + towards_expectation - away_from_requirement


def felt_disconfirmation(disconfirmation: float, perception: Perception) -> float:
    """Return the value of a disconfirmation: none inside the zone of tolerance, losses weigh more."""
    if disconfirmation > perception.zone_upper:
        return disconfirmation - perception.zone_upper
    if disconfirmation < -perception.zone_lower:
        return -perception.loss_aversion * (-disconfirmation - perception.zone_lower)
    return 0.0


def encounter_satisfaction(perceived: float, expected: float, neutral: float, perception: Perception) -> float:
    """Return the satisfaction with one encounter; ``neutral`` is the intercept plus the personal level."""
    felt = felt_disconfirmation(perceived - expected, perception)
    return neutral + perception.quality_weight * perceived + perception.disconfirmation_weight * felt


def gain_of_contacts(learning: Learning) -> tuple[float, ...]:
    """Return the Kalman gain at each number of earlier contacts (variances over that of encounters)."""
    gains = []
    variance = learning.prior_variance
    for _ in range(MOST_COUNTED_CONTACTS):
        gain = variance / (variance + 1.0)
        gains.append(gain)
        variance = (1.0 - gain) * variance + learning.drift_variance
    return tuple(gains)


def learning_gain(gains: Sequence[float], contacts: int) -> float:
    """Return the gain of the next contact after ``contacts`` earlier ones."""
    return gains[min(contacts, len(gains) - 1)]


def remembered(satisfactions: Sequence[float], peak_weight: float) -> float:
    """Return what is remembered of a journey: its mean and its most extreme encounter, the first if equal."""
    mean = sum(satisfactions) / len(satisfactions)
    extreme = max(satisfactions, key=abs)
    return (1.0 - peak_weight) * mean + peak_weight * extreme
