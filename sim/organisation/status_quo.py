"""The fixed point of the status quo: where the burn-in starts and what every reference means.

Luck enters by its expectation: squared misfit and mismatch have their stationary means, prices and beliefs their
average. The status quo is one in which nobody decides over interfaces and no initiative runs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.market.offer import Offer
from sim.organisation import contracts, gaps, practices, workforce
from sim.organisation.contracts import Contract, Response
from sim.organisation.practices import Spread
from sim.organisation.promise import over_promise
from sim.parameters import Department, Parameters
from sim.parameters.governance import Governance
from sim.parameters.organisation import Organisation

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

MAX_INFORMATION = 0.95
_TOLERANCE = 1e-15
_MAX_ROUNDS = 100_000


class Reference(NamedTuple):
    """One department in the status quo."""

    requirement: float
    """What customers hold it should deliver, SD of encounters."""
    specification: float
    """Quality it specifies, SD of encounters."""
    quality: float
    """Quality it delivers, SD of encounters."""
    load: float
    """Demand over capacity, ratio."""
    eroded: float
    """How far standards have slipped, SD of encounters."""
    rel_unit_cost: float
    """Cost factor of its quality and misfit, above 0."""


class StatusQuo(NamedTuple):
    """The company in the status quo."""

    contract: Contract
    response: Response
    information: float
    """Reliability of what is known about customers, in [0, 1]."""
    talk: float
    """Share of the others' practices that is known, in [0, 1]."""
    over_promise: float
    """Promise beyond delivery, SD of encounters."""
    spread: Spread
    """Expected squared misfit and mismatch, practice units squared."""
    handoff_failure: Matrix
    """Expected failure of hand-offs, index (from, to), 0 on the diagonal."""
    departments: tuple[Reference, ...]

    @property
    def quality(self) -> Vector:
        """Quality by department, SD of encounters, shape (n,)."""
        return np.array([reference.quality for reference in self.departments])

    @property
    def requirement(self) -> Vector:
        """Requirement by department, SD of encounters, shape (n,)."""
        return np.array([reference.requirement for reference in self.departments])

    @property
    def promise(self) -> float:
        """Quality promised to outsiders, SD of encounters."""
        return float(self.quality.mean()) + self.over_promise


def information_reliability(
    levers: Governance, present: float, talent: float, attention: float, base_information: float
) -> float:
    """Return g, the reliability of what the company knows about its customers, in [0, 1].

    ``max(g_0, present * talent * listening * (1 - involvement * (1 - attention)))``: what must pass the CEO is
    thinned by the attention the CEO has (Aghion & Tirole 1997, overload).

    Parameters
    ----------
    levers
        Listening and involvement of the CEO.
    present
        Share of the period in which somebody holds the role, in [0, 1].
    talent
        Talent of the holder, in [0, 1].
    attention
        Attention the CEO can give, in [0, 1].
    base_information
        Reliability when nobody holds the role (g_0).
    """
    heard = 1.0 - levers.ceo_involvement * (1.0 - attention)
    return max(base_information, present * talent * levers.listening * heard)


def talk_share(levers: Governance, present: float, information: float) -> float:
    """Return h, the share of the others' practices that departments know, in [0, 1]."""
    return min(1.0, levers.base_talk + levers.talk_gain * information * present)


def initial_load(department: Department, organisation: Organisation) -> float:
    """Return the load of the status quo, or the load that an experiment holds."""
    held = organisation.workforce.hold_load
    return 1.0 / department.rel_capacity if held is None else held


