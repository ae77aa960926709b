"""Constants of the customers' rules, as the kernels take them: plain arrays and scalars, tabulated beforehand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


class Perceiving(NamedTuple):
    """From an encounter to satisfaction with it; units as in the parameter records."""

    intercept: float
    encounter_sd: float
    assimilation: float
    contrast: float
    zone_lower: float
    zone_upper: float
    loss_aversion: float
    quality_weight: float
    disconfirmation_weight: float


class Travelling(NamedTuple):
    """Journeys: how many, which, through whom and by which channel (G segments, J journeys, 12 steps, 6 channels)."""

    expected_journeys: Vector
    """Journeys per customer and period, shape (G,)."""
    idle_share: Vector
    """Probability of no journey in a period, shape (G,)."""
    journey_cumulative: Vector
    """Cumulative share of each journey, shape (G, J)."""
    n_steps: NDArray[np.int64]
    """Steps of each journey, shape (J,)."""
    department: NDArray[np.int64]
    """Department of each step, shape (J, 12)."""
    channel_cumulative: Vector
    """Cumulative probability of each channel, shape (G, J, 12, 6)."""
    last_channel: NDArray[np.int64]
    """Last channel of positive weight, shape (G, J, 12)."""
    gain: Vector
    """How far a journey moves satisfaction, min(1, a_S w_j), shape (J,)."""
    severity: Vector
    """What a failure takes, SD of encounters, shape (J,)."""
    complaint_probability: Vector
    """Probability of complaining after a failure, shape (J,)."""
    channel_quality: Vector
    """Quality of each channel relative to the department's, shape (6,)."""
    channel_cost: Vector
    """Relative cost of each channel, shape (6,)."""
    channel_handoff_failure: float
    """Probability that a change of channel fails."""


class Remembering(NamedTuple):
    """Learning, journey memory, recovery and the willingness to talk."""

    gain_table: Vector
    """Kalman gain by number of earlier contacts; the last value holds beyond, shape (256,)."""
    peak_weight: float
    loyalty_restored: float
    glow: float
    glow_kept: float
    """Share of transient satisfaction kept over one period."""
    belief_kept: float
    """Share of the information about us kept over one period."""
    double_deviation: float
    double_deviation_periods: int
    tell_base: float
    tell_positive: float
    tell_negative: float


class Hearing(NamedTuple):
    """What a message does to the one who hears it."""

    mean_satisfaction: float
    message_precision: float
    negative_impact: float
    contradiction: float
    market_precision: float
    market_level: float
    customer_gain: float


class MovingScalars(NamedTuple):
    """Scalars of leaving, joining and spending; kept apart from arrays so that passing them costs nothing."""

    period_years: float
    baseline_hazard: float
    """lambda0 exp(-c_switch), per year."""
    price_effect: float
    tenure_effect: float
    rival_intercept: float
    """Satisfaction with a rival of quality 0."""
    rival_slope: float
    innovation: float
    """p * advertising scale, per year."""
    imitation: float
    negative_weight: float
    expectation_effect: float
    promise_precision: float
    market_precision: float
    market_level: float
    own_experience_precision: float
    spend_effect: float
    promoter_cut: float
    detractor_cut: float
    periods_per_year: int


class Moving(NamedTuple):
    """Leaving, joining and spending (G segments)."""

    scalars: MovingScalars
    segment_hazard: Vector
    """exp(-switching cost of the segment), shape (G,)."""
    sensitivity: Vector
    """b_S * competition * sensitivity of the segment, shape (G,)."""
    frailty_table: Vector
    """Quantiles of frailty at acquisition, shape (K,)."""
    recall_periods: int
    count_all_customers: bool


class Rules(NamedTuple):
    """All constants of the customers' rules."""

    perceiving: Perceiving
    travelling: Travelling
    remembering: Remembering
    hearing: Hearing
    moving: Moving
