"""Load, morale, quits and eroding standards (Oliva & Sterman 2001)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from sim.organisation import workforce
from sim.parameters.organisation import Workforce
from tests.fake_market import build_company, run_company, run_period
from tests.markets import parameters_with

SURGE = {
    "organisation.workforce.hold_load": 1.0,
    "organisation.workforce.overload_years": 1.0,
    "organisation.workforce.overload_factor": 1.5,
    "organisation.coordination.local_sd": 0.0,
    "organisation.delivery.knowledge_noise_sd": 0.0,
    "time.horizon_years": 10.0,
}


@pytest.mark.parametrize("held", [1.0, None])
def test_a_temporary_overload_leaves_a_lasting_loss_only_when_standards_float(held):
    changed = SURGE | {"organisation.workforce.hold_load": held, "organisation.workforce.overload_start_years": 1.0}
    if held is None:
        changed |= {"organisation.workforce.overload_factor": 2.0}
    lost = {}
    for floating in (True, False):
        parameters = parameters_with(**changed, **{"organisation.workforce.floating_standards": floating})
        departments, _, _ = run_company(parameters)
        quality, burn_in = departments["quality"], parameters.time.n_burn_in
        during = quality[burn_in + 12 : burn_in + 24].min()
        lost[floating] = quality[burn_in - 1].mean() - quality[-1].mean()
        assert quality[burn_in - 1].mean() - during > 0.1
    assert lost[False] == pytest.approx(0.0, abs=1e-4)
    assert lost[True] > 0.05


def test_without_overload_standards_hold():
    departments, _, _ = run_company(parameters_with())
    np.testing.assert_array_equal(departments["eroded_standard"], 0.0)


@pytest.mark.parametrize("periods_per_year", [4, 12, 52])
def test_the_surge_asks_the_same_of_every_clock(periods_per_year):
    rules = Workforce(overload_start_years=0.3, overload_years=0.9, overload_factor=1.8)
    dt = 1.0 / periods_per_year
    extra = sum((workforce.surge_factor(k * dt, dt, rules) - 1.0) * dt for k in range(-5, 3 * periods_per_year))
    assert extra == pytest.approx(0.8 * 0.9, abs=1e-9)


def test_there_is_no_surge_before_the_switch_or_by_default():
    assert workforce.surge_factor(-0.25, 0.25, Workforce(overload_years=1.0, overload_factor=2.0)) == 1.0
    assert workforce.surge_factor(0.0, 0.25, Workforce()) == 1.0


@settings(max_examples=25)
@given(start=st.floats(0.0, 0.3), lost=st.floats(0.0, 0.4))
def test_erosion_follows_its_differential_equation(start, lost):
    rules = Workforce(erosion_years=1.0, rebuild_years=10.0, erosion_threshold=0.05)

    def slope(_, z):
        return max(0.0, lost - 0.05) / 1.0 - z / 10.0

    expected = solve_ivp(slope, (0.0, 0.25), [start], rtol=1e-10, atol=1e-12).y[0, -1]
    assert workforce.next_eroded(start, lost, rules, 0.25) == pytest.approx(expected, abs=1e-8)


def test_standards_erode_within_their_bounds_and_not_at_all_when_fixed():
    assert workforce.next_eroded(0.99, 5.0, Workforce(), 1.0) == 1.0
    assert workforce.next_eroded(0.4, 5.0, Workforce(floating_standards=False), 1.0) == 0.0
    assert workforce.lasting_erosion(5.0, Workforce()) == 1.0
    assert workforce.lasting_erosion(5.0, Workforce(floating_standards=False)) == 0.0


def test_standards_fall_faster_than_they_are_rebuilt():
    rules = Workforce()
    down = workforce.next_eroded(0.0, 0.15, rules, 1.0)
    up = down - workforce.next_eroded(down, 0.0, rules, 1.0)
    # Pressure .1 a year for a year; a tenth of it is rebuilt in the next.
    assert down == pytest.approx(1.0 * (1.0 - np.exp(-0.1)), rel=1e-9)
    assert up == pytest.approx(down * (1.0 - np.exp(-0.1)), rel=1e-9)


@settings(max_examples=25)
@given(start=st.floats(0.5, 1.2), positions=st.floats(0.8, 1.3), morale=st.floats(0.2, 1.5))
def test_staff_follows_its_differential_equation(start, positions, morale):
    rules = Workforce(quits_per_year=0.2, quit_morale=1.5, hiring_years=0.4)

    def slope(_, s):
        return 0.2 * positions - 0.2 * np.exp(1.5 * (1.0 - morale)) * s + (positions - s) / 0.4

    expected = solve_ivp(slope, (0.0, 0.25), [start], rtol=1e-10, atol=1e-12).y[0, -1]
    assert workforce.next_staff(start, positions, morale, rules, 0.25) == pytest.approx(expected, abs=1e-8)


def test_staff_rests_where_quits_are_normal():
    assert workforce.next_staff(1.0, 1.0, 1.0, Workforce(), 0.25) == pytest.approx(1.0, abs=1e-15)
    assert workforce.quit_rate(1.0, Workforce(quits_per_year=0.2)) == 0.2


@pytest.mark.parametrize(
    ("overload", "complaints", "recognition", "tools", "sign"),
    [
        (0.2, 1.0, 0.0, 0.0, -1),
        (0.0, 2.0, 0.0, 0.0, -1),
        (0.0, 1.0, 0.3, 0.0, 1),
        (0.0, 1.0, 0.0, 0.1, 1),
        (0.0, 1.0, 0.0, 0.0, 0),
    ],
)
def test_morale_falls_with_overload_and_complaints_and_rises_with_recognition_and_tools(
    overload, complaints, recognition, tools, sign
):
    assert np.sign(workforce.morale_target(overload, complaints, recognition, tools, Workforce()) - 1.0) == sign


def test_a_doubling_of_complaints_costs_its_parameter():
    assert workforce.morale_target(0.0, 2.0, 0.0, 0.0, Workforce(complaint_morale=0.1)) == pytest.approx(0.9)


def test_morale_stays_within_bounds():
    assert workforce.morale_target(50.0, 1.0, 0.0, 0.0, Workforce()) == 0.0
    assert workforce.morale_target(0.0, 1.0, 0.0, 9.0, Workforce()) == 2.0


@pytest.mark.parametrize("periods_per_year", [4, 12, 52])
def test_morale_covers_63_percent_after_its_time_constant(periods_per_year):
    parameters = parameters_with(
        **{
            "time.periods_per_year": periods_per_year,
            "time.burn_in_years": 1.0,
            "organisation.workforce.hold_load": 1.0,
            "organisation.workforce.overload_years": 5.0,
            "organisation.workforce.overload_factor": 1.2,
            "organisation.workforce.morale_years": 0.5,
        }
    )
    company = build_company(parameters)
    for period in range(round(1.5 * periods_per_year)):
        run_period(company, parameters, period)
    (first, *_) = company.departments
    assert (1.0 - first.morale) / 0.2 == pytest.approx(1.0 - np.exp(-1.0), rel=1e-9)


def test_more_customers_overload_until_positions_follow():
    parameters = parameters_with(**{"organisation.coordination.local_sd": 0.0})
    company, base = build_company(parameters), parameters.population.initial_share * parameters.population.n_customers
    loads = []
    for period in range(60):
        run_period(company, parameters, period, active=base * (1.0 if period < 12 else 1.3))
        loads.append(next(iter(company.departments)).load)
    start = 1.0 / 1.1
    assert loads[11] == pytest.approx(start)
    assert loads[12] == pytest.approx(1.3 * start)
    assert loads[-1] == pytest.approx(start, abs=0.03)


def test_a_held_load_ignores_customers_and_complaints():
    parameters = parameters_with(**{"organisation.workforce.hold_load": 1.0})
    company = build_company(parameters)
    for period in range(24):
        run_period(company, parameters, period, active=9000.0)
    for department in company.departments:
        assert (department.load, department.morale, department.eroded_standard) == (1.0, 1.0, 0.0)


def test_a_company_overloaded_in_the_status_quo_rests_there():
    parameters = parameters_with(
        **{"organisation.departments.sales.rel_capacity": 0.9, "organisation.coordination.local_sd": 0.0}
    )
    departments, _, _ = run_company(parameters, n_periods=24)
    assert departments["load"][0, 0] == pytest.approx(1.0 / 0.9)
    np.testing.assert_allclose(departments["eroded_standard"][:, 0], departments["eroded_standard"][0, 0], rtol=1e-3)
    assert departments["eroded_standard"][0, 0] > 0.0
    np.testing.assert_allclose(departments["morale"][:, 0], 1.0, atol=2e-3)
    np.testing.assert_allclose(departments["quality"][:, 0], departments["quality"][0, 0], atol=0.01)


def test_slack_is_no_overload():
    assert [workforce.overload(load) for load in (0.0, 0.8, 1.0)] == [0.0, 0.0, 0.0]
    assert workforce.overload(1.25) == 0.25


def test_morale_adds_up_by_hand_and_stays_in_its_range():
    rules = Workforce(overload_morale=0.5, complaint_morale=0.2, recognition_morale=0.4)
    found = workforce.morale_target(0.3, 1.5, 0.2, 0.05, rules)
    assert found == pytest.approx(1.0 - 0.15 - 0.1 + 0.08 + 0.05)
    assert workforce.morale_target(0.0, 1.0, 0.0, 9.0, rules) == 2.0
    assert workforce.morale_target(9.0, 1.0, 0.0, 0.0, rules) == 0.0


def test_strain_quits_and_lasting_erosion_by_hand():
    rules = Workforce(
        morale_quality=0.3, load_quality=0.4, quits_per_year=0.2, quit_morale=1.5,
        erosion_threshold=0.05, rebuild_years=8.0, erosion_years=2.0,
    )  # fmt: skip
    assert workforce.strain(0.2, 0.5, rules) == pytest.approx(0.06 + 0.2)
    assert workforce.quit_rate(0.6, rules) == pytest.approx(0.2 * np.exp(0.6))
    assert workforce.lasting_erosion(0.15, rules) == pytest.approx(0.4)
    assert workforce.lasting_erosion(0.04, rules) == 0.0
    assert workforce.lasting_erosion(5.0, rules) == 1.0
    assert workforce.next_eroded(0.2, 0.15, rules, 1.0) == pytest.approx(0.4 - 0.2 * np.exp(-0.125))
    assert workforce.next_eroded(0.2, 0.01, rules, 1.0) == pytest.approx(0.2 * np.exp(-0.125))
    assert workforce.next_eroded(1.0, 5.0, rules, 1.0) == 1.0
    fixed = rules.model_copy(update={"floating_standards": False})
    assert workforce.lasting_erosion(0.15, fixed) == workforce.next_eroded(0.2, 0.15, fixed, 1.0) == 0.0


def test_a_surge_counts_for_the_part_of_a_period_it_covers():
    rules = Workforce(overload_start_years=0.5, overload_years=0.75, overload_factor=1.6)
    found = [workforce.surge_factor(start, 0.5, rules) for start in (-0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25)]
    assert found == pytest.approx([1.0, 1.0, 1.3, 1.6, 1.6, 1.3, 1.0])
