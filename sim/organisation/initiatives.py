"""What the holder of the CX role can do, what it seems worth, whether it is accepted and what remains of it.

Sizes are in full quarterly budgets. Values are in SD of encounters, weighted by importance and volume so that the
average department has weight 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.organisation.contracts import REFERENCE_SURVEY
from sim.organisation.demand import Demand
from sim.organisation.dynamics import clip
from sim.parameters.experience import Perception
from sim.parameters.organisation import Initiatives

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Kind(StrEnum):
    """What an initiative changes."""

    TOUCHPOINT = "touchpoint"
    HANDOFF = "handoff"
    LISTENING = "listening"
    TOOLS = "tools"


class Candidate(NamedTuple):
    """One thing that could be done; its number keys its luck under every design."""

    number: int
    kind: Kind
    target: int
    """Department of a touchpoint, journey of hand-offs, -1 for the whole firm."""


class Proposal(NamedTuple):
    """A candidate with its size and what the holder expects of it."""

    candidate: Candidate
    size: float
    """Full quarterly budgets."""
    value: float
    """Estimated value, weighted SD of encounters."""
    local_gain: float
    """Quality the departments concerned expect for themselves, SD of encounters per full quarterly budget."""


@dataclass(slots=True)
class Pilot:
    """A proposal on trial in the pilot region."""

    proposal: Proposal
    works: bool
    """Whether it really does what it promises; nobody knows before it is judged, and then only with noise."""
    quarters_left: int


class Audience(NamedTuple):
    """What decides whether a department accepts a proposal."""

    authority: float
    """Authority over departments (L), in [0, 1]."""
    care: float
    """What quality is worth to departments (b_X + m_0)."""
    local_weight: float
    """What their own metric is worth to departments (w_L), which a change disrupts."""


class Reading(NamedTuple):
    """What the holder reads from measured journeys in a quarter."""

    information: float
    """Reliability of what is known (g), in [0, 1]."""
    gap: Vector
    """Believed requirement minus measured quality, SD of encounters, shape (n,)."""
    handoff_failure: Matrix
    """Failure of hand-offs, probability, index (from, to)."""
    failure_weight: float
    """What a failure takes away, in SD of lasting quality; see ``felt_severity``."""
    knowledge_worth: Vector
    """Quality gained per unit of reliability, SD of encounters, shape (n,)."""
    tools_worth: float
    """Quality gained per unit of morale, SD of encounters."""
    future_budgets: float
    """Full quarterly budgets the holder expects to get through during the life of an effect."""


def list_candidates(n_departments: int, demand: Demand) -> list[Candidate]:
    """Return everything that could be proposed: touchpoints, hand-offs of moments of truth, listening and tools."""
    touchpoints = [Candidate(number, Kind.TOUCHPOINT, number) for number in range(n_departments)]
    crossing = demand.journey_handoff_weight.sum(axis=(1, 2)) > 0.0
    journeys = [
        Candidate(n_departments + journey, Kind.HANDOFF, journey)
        for journey in range(len(crossing))
        if crossing[journey] and demand.moment_of_truth[journey]
    ]
    last = n_departments + len(crossing)
    return [*touchpoints, *journeys, Candidate(last, Kind.LISTENING, -1), Candidate(last + 1, Kind.TOOLS, -1)]


def felt_severity(severity: float, perception: Perception) -> float:
    """Return what a failure takes away, in SD of lasting quality, at least its severity.

    A lasting gain is soon expected and then works through quality alone, while a failure always disappoints, and
    losses count ``Lambda`` times: ``severity + b_d / b_q Lambda (severity - zone)``.

    Parameters
    ----------
    severity
        What a failure takes from an encounter, SD of encounters.
    perception
        Weights of quality and disappointment, zone of tolerance and loss aversion.
    """
    disappointment = perception.loss_aversion * max(0.0, severity - perception.zone_lower)
    if perception.quality_weight == 0.0:
        return severity + disappointment
    return severity + perception.disconfirmation_weight / perception.quality_weight * disappointment


def touchpoint_gain(gap: float, size: float, rules: Initiatives) -> float:
    """Return what a touchpoint fix is expected to add where it is needed: no more than the gap, at least 0."""
    return min(max(gap, 0.0), rules.fix_effect * size)


def candidate_worth(
    candidate: Candidate, size: float, reading: Reading, demand: Demand, rules: Initiatives
) -> tuple[float, float]:
    """Return (value, local gain per full budget) of a candidate as the reading has it, before estimation noise.

    A touchpoint is worth its gap as far as the fix closes it, a hand-off the failures it removes, listening what
    better knowledge adds to specifications and to later fixes, tools what morale adds to quality.

    Parameters
    ----------
    candidate
        What would be done.
    size
        Full quarterly budgets spent on it, above 0.
    reading
        Measured gaps and failures.
    demand
        Importance and volume of touchpoints and hand-offs.
    rules
        Effects per full budget.
    """
    if candidate.kind is Kind.TOUCHPOINT:
        gain = touchpoint_gain(float(reading.gap[candidate.target]), size, rules)
        return float(demand.touch_weight[candidate.target]) * gain, rules.fix_effect
    if candidate.kind is Kind.HANDOFF:
        crossed = demand.journey_handoff_weight[candidate.target] > 0.0
        removed = np.where(crossed, reading.handoff_failure, 0.0) * min(1.0, rules.handoff_effect * size)
        value = float((demand.handoff_weight * removed).sum()) * reading.failure_weight
        return value, float(removed.sum()) / int(crossed.sum()) * reading.failure_weight / size
    if candidate.kind is Kind.LISTENING:
        learned = rules.listening_effect * size
        known = float(demand.touch_weight @ reading.knowledge_worth) * learned
        later = learned * rules.informed_success * rules.fix_effect * reading.future_budgets
        return known + later, float(reading.knowledge_worth.mean()) * rules.listening_effect
    gain = reading.tools_worth * rules.tools_effect * size
    return float(demand.touch_weight.sum()) * gain, gain / size


def estimation_factor(normal: float, information: float, rules: Initiatives) -> float:
    """Return the factor by which an estimated value is off: log-normal, narrower the more is known, above 0."""
    return math.exp(rules.estimate_noise * (1.0 - information) * normal)


def proposal_sizes(budget: float, standard: float) -> list[float]:
    """Split a quarter's budget into proposals of standard size; the last takes what is left.

    Parameters
    ----------
    budget
        Full quarterly budgets, at least 0.
    standard
        Size of a standard proposal, full quarterly budgets, above 0.

    Raises
    ------
    ValueError
        If the budget is negative or the standard size is not positive.

    Examples
    --------
    >>> proposal_sizes(1.25, 0.5)
    [0.5, 0.5, 0.25]
    """
    if budget < 0.0 or standard <= 0.0:
        raise ValueError(f"budget must be at least 0 and size above 0, given {budget:g} and {standard:g}")
    n_full = int(budget / standard + 1e-9)
    rest = budget - n_full * standard
    return [standard] * n_full + ([rest] if rest > 1e-9 else [])


def buy_in(local_gain: float, audience: Audience, credibility: float, rules: Initiatives) -> float:
    """Return the probability that a department accepts a change without being told to, in [0, 1].

    Its perceived net benefit through a logistic, times the credibility of the holder.

    Parameters
    ----------
    local_gain
        Quality the department expects, SD of encounters per full budget.
    audience
        What quality and its own metric are worth to it.
    credibility
        Standing of the holder, in [0, 1].
    rules
        Disruption and sharpness.
    """
    net = audience.care * local_gain - audience.local_weight * rules.local_disruption
    return credibility / (1.0 + math.exp(clip(-net / rules.buy_in_scale, -700.0, 700.0)))


def pass_probability(authority: float, willing: float) -> float:
    """Return the probability that a proposal passes: on authority, else on buy-in; in [0, 1]."""
    return authority + (1.0 - authority) * willing


def success_probability(information: float, rules: Initiatives) -> float:
    """Return the chance that a proposal works, higher the more is known, in [0, 1]."""
    return min(1.0, rules.base_success + rules.informed_success * information)


def looks_successful(works: bool, size: float, normal: float, survey_size: int, rules: Initiatives) -> bool:
    """Return whether the measured effect of a pilot reaches half of what was promised.

    The noise of the measurement is that of a touchpoint fix of the same size, whatever the kind.
    """
    promised = rules.fix_effect * size
    noise = rules.pilot_noise * math.sqrt(REFERENCE_SURVEY / survey_size) * normal
    return (promised if works else 0.0) + noise > 0.5 * promised


def next_credibility(credibility: float, success: bool, rules: Initiatives) -> float:
    """Return the holder's standing after a judged pilot: a step of the way to 1 or to 0."""
    return credibility + rules.credibility_gain * ((1.0 if success else 0.0) - credibility)


def upkeep_coverage(spent: float, stock: float, decayed_share: float) -> float:
    """Return the share of decay that upkeep prevents, in [0, 1].

    Keeping an effect alive costs what renewing the decayed part would cost.

    Parameters
    ----------
    spent
        Upkeep of the quarter, full quarterly budgets.
    stock
        Effects in force, at what they cost, full quarterly budgets.
    decayed_share
        Share of an effect that a quarter takes without upkeep.
    """
    needed = stock * decayed_share
    return min(1.0, spent / needed) if needed > 0.0 else 0.0
