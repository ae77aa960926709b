"""The gap chain: requirement, belief, specification, delivery, perception, promise; and what quality costs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from sim.organisation import gaps
from sim.organisation.dynamics import approach_share
from sim.parameters.market import Requirement
from sim.parameters.organisation import Delivery
from tests.companies import ACCOUNTABLE
from tests.fake_market import build_company, run_company, run_period
from tests.markets import parameters_with

QUALITY = st.floats(-2.0, 2.0)


@pytest.mark.parametrize("replicate", range(3))
def test_the_gaps_add_up_to_requirement_minus_perception(replicate):
    parameters = parameters_with(**ACCOUNTABLE)
    company = build_company(parameters, replicate)
    for period in range(60):
        departments, _, _ = run_period(company, parameters, period)
        parts = ("knowledge_gap", "specification_gap", "delivery_gap", "perception_gap")
        total = sum(departments[part] for part in parts)
        perceived = np.array([0.85 * d.quality - 0.05 for d in company.departments])
        np.testing.assert_allclose(departments["requirement"] - perceived, total, rtol=0, atol=1e-12)
        np.testing.assert_allclose(departments["service_gap"], total, rtol=0, atol=1e-12)


def test_perception_is_kept_where_nobody_came():
    parameters = parameters_with()
    company = build_company(parameters)
    run_period(company, parameters, 0)
    before = company.perceived.copy()
    run_period(company, parameters, 1, active=0.0)
    np.testing.assert_array_equal(company.perceived, before)
    departments, _, _ = run_period(company, parameters, 2, active=0.0)
    np.testing.assert_array_equal(departments["quality"] - departments["perception_gap"], before)


def test_the_communication_gap_is_promise_minus_delivery():
    departments, firm, _ = run_company(parameters_with(**ACCOUNTABLE), n_periods=30)
    np.testing.assert_allclose(departments["communication_gap"], firm["promise"][:, None] - departments["quality"])


@settings(max_examples=50)
@example(start=1.0, delivered=0.0, rival=1.0, promised=0.0)
@given(start=st.floats(0.0, 1.5), delivered=QUALITY, rival=QUALITY, promised=st.floats(0.0, 0.6))
def test_the_requirement_follows_its_differential_equation(start, delivered, rival, promised):
    rules = Requirement(initial=0.5, ratchet_per_year=0.5, fade_per_year=0.1, max_rise=1.5, promise_weight=0.25)
    goal = max(delivered, rival) + 0.25 * promised

    def slope(_, n):
        return 0.5 * np.maximum(0.0, goal - n) - 0.1 * (n - 0.5)

    expected = solve_ivp(slope, (0.0, 1 / 12), [start], rtol=1e-10, atol=1e-12, max_step=1e-3).y[0, -1]
    found = gaps.next_requirement(start, delivered, rival, promised, rules, 1 / 12)
    assert found == pytest.approx(min(expected, 2.0), abs=1e-7)


@pytest.mark.parametrize("steps", [1, 3, 13])
def test_the_requirement_does_not_depend_on_the_length_of_a_period(steps):
    rules, value = Requirement(initial=0.5), 0.6
    for _ in range(steps):
        value = gaps.next_requirement(value, 1.4, 0.0, 0.2, rules, 0.25 / steps)
    assert value == pytest.approx(gaps.next_requirement(0.6, 1.4, 0.0, 0.2, rules, 0.25), abs=1e-12)


def test_a_requirement_that_never_fades_rests_at_what_is_delivered():
    rules = Requirement(initial=0.5, fade_per_year=0.0)
    assert gaps.next_requirement(0.5, 1.1, 0.0, 0.0, rules, 1e9) == pytest.approx(1.1)
    assert gaps.next_requirement(0.5, 0.1, 0.0, 0.0, rules, 1e9) == 0.5
    still = Requirement(initial=0.5, fade_per_year=0.0, ratchet_per_year=0.0)
    assert gaps.next_requirement(0.7, 1.1, 0.0, 0.0, still, 1e9) == 0.7


def test_the_requirement_stays_bounded():
    rules, value = Requirement(initial=0.5, max_rise=1.5, fade_per_year=0.0), 0.5
    for _ in range(2000):
        value = gaps.next_requirement(value, 10.0, 0.0, 0.0, rules, 0.25)
    assert value == 2.0


def test_listening_removes_bias_and_noise():
    assert gaps.believed_requirement(0.5, 0.0, -0.3, 0.1) == pytest.approx(0.3)
    assert gaps.believed_requirement(0.5, 0.75, -0.3, 0.1) == pytest.approx(0.45)
    assert gaps.believed_requirement(0.5, 1.0, -0.3, 0.1) == 0.5


def test_effort_specifies_away_63_percent_of_the_known_gap_at_its_scale():
    assert gaps.specified_share(1.5, 1.5) == pytest.approx(1.0 - np.exp(-1.0))
    assert gaps.specified_share(0.0, 1.5) == 0.0
    assert gaps.specification(0.2, 0.1, 0.5, 1.0) == pytest.approx(0.2 - 0.1 + 0.5 * 0.8)


@pytest.mark.parametrize("periods_per_year", [4, 12, 52])
def test_delivery_follows_specification_with_its_time_constant(periods_per_year):
    left = (1.0 - approach_share(1.0 / periods_per_year, 0.75)) ** (0.75 * periods_per_year)
    assert left == pytest.approx(np.exp(-1.0), rel=1e-12)


@given(quality=QUALITY)
def test_conformance_saves_failures(quality):
    found = gaps.failure_probability(quality, 0.05, 0.4)
    assert found == pytest.approx(min(0.9, 0.05 * np.exp(-0.4 * quality)))
    assert gaps.failure_probability(quality + 0.1, 0.05, 0.4) < found


def test_failures_never_exceed_their_bound():
    assert gaps.failure_probability(-50.0, 0.5, 3.0) == 0.9
    assert gaps.failure_probability(-1e9, 0.5, 3.0) == 0.9


def test_cost_to_serve_is_its_formula():
    delivery = Delivery(effort_saving=0.2, quality_cost=0.15)
    found = gaps.relative_unit_cost(0.5, 0.8, 0.3, delivery, 0.1)
    assert found == pytest.approx(np.exp(-0.1) * (1.0 + 0.15 * 0.64 + 0.1 * 0.3))
    assert gaps.relative_unit_cost(0.0, -2.0, 0.0, delivery, 0.1) == 1.0


def test_serving_and_rework_together_are_cheapest_at_an_interior_quality():
    delivery, grid = Delivery(), np.linspace(-2.0, 4.0, 601)
    total = [
        8.0 * gaps.relative_unit_cost(0.0, q, 0.0, delivery, 0.0) + 30.0 * gaps.failure_probability(q, 0.05, 0.4)
        for q in grid
    ]
    assert 0.0 < grid[int(np.argmin(total))] < 2.0


def test_cutting_the_own_task_short_costs_quality():
    # Nobody cares and nobody is paid enough to: effort moves from the own task to nothing.
    changed = {
        "governance.added_cx_weight": 0.3,
        "governance.local_weight_offset": 0.8,
        "governance.attribution": 0.0,
        "organisation.contracts.culture_years": 0.0,
        "organisation.contracts.intrinsic_motivation": 0.0,
        "organisation.coordination.local_sd": 0.0,
        "organisation.workforce.morale_quality": 0.0,
    }
    departments, _, _ = run_company(parameters_with(**changed), n_periods=30)
    before, after = departments["quality"][20], departments["quality"][-1]
    # w_L = 1 - .8 * .35 = .72 and b_X = .35 / 3 < kappa w_L: the corner c = 0 with e = w_L, and e_0 = 1 there too.
    np.testing.assert_allclose(departments["effort"][-1], 0.72, atol=1e-12)
    np.testing.assert_allclose(before - after, 0.3 * (1.0 - 0.72), atol=1e-3)


def test_a_requirement_that_fades_to_what_is_delivered_is_held_up_from_then_on():
    # From 1 it fades towards 0.5 and meets 0.8 when 0.5 exp(-0.1 t) is 0.3; then it settles at (0.4 + 0.05) / 0.6.
    rules = Requirement(initial=0.5, ratchet_per_year=0.5, fade_per_year=0.1, max_rise=1.5, promise_weight=0.25)
    left = 8.0 - np.log(5.0 / 3.0) / 0.1
    found = gaps.next_requirement(1.0, 0.7, 0.2, 0.4, rules, 8.0)
    assert found == pytest.approx(0.75 + 0.05 * np.exp(-0.6 * left), rel=1e-12)
    assert gaps.next_requirement(1.0, 0.2, 0.7, 0.4, rules, 5.0) == pytest.approx(0.5 + 0.5 * np.exp(-0.5))
    assert gaps.next_requirement(1.0, 9.0, 0.0, 0.0, rules, 50.0) == 2.0


def test_the_chain_of_gaps_and_its_costs_by_hand():
    assert gaps.believed_requirement(0.6, 0.75, -0.4, 0.2) == pytest.approx(0.55)
    assert gaps.specification(0.1, 0.2, 0.5, 0.55) == pytest.approx(0.125)
    assert gaps.specified_share(0.4, 0.4 / np.log(2.0)) == pytest.approx(0.5)
    assert gaps.failure_probability(0.5, 0.04, 0.6) == pytest.approx(0.04 * np.exp(-0.3))
    assert gaps.failure_probability(-1e9, 0.04, 0.6) == 0.9
    rules = Delivery(effort_saving=0.4, quality_cost=0.15)
    cost = gaps.relative_unit_cost(0.5, 2.0, 0.4, rules, 0.25)
    assert cost == pytest.approx(np.exp(-0.2) * (1.0 + 0.6 + 0.1))
    assert gaps.relative_unit_cost(0.0, -2.0, 0.4, rules, 0.25) == pytest.approx(1.1)
