"""What the twin reads from the parameters, in the terms in which its customers think."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from sim.parameters import CHANNELS, Calibration, Parameters, Segment, Step
from sim.parameters.experience import Channel
from tests.twin.perception import gain_of_contacts


@dataclass(frozen=True)
class PlannedStep:
    """One step of a journey: the department and, by segment, the probability of each channel."""

    department: int
    channel_probabilities: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class PlannedJourney:
    """One kind of journey."""

    importance: float
    severity: float
    steps: tuple[PlannedStep, ...]


def channel_probabilities(step: Step, segment: Segment) -> tuple[float, ...]:
    """Return the probability of each channel at a step for a segment, in the order of ``CHANNELS``."""
    own = [step.channels.get(name, 0.0) for name in CHANNELS]
    weights = [weight * segment.channel_habits.get(name, 1.0) for name, weight in zip(CHANNELS, own, strict=True)]
    if sum(weights) == 0.0:
        weights = own
    return tuple(weight / sum(weights) for weight in weights)


class Rules:
    """Parameters, calibration and the few numbers that follow from them.

    Parameters
    ----------
    parameters
        All parameters of the run.
    calibration
        Constants of the status quo.
    """

    def __init__(self, parameters: Parameters, calibration: Calibration) -> None:
        self.experience = parameters.experience
        self.market = parameters.market
        self.calibration = calibration
        self.periods_per_year = parameters.time.periods_per_year
        self.years = 1.0 / self.periods_per_year
        self.departments = tuple(parameters.organisation.departments)
        self.segments = tuple(parameters.population.segments.values())
        self.channels = tuple(self.experience.channels.get(name, Channel()) for name in CHANNELS)
        self.gains = gain_of_contacts(self.experience.learning)
        self.double_deviation_periods = self._in_periods(self.experience.recovery.double_deviation_years)
        self.recall_periods = self._in_periods(self.experience.word_of_mouth.recall_years)
        self.journeys = tuple(
            PlannedJourney(
                importance=journey.importance,
                severity=self.experience.recovery.severity * journey.rel_severity,
                steps=tuple(
                    PlannedStep(
                        department=self.departments.index(step.department),
                        channel_probabilities=tuple(channel_probabilities(step, segment) for segment in self.segments),
                    )
                    for step in journey.steps
                ),
            )
            for journey in parameters.journeys.values()
        )
        self.journey_rates = tuple(
            tuple(
                plan.rate_per_year * segment.journey_rates.get(name, 1.0) for name, plan in parameters.journeys.items()
            )
            for segment in self.segments
        )

    def _in_periods(self, years: float) -> int:
        return round(years * self.periods_per_year)

    def choose_journey(self, segment: int, u: float) -> int:
        """Return the kind of journey at probability ``u`` of the shares of the segment's rates."""
        rates = self.journey_rates[segment]
        return first_reached(u, [rate / sum(rates) for rate in rates], otherwise=len(rates) - 1)

    def choose_channel(self, segment: int, step: PlannedStep, u: float) -> int:
        """Return the channel at probability ``u``."""
        probabilities = step.channel_probabilities[segment]
        last_used = max(number for number, probability in enumerate(probabilities) if probability > 0.0)
        return first_reached(u, probabilities, otherwise=last_used)

    def rival_satisfaction(self, rival_quality: float) -> float:
        """Return the mean satisfaction of the rival's customers."""
        status_quo = self.calibration
        return status_quo.mean_satisfaction + status_quo.satisfaction_slope * (rival_quality - status_quo.mean_quality)


def first_reached(u: float, shares: tuple[float, ...] | list[float], otherwise: int) -> int:
    """Return the first index whose cumulative share is at least ``u``."""
    for index, cumulative in enumerate(accumulate(shares)):
        if u <= cumulative:
            return index
    return otherwise
