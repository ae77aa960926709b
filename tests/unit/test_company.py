"""The company as a whole: one code path, a still burn-in, costs, clocks, records and life as Mesa agents."""

from __future__ import annotations

import gc
import weakref

import mesa
import numpy as np
import pytest

from sim.organisation import status_quo
from sim.organisation.agents import WeakCounters
from sim.organisation.company import Company
from sim.organisation.delivery import Delivery
from sim.organisation.demand import expected_demand
from sim.organisation.department import Department
from sim.organisation.dynamics import approach_share
from sim.organisation.environment import Environment
from sim.organisation.status_quo import find_status_quo, status_quo_offer
from sim.streams import Draws
from tests.companies import ACCOUNTABLE, SHORT, same
from tests.fake_market import build_company, run_company, run_period
from tests.markets import parameters_with


def test_identical_vectors_give_identical_bits():
    parameters = parameters_with(**ACCOUNTABLE)
    renamed = parameters.model_copy(update={"scenario": parameters.scenario.model_copy(update={"name": "other"})})
    assert same(run_company(parameters), run_company(renamed))


def test_another_replicate_has_other_luck():
    parameters = parameters_with(**SHORT)
    assert not same(run_company(parameters, 0), run_company(parameters, 1))


def test_nothing_in_the_burn_in_knows_the_design():
    plain, designed = parameters_with(), parameters_with(**ACCOUNTABLE)
    before = plain.time.n_burn_in
    left, right = run_company(plain), run_company(designed)
    assert same(*[[{k: v[:before] for k, v in part.items()} for part in side] for side in (left, right)])
    assert not same(left, right)


@pytest.mark.parametrize("periods_per_year", [4, 12, 52])
def test_quality_does_not_trend_in_the_burn_in(periods_per_year):
    # 40 companies with a stake and talk already in the status quo, so that every channel of luck is open.
    changed = {
        "time.periods_per_year": periods_per_year,
        "status_quo.added_cx_weight": 0.5,
        "status_quo.attribution": 0.5,
        "organisation.departments.sales.base_quality": 0.6,
        "organisation.departments.support.rel_capacity": 0.95,
        "time.burn_in_years": 3.0 if periods_per_year < 52 else 1.0,
    }
    parameters = parameters_with(**changed)
    before = parameters.time.n_burn_in
    runs = np.array(
        [
            run_company(parameters, r, before)[0]["quality"].mean(axis=1)
            for r in range(40 if periods_per_year < 52 else 10)
        ]
    )
    third = before // 3
    drift = runs[:, -third:].mean(axis=1) - runs[:, :third].mean(axis=1)
    assert abs(drift.mean()) < 4.0 * drift.std() / np.sqrt(len(runs)) + 1e-4
    expected = find_status_quo(parameters).quality.mean()
    spread = runs.mean(axis=1).std() / np.sqrt(len(runs))
    assert runs.mean() == pytest.approx(expected, abs=4.0 * spread + 2e-3)


def test_the_offer_of_the_status_quo_is_the_mean_of_the_burn_in():
    parameters = parameters_with(**{"time.burn_in_years": 20.0, "organisation.contracts.base_cx_weight": 0.4})
    company, offers = build_company(parameters), []
    for period in range(240):
        run_period(company, parameters, period)
        offers.append(company.offer())
    expected = status_quo_offer(parameters)
    for name in ("quality", "failure_probability", "handoff_failure", "promise", "recovery_probability", "requirement"):
        found = np.mean([getattr(offer, name) for offer in offers], axis=0)
        np.testing.assert_allclose(found, getattr(expected, name), atol=0.02, err_msg=name)
    assert expected.price_gap == 0.0


def test_the_price_list_is_that_of_the_status_quo_at_the_status_quo():
    parameters = parameters_with(
        **{"organisation.coordination.local_sd": 0.0, "organisation.delivery.knowledge_noise_sd": 0.0}
    )
    company = build_company(parameters)
    run_period(company, parameters, 0)
    prices = company.price_list()
    np.testing.assert_allclose(prices.service, 8.0, rtol=1e-9)
    assert (prices.rework, prices.recovery) == (30.0, 20.0)


def test_unit_costs_follow_effort_quality_and_misfit():
    parameters = parameters_with(**ACCOUNTABLE)
    company, found = build_company(parameters), find_status_quo(parameters)
    for period in range(70):
        run_period(company, parameters, period)
    delivery, fit = parameters.organisation.delivery, parameters.organisation.coordination.misfit_cost
    for department, cost, start in zip(
        company.departments, company.price_list().service, found.departments, strict=True
    ):
        now = 1.0 + delivery.quality_cost * max(0.0, department.quality) ** 2 + fit * department.misfit
        base = 1.0 + delivery.quality_cost * max(0.0, start.quality) ** 2 + fit * found.spread.misfit
        saved = np.exp(-delivery.effort_saving * (department.effort - found.response.effort))
        assert cost == pytest.approx(8.0 * saved * now / base)


