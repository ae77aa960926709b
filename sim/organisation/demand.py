"""What customers' journeys ask of departments: expected contacts, hand-offs and their weight.

Everything here is an expectation over the journeys and segments of the parameters, per customer and year. The
company plans with it, so that the chance of a small simulated population is not mistaken for a change in demand.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Journey, Parameters

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Demand(NamedTuple):
    """Expected demand per customer and year."""

    encounters: Vector
    """Encounters by department, per year, shape (n,)."""
    complaint_encounters: Vector
    """Encounters weighted by the chance that a failure draws a complaint, per year, shape (n,)."""
    complaint_handoffs: Matrix
    """Hand-offs weighted in the same way, index (from, to), per year."""
    touch_weight: Vector
    """Importance times volume of encounters, scaled to mean 1, shape (n,)."""
    journey_handoff_weight: NDArray[np.float64]
    """Importance times volume of hand-offs on the same scale, index (journey, from, to)."""
    moment_of_truth: NDArray[np.bool_]
    """Journeys of at least average importance, shape (n_journeys,)."""

    @property
    def handoff_weight(self) -> Matrix:
        """Importance times volume of hand-offs over all journeys, index (from, to), shape (n, n)."""
        weight: Matrix = self.journey_handoff_weight.sum(axis=0)
        return weight


def expected_rate(parameters: Parameters, name: str) -> float:
    """Return how often a customer makes a journey, per year, averaged over segments."""
    segments = parameters.population.segments.values()
    multiplier = sum(segment.share * segment.journey_rates.get(name, 1.0) for segment in segments)
    return parameters.journeys[name].rate_per_year * multiplier


def complaint_probability(parameters: Parameters, journey: Journey) -> float:
    """Return the chance that a failure on this journey draws a complaint, in [0, 1]."""
    recovery = parameters.experience.recovery
    silent: float = (1.0 - recovery.complaint_share) ** (recovery.severity * journey.rel_severity)
    return 1.0 - silent


def count_steps(journey: Journey, index: dict[str, int]) -> tuple[Vector, Matrix]:
    """Return the encounters and the hand-offs of one journey.

    Parameters
    ----------
    journey
        The journey.
    index
        Place of each department by name.

    Returns
    -------
    tuple of ndarray
        Encounters by department, float64, shape (n_departments,), and hand-offs, index (from, to), float64, shape
        (n_departments, n_departments).
    """
    encounters = np.zeros(len(index))
    handoffs = np.zeros((len(index), len(index)))
    steps = [index[step.department] for step in journey.steps]
    for number, department in enumerate(steps):
        encounters[department] += 1.0
        if number > 0 and steps[number - 1] != department:
            handoffs[steps[number - 1], department] += 1.0
    return encounters, handoffs


def expected_demand(parameters: Parameters) -> Demand:
    """Return what an average customer's year asks of each department."""
    index = {name: number for number, name in enumerate(parameters.organisation.departments)}
    n, n_journeys = len(index), len(parameters.journeys)
    encounters, complaint_encounters, touch = np.zeros(n), np.zeros(n), np.zeros(n)
    complaint_handoffs, journey_handoffs = np.zeros((n, n)), np.zeros((n_journeys, n, n))
    importance, volume = np.zeros(n_journeys), np.zeros(n_journeys)
    for number, (name, journey) in enumerate(parameters.journeys.items()):
        rate, complaints = expected_rate(parameters, name), complaint_probability(parameters, journey)
        steps, handoffs = count_steps(journey, index)
        encounters += rate * steps
        complaint_encounters += rate * complaints * steps
        complaint_handoffs += rate * complaints * handoffs
        touch += rate * journey.importance * steps
        journey_handoffs[number] = rate * journey.importance * handoffs
        importance[number], volume[number] = journey.importance, rate
    scale = touch.mean() if touch.any() else 1.0
    typical = importance @ volume / volume.sum()
    return Demand(
        encounters,
        complaint_encounters,
        complaint_handoffs,
        touch / scale,
        journey_handoffs / scale,
        importance >= typical - 1e-12,
    )