def settle(
    department: Department,
    parameters: Parameters,
    response: Response,
    information: float,
    promised: float,
    misfit: float,
) -> Reference:
    """Return where one department rests: its quality lifts the requirement, which lifts its quality.

    The rounds converge because effort never specifies away more than the whole gap.

    Raises
    ------
    RuntimeError
        If the requirement and the quality do not come to rest.
    """
    organisation, delivery = parameters.organisation, parameters.organisation.delivery
    rules = organisation.workforce
    load = initial_load(department, organisation)
    lost = workforce.strain(0.0, workforce.overload(load), rules)
    eroded = workforce.lasting_erosion(lost, rules)
    share = gaps.specified_share(response.experience_effort, delivery.effort_scale)
    lost += organisation.coordination.misfit_quality * misfit
    requirement = parameters.market.requirement.initial
    for _ in range(_MAX_ROUNDS):
        believed = gaps.believed_requirement(requirement, information, department.knowledge_bias, 0.0)
        specified = gaps.specification(department.base_quality, eroded, share, believed)
        quality = specified - lost
        after = gaps.next_requirement(
            requirement, quality, parameters.market.rival.quality, promised, parameters.market.requirement, 1e9
        )
        if abs(after - requirement) <= _TOLERANCE * max(1.0, abs(after)):
            fit = organisation.coordination.misfit_cost
            cost = gaps.relative_unit_cost(0.0, quality, misfit, delivery, fit)
            return Reference(requirement, specified, quality, load, eroded, cost)
        requirement = after
    raise RuntimeError("the status quo does not come to rest")


def find_status_quo(parameters: Parameters) -> StatusQuo:
    """Return the fixed point of the status quo, without luck.

    Raises
    ------
    RuntimeError
        If a department does not come to rest.
    """
    organisation, levers = parameters.organisation, parameters.status_quo
    executives, coordination = organisation.executives, organisation.coordination
    n = len(organisation.departments)
    contract = contracts.write_contract(levers, organisation.contracts, n)
    response = contracts.respond_to(contract.local_weight, contract.shared_weight, organisation.contracts)
    information = information_reliability(
        levers,
        levers.role_held,
        executives.talent_mean,
        executives.ceo_attention,
        organisation.listening.base_information,
    )
    talk = talk_share(levers, levers.role_held, information)
    pull = practices.coordination_pull(contract.local_weight, contract.shared_weight, coordination.interdependence)
    relative = practices.expected_spread(pull, talk, n)
    variance = coordination.local_sd**2
    spread = Spread(relative.misfit * variance, relative.mismatch * variance)
    promised = over_promise(contract.local_weight, contract.shared_weight, organisation.promise)
    failure = np.full((n, n), practices.expected_handoff_failure(spread.mismatch, coordination))
    np.fill_diagonal(failure, 0.0)
    references = tuple(
        settle(department, parameters, response, min(information, MAX_INFORMATION), promised, spread.misfit)
        for department in organisation.departments.values()
    )
    return StatusQuo(contract, response, information, talk, promised, spread, failure, references)


def status_quo_offer(parameters: Parameters, found: StatusQuo | None = None) -> Offer:
    """Return what the market meets in the status quo, without luck: the point at which it is calibrated.

    Parameters
    ----------
    parameters
        All parameters; only the organisation, the status quo levers and the market are read.
    found
        The fixed point, where the caller has it.
    """
    found = find_status_quo(parameters) if found is None else found
    delivery, recovery = parameters.organisation.delivery, parameters.experience.recovery
    records = parameters.organisation.departments.values()
    quality = found.quality
    failure = np.array(
        [
            gaps.failure_probability(reference.quality, record.failure_probability, delivery.conformance)
            for reference, record in zip(found.departments, records, strict=True)
        ]
    )
    return Offer(
        quality=np.stack([quality, quality]),
        failure_probability=np.stack([failure, failure]),
        handoff_failure=np.stack([found.handoff_failure, found.handoff_failure]),
        promise=found.promise,
        recovery_probability=recovery.success_probability * min(1.0, delivery.complaint_capacity),
        requirement=found.requirement,
        price_gap=0.0,
        rival_quality=parameters.market.rival.quality,
        advertising=parameters.market.acquisition.advertising,
    )
