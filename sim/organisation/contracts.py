"""How departments are paid and how they answer.

A department works on its own task ``e`` and on experience ``c``, and can game its score ``x``. Its pay depends
linearly on a local metric and on a customer score that is partly attributed to it and partly pooled (Holmstrom &
Milgrom 1991, multitask contracts; Holmstrom 1982, free riding in teams; Hauser, Simester & Wernerfelt 1994,
satisfaction incentives).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.parameters.governance import Governance
from sim.parameters.organisation import Contracts, Listening

REFERENCE_SURVEY = 400
"""Survey size, answers per quarter, at which ``kpi_noise_sd`` is quoted."""


class Contract(NamedTuple):
    """The scorecard that departments face."""

    local_weight: float
    """Weight of the local metric (w_L), at least 0."""
    cx_weight: float
    """Weight of the customer score (w_X), at least 0."""
    attribution: float
    """Share of the score measured on the department alone (alpha), in [0, 1]."""
    shared_weight: float
    """What one unit of own effort on experience earns through the score (b_X), at least 0."""


class Response(NamedTuple):
    """What a department does under a contract."""

    effort: float
    """Effort on the own task (e), effort units, at least 0."""
    experience_effort: float
    """Effort on experience (c), effort units, at least 0."""
    gaming: float
    """Gaming of the score (x), SD of encounters as the survey sees them, at least 0."""


def shared_weight(cx_weight: float, attribution: float, n_departments: int) -> float:
    """Return b_X = w_X (alpha + (1 - alpha) / n): what is left of the weight after free riding.

    Raises
    ------
    ValueError
        If there is no department or the attribution is outside [0, 1].

    Examples
    --------
    >>> shared_weight(0.6, 0.0, 6), shared_weight(0.6, 1.0, 6)
    (0.09999999999999999, 0.6)
    """
    if n_departments < 1:
        raise ValueError(f"a contract needs at least one department, given {n_departments}")
    if not 0.0 <= attribution <= 1.0:
        raise ValueError(f"attribution must be between 0 and 1, given {attribution:g}")
    return cx_weight * (attribution + (1.0 - attribution) / n_departments)


def write_contract(levers: Governance, contracts: Contracts, n_departments: int) -> Contract:
    """Return the contract that the levers in force amount to; the local weight never falls below 0."""
    cx_weight = contracts.base_cx_weight + levers.added_cx_weight
    local_weight = max(0.0, 1.0 - levers.local_weight_offset * cx_weight)
    return Contract(
        local_weight, cx_weight, levers.attribution, shared_weight(cx_weight, levers.attribution, n_departments)
    )


def best_efforts(local_incentive: float, experience_incentive: float, substitution: float) -> tuple[float, float]:
    """Return the efforts that maximise ``b_L e + b_C c - (e^2 + c^2 + 2 kappa e c) / 2`` over e, c >= 0.

    Parameters
    ----------
    local_incentive
        Reward of a unit of effort on the own task (b_L), at least 0.
    experience_incentive
        Reward of a unit of effort on experience (b_C = b_X + m_0), at least 0.
    substitution
        How much effort on one task raises the marginal cost of the other (kappa), in [0, 1).

    Returns
    -------
    (e, c), effort units. Where both are positive this is C^-1 b with C = [[1, kappa], [kappa, 1]].

    Raises
    ------
    ValueError
        If an incentive is negative or kappa is outside [0, 1).
    """
    if local_incentive < 0.0 or experience_incentive < 0.0:
        raise ValueError(f"incentives must be at least 0, given {local_incentive:g} and {experience_incentive:g}")
    if not 0.0 <= substitution < 1.0:
        raise ValueError(f"effort substitution must be at least 0 and below 1, given {substitution:g}")
    curvature = 1.0 - substitution * substitution
    effort = (local_incentive - substitution * experience_incentive) / curvature
    experience_effort = (experience_incentive - substitution * local_incentive) / curvature
    if experience_effort <= 0.0:
        return local_incentive, 0.0
    if effort <= 0.0:
        return 0.0, experience_incentive
    return effort, experience_effort


def gaming_level(weight: float, gaming_cost: float) -> float:
    """Return x = b_X / k_g, the gaming that maximises ``b_X x - k_g x^2 / 2``.

    Raises
    ------
    ValueError
        If the cost of gaming is not positive.
    """
    if gaming_cost <= 0.0:
        raise ValueError(f"gaming cost must be above 0, given {gaming_cost:g}")
    return weight / gaming_cost


def respond_to(local_weight: float, weight: float, contracts: Contracts) -> Response:
    """Return what a department does whose behaviour follows the given weights.

    Parameters
    ----------
    local_weight
        Weight of the local metric that behaviour follows (w_L), at least 0.
    weight
        Attributed weight of the customer score that behaviour follows (b_X), at least 0.
    contracts
        Cost of effort, motivation and gaming.
    """
    effort, experience_effort = best_efforts(
        local_weight, weight + contracts.intrinsic_motivation, contracts.effort_substitution
    )
    return Response(effort, experience_effort, gaming_level(weight, contracts.gaming_cost))


def effort_cost(response: Response, contracts: Contracts) -> float:
    """Return the private cost of a response, effort units squared; the firm pays it in equilibrium."""
    effort, experience_effort, gaming = response
    joint = effort * effort + experience_effort * experience_effort
    joint += 2.0 * contracts.effort_substitution * effort * experience_effort
    return 0.5 * joint + 0.5 * contracts.gaming_cost * gaming * gaming


def kpi_noise(contracts: Contracts, listening: Listening) -> float:
    """Return the noise of the pooled customer score, s_K, at the survey's size; effort units."""
    return contracts.kpi_noise_sd * math.sqrt(REFERENCE_SURVEY / listening.survey_size)


def risk_premium(contract: Contract, n_departments: int, contracts: Contracts, noise: float) -> float:
    """Return ``rho / 2 w' Sigma w``, what bearing the noise of both metrics costs.

    Attributing the score multiplies its noise: ``Var = s_K^2 (1 + (n - 1) alpha^2)``.

    Parameters
    ----------
    contract
        The contract in force.
    n_departments
        Number of departments the survey is split over.
    contracts
        Risk aversion and the noise of local metrics.
    noise
        Noise of the pooled score (s_K), effort units.
    """
    local = (contract.local_weight * contracts.local_noise_sd) ** 2
    score = (contract.cx_weight * noise) ** 2 * (1.0 + (n_departments - 1) * contract.attribution**2)
    return 0.5 * contracts.risk_aversion * (local + score)
