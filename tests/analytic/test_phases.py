"""The phases of the company: what each hands on to whom, by hand, with spies in place of those it hands it to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.organisation.company import Company
from sim.organisation.contracts import Contract, Response
from sim.organisation.initiatives import felt_severity
from sim.parameters import Parameters
from sim.streams import Stream
from tests.company_cases import PlainLuck
from tests.fake_market import build_company
from tests.flows_cases import flows
from tests.markets import parameters_with

BASE = {
    "population.initial_share": 0.5,
    "population.n_customers": 200,
    "time.periods_per_year": 12,
    "time.burn_in_years": 1.0,
    "organisation.listening.survey_size": 300,
    "organisation.contracts.incentive_share": 0.01,
    "experience.perception.quality_weight": 0.5,
    "governance.decision_rights": 0.8,
    "governance.role_held": 0.5,
    "governance.listening": 1.0,
    "governance.rel_budget": 1.5,
    "governance.decision_lag_months": 6.0,
    "governance.added_cx_weight": 0.4,
    "governance.local_weight_offset": 0.5,
}
MARKET = {
    "encounters": [10.0, 0.0, 30.0], "perceived_sum": [6.0, 0.0, 12.0], "failures": [1.0, 0.0, 1.0],
    "complaints": [1.0, 0.0, 1.0], "recoveries": [0.0, 0.0, 1.0],
}  # fmt: skip


def company(**changes: Any) -> tuple[Company, Parameters]:
    parameters = parameters_with(**(BASE | changes))
    return build_company(parameters), parameters


class Heard(list):  # type: ignore[type-arg]
    """Stands in for a method and writes down what it is called with."""

    def __call__(self, *arguments: Any) -> Any:
        self.append(arguments)
        return self.answer

    answer: Any = None


def test_demand_complaints_and_tools_press_on_departments() -> None:
    one, _ = company()
    heard = Heard()
    for department in one.departments:
        department.cope = heard
    one._delivery.rel_complaints = np.array([1.1, 1.2, 1.3])
    one._programmes.tools = 0.07
    before = one.perceived
    one.absorb(14, flows(active=150.0, **MARKET))
    # 150 customers instead of 100; positions follow the mean of the last twelve months.
    assert [tuple(pressure) for (pressure,) in heard] == [
        pytest.approx((1.5, 12.5 / 12.0, complaints, 0.07)) for complaints in (1.1, 1.2, 1.3)
    ]
    assert one.perceived == pytest.approx(np.array([0.6, before[1], 0.4]))
    heard.clear()
    one.absorb(15, flows(active=100.0, **MARKET))
    assert heard[0][0][:2] == pytest.approx((1.0, 12.5 / 12.0))
    one.absorb(26, flows(active=100.0, **MARKET))  # the month a year later takes the place of the first
    assert heard[-1][0][:2] == pytest.approx((1.0, 1.0))


def test_a_surge_begins_at_the_switch_and_a_held_load_knows_nothing_else() -> None:
    surge = {"organisation.workforce.overload_years": 0.25, "organisation.workforce.overload_factor": 1.6}
    for held in (None, 0.9):
        one, _ = company(**surge, **{"organisation.workforce.hold_load": held})
        one._delivery.rel_complaints = np.array([1.1, 1.2, 1.3])
        for period, factor in ((11, 1.0), (12, 1.6), (14, 1.6), (15, 1.0)):
            heard = Heard()
            for department in one.departments:
                department.cope = heard
            one.absorb(period, flows(active=50.0, **MARKET))
            demand = factor if held else 0.5 * factor
            assert heard[0][0].rel_demand == pytest.approx(demand)
            if held:
                assert [pressure[1:3] for (pressure,) in heard] == [(1.0, 1.0)] * 3


def test_the_survey_asks_its_share_of_a_quarters_answers_and_gaming_flatters_it() -> None:
    one, _ = company()
    one._draws = PlainLuck()  # type: ignore[assignment]
    one.chief_executive.see_profit = heard = Heard()
    for department, gaming in zip(one.departments, (0.1, 0.2, 0.6), strict=True):
        department.gaming = gaming
    draw = int(Stream.SURVEY) + 0.01 * 8
    one.listen(8, flows(), 77.0)
    # 100 answers a month; half of the mean gaming of 0.3; mean 0.4 and SD 0.6 as in the tests of the survey.
    assert one.score.true == pytest.approx(0.3)
    assert one.score.measured == pytest.approx(0.3 + 0.06 * draw + 0.15)
    error = math.sqrt((0.48 + 0.18 - 0.09) / 100.0)
    assert one.score.nps == pytest.approx(min(100.0, 100.0 * (0.3 + error * (draw + 0.001))))
    one.listen(9, flows(), 78.0)
    assert list(heard) == [(77.0, True), (78.0, False)]


def test_levers_come_into_force_at_the_switch_and_authority_takes_rights_commitment_credibility_and_presence() -> None:
    one, parameters = company()
    one.govern(11)
    assert one._levers == parameters.status_quo
    assert one._contract == pytest.approx(one._found.contract)
    assert one.authority == 0.0
    one._programmes.listening = 0.2
    one.govern(12)
    assert one._levers == parameters.governance
    assert one._contract[:2] == pytest.approx((1.0 - 0.5 * 0.45, 0.45))
    officer, executive = one.experience_officer, one.chief_executive
    assert officer.present == 0.5
    assert one.authority == pytest.approx(0.8 * executive.commitment * officer.credibility * 0.5)
    known = max(0.2, 0.5 * officer.talent)
    assert one.information == pytest.approx(known)
    assert one.informed == pytest.approx(known + 0.2)
    one._programmes.listening = 5.0
    one.govern(13)
    assert one.informed == 0.95


def test_incentive_pay_is_the_mean_cost_of_effort_and_the_risk_of_the_contract_in_force() -> None:
    rules = {
        "effort_substitution": 0.25, "gaming_cost": 2.0, "risk_aversion": 1.5, "local_noise_sd": 0.2,
        "kpi_noise_sd": 0.6,
    }  # fmt: skip
    keys = {f"organisation.contracts.{key}": value for key, value in rules.items()}
    noise = 0.36 * 400.0 / 300.0
    for frozen in (False, True):
        one, _ = company(**keys, **{"organisation.frozen.effort": frozen})
        one._contract = Contract(0.8, 0.5, 0.4, 0.3)
        for department, response in zip(
            one.departments, ((1.0, 0.5, 0.2), (0.8, 0.4, 0.1), (0.6, 0.0, 0.0)), strict=True
        ):
            department.effort, department.experience_effort, department.gaming = Response(*response)
        effort = [0.5 * (1.0 + 0.25 + 0.25 + 2.0 * 0.04), 0.5 * (0.64 + 0.16 + 0.16 + 2.0 * 0.01), 0.5 * 0.36]
        local, score, alpha = (1.0, 0.05, 0.0) if frozen else (0.8, 0.5, 0.4)
        premium = 0.75 * ((local * 0.2) ** 2 + score**2 * noise * (1.0 + 2.0 * alpha**2))
        assert one.charges(1000.0)["incentive_pay"] == pytest.approx(10.0 * (sum(effort) / 3.0 + premium))


def test_prices_follow_departments_only_as_far_as_linked() -> None:
    prices = {"organisation.delivery.rework_cost_eur": 31.0, "organisation.delivery.recovery_cost_eur": 21.0}
    for linked in (True, False):
        one, _ = company(**prices, **{"organisation.links.operating_cost": linked})
        for department, cost in zip(one.departments, (5.0, 6.0, 7.0), strict=True):
            department.unit_cost = Heard()
            department.unit_cost.answer = cost
        found = one.price_list()
        assert found.service.tolist() == ([5.0, 6.0, 7.0] if linked else [8.0, 8.0, 8.0])
        assert (found.rework, found.recovery) == (31.0, 21.0)


def test_the_desk_meets_every_quarter_with_what_is_known() -> None:
    one, parameters = company()
    heard = Heard()
    one._desk.run_quarter = heard  # type: ignore[method-assign]
    one.authority, one.informed = 0.3, 0.6
    one._programmes.kept_handoff = np.full((3, 3), 0.5)
    one._interfaces.handoff_failure = np.full((3, 3), 0.2)
    one._departments[0].local_weight, one._departments[0].shared_weight = 0.9, 0.12
    one._levers = parameters.governance
    for period in range(12, 19):
        one.pursue_initiatives(period)
    assert [period for *_, period in heard] == [12, 15, 18]
    reading, audience, budget, _ = heard[0]
    assert audience == pytest.approx((0.3, 0.12 + 0.3, 0.9))
    assert budget == 1.5
    assert reading.information == 0.6
    assert reading.handoff_failure == pytest.approx(np.full((3, 3), 0.1))
    severity = parameters.experience.recovery.severity
    assert reading.failure_weight == pytest.approx(felt_severity(severity, parameters.experience.perception))
    life = 4.0 * parameters.organisation.initiatives.half_life_years / math.log(2.0)
    assert reading.future_budgets == pytest.approx(life * 1.5 * one.experience_officer.credibility)


def test_decisions_use_information_that_is_half_a_year_old() -> None:
    one, parameters = company()
    one._levers, one.information, one.talk, one.authority = parameters.governance, 0.7, 0.4, 0.3
    one._interfaces.estimate = estimate = Heard()  # type: ignore[method-assign]
    estimate.answer = np.zeros(3)
    one._interfaces.settle = settle = Heard()  # type: ignore[method-assign]
    one.respond(13)
    ((theta, information, lag, signal),) = estimate
    assert theta is one._environment.theta
    assert (information, lag) == (0.7, 0.5)
    assert signal == pytest.approx(one._environment.normals(Stream.SIGNAL, 13))
    assert settle[0][3:] == (0.4, 0.3)
    assert one.over_promise == one._seller.over_promise()
    assert one._seller.record.sets_promise


def test_a_promise_that_is_not_linked_raises_no_requirement() -> None:
    for linked in (True, False):
        one, _ = company(**{"organisation.links.promise": linked})
        one._environment.step = heard = Heard()  # type: ignore[method-assign]
        one.over_promise = 0.9
        one.read_environment(3)
        assert heard[0][0] == 3
        assert heard[0][3] == (0.9 if linked else one._found.over_promise)


def test_frozen_initiatives_are_not_met_about_and_a_year_of_weeks_has_four_meetings() -> None:
    for frozen, meetings in ((True, []), (False, [52, 65, 78, 91])):
        one, parameters = company(**{"organisation.frozen.initiatives": frozen, "time.periods_per_year": 52})
        one._levers = parameters.governance
        one._desk.run_quarter = heard = Heard()  # type: ignore[method-assign]
        for period in range(52, 104):
            one.pursue_initiatives(period)
        assert [period for *_, period in heard] == meetings


def test_the_record_tells_what_the_company_is_at() -> None:
    one, _ = company()
    one.govern(12)
    one.listen(12, flows(), 5.0)
    departments, firm = one.record(12)
    assert departments["listening"].tolist() == [one.informed] * 3
    expected = {
        "commitment": one.chief_executive.commitment, "authority": one.authority, "information": one.information,
        "talk": one.talk, "over_promise": one.over_promise, "kpi_measured": one.score.measured, "kpi_true": 0.3,
        "nps_surveyed": one.score.nps, "rescue": 0.0, "role_present": 0.5, "promise": one.offer().promise,
    }  # fmt: skip
    assert {name: firm[name] for name in expected} == pytest.approx(expected)


def test_the_company_starts_where_the_status_quo_is() -> None:
    keys = {
        "organisation.departments.sales.sets_promise": False,
        "organisation.departments.operations.sets_promise": True,
        "organisation.listening.base_information": 1.0,
    }
    one, _ = company(**keys)
    assert one._seller.name == "operations"
    assert (one.information, one.informed) == (1.0, 0.95)
    assert one.over_promise == one._found.over_promise


def test_a_company_that_begins_with_nobody_counts_from_one() -> None:
    one, _ = company(**{"population.initial_share": 0.0})
    for department in one.departments:
        department.cope = heard = Heard()
    one.absorb(3, flows(active=7.0, **MARKET))
    assert heard[0][0].rel_demand == 7.0


def test_commitment_wanders_and_the_seat_is_held_once_a_period() -> None:
    one, parameters = company()
    one.chief_executive.drift = drift = Heard()
    one.experience_officer.hold_seat = hold = Heard()
    one.govern(12)
    assert list(drift) == [(12,)]
    assert list(hold) == [(parameters.governance, 12)]
