"""A market without customers: expected flows for an offer, so that the organisation can be tested alone."""

from __future__ import annotations

import mesa
import numpy as np

from sim.market.flows import Flows
from sim.market.offer import Offer
from sim.organisation.company import Company
from sim.organisation.demand import expected_demand
from sim.parameters import Parameters
from sim.streams import Draws, replicate_seed


def expected_flows(parameters: Parameters, offer: Offer, active: float | None = None) -> Flows:
    """Return what an average market would answer: satisfaction follows quality, the base stays as given."""
    population, dt = parameters.population, parameters.time.period_years
    n, n_journeys = len(parameters.organisation.departments), len(parameters.journeys)
    active = population.initial_share * population.n_customers if active is None else active
    encounters = expected_demand(parameters).encounters * active * dt
    quality = offer.quality[0] + population.pilot_share * (offer.quality[1] - offer.quality[0])
    satisfaction = 0.6 + 0.55 * float(quality.mean())
    revenue = active * 1000.0 * dt
    zero = 0.0
    return Flows(
        encounters=encounters,
        failures=encounters * offer.failure_probability[0],
        quality_sum=encounters * quality,
        perceived_sum=encounters * (0.85 * quality - 0.05),
        expectation_sum=encounters * quality,
        complaints=encounters * 0.02,
        recoveries=encounters * 0.01,
        service_weight=encounters,
        handoff_attempts=np.zeros((n, n)),
        handoff_failures=np.zeros((n, n)),
        channel_attempts=zero,
        channel_failures=zero,
        journeys=np.zeros(n_journeys),
        journeys_failed=np.zeros(n_journeys),
        journeys_handoff_failed=np.zeros(n_journeys),
        mentions_positive=zero,
        mentions_negative=zero,
        active=active,
        revenue=revenue,
        value_sum=revenue,
        satisfaction_sum=satisfaction * active,
        satisfaction_square_sum=(satisfaction**2 + 0.64) * active,
        reported_sum=satisfaction * active,
        satisfied=0.78 * active,
        promoters=0.4 * active,
        detractors=0.2 * active,
        loyal=0.6 * active,
        tenure_sum=5.0 * active,
        expected_churn=0.01 * active,
        churned=0.01 * active,
        acquired=0.01 * active,
    )


def build_company(parameters: Parameters, replicate: int = 0) -> Company:
    """Return a company of a bare Mesa model."""
    return Company(mesa.Model(rng=1), parameters, Draws(replicate_seed(parameters.run.seed, replicate)))


def run_period(company: Company, parameters: Parameters, period: int, active: float | None = None):
    """Run the phases of one period in order and return its record."""
    company.read_environment(period)
    company.govern(period)
    company.respond(period)
    company.pursue_initiatives(period)
    flows = expected_flows(parameters, company.offer(), active)
    company.absorb(period, flows)
    costs = company.price_list()
    service = float(flows.service_weight @ costs.service)
    lines = company.charges(flows.revenue)
    profit = 0.2 * flows.revenue - service - sum(lines.values())
    company.listen(period, flows, profit)
    departments, firm = company.record(period)
    return departments, firm | {"service": service, "profit": profit, "revenue": flows.revenue}, lines


def run_company(parameters: Parameters, replicate: int = 0, n_periods: int | None = None):
    """Run a company and return (department columns [period, n], firm columns [period], lines [period])."""
    company = build_company(parameters, replicate)
    rows = [run_period(company, parameters, period) for period in range(n_periods or parameters.time.n_periods)]
    stack = [{key: np.array([row[part][key] for row in rows]) for key in rows[0][part]} for part in range(3)]
    return stack[0], stack[1], stack[2]
