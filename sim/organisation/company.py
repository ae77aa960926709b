"""The company: what the model talks to, one method per phase of a period."""

from __future__ import annotations

from typing import Any

import numpy as np
from mesa.agent import AgentSet
from numpy.typing import NDArray

from sim.market.flows import Flows
from sim.market.offer import Offer
from sim.organisation import contracts, gaps, practices, workforce
from sim.organisation.contracts import Contract
from sim.organisation.costs import UnitCosts, governance_charges
from sim.organisation.demand import expected_demand
from sim.organisation.department import Briefing, Department, Pressure
from sim.organisation.dynamics import clip
from sim.organisation.environment import Environment
from sim.organisation.executives import ChiefExecutive, ExperienceOfficer
from sim.organisation.initiative_desk import InitiativeDesk, Standing
from sim.organisation.initiatives import Reading
from sim.organisation.programmes import Programmes
from sim.organisation.status_quo import (
    MAX_INFORMATION,
    find_status_quo,
    information_reliability,
    status_quo_offer,
    talk_share,
)
from sim.organisation.survey import Score, read_score
from sim.parameters import Parameters
from sim.streams import Draws, Stream

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Company:
    """Departments, executives and what they do to the offer.

    Every period calls, in this order: ``read_environment``, ``govern``, ``respond``, ``pursue_initiatives``,
    ``offer`` (the market answers with flows), ``absorb``, ``price_list`` and ``charges``, ``listen``, ``record``.

    Parameters
    ----------
    model
        The Mesa model; departments and executives are registered with it.
    parameters
        All parameters.
    draws
        Luck of the replicate.

    Attributes
    ----------
    departments
        The departments as a Mesa AgentSet, in the order of the parameters.
    chief_executive, experience_officer
        The executives.
    """

    def __init__(self, model: Any, parameters: Parameters, draws: Draws) -> None:
        organisation, period_years = parameters.organisation, parameters.time.period_years
        self._parameters, self._organisation, self._draws = parameters, organisation, draws
        self._period_years = period_years
        self._quarter = parameters.time.periods_per_year // 4
        self._n = len(organisation.departments)
        self._found = find_status_quo(parameters)
        self._start_offer = status_quo_offer(parameters, self._found)
        self._demand = expected_demand(parameters)
        self._departments = [
            Department(model, name, index, record, organisation, self._found, period_years)
            for index, (name, record) in enumerate(organisation.departments.items())
        ]
        self.departments = AgentSet(self._departments, random=model.random)
        self.chief_executive = ChiefExecutive(model, organisation.executives, draws, period_years)
        self.experience_officer = ExperienceOfficer(
            model,
            organisation.executives,
            organisation.initiatives,
            organisation.listening.survey_size,
            self._demand,
            self._n,
            draws,
            period_years,
        )
        self._environment = Environment(parameters, draws, self._found)
        self._programmes = Programmes(self._n, self._demand, organisation.initiatives, period_years)
        self._desk = InitiativeDesk(self.experience_officer, self._programmes, organisation.initiatives)
        self._start()

    def _start(self) -> None:
        """Put every state of the firm at the fixed point of the status quo."""
        found, organisation = self._found, self._organisation
        self._levers = self._parameters.status_quo
        self._contract: Contract = found.contract
        self._noise = contracts.kpi_noise(organisation.contracts, organisation.listening)
        self._seller = next(d for d in self._departments if d.record.sets_promise)
        self._complaint_handlers = [d.index for d in self._departments if d.record.handles_complaints]
        self.information, self.talk, self.authority = found.information, found.talk, 0.0
        self._informed = min(found.information, MAX_INFORMATION)
        self.over_promise = found.over_promise
        self._base_handoff = found.handoff_failure
        self._offer = self._start_offer
        self._quality: Vector = found.quality
        self._start_quality: Vector = found.quality
        self._start_complaints = self._complaint_rates(self._start_offer)
        self._rel_complaints: Vector = np.ones(self._n)
        self._demand_year = np.ones(self._parameters.time.periods_per_year)
        self._perceived: Vector = found.quality.copy()
        self._score = Score(0.0, 0.0)
        self._start_active = self._parameters.population.initial_share * self._parameters.population.n_customers

    # ---- phase 1
    def read_environment(self, period: int) -> None:
        """Let prices, the rival, local conditions, beliefs and the requirement move on."""
        links = self._organisation.links
        promised = self.over_promise if links.promise else self._found.over_promise
        self._environment.step(period, self._quality, self._mean_offered(), promised)

    def _mean_offered(self) -> float:
        """Return the mean quality customers met in the last period, both regions, SD of encounters."""
        return float(self._mix(self._offer.quality).mean())

    def _mix(self, regions: Vector) -> Vector:
        """Return the mean over the market at large and the pilot region."""
        share = self._parameters.population.pilot_share
        mixed: Vector = regions[0] + share * (regions[1] - regions[0])
        return mixed

    # ---- phase 2
    def govern(self, period: int) -> None:
        """Put the levers in force and let commitment, the seat, information, talk and authority follow."""
        switched = period >= self._parameters.time.n_burn_in
        self._levers = self._parameters.governance if switched else self._parameters.status_quo
        self._contract = contracts.write_contract(self._levers, self._organisation.contracts, self._n)
        self.chief_executive.drift(period)
        officer = self.experience_officer
        officer.hold_seat(self._levers, period)
        self.information = information_reliability(
            self._levers,
            officer.present,
            officer.talent,
            self.chief_executive.attention,
            self._organisation.listening.base_information,
        )
        self._informed = clip(self.information + self._programmes.listening, 0.0, MAX_INFORMATION)
        self.talk = talk_share(self._levers, officer.present, self.information)
        standing = self.chief_executive.commitment * officer.credibility * officer.present
        self.authority = self._levers.decision_rights * standing

    # ---- phase 3
    def respond(self, period: int) -> None:
        """Let departments answer: weights, efforts, gaming, beliefs, specification, practices and the promise."""
        requirement, noise = self._environment.requirement.tolist(), self._environment.belief_noise.tolist()
        for department in self._departments:
            index = department.index
            department.respond(Briefing(self._contract, requirement[index], self._informed, noise[index]))
        self._set_practices(period)
        self.over_promise = self._seller.over_promise()

    def _set_practices(self, period: int) -> None:
        """Blend what silos choose with what the centre asks for, as far as its authority reaches."""
        coordination, theta = self._organisation.coordination, self._environment.theta
        if self._organisation.frozen.practices:
            weights, talk, authority = self._found.contract, self._found.talk, 0.0
            local_weight, weight = weights.local_weight, weights.shared_weight
        else:
            local_weight, weight = self._departments[0].local_weight, self._departments[0].shared_weight
            talk, authority = self.talk, self.authority
        pull = practices.coordination_pull(local_weight, weight, coordination.interdependence)
        reliability = practices.dated_reliability(
            min(self.information, MAX_INFORMATION), self._levers.decision_lag_months / 12.0, coordination.local_memory_years
        )
        signal = self._environment.normals(Stream.SIGNAL, period)
        estimate = practices.estimate_conditions(theta, reliability, coordination.local_sd, signal)
        integrated = practices.integrated_practices(estimate, coordination.interdependence)
        silo = practices.silo_practices(theta, pull, talk)
        in_force = practices.practices_in_force(silo, integrated, authority)
        misfit = (in_force - theta) ** 2
        for department, practice, squared in zip(self._departments, in_force.tolist(), misfit.tolist(), strict=True):
            department.practice, department.misfit = practice, squared
        self._base_handoff = practices.handoff_failures(in_force, coordination)

    # ---- phase 4
    def pursue_initiatives(self, period: int) -> None:
        """Let effects decay, run the quarterly cycle when it is due, and deliver."""
        self._desk.let_period_pass()
        if period % self._quarter == 0 and not self._organisation.frozen.initiatives:
            first = self._departments[0]
            care = first.shared_weight + self._organisation.contracts.intrinsic_motivation
            standing = Standing(self._levers, self.authority, self._informed, care, first.local_weight)
            self._desk.run_quarter(standing, self._read_journeys(), period)
        self._deliver()

    def _read_journeys(self) -> Reading:
        """Return what the holder reads: gaps flattered by gaming as far as nobody listens, and hand-offs."""
        delivery, rules = self._organisation.delivery, self._organisation.workforce
        unseen = 1.0 - self._informed
        gap = np.array([d.believed_requirement - d.quality - unseen * d.gaming for d in self._departments])
        shares = np.array(
            [gaps.specified_share(d.experience_effort, delivery.effort_scale) for d in self._departments]
        )
        bias = np.array([abs(d.record.knowledge_bias) for d in self._departments])
        return Reading(
            gap,
            self._base_handoff * self._programmes.kept_handoff,
            self._parameters.experience.recovery.severity,
            shares * bias,
            rules.morale_quality,
            self._desk.future_budgets(self._levers.rel_budget * self.experience_officer.present),
        )

    def _deliver(self) -> None:
        """Turn states into the period's quality, failures and offer."""
        links, start = self._organisation.links, self._start_offer
        quality, failure = self._deliver_encounters()
        handoff = self._deliver_handoffs()
        offered = quality if links.quality else start.quality
        own = Offer(
            quality=offered,
            failure_probability=failure if links.quality else start.failure_probability,
            handoff_failure=handoff if links.handoffs else start.handoff_failure,
            promise=float(self._mix(offered).mean()) + self.over_promise if links.promise else start.promise,
            recovery_probability=start.recovery_probability,
            requirement=self._environment.requirement.copy(),
            price_gap=self._environment.price_gap,
            rival_quality=self._environment.rival_quality,
            advertising=self._parameters.market.acquisition.advertising,
        )
        rates = self._complaint_rates(own)
        base = self._start_complaints
        self._rel_complaints = np.divide(rates, base, out=np.ones(self._n), where=base > 0.0)
        total = float(rates.sum() / base.sum()) if base.sum() > 0.0 else 1.0
        self._offer = own._replace(recovery_probability=self._recovery(total)) if links.recovery else own

    def _deliver_encounters(self) -> tuple[Vector, Vector]:
        """Return quality and failure probability by region and department, shape (2, n) each."""
        base = np.empty(self._n)
        for department in self._departments:
            department.programme = float(self._programmes.touchpoint[department.index])
            base[department.index] = department.base_delivery()
        quality = np.stack([base, base + self._programmes.pilot_quality(self.experience_officer.pilots)])
        conformance = self._organisation.delivery.conformance
        failure = np.array(
            [
                [
                    gaps.failure_probability(value, department.record.failure_probability, conformance)
                    for value, department in zip(region, self._departments, strict=True)
                ]
                for region in quality.tolist()
            ]
        )
        self._quality = self._mix(quality)
        for department, value in zip(self._departments, self._quality.tolist(), strict=True):
            department.quality = value
        return quality, failure

    def _deliver_handoffs(self) -> Matrix:
        """Return the failure of hand-offs, index (region, from, to)."""
        at_large = self._base_handoff * self._programmes.kept_handoff
        return np.stack([at_large, at_large * self._programmes.pilot_kept_handoff(self.experience_officer.pilots)])

    def _complaint_rates(self, offer: Offer) -> Vector:
        """Return expected complaints per customer and year by department, shape (n,)."""
        demand = self._demand
        rates: Vector = demand.complaint_encounters * self._mix(offer.failure_probability)
        rates = rates + (demand.complaint_handoffs * self._mix(offer.handoff_failure)).sum(axis=0)
        return rates

    def _recovery(self, rel_complaints: float) -> float:
        """Return the probability that a complaint is recovered, thinned where complaints exceed capacity."""
        recovery = self._parameters.experience.recovery
        handlers = self._complaint_handlers
        better = float((self._quality[handlers] - self._start_quality[handlers]).mean())
        rescued = self._organisation.initiatives.rescue_effect * self._desk.rescue
        chance = clip(recovery.success_probability + recovery.support_effect * better + rescued, 0.0, 1.0)
        capacity = self._organisation.delivery.complaint_capacity
        return chance * min(1.0, capacity / rel_complaints) if rel_complaints > 0.0 else chance

    def offer(self) -> Offer:
        """Return what customers meet in this period; a link that is off carries the status quo."""
        return self._offer

    # ---- phase 8
    def absorb(self, period: int, flows: Flows) -> None:
        """Let the period's demand and complaints act on load, morale, quits, staff and standards."""
        rules = self._organisation.workforce
        since_switch = (period - self._parameters.time.n_burn_in) * self._period_years
        surge = workforce.surge_factor(since_switch, self._period_years, rules)
        held = rules.hold_load is not None
        demand = surge if held else surge * flows.active / self._start_active
        self._demand_year[period % len(self._demand_year)] = 1.0 if held else demand
        positions = float(self._demand_year.mean())
        complaints = np.ones(self._n) if held else self._rel_complaints
        for department, ratio in zip(self._departments, complaints.tolist(), strict=True):
            department.cope(Pressure(demand, positions, ratio, self._programmes.tools))
        met = flows.encounters > 0.0
        self._perceived = np.divide(flows.perceived_sum, flows.encounters, out=self._perceived.copy(), where=met)

    # ---- phase 9
    def price_list(self) -> UnitCosts:
        """Return what serving costs in this period."""
        delivery, linked = self._organisation.delivery, self._organisation.links.operating_cost
        service = [d.unit_cost() if linked else d.record.service_cost_eur for d in self._departments]
        return UnitCosts(np.array(service), delivery.rework_cost_eur, delivery.recovery_cost_eur)

    def charges(self, revenue: float) -> dict[str, float]:
        """Return the governance lines of this period, currency, given its revenue (currency)."""
        return governance_charges(
            revenue,
            self._levers,
            self._organisation.costs,
            self._incentive_share(),
            self._desk.spending,
            self.authority,
            self.chief_executive.commitment,
        )

    def _incentive_share(self) -> float:
        """Return incentive pay over revenue: the cost of what is done plus the risk of the contract in force."""
        rules = self._organisation.contracts
        contract = self._found.contract if self._organisation.frozen.effort else self._contract
        effort = sum(
            contracts.effort_cost(contracts.Response(d.effort, d.experience_effort, d.gaming), rules)
            for d in self._departments
        )
        premium = contracts.risk_premium(contract, self._n, rules, self._noise)
        return rules.incentive_share * (effort / self._n + premium)

    # ---- phase 10
    def listen(self, period: int, flows: Flows, profit: float) -> None:
        """Read the survey and let the CEO see the period's profit (currency)."""
        listening = self._organisation.listening
        answers = 4.0 * listening.survey_size * self._period_years
        flattery = self._parameters.experience.perception.quality_weight * float(
            np.mean([department.gaming for department in self._departments])
        )
        normal = self._draws.normal(Stream.SURVEY, 0, period)
        self._score = read_score(flows, answers, flattery, normal)
        self.chief_executive.see_profit(profit, (period + 1) % self._quarter == 0)

    # ---- phase 11
    def record(self, period: int) -> tuple[dict[str, Vector], dict[str, float]]:
        """Return the period's record: arrays by department, shape (n,), and scalars of the firm."""
        return self._record_departments(), self._record_firm()

    def _gather(self, name: str) -> Vector:
        return np.array([getattr(department, name) for department in self._departments], dtype=np.float64)

    def _record_departments(self) -> dict[str, Vector]:
        columns = {name: self._gather(name) for name in _DEPARTMENT_COLUMNS}
        believed, specified = self._gather("believed_requirement"), self._gather("specification")
        quality, perceived = columns["quality"], self._perceived
        columns["knowledge_gap"] = columns["requirement"] - believed
        columns["specification_gap"] = believed - specified
        columns["delivery_gap"] = specified - quality
        columns["perception_gap"] = quality - perceived
        columns["service_gap"] = columns["requirement"] - perceived
        columns["communication_gap"] = self._offer.promise - quality
        columns["listening"] = np.full(self._n, self._informed)
        return columns

    def _record_firm(self) -> dict[str, float]:
        officer = self.experience_officer
        return {
            "commitment": self.chief_executive.commitment,
            "credibility": officer.credibility,
            "role_present": officer.present,
            "authority": self.authority,
            "information": self.information,
            "talk": self.talk,
            "over_promise": self.over_promise,
            "promise": self._offer.promise,
            "kpi_measured": self._score.measured,
            "kpi_true": self._score.true,
            "rescue": self._desk.rescue,
            **{name: float(count) for name, count in officer.counts.items()},
            "price_gap": self._offer.price_gap,
            "rival_quality": self._offer.rival_quality,
            "requirement": float(self._offer.requirement.mean()),
            "turnover": float(officer.departures),
        }


_DEPARTMENT_COLUMNS = (
    "requirement",
    "quality",
    "effort",
    "experience_effort",
    "gaming",
    "practice",
    "load",
    "morale",
    "staff",
    "eroded_standard",
    "local_metric",
    "programme",
)
