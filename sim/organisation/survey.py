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


def read_score(flows: Flows, answers: float, flattery: float, normal: float) -> Score:
    """Return the true and the measured score of a period.

    Parameters
    ----------
    flows
        What happened in the market.
    answers
        Answers to the survey in this period, above 0.
    flattery
        What gaming adds to the measured score, satisfaction units.
    normal
        Standard normal draw of the sampling error.
    """
    if flows.active <= 0.0:
        return Score(0.0, 0.0)
    mean = flows.satisfaction_sum / flows.active
    sd = math.sqrt(max(0.0, flows.satisfaction_square_sum / flows.active - mean * mean))
    true = flows.reported_sum / flows.active
    return Score(true, true + sd / math.sqrt(answers) * normal + flattery)
