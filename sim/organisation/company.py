"""The company: what the model talks to, one method per phase of a period."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.market.flows import Flows
from sim.market.offer import Offer
from sim.organisation import contracts, workforce
from sim.organisation.agents import Departments
from sim.organisation.costs import UnitCosts, governance_charges
from sim.organisation.delivery import Delivery
from sim.organisation.demand import expected_demand
from sim.organisation.department import Briefing, Department, Pressure
from sim.organisation.dynamics import clip, mean_of
from sim.organisation.environment import Environment
from sim.organisation.executives import ChiefExecutive
from sim.organisation.experience_officer import ExperienceOfficer
from sim.organisation.initiative_desk import InitiativeDesk, read_journeys
from sim.organisation.initiatives import Audience, felt_severity
from sim.organisation.interfaces import Interfaces
from sim.organisation.programmes import Programmes
from sim.organisation.recording import record_departments, record_firm
from sim.organisation.status_quo import MAX_INFORMATION, find_status_quo, information_reliability, talk_share
from sim.organisation.survey import Score, read_score
from sim.parameters import Parameters
from sim.streams import Draws, Stream

Vector = NDArray[np.float64]


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
        The departments as a Mesa AgentSet that cannot be changed, in the order of the parameters.
    chief_executive, experience_officer
        The executives.
    information
        Reliability of what the company knows about its customers (g), in [0, 1].
    informed
        The same with listening programmes, in [0, 0.95].
    talk
        Share of the others' practices that departments know (h), in [0, 1].
    authority
        Authority of the CX role over departments (L), in [0, 1].
    over_promise
        Promise beyond delivery, SD of encounters.
    score
        Customer score of the last period heard.
    perceived
        Mean perceived quality by department, SD of encounters, shape (n,); kept where nobody came.
    """

    def __init__(self, model: Any, parameters: Parameters, draws: Draws) -> None:
        organisation, period_years = parameters.organisation, parameters.time.period_years
        self._parameters, self._organisation, self._draws = parameters, organisation, draws
        self._period_years = period_years
        self._quarter = parameters.time.periods_per_year // 4
        self._found = find_status_quo(parameters)
        self._demand = expected_demand(parameters)
        self._departments = [
            Department(model, name, index, record, organisation, self._found, period_years)
            for index, (name, record) in enumerate(organisation.departments.items())
        ]
        self.departments = Departments(self._departments, model.random)
        self.chief_executive = ChiefExecutive(model, organisation.executives, draws, period_years)
        self.experience_officer = ExperienceOfficer(model, organisation, self._demand, draws, period_years)
        rules = organisation.initiatives
        self._programmes = Programmes(len(self._departments), self._demand, rules, period_years)
        self._desk = InitiativeDesk(self.experience_officer, self._programmes, rules)
        self._environment = Environment(parameters, draws, self._found)
        self._interfaces = Interfaces(organisation.coordination, self._found, organisation.frozen.practices)
        self._delivery = Delivery(parameters, self._found, self._demand)
        self._start()

    def _start(self) -> None:
        """Put what the firm knows and promises at the fixed point of the status quo."""
        found, organisation = self._found, self._organisation
        self._levers, self._contract = self._parameters.status_quo, found.contract
        self._noise = contracts.kpi_noise(organisation.contracts, organisation.listening)
        self._seller = next(d for d in self._departments if d.record.sets_promise)
        self.information, self.talk, self.authority = found.information, found.talk, 0.0
        self.informed = min(found.information, MAX_INFORMATION)
        self.over_promise = found.over_promise
        self.score = Score(0.0, 0.0)
        self.perceived: Vector = found.quality
        self._demand_year = np.ones(self._parameters.time.periods_per_year)
        population = self._parameters.population
        self._start_active = max(population.initial_share * population.n_customers, 1.0)

    # ---- phase 1
    def read_environment(self, period: int) -> None:
        """Draw the prices, the rival's quality, local conditions, beliefs and the requirement of the period."""
        links = self._organisation.links
        promised = self.over_promise if links.promise else self._found.over_promise
        self._environment.step(period, self._delivery.quality, self._delivery.mean_offered(), promised)

    # ---- phase 2
    def govern(self, period: int) -> None:
        """Put the levers in force; update commitment, the seat, information, talk and authority."""
        switched = period >= self._parameters.time.n_burn_in
        self._levers = self._parameters.governance if switched else self._parameters.status_quo
        self._contract = contracts.write_contract(self._levers, self._organisation.contracts, len(self._departments))
        executive, officer = self.chief_executive, self.experience_officer
        executive.drift(period)
        officer.hold_seat(self._levers, period)
        self.information = information_reliability(
            self._levers,
            officer.present,
            officer.talent,
            executive.attention,
            self._organisation.listening.base_information,
        )
        self.informed = clip(self.information + self._programmes.listening, 0.0, MAX_INFORMATION)
        self.talk = talk_share(self._levers, officer.present, self.information)
        standing = executive.commitment * officer.credibility * officer.present
        self.authority = self._levers.decision_rights * standing

    # ---- phase 3
    def respond(self, period: int) -> None:
        """Update weights, efforts, gaming, beliefs, specification and practices of departments, and the promise."""
        environment = self._environment
        told = zip(environment.requirement.tolist(), environment.belief_noise.tolist(), strict=True)
        for department, (requirement, noise) in zip(self._departments, told, strict=True):
            department.respond(Briefing(self._contract, requirement, self.informed, noise))
        lag_years = self._levers.decision_lag_months / 12.0
        signal = environment.normals(Stream.SIGNAL, period)
        estimate = self._interfaces.estimate(environment.theta, self.information, lag_years, signal)
        self._interfaces.settle(self._departments, environment.theta, estimate, self.talk, self.authority)
        self.over_promise = self._seller.over_promise()

    # ---- phase 4
    def pursue_initiatives(self, period: int) -> None:
        """Decay effects by one period, run the quarterly cycle when it is due, and deliver."""
        self._desk.start_period()
        if period % self._quarter == 0 and not self._organisation.frozen.initiatives:
            self._run_quarter(period)
        self._delivery.deliver(
            self._departments,
            self._programmes,
            self.experience_officer.pilots,
            self._interfaces.handoff_failure,
            self.over_promise,
            self._environment,
            self._desk.rescue,
        )

    def _run_quarter(self, period: int) -> None:
        first, budget, experience = self._departments[0], self._levers.rel_budget, self._parameters.experience
        care = first.shared_weight + self._organisation.contracts.intrinsic_motivation
        reading = read_journeys(
            self._departments,
            self._interfaces.handoff_failure * self._programmes.kept_handoff,
            self.informed,
            felt_severity(experience.recovery.severity, experience.perception),
            self._desk.future_budgets(budget),
            self._organisation,
        )
        self._desk.run_quarter(reading, Audience(self.authority, care, first.local_weight), budget, period)

    def offer(self) -> Offer:
        """Return what customers meet in this period; a link that is off carries the status quo."""
        return self._delivery.offer

    # ---- phase 8
    def absorb(self, period: int, flows: Flows) -> None:
        """Update load, morale, quits, staff and standards from the period's demand and complaints.

        Where an experiment holds the load, nothing but an imposed surge adds to the pressure of work.
        """
        rules = self._organisation.workforce
        since_switch = (period - self._parameters.time.n_burn_in) * self._period_years
        surge = workforce.surge_factor(since_switch, self._period_years, rules)
        held = rules.hold_load is not None
        demand = surge if held else surge * flows.active / self._start_active
        self._demand_year[period % len(self._demand_year)] = 1.0 if held else demand
        positions = mean_of(self._demand_year)
        complaints = [1.0] * len(self._departments) if held else self._delivery.rel_complaints.tolist()
        for department, rel_complaints in zip(self._departments, complaints, strict=True):
            department.cope(Pressure(demand, positions, rel_complaints, self._programmes.tools))
        met = flows.encounters > 0.0
        self.perceived = np.divide(flows.perceived_sum, flows.encounters, out=self.perceived.copy(), where=met)

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
        rules, n_departments = self._organisation.contracts, len(self._departments)
        contract = self._found.contract if self._organisation.frozen.effort else self._contract
        effort = sum(contracts.effort_cost(department.response, rules) for department in self._departments)
        premium = contracts.risk_premium(contract, n_departments, rules, self._noise)
        return rules.incentive_share * (effort / n_departments + premium)

    # ---- phase 10
    def listen(self, period: int, flows: Flows, profit: float) -> None:
        """Read the survey and tell the CEO the period's profit (currency)."""
        answers = 4.0 * self._organisation.listening.survey_size * self._period_years
        gaming = sum(department.gaming for department in self._departments) / len(self._departments)
        flattery = self._parameters.experience.perception.quality_weight * gaming
        normals = (self._draws.normal(Stream.SURVEY, 0, period, 0), self._draws.normal(Stream.SURVEY, 0, period, 1))
        self.score = read_score(flows, answers, flattery, normals)
        self.chief_executive.see_profit(profit, (period + 1) % self._quarter == 0)

    # ---- phase 11
    def record(self, period: int) -> tuple[dict[str, Vector], dict[str, float]]:
        """Return what is recorded of the period.

        Parameters
        ----------
        period
            Number of the period just lived; not used, but all phases take it.

        Returns
        -------
        tuple
            Columns by name, float64, each of shape (n_departments,), and scalars of the firm by name; units are those
            of the attributes of `Department` and `Company`.
        """
        del period
        offer, officer = self._delivery.offer, self.experience_officer
        by_department = record_departments(self._departments, self.perceived, offer.promise, self.informed)
        firm = {
            "commitment": self.chief_executive.commitment,
            "authority": self.authority,
            "information": self.information,
            "talk": self.talk,
            "over_promise": self.over_promise,
            "kpi_measured": self.score.measured,
            "kpi_true": self.score.true,
            "nps_surveyed": self.score.nps,
            "rescue": self._desk.rescue,
        }
        return by_department, firm | record_firm(offer, officer)
