"""The survey: what the board reads is a sample, and departments can flatter it."""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.market.flows import Flows


class Score(NamedTuple):
    """The customer score of a period."""

    true: float
    """Mean reported satisfaction of all customers, satisfaction units."""
    measured: float
    """What the survey says, satisfaction units."""
    nps: float = 0.0
    """Net promoter score that a survey of this size shows, points; gaming apart."""


def nps_sampling_error(promoters: float, detractors: float, answers: float) -> float:
    """Return the standard error of a net promoter score, as a share: sqrt((P + D - (P - D)^2) / n).

    Parameters
    ----------
    promoters, detractors
        Shares of customers, in [0, 1], together at most 1.
    answers
        Answers to the survey, above 0.
    """
    return math.sqrt(max(0.0, promoters + detractors - (promoters - detractors) ** 2) / answers)


def read_score(flows: Flows, answers: float, flattery: float, normals: tuple[float, float]) -> Score:
    """Return the true and the measured score of a period.

    Parameters
    ----------
    flows
        What happened in the market.
    answers
        Answers to the survey in this period, above 0.
    flattery
        What gaming adds to the measured score, satisfaction units.
    normals
        Standard normal draws of the sampling errors of the score and of the net promoter score.
    """
    if flows.active <= 0.0:
        return Score(0.0, 0.0)
    mean = flows.satisfaction_sum / flows.active
    sd = math.sqrt(max(0.0, flows.satisfaction_square_sum / flows.active - mean * mean))
    true = flows.reported_sum / flows.active
    promoters, detractors = flows.promoters / flows.active, flows.detractors / flows.active
    shown = promoters - detractors + nps_sampling_error(promoters, detractors, answers) * normals[1]
    return Score(true, true + sd / math.sqrt(answers) * normals[0] + flattery, 100.0 * min(1.0, max(-1.0, shown)))
