"""Leaving: the yearly hazard of a customer and what leaving does to the state."""

from __future__ import annotations

from typing import Any

from sim.market.kernels.exponential import exponential
from sim.market.kernels.jit import inner_kernel, kernel


@kernel
def churn_exponent(
    sensitivity: float,
    satisfaction_margin: float,
    price_effect: float,
    price_gap: float,
    tenure_effect: float,
    tenure_log: float,
) -> float:
    """Log of the hazard of leaving relative to its baseline.

    ``satisfaction_margin`` is satisfaction over that with the rival; ``tenure_log`` the logarithm of 1 plus the years
    since joining.
    """
    return -sensitivity * satisfaction_margin + price_effect * price_gap - tenure_effect * tenure_log


@kernel
def churn_hazard(baseline: float, exponent: float) -> float:
    """Hazard of leaving, per year; ``baseline`` holds frailty and switching cost."""
    return baseline * exponential(exponent)


@kernel
def event_probability(hazard: float, period_years: float) -> float:
    """Probability of at least one event in a period at a constant yearly hazard."""
    return 1.0 - exponential(-hazard * period_years)


@inner_kernel
def leave(state: Any, i: int, own_experience_precision: float) -> None:
    """Make customer ``i`` an outsider who remembers what we were like."""
    n = state.expectation.shape[0]
    mean = 0.0
    for d in range(n):
        mean += state.expectation[d, i]
    state.ours[i] = 0
    state.tenure[i] = 0
    state.information[i] = own_experience_precision
    state.message_sum[i] = own_experience_precision * (mean / n)
