"""One department, step by step, in numbers that can be followed by hand."""

from __future__ import annotations

import math
from typing import Any

import mesa
import pytest

from sim.organisation.contracts import Contract
from sim.organisation.department import Briefing, Department, Pressure
from tests.company_cases import HALF_IN_A_YEAR, round_status_quo
from tests.markets import parameters_with

RULES = {
    "contracts.culture_years": HALF_IN_A_YEAR,
    "contracts.effort_substitution": 0.0,
    "contracts.intrinsic_motivation": 0.3,
    "contracts.gaming_cost": 2.5,
    "delivery.adjustment_years": HALF_IN_A_YEAR,
    "delivery.effort_scale": 0.55 / math.log(2.0),
    "delivery.effort_quality": 0.2,
    "delivery.effort_saving": 0.4,
    "delivery.quality_cost": 0.15,
    "coordination.misfit_quality": 0.5,
    "coordination.misfit_cost": 0.25,
    "workforce.morale_years": HALF_IN_A_YEAR,
    "workforce.morale_quality": 0.3,
    "workforce.load_quality": 0.4,
}
SALES = {
    "base_quality": 0.1,
    "knowledge_bias": -0.4,
    "service_cost_eur": 8.0,
    "metric_base": 14.0,
    "metric_per_effort": 2.0,
}


def department(**changes: Any) -> Department:
    """Return the first of three departments at the status quo in round numbers; a period is a year."""
    keys = {f"organisation.{key}": value for key, value in (RULES | changes).items()}
    keys |= {f"organisation.departments.sales.{key}": value for key, value in SALES.items()}
    organisation = parameters_with(**keys).organisation
    record = organisation.departments["sales"]
    return Department(mesa.Model(rng=1), "sales", 0, record, organisation, round_status_quo(), 1.0)


def test_it_starts_at_the_status_quo() -> None:
    one = department()
    assert (one.local_weight, one.shared_weight) == (1.0, 0.1)
    assert one.response == (one.effort, one.experience_effort, one.gaming) == (0.8, 0.2, 0.03)
    assert (one.practice, one.misfit, one.programme) == (0.0, 0.04, 0.0)
    assert one.requirement == one.believed_requirement == 0.5
    assert one.specification == one.adjusted_quality == 0.3
    assert (one.quality, one.eroded_standard, one.morale, one.staff, one.load) == (0.2, 0.1, 1.0, 1.0, 1.1)


def test_it_answers_a_new_scorecard_by_halves() -> None:
    one = department()
    one.respond(Briefing(Contract(0.5, 0.9, 0.0, 0.4), requirement=0.6, information=0.75, noise=0.2))
    assert one.local_weight == pytest.approx(0.75)
    assert one.shared_weight == pytest.approx(0.25)
    assert one.response == pytest.approx((0.75, 0.55, 0.1))
    assert one.requirement == 0.6
    assert one.believed_requirement == pytest.approx(0.6 + 0.25 * (-0.4 + 0.2))
    # Half of the gap between 0.1 and 0.55 is specified away, from a standard that has slipped by 0.1.
    assert one.specification == pytest.approx(0.1 - 0.1 + 0.5 * 0.45)
    assert one.adjusted_quality == pytest.approx((0.3 + 0.225) / 2.0)


def test_frozen_effort_stays_while_the_weights_move() -> None:
    one = department(**{"frozen.effort": True})
    one.respond(Briefing(Contract(0.5, 0.9, 0.0, 0.4), 0.6, 0.75, 0.2))
    assert one.response == (0.8, 0.2, 0.03)
    assert one.shared_weight == pytest.approx(0.25)


def test_delivery_loses_by_morale_overload_misfit_and_effort_cut_short() -> None:
    one = department()
    one.morale, one.load, one.misfit, one.programme, one.effort = 0.9, 1.25, 0.08, 0.07, 0.6
    # 0.3 + 0.07 specified and added; 0.3 x 0.1, 0.4 x 0.25, 0.5 x 0.08 and 0.2 x 0.2 lost
    assert one.base_delivery() == pytest.approx(0.37 - 0.03 - 0.10 - 0.04 - 0.04)


