"""The gap chain from what customers require to what they get, and what it costs.

requirement -> believed requirement -> specification -> delivery (Parasuraman, Zeithaml & Berry 1985: knowledge,
specification, delivery, perception and communication gaps).
"""

from __future__ import annotations

import math

from sim.parameters.market import Requirement
from sim.parameters.organisation import Delivery

MAX_FAILURE = 0.9


def next_requirement(
    now: float, delivered: float, rival: float, over_promise: float, rules: Requirement, period_years: float
) -> float:
    """Return what the market holds one should deliver, one period later; SD of encounters.

    It ratchets towards the best delivered and the promise and fades back to its start, so it stays bounded:
    ``dN/dt = r_N max(0, max(delivered, rival) + w o - N) - r_f (N - N_0)``, at most ``N_0 + max_rise``. The step is
    exact while the target stands still.

    Parameters
    ----------
    now
        Requirement now (N), SD of encounters.
    delivered
        Our mean quality over the last year.
    rival
        The rival's quality.
    over_promise
        What is promised beyond delivery (o).
    rules
        Speeds, weight of the promise and the bound.
    period_years
        Length of a period, years.
    """
    goal = max(delivered, rival) + rules.promise_weight * over_promise
    ratcheting = goal > now
    after = _relax(now, goal, ratcheting, rules, period_years)
    if after > goal if ratcheting else after < goal:
        # The requirement meets its goal within the period: the rest of the period follows the other rule.
        rate, target = _regime(goal, ratcheting, rules)
        passed = math.log((now - target) / (goal - target)) / rate
        after = _relax(goal, goal, not ratcheting, rules, period_years - passed)
    return min(after, rules.initial + rules.max_rise)


def _regime(goal: float, ratcheting: bool, rules: Requirement) -> tuple[float, float]:
    """Return the rate (per year) and the resting point of the requirement while it ratchets or only fades."""
    if not ratcheting:
        return rules.fade_per_year, rules.initial
    rate = rules.ratchet_per_year + rules.fade_per_year
    if rate == 0.0:
        return 0.0, rules.initial
    return rate, (rules.ratchet_per_year * goal + rules.fade_per_year * rules.initial) / rate


def _relax(now: float, goal: float, ratcheting: bool, rules: Requirement, years: float) -> float:
    """Return the requirement after some years under one of its two rules."""
    rate, target = _regime(goal, ratcheting, rules)
    return target + (now - target) * math.exp(-rate * years)


def believed_requirement(requirement: float, information: float, bias: float, noise: float) -> float:
    """Return what a department believes customers require, N + (1 - g)(bias + noise); SD of encounters.

    Parameters
    ----------
    requirement
        What they do require (N).
    information
        Reliability of what is known (g), in [0, 1]; listening removes bias and noise alike.
    bias, noise
        Error without listening, lasting and passing; SD of encounters.
    """
    return requirement + (1.0 - information) * (bias + noise)


def specified_share(experience_effort: float, effort_scale: float) -> float:
    """Return 1 - exp(-c / c_0), the share of the known gap that effort on experience specifies away, in [0, 1)."""
    return -math.expm1(-experience_effort / effort_scale)


def specification(base_quality: float, eroded: float, share: float, believed: float) -> float:
    """Return the quality specified: q_0 - z + share (believed requirement - q_0); SD of encounters."""
    return base_quality - eroded + share * (believed - base_quality)


def failure_probability(quality: float, at_zero: float, conformance: float) -> float:
    """Return the probability that an encounter fails, f_0 exp(-gamma_f q), at most 0.9."""
    return min(MAX_FAILURE, at_zero * math.exp(min(-conformance * quality, 700.0)))


def relative_unit_cost(
    effort_gain: float, quality: float, squared_misfit: float, delivery: Delivery, fit: float
) -> float:
    """Return the cost of an encounter over that of an average, fitting one at unchanged effort, above 0.

    ``exp(-gamma_e (e - e_0)) (1 + k_q max(0, q)^2 + k_fit (a - theta)^2)``: effort on the own task saves, quality
    above average and misfit cost (Rust, Zahorik & Keiningham 1995: quality spending can be too high).

    Parameters
    ----------
    effort_gain
        Effort on the own task above the status quo, effort units.
    quality
        Quality delivered, SD of encounters.
    squared_misfit
        (a - theta)^2, practice units squared.
    delivery
        Saving by effort and cost of quality.
    fit
        Cost of misfit, share per squared practice unit (k_fit).
    """
    lift = max(0.0, quality)
    return math.exp(-delivery.effort_saving * effort_gain) * (
        1.0 + delivery.quality_cost * lift * lift + fit * squared_misfit
    )
