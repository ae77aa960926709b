"""The departments: silos that answer to their scorecard."""

from __future__ import annotations

from typing import Any, NamedTuple

from sim.organisation import contracts, gaps, workforce
from sim.organisation.agents import CompanyAgent
from sim.organisation.contracts import Contract, Response
from sim.organisation.dynamics import approach_share
from sim.organisation.promise import over_promise
from sim.organisation.status_quo import Reference, StatusQuo
from sim.parameters import Department as DepartmentRecord
from sim.parameters.organisation import Organisation


class Briefing(NamedTuple):
    """What a department is told in a period."""

    contract: Contract
    """Scorecard in force."""
    requirement: float
    """What customers hold it should deliver, SD of encounters."""
    information: float
    """Reliability of what is known about customers, in [0, 1]."""
    noise: float
    """Passing error in what it believes when nobody listens, SD of encounters."""


class Pressure(NamedTuple):
    """What the work does to a department in a period."""

    rel_demand: float
    """Demand over that of the status quo, ratio."""
    rel_positions: float
    """Budgeted positions over those of the status quo, ratio."""
    rel_complaints: float
    """Complaints per customer over those of the status quo, ratio."""
    tools: float
    """Morale that employee tools add."""


class Department(CompanyAgent):
    """One silo: it chooses efforts by its scorecard, specifies, delivers, and its staff and morale change with load.

    Parameters
    ----------
    model
        The Mesa model.
    name, index
        Name and place in the order of the parameters.
    record
        What distinguishes the department.
    organisation
        Rules common to all departments.
    found
        The status quo, in which it starts.
    period_years
        Length of a period, years.

    Attributes
    ----------
    local_weight, shared_weight
        Weights that behaviour follows (w_L, b_X); they approach the contract with the culture lag.
    effort, experience_effort, gaming
        Effort on the own task and on experience, effort units; gaming, SD of encounters as surveyed.
    practice, misfit
        Practice in force, practice units; its squared distance to local conditions.
    believed_requirement, specification, quality
        Links of the gap chain, SD of encounters; quality is the mean over both regions.
    eroded_standard, morale, staff, load
        Slipped standard, SD of encounters; morale and staff, 1 in the status quo; demand over capacity.
    programme
        Quality that scaled initiatives add, SD of encounters.
    """

    def __init__(
        self,
        model: Any,
        name: str,
        index: int,
        record: DepartmentRecord,
        organisation: Organisation,
        found: StatusQuo,
        period_years: float,
    ) -> None:
        super().__init__(model)
        self.name, self.index, self.record = name, index, record
        self._organisation = organisation
        self._contract_start: Contract = found.contract
        self._response_start: Response = found.response
        self._reference: Reference = found.departments[index]
        self._period_years = period_years
        self._adoption = approach_share(period_years, organisation.contracts.culture_years)
        self._adjustment = approach_share(period_years, organisation.delivery.adjustment_years)
        self._morale_step = approach_share(period_years, organisation.workforce.morale_years)
        self._start(found)

    def _start(self, found: StatusQuo) -> None:
        """Put every state at the fixed point of the status quo."""
        reference = self._reference
        self.local_weight, self.shared_weight = found.contract.local_weight, found.contract.shared_weight
        self.effort, self.experience_effort, self.gaming = found.response
        self.practice, self.misfit = 0.0, found.spread.misfit
        self.requirement = reference.requirement
        self.believed_requirement = reference.requirement
        self.specification = reference.specification
        self.adjusted_quality = reference.specification
        self.quality = reference.quality
        self.programme = 0.0
        self.eroded_standard, self.morale, self.staff, self.load = reference.eroded, 1.0, 1.0, reference.load

    def respond(self, briefing: Briefing) -> None:
        """Answer to the scorecard: adopt it slowly, choose efforts and gaming, and specify what is believed."""
        self._adopt(briefing.contract)
        if not self._organisation.frozen.effort:
            self.effort, self.experience_effort, self.gaming = contracts.respond_to(
                self.local_weight, self.shared_weight, self._organisation.contracts
            )
        self.requirement = briefing.requirement
        self.believed_requirement = gaps.believed_requirement(
            briefing.requirement, briefing.information, self.record.knowledge_bias, briefing.noise
        )
        share = gaps.specified_share(self.experience_effort, self._organisation.delivery.effort_scale)
        self.specification = gaps.specification(
            self.record.base_quality, self.eroded_standard, share, self.believed_requirement
        )
        self.adjusted_quality += (self.specification - self.adjusted_quality) * self._adjustment

    def _adopt(self, contract: Contract) -> None:
        """Move the weights that behaviour follows towards the contract, with the culture lag."""
        self.local_weight += (contract.local_weight - self.local_weight) * self._adoption
        self.shared_weight += (contract.shared_weight - self.shared_weight) * self._adoption

    def over_promise(self) -> float:
        """Return what the department would promise beyond delivery, SD of encounters."""
        return over_promise(self.local_weight, self.shared_weight, self._organisation.promise)

    def base_delivery(self) -> float:
        """Return the quality delivered outside pilots, SD of encounters."""
        rules = self._organisation.workforce
        lost = workforce.strain(1.0 - self.morale, workforce.overload(self.load), rules)
        lost += self._organisation.coordination.misfit_quality * self.misfit
        own_task = self._organisation.delivery.effort_quality * (self.effort - self._response_start.effort)
        return self.adjusted_quality + self.programme + own_task - lost

    @property
    def response(self) -> Response:
        """Return what the department does now."""
        return Response(self.effort, self.experience_effort, self.gaming)

    def unit_cost(self) -> float:
        """Return the cost of an encounter, currency; the status quo costs ``service_cost_eur``."""
        factor = gaps.relative_unit_cost(
            self.effort - self._response_start.effort,
            self.quality,
            self.misfit,
            self._organisation.delivery,
            self._organisation.coordination.misfit_cost,
        )
        return self.record.service_cost_eur * factor / self._reference.rel_unit_cost

    def cope(self, pressure: Pressure) -> None:
        """Update load, morale, staff and standards from the period's work."""
        rules = self._organisation.workforce
        if rules.hold_load is None:
            self.load = self._reference.load * pressure.rel_demand / max(self.staff, 1e-6)
        else:
            self.load = rules.hold_load * pressure.rel_demand
        excess = workforce.overload(self.load)
        lost = workforce.strain(1.0 - self.morale, excess, rules)
        self.eroded_standard = workforce.next_eroded(self.eroded_standard, lost, rules, self._period_years)
        self.staff = workforce.next_staff(self.staff, pressure.rel_positions, self.morale, rules, self._period_years)
        target = workforce.morale_target(
            excess - workforce.overload(self._reference.load),
            pressure.rel_complaints,
            self.shared_weight - self._contract_start.shared_weight,
            pressure.tools,
            rules,
        )
        self.morale += (target - self.morale) * self._morale_step

    @property
    def local_metric(self) -> float:
        """Return the local metric, in the department's own unit.

        Effort on the own task over that of the status quo, thinned where demand exceeds capacity, to the power
        ``metric_per_effort`` (negative where less is better), times the base.
        """
        start = self._response_start.effort
        ratio = self.effort / start if start > 0.0 else 1.0
        stretched = max(1.0, self.load) / max(1.0, self._reference.load)
        factor: float = max(ratio / stretched, 1e-3) ** self.record.metric_per_effort
        return self.record.metric_base * factor