def test_incentive_pay_of_the_status_quo_by_hand():
    # Three departments, w_L = 1, w_X = .05, pooled: b_X = .05 / 3; corner or interior of C^-1 (1, b_X + .3).
    _, _, lines = run_company(parameters_with(), n_periods=3)
    revenue = 0.3 * 10_000 * 1000.0 / 12
    care = 0.05 / 3 + 0.3
    e, c, x = (1 - 0.3 * care) / 0.91, (care - 0.3) / 0.91, 0.05 / 9
    paid = 0.5 * (e * e + c * c + 0.6 * e * c) + 0.5 * 3.0 * x * x + 0.5 * (0.3**2 + 0.05**2 * 0.6**2)
    np.testing.assert_allclose(lines["incentive_pay"], 0.01 * revenue * paid, rtol=1e-12)


def test_every_clock_tells_the_same_story():
    changed = ACCOUNTABLE | {
        "time.burn_in_years": 1.0,
        "time.horizon_years": 3.0,
        "organisation.frozen.initiatives": True,
    }
    # Effort three years after the switch by hand: weights cover 1 - exp(-2) of the way, then C^-1 b.
    covered = 1.0 - np.exp(-2.0)
    care = 0.05 / 3 + (0.55 * (0.5 + 0.5 / 3) - 0.05 / 3) * covered + 0.3
    effort = (1.0 - 0.4 * 0.55 * covered - 0.3 * care) / 0.91
    last = {}
    for periods_per_year, n_runs in ((4, 24), (12, 24), (52, 8)):
        parameters = parameters_with(**changed, **{"time.periods_per_year": periods_per_year})
        runs = [run_company(parameters, replicate)[0] for replicate in range(n_runs)]
        np.testing.assert_allclose([run["effort"][-1] for run in runs], effort, rtol=1e-9)
        last[periods_per_year] = np.array([run["quality"][-periods_per_year // 4 :].mean() for run in runs])
    # Clocks meet different luck, so the means of the last quarter are compared within 4 standard errors.
    for other in (4, 52):
        error = np.hypot(last[12].std() / np.sqrt(24), last[other].std() / np.sqrt(len(last[other])))
        assert last[other].mean() == pytest.approx(last[12].mean(), abs=4.0 * error)


@pytest.mark.parametrize("periods_per_year", [4, 12, 52])
def test_price_gaps_have_the_spread_of_their_shocks(periods_per_year):
    # Shot noise: variance rate * memory * size^2 / 2. Its excess kurtosis is 3 / (rate * memory) = 3, so 300 companies
    # give the spread a standard error of 6.5 %; quarters allow one shock each and fall short by up to 11 %.
    changed = {
        "time.periods_per_year": periods_per_year,
        "market.price_shocks_per_year": 2.0,
        "time.burn_in_years": 1.0,
    }
    parameters = parameters_with(**changed)
    found, gaps = find_status_quo(parameters), []
    for seed in range(300):
        environment = Environment(parameters, Draws(seed), found)
        for period in range(periods_per_year if periods_per_year < 52 else 26):
            environment.price_gap = environment._next_price_gap(period)
        gaps.append(environment.price_gap)
    expected = 0.08 * np.sqrt(2.0 * 0.5 / 2.0)
    tolerance = 0.2 if periods_per_year > 4 else 0.3
    assert np.std(gaps) == pytest.approx(expected, rel=tolerance)


def test_the_rival_stays_trends_or_imitates():
    end = {}
    for behaviour in ("fixed", "trending", "imitating"):
        changed = ACCOUNTABLE | {"market.rival.behaviour": behaviour, "market.rival.quality": 0.1}
        _, firm, _ = run_company(parameters_with(**changed))
        np.testing.assert_allclose(firm["rival_quality"][:24], 0.1, atol=0.02)
        end[behaviour] = firm["rival_quality"][-1]
    assert end["fixed"] == 0.1
    assert end["trending"] == pytest.approx(0.1 + 0.05 * 59 / 12)
    assert end["imitating"] > 0.11


def test_recovery_is_helped_by_support_and_rescue_and_thinned_by_a_flood_of_complaints():
    parameters = parameters_with()
    delivery = Delivery(parameters, find_status_quo(parameters), expected_demand(parameters))
    assert delivery._recovery_probability(1.0, 0.0) == 0.5
    assert delivery._recovery_probability(1.0, 1.0) == pytest.approx(0.7)
    assert delivery._recovery_probability(3.0, 0.0) == pytest.approx(0.25)
    delivery.quality = delivery.quality + np.array([5.0, 5.0, 1.0])
    assert delivery._recovery_probability(1.0, 0.0) == pytest.approx(0.65)


def test_records_have_every_column_and_no_surprises():
    departments, firm, lines = run_company(parameters_with(**ACCOUNTABLE, **SHORT))
    assert set(departments) == {
        "knowledge_gap", "specification_gap", "delivery_gap", "perception_gap", "service_gap", "communication_gap",
        "effort", "experience_effort", "gaming", "practice", "quality", "requirement", "load", "morale", "staff",
        "eroded_standard", "local_metric", "programme", "listening",
    }  # fmt: skip
    assert set(firm) - {"service", "profit", "revenue"} == {
        "commitment", "credibility", "role_present", "authority", "information", "talk", "over_promise", "promise",
        "kpi_measured", "kpi_true", "nps_surveyed", "rescue", "proposed", "refused", "piloted", "scaled", "dropped",
        "price_gap", "rival_quality", "requirement", "turnover",
    }  # fmt: skip
    assert set(lines) == {"incentive_pay", "office", "initiatives", "influence", "distraction"}
    assert all(np.isfinite(column).all() for part in (departments, firm, lines) for column in part.values())
    assert departments["quality"].shape == (36, 3)


def test_local_metrics_follow_effort_in_the_direction_of_each_department():
    changed = {
        "organisation.departments.sales.metric_base": 14.0,
        "organisation.departments.sales.metric_per_effort": 0.6,
        "organisation.departments.support.metric_base": 300.0,
        "organisation.departments.support.metric_per_effort": -0.5,
    }
    departments, _, _ = run_company(parameters_with(**ACCOUNTABLE, **changed))
    start, end = departments["local_metric"][0], departments["local_metric"][-1]
    np.testing.assert_allclose(start, [14.0, 1.0, 300.0], rtol=1e-9)
    ratio = departments["effort"][-1, 0] / departments["effort"][0, 0]
    assert ratio < 0.9
    np.testing.assert_allclose(end, [14.0 * ratio**0.6, ratio, 300.0 * ratio**-0.5], rtol=1e-9)


def test_a_status_quo_that_does_not_rest_is_reported(monkeypatch):
    monkeypatch.setattr(status_quo, "_MAX_ROUNDS", 1)
    with pytest.raises(RuntimeError, match="come to rest"):
        find_status_quo(parameters_with(**{"organisation.departments.sales.base_quality": 1.0}))


def test_a_negative_time_constant_is_refused():
    with pytest.raises(ValueError, match="time constant"):
        approach_share(0.1, -1.0)


def test_departments_are_mesa_agents():
    model = mesa.Model(rng=1)
    company = Company(model, parameters_with(), Draws(1))
    assert [d.name for d in company.departments] == ["sales", "operations", "support"]
    assert {type(agent).__name__ for agent in model.agents} == {"Department", "ChiefExecutive", "ExperienceOfficer"}
    assert len(model.agents_by_type[Department]) == len(company.departments) == 3
    sellers = company.departments.select(lambda d: d.record.sets_promise)
    assert [d.name for d in sellers] == ["sales"]
    assert company.departments.agg("morale", np.mean) == 1.0
    assert company.departments.get("name") == ["sales", "operations", "support"]
    assert sorted(agent.unique_id for agent in model.agents) == [1, 2, 3, 4, 5]
    assert Company(mesa.Model(rng=1), parameters_with(), Draws(1)).chief_executive.unique_id == 4


def test_a_finished_model_is_forgotten():
    # Mesa 3.3 keeps models alive through a class-level table of counters; the company's agents do without it.
    model = mesa.Model(rng=1)
    parameters = parameters_with(**SHORT)
    company = Company(model, parameters, Draws(1))
    run_period(company, parameters, 0)
    seen = weakref.ref(model)
    del model, company
    gc.collect()
    assert seen() is None


def test_counters_count_by_model_and_forget_it():
    class Key:
        pass

    counters, key = WeakCounters(), Key()
    assert [next(counters[key]), next(counters[key])] == [1, 2]
    assert len(counters) == 1
    del key
    gc.collect()
    assert len(counters) == 0


def test_the_luck_of_one_department_does_not_depend_on_the_others():
    few = parameters_with(**SHORT)
    tree = few.model_dump()
    tree["organisation"]["departments"]["extra"] = tree["organisation"]["departments"]["operations"]
    tree["journeys"]["purchase"]["steps"] = (*tree["journeys"]["purchase"]["steps"], {"department": "extra"})
    more = type(few).model_validate(tree)
    left, right = build_company(few), build_company(more)
    for period in range(5):
        run_period(left, few, period)
        run_period(right, more, period)
    for name in ("theta", "belief_noise"):
        np.testing.assert_array_equal(getattr(left._environment, name), getattr(right._environment, name)[:3])
