"""Joining: the yearly hazard of an outsider and the state of a newcomer."""

from __future__ import annotations

from typing import Any

from sim.market.kernels.exponential import exponential
from sim.market.kernels.jit import inner_kernel, kernel

NEVER = -(10**6)
"""Period of an event that has not happened."""


@kernel
def outsider_expectation(
    information: float,
    message_sum: float,
    promise: float,
    promise_precision: float,
    market_level: float,
    market_precision: float,
) -> float:
    """Precision-weighted mix of the promise, word of mouth and the market level, SD of encounters."""
    total = promise_precision + market_precision + information
    return (promise_precision * promise + market_precision * market_level + message_sum) / total


@kernel
def acquisition_hazard(
    innovation: float, expectation_effect: float, advantage: float, imitation: float, share: float
) -> float:
    """Hazard of joining, per year.

    ``advantage`` is the expected quality over the rival's; ``share`` the positive less the weighted negative share of
    the outsider's neighbours.
    """
    return max(0.0, innovation * exponential(expectation_effect * advantage) + imitation * share)


@inner_kernel
def join(state: Any, i: int, expectation: float, rival_satisfaction: float, frailty: float) -> None:
    """Make outsider ``i`` a customer who expects what was promised and told."""
    state.ours[i] = 1
    state.tenure[i] = 0
    for d in range(state.expectation.shape[0]):
        state.expectation[d, i] = expectation
        state.contacts[d, i] = 0
    state.satisfaction[i] = rival_satisfaction + state.personal_satisfaction[i]
    state.transient[i] = 0.0
    state.last_failure[i] = NEVER
    state.last_told[i] = NEVER
    state.last_told_sign[i] = 0
    state.frailty[i] = frailty