def test_the_cost_of_an_encounter_follows_effort_quality_and_misfit_from_that_of_the_status_quo() -> None:
    one = department()
    one.effort, one.quality, one.misfit = 1.3, 2.0, 0.4
    assert one.unit_cost() == pytest.approx(8.0 * math.exp(-0.4 * 0.5) * (1.0 + 0.15 * 4.0 + 0.25 * 0.4) / 1.25)


def test_over_promise_weighs_the_own_metric_against_the_score() -> None:
    one = department(**{"promise.temptation": 0.3, "promise.resistance": 1.0, "promise.accountability": 2.0})
    one.local_weight, one.shared_weight = 0.8, 0.25
    assert one.over_promise() == pytest.approx(0.3 * 0.8 / (1.0 + 2.0 * 0.25))


def test_a_period_of_work_moves_load_standards_staff_and_morale() -> None:
    rules = {
        "overload_morale": 0.5, "complaint_morale": 0.2, "recognition_morale": 0.4, "quits_per_year": 0.2,
        "quit_morale": 1.5, "hiring_years": 0.5, "erosion_years": 2.0, "rebuild_years": 10.0, "erosion_threshold": 0.05,
    }  # fmt: skip
    one = department(**{f"workforce.{key}": value for key, value in rules.items()})
    one.morale, one.staff, one.shared_weight, one.eroded_standard = 0.9, 0.8, 0.3, 0.2
    one.cope(Pressure(rel_demand=1.2, rel_positions=1.1, rel_complaints=1.5, tools=0.05))
    assert one.load == pytest.approx(1.1 * 1.2 / 0.8)  # 1.65
    lost = 0.3 * 0.1 + 0.4 * 0.65
    settled = (lost - 0.05) * 10.0 / 2.0
    assert one.eroded_standard == pytest.approx(settled + (0.2 - settled) * math.exp(-0.1))
    rate = 0.2 * math.exp(1.5 * 0.1) + 2.0
    target = (0.2 + 2.0) * 1.1 / rate
    assert one.staff == pytest.approx(target + (0.8 - target) * math.exp(-rate))
    # overload 0.65 instead of 0.1, half as many complaints again, recognition 0.3 instead of 0.1
    towards = 1.0 - 0.5 * 0.55 - 0.2 * 0.5 + 0.4 * 0.2 + 0.05
    assert one.morale == pytest.approx((0.9 + towards) / 2.0)


def test_a_load_that_is_held_knows_neither_staff_nor_the_status_quo() -> None:
    one = department(**{"workforce.hold_load": 0.7})
    one.staff = 0.5
    one.cope(Pressure(1.2, 1.0, 1.0, 0.0))
    assert one.load == pytest.approx(0.84)


def test_without_staff_the_load_is_large_and_finite() -> None:
    one = department()
    one.staff = 0.0
    one.cope(Pressure(1.0, 1.0, 1.0, 0.0))
    assert one.load == pytest.approx(1.1e6)


@pytest.mark.parametrize(
    ("effort", "load", "expected"),
    [
        (0.8, 1.1, 14.0),  # as in the status quo
        (0.4, 1.1, 14.0 * 0.25),
        (0.8, 2.2, 14.0 * 0.25),  # twice as stretched
        (0.8, 0.5, 14.0 * 1.1**2),  # slack does not help beyond what there is to do
        (0.0, 1.1, 14.0 * 1e-6),  # a thousandth at least
    ],
)
def test_the_local_metric_follows_effort_thinned_by_overload(effort: float, load: float, expected: float) -> None:
    one = department()
    one.effort, one.load = effort, load
    assert one.local_metric == pytest.approx(expected)


def test_slack_in_the_status_quo_is_no_lead_to_lose() -> None:
    one = department()
    one._reference = one._reference._replace(load=0.5)
    one.load = 0.9
    assert one.local_metric == pytest.approx(14.0)


def test_the_local_metric_is_its_base_where_the_status_quo_makes_no_effort() -> None:
    one = department()
    one._response_start = one._response_start._replace(effort=0.0)
    one.effort = 3.0
    assert one.local_metric == pytest.approx(14.0)
