"""From parameter records to the constants the kernels take."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.market.frailty import frailty_table
from sim.market.kernels.experience import GAIN_TABLE_SIZE
from sim.market.kernels.exponential import exponential
from sim.market.kernels.rules import Hearing, Moving, MovingScalars, Perceiving, Remembering, Rules, Travelling
from sim.parameters import CHANNELS, Calibration, Parameters

MAX_STEPS = 12


def build_rules(parameters: Parameters, calibration: Calibration) -> Rules:
    """Return the constants of the customers' rules for the parameters and the solved constants of the status quo."""
    return Rules(
        perceiving=_perceiving(parameters, calibration),
        travelling=_travelling(parameters),
        remembering=_remembering(parameters),
        hearing=_hearing(parameters, calibration),
        moving=_moving(parameters, calibration),
    )


def kalman_gains(prior_variance: float, drift_variance: float, size: int) -> NDArray[np.float64]:
    """Return how far the expectation moves to what is met, contact by contact (Kalman gain).

    Parameters
    ----------
    prior_variance, drift_variance
        Variance of a newcomer's expectation and of the drift between contacts, over that of encounters.
    size
        Number of contacts.

    Returns
    -------
    ndarray
        Gains in (0, 1), float64, shape (size,).
    """
    gains = np.empty(size)
    variance = prior_variance
    for index in range(size):
        gains[index] = variance / (variance + 1.0)
        variance = (1.0 - gains[index]) * variance + drift_variance
    return gains


def journey_rates(parameters: Parameters) -> NDArray[np.float64]:
    """Return how often customers make each journey.

    Parameters
    ----------
    parameters
        Validated parameters.

    Returns
    -------
    ndarray
        Journeys per customer and year, float64, shape (n_segments, n_journeys).
    """
    return np.array(
        [
            [
                journey.rate_per_year * segment.journey_rates.get(name, 1.0)
                for name, journey in parameters.journeys.items()
            ]
            for segment in parameters.population.segments.values()
        ]
    )


def channel_probabilities(parameters: Parameters) -> NDArray[np.float64]:
    """Return the probability of each channel at each step.

    Parameters
    ----------
    parameters
        Validated parameters.

    Returns
    -------
    ndarray
        Probabilities, float64, shape (n_segments, n_journeys, 12, 6); 0 beyond a journey's last step.
    """
    segments = list(parameters.population.segments.values())
    journeys = list(parameters.journeys.values())
    out = np.zeros((len(segments), len(journeys), MAX_STEPS, len(CHANNELS)))
    for g, segment in enumerate(segments):
        habits = np.array([segment.channel_habits.get(channel, 1.0) for channel in CHANNELS])
        for j, journey in enumerate(journeys):
            for k, step in enumerate(journey.steps):
                own = np.array([step.channels.get(channel, 0.0) for channel in CHANNELS])
                weights = own * habits
                out[g, j, k] = weights / weights.sum() if weights.sum() > 0.0 else own / own.sum()
    return out


def _perceiving(parameters: Parameters, calibration: Calibration) -> Perceiving:
    perception = parameters.experience.perception
    return Perceiving(
        intercept=calibration.satisfaction_intercept,
        encounter_sd=perception.encounter_sd,
        assimilation=perception.assimilation,
        contrast=perception.contrast,
        zone_lower=perception.zone_lower,
        zone_upper=perception.zone_upper,
        loss_aversion=perception.loss_aversion,
        quality_weight=perception.quality_weight,
        disconfirmation_weight=perception.disconfirmation_weight,
    )


