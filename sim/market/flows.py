"""What happened in the market in one period: all that the company learns of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Flows:
    """Counts and sums over one period; departments, pairs and journeys in the order of the parameters."""

    encounters: Vector
    """Encounters, shape (n_departments,)."""
    failures: Vector
    """Encounters that failed in the department itself, shape (n_departments,)."""
    quality_sum: Vector
    """Sum of delivered quality over encounters, SD of encounters, shape (n_departments,)."""
    perceived_sum: Vector
    """Sum of perceived quality, SD of encounters, shape (n_departments,)."""
    expectation_sum: Vector
    """Sum of expectations before the encounter, SD of encounters, shape (n_departments,)."""
    complaints: Vector
    """Complaints, shape (n_departments,)."""
    recoveries: Vector
    """Recovered complaints, shape (n_departments,)."""
    service_weight: Vector
    """Encounters weighted by the relative cost of their channel, shape (n_departments,)."""
    handoff_attempts: Vector
    """Hand-offs, index (from, to), shape (n_departments, n_departments)."""
    handoff_failures: Vector
    """Failed hand-offs, index (from, to), shape (n_departments, n_departments)."""
    channel_attempts: float
    """Changes of channel between two steps."""
    channel_failures: float
    """Failures that the change of channel caused."""
    journeys: Vector
    """Journeys by kind, shape (n_journeys,)."""
    journeys_failed: Vector
    """Journeys with at least one failure of any kind, shape (n_journeys,)."""
    journeys_handoff_failed: Vector
    """Journeys with at least one failed hand-off (department or channel), shape (n_journeys,)."""
    mentions_positive: float
    """Messages from satisfied customers that reached a neighbour."""
    mentions_negative: float
    """Messages from dissatisfied customers that reached a neighbour."""
    active: float
    """Customers who were ours during the period."""
    revenue: float
    """Revenue of the period, currency."""
    value_sum: float
    """Revenue of the period had everybody been neutral, currency."""
    satisfaction_sum: float
    """Sum of satisfaction over active customers."""
    satisfaction_square_sum: float
    """Sum of squared satisfaction."""
    reported_sum: float
    """Sum of reported satisfaction (with the transient of recovery)."""
    satisfied: float
    """Active customers with satisfaction above 0."""
    promoters: float
    """Active customers whose reported satisfaction reaches the promoter cut."""
    detractors: float
    """Active customers whose reported satisfaction is at most the detractor cut."""
    loyal: float
    """Active customers who are satisfied and have been ours for at least a year."""
    tenure_sum: float
    """Sum of tenure, years."""
    expected_churn: float
    """Sum of the probabilities of leaving."""
    churned: float
    """Customers who left at the end of the period."""
    acquired: float
    """Outsiders who joined at the end of the period."""