def _travelling(parameters: Parameters) -> Travelling:
    experience = parameters.experience
    journeys = list(parameters.journeys.values())
    departments = list(parameters.organisation.departments)
    rates = journey_rates(parameters)
    totals = rates.sum(axis=1)
    shares = np.where(totals[:, None] > 0.0, rates / np.maximum(totals, 1e-300)[:, None], 1.0 / len(journeys))
    department = np.zeros((len(journeys), MAX_STEPS), dtype=np.int64)
    for j, journey in enumerate(journeys):
        department[j, : len(journey.steps)] = [departments.index(step.department) for step in journey.steps]
    probabilities = channel_probabilities(parameters)
    last = len(CHANNELS) - 1 - np.argmax(probabilities[..., ::-1] > 0.0, axis=-1)
    severity = np.array([experience.recovery.severity * journey.rel_severity for journey in journeys])
    channels = [experience.channels.get(channel) for channel in CHANNELS]
    return Travelling(
        expected_journeys=totals * parameters.time.period_years,
        idle_share=np.array([float(exponential(-total)) for total in totals * parameters.time.period_years]),
        journey_cumulative=np.cumsum(shares, axis=1),
        n_steps=np.array([len(journey.steps) for journey in journeys], dtype=np.int64),
        department=department,
        channel_cumulative=np.cumsum(probabilities, axis=-1),
        last_channel=last.astype(np.int64),
        gain=np.array([min(1.0, experience.memory.satisfaction_gain * journey.importance) for journey in journeys]),
        severity=severity,
        complaint_probability=1.0 - (1.0 - experience.recovery.complaint_share) ** severity,
        channel_quality=np.array([channel.quality if channel else 0.0 for channel in channels]),
        channel_cost=np.array([channel.rel_cost if channel else 1.0 for channel in channels]),
        channel_handoff_failure=experience.channel_handoff_failure,
    )


def _remembering(parameters: Parameters) -> Remembering:
    learning, recovery, word = (
        parameters.experience.learning,
        parameters.experience.recovery,
        parameters.experience.word_of_mouth,
    )
    dt = parameters.time.period_years
    return Remembering(
        gain_table=kalman_gains(learning.prior_variance, learning.drift_variance, GAIN_TABLE_SIZE),
        peak_weight=parameters.experience.memory.peak_weight,
        loyalty_restored=recovery.loyalty_restored,
        glow=recovery.glow,
        glow_kept=math.exp(-dt / recovery.glow_years),
        belief_kept=math.exp(-dt / word.belief_memory_years),
        double_deviation=recovery.double_deviation,
        double_deviation_periods=round(recovery.double_deviation_years * parameters.time.periods_per_year),
        tell_base=word.strength * word.tell_base,
        tell_positive=word.strength * word.tell_positive,
        tell_negative=word.strength * word.tell_negative,
    )


def _hearing(parameters: Parameters, calibration: Calibration) -> Hearing:
    word, acquisition = parameters.experience.word_of_mouth, parameters.market.acquisition
    return Hearing(
        mean_satisfaction=calibration.mean_satisfaction,
        message_precision=word.message_precision,
        negative_impact=word.negative_impact,
        contradiction=word.contradiction,
        market_precision=acquisition.market_precision,
        market_level=acquisition.market_level,
        customer_gain=word.customer_gain,
    )


def _moving(parameters: Parameters, calibration: Calibration) -> Moving:
    market, acquisition, memory = parameters.market, parameters.market.acquisition, parameters.experience.memory
    segments = list(parameters.population.segments.values())
    scalars = MovingScalars(
        period_years=parameters.time.period_years,
        baseline_hazard=calibration.baseline_hazard_per_year * math.exp(-market.switching_cost),
        price_effect=market.price_effect,
        tenure_effect=market.tenure_effect,
        rival_intercept=calibration.mean_satisfaction - calibration.satisfaction_slope * calibration.mean_quality,
        rival_slope=calibration.satisfaction_slope,
        innovation=acquisition.innovation_per_year * calibration.advertising_scale,
        imitation=acquisition.imitation_per_year,
        negative_weight=acquisition.negative_weight,
        expectation_effect=acquisition.expectation_effect,
        promise_precision=acquisition.promise_precision,
        market_precision=acquisition.market_precision,
        market_level=acquisition.market_level,
        own_experience_precision=parameters.experience.word_of_mouth.own_experience_precision,
        spend_effect=market.spend_effect,
        promoter_cut=memory.nps_promoter_cut,
        detractor_cut=memory.nps_detractor_cut,
        periods_per_year=parameters.time.periods_per_year,
    )
    leverage = market.satisfaction_effect * market.competition
    return Moving(
        scalars=scalars,
        segment_hazard=np.array([math.exp(-segment.switching_cost) for segment in segments]),
        sensitivity=np.array([leverage * segment.satisfaction_sensitivity for segment in segments]),
        frailty_table=frailty_table(market.frailty, market.churn_per_year),
        recall_periods=round(parameters.experience.word_of_mouth.recall_years * parameters.time.periods_per_year),
        count_all_customers=acquisition.count_all_customers,
    )
