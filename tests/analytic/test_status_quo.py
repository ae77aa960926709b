"""Where the status quo rests, what is recorded of a period and whose practice is in force, by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.organisation.interfaces import Interfaces
from sim.organisation.recording import record_departments, record_firm
from sim.organisation.status_quo import find_status_quo, status_quo_offer, talk_share
from sim.parameters.governance import Governance
from sim.parameters.organisation import Coordination
from tests.company_cases import round_status_quo
from tests.markets import parameters_with

RULES = {
    "status_quo.base_talk": 0.0,
    "status_quo.local_weight_offset": 0.0,
    "organisation.contracts.base_cx_weight": 0.3,
    "organisation.contracts.effort_substitution": 0.0,
    "organisation.contracts.intrinsic_motivation": 0.3,
    "organisation.contracts.gaming_cost": 2.5,
    "organisation.coordination.interdependence": 2.0,
    "organisation.coordination.local_sd": 3.0,
    "organisation.coordination.handoff_failure": 0.03,
    "organisation.coordination.mismatch_failure": 0.002,
    "organisation.coordination.misfit_quality": 0.2,
    "organisation.coordination.misfit_cost": 0.4,
    "organisation.promise.temptation": 0.3,
    "organisation.promise.resistance": 1.0,
    "organisation.promise.accountability": 2.0,
    "organisation.delivery.effort_scale": 0.4 / math.log(2.0),
    "organisation.delivery.quality_cost": 0.15,
    "organisation.workforce.load_quality": 0.4,
    "organisation.workforce.erosion_threshold": 0.05,
    "organisation.workforce.rebuild_years": 10.0,
    "organisation.workforce.erosion_years": 2.0,
    "organisation.listening.base_information": 0.2,
    "market.requirement.initial": 0.5,
    "market.requirement.ratchet_per_year": 0.5,
    "market.requirement.fade_per_year": 0.1,
    "market.requirement.promise_weight": 0.25,
    "market.rival.quality": 0.0,
    "organisation.departments.sales.rel_capacity": 0.8,
    "organisation.departments.sales.base_quality": 0.1,
    "organisation.departments.sales.knowledge_bias": -0.4,
    "organisation.departments.support.rel_capacity": 1.25,
    "organisation.departments.support.base_quality": 1.0,
    "organisation.departments.support.knowledge_bias": 0.0,
}


def test_the_status_quo_rests_where_it_does_by_hand() -> None:
    found = find_status_quo(parameters_with(**RULES))
    # Three departments share a weight of 0.3 and lean 0.1 x 2 against 1 on the others: a sixth.
    assert found.contract == pytest.approx((1.0, 0.3, 0.0, 0.1))
    assert found.response == pytest.approx((1.0, 0.4, 0.04))
    assert (found.information, found.talk) == (0.2, 0.0)
    assert found.over_promise == pytest.approx(0.3 / 1.2)
    assert found.spread == pytest.approx((9.0 / 36.0, 2.0 * 9.0 * 25.0 / 36.0))
    failure = 0.03 + 0.002 * 2.0 * 12.5
    assert found.handoff_failure == pytest.approx(failure * (1.0 - np.eye(3)))
    sales, _, support = found.departments
    # Sales is overloaded by a quarter: 0.1 of quality, and standards slip (0.1 - 0.05) x 10 / 2; misfit takes 0.05.
    # It believes 0.5 - 0.8 x 0.4 is required and specifies half of the way there from 0.1.
    assert sales == pytest.approx((0.5, 0.1 - 0.25 + 0.5 * 0.08, -0.26, 1.25, 0.25, 1.0 + 0.4 * 0.25))
    # Support lifts what is required of it until 0.6 N = 0.5 (q + 0.25 x 0.25) + 0.1 x 0.5 and q = 0.5 + 0.5 N - 0.05.
    assert support[:5] == pytest.approx((0.875, 0.9375, 0.8875, 0.8, 0.0))
    assert support.rel_unit_cost == pytest.approx(1.0 + 0.15 * 0.8875**2 + 0.4 * 0.25)
    assert found.promise == pytest.approx(found.quality.mean() + 0.25)


def test_a_load_that_is_held_and_a_role_that_is_held_are_part_of_the_status_quo() -> None:
    held = {
        "organisation.workforce.hold_load": 0.9, "status_quo.role_held": 0.5, "status_quo.listening": 1.0,
        "status_quo.ceo_involvement": 0.4, "status_quo.base_talk": 0.1, "status_quo.talk_gain": 0.5,
        "organisation.executives.talent_mean": 0.8, "organisation.executives.ceo_attention": 0.25,
    }  # fmt: skip
    found = find_status_quo(parameters_with(**(RULES | held)))
    assert [reference.load for reference in found.departments] == [0.9] * 3
    assert found.information == pytest.approx(0.5 * 0.8 * (1.0 - 0.4 * 0.75))
    assert found.talk == pytest.approx(0.1 + 0.5 * 0.28 * 0.5)
    believed = 0.5 + (1.0 - 0.28) * -0.4
    assert found.departments[0].specification == pytest.approx(0.1 + 0.5 * (believed - 0.1))


def test_what_is_known_and_talked_of_has_bounds() -> None:
    certain = find_status_quo(parameters_with(**(RULES | {"organisation.listening.base_information": 1.0})))
    assert certain.information == 1.0
    assert certain.departments[0].specification == pytest.approx(0.1 - 0.25 + 0.5 * (0.5 - 0.05 * 0.4 - 0.1))
    assert talk_share(Governance(base_talk=0.9, talk_gain=0.5), 1.0, 0.8) == 1.0


def test_the_offer_of_the_status_quo_finds_the_status_quo_by_itself() -> None:
    parameters = parameters_with(**RULES)
    offer = status_quo_offer(parameters)
    assert offer.quality[0][[0, 2]] == pytest.approx(np.array([-0.26, 0.8875]))
    assert offer.requirement[2] == pytest.approx(0.875)


# Records

STATES = (
    "requirement", "quality", "effort", "experience_effort", "gaming", "practice", "load", "morale", "staff",
    "eroded_standard", "local_metric", "programme", "believed_requirement", "specification",
)  # fmt: skip


def test_gaps_are_recorded_beside_the_states_they_lie_between() -> None:
    rows = [{name: 10.0 * number + 2.0**rank / 100.0 for rank, name in enumerate(STATES)} for number in range(2)]
    departments = [SimpleNamespace(**row) for row in rows]
    found = record_departments(departments, np.array([0.5, 3.0]), 0.7, 0.35)  # type: ignore[arg-type]
    for name in STATES[:12]:
        assert found[name].tolist() == [row[name] for row in rows]
    expected = {
        "knowledge_gap": [row["requirement"] - row["believed_requirement"] for row in rows],
        "specification_gap": [row["believed_requirement"] - row["specification"] for row in rows],
        "delivery_gap": [row["specification"] - row["quality"] for row in rows],
        "perception_gap": [rows[0]["quality"] - 0.5, rows[1]["quality"] - 3.0],
        "service_gap": [rows[0]["requirement"] - 0.5, rows[1]["requirement"] - 3.0],
        "communication_gap": [0.7 - row["quality"] for row in rows],
        "listening": [0.35, 0.35],
    }
    assert set(found) == {*STATES[:12], *expected}
    for name, values in expected.items():
        assert found[name] == pytest.approx(np.array(values))


def test_scalars_of_the_firm_are_those_of_its_offer_and_its_officer() -> None:
    offer = SimpleNamespace(promise=0.3, price_gap=-0.1, rival_quality=0.2, requirement=np.array([0.4, 0.8]))
    officer = SimpleNamespace(credibility=0.6, present=0.7, departures=2, counts={"proposed": 5, "refused": 4})
    assert record_firm(offer, officer) == pytest.approx(  # type: ignore[arg-type]
        {
            "promise": 0.3, "price_gap": -0.1, "rival_quality": 0.2, "requirement": 0.6, "credibility": 0.6,
            "role_present": 0.7, "turnover": 2.0, "proposed": 5.0, "refused": 4.0,
        }
    )  # fmt: skip


# Interfaces

RULES_OF_PRACTICE = Coordination(
    interdependence=2.0, local_sd=1.5, local_memory_years=2.0, handoff_failure=0.03, mismatch_failure=0.01
)
THETA = np.array([1.0, -2.0, 4.0])


@pytest.mark.parametrize("frozen", [False, True])
def test_practices_are_those_of_silos_as_far_as_authority_does_not_reach(frozen: bool) -> None:
    found = round_status_quo()._replace(talk=0.0)
    held = Interfaces(RULES_OF_PRACTICE, found, frozen)
    assert held.handoff_failure is found.handoff_failure
    departments = [SimpleNamespace(local_weight=0.8, shared_weight=0.1, practice=0.0, misfit=0.0) for _ in range(3)]
    estimate = np.array([0.5, -1.0, 2.0])
    held.settle(departments, THETA, estimate, talk=0.0, authority=0.25)  # type: ignore[arg-type]
    # Silos keep 0.8 / (0.8 + 0.1 x 2) of their conditions, 1 / (1 + 0.1 x 2) in the status quo; the centre keeps the
    # mean of 0.5 and shrinks deviations by 1 + 2 x (3 / 2)^2.
    centre = 0.5 + (estimate - 0.5) / 5.5
    practice = THETA / 1.2 if frozen else 0.75 * 0.8 * THETA + 0.25 * centre
    assert [department.practice for department in departments] == pytest.approx(practice)
    assert [department.misfit for department in departments] == pytest.approx((practice - THETA) ** 2)
    apart = practice[:, None] - practice[None, :]
    assert held.handoff_failure == pytest.approx(np.minimum(0.9, 0.03 + 0.02 * apart**2) * (1.0 - np.eye(3)))


def test_talk_of_the_status_quo_is_held_where_practices_are_frozen() -> None:
    departments = [SimpleNamespace(local_weight=0.8, shared_weight=0.1, practice=0.0, misfit=0.0) for _ in range(3)]
    held = Interfaces(RULES_OF_PRACTICE, round_status_quo()._replace(talk=1.0), True)
    held.settle(departments, THETA, np.zeros(3), talk=0.0, authority=1.0)  # type: ignore[arg-type]
    practice = np.array([department.practice for department in departments])
    pull = 0.2 / 1.2
    others = (practice.sum() - practice) / 2.0
    assert practice == pytest.approx((1.0 - pull) * THETA + pull * others)


def test_the_centre_estimates_from_a_signal_that_ages_and_is_never_certain() -> None:
    held = Interfaces(RULES_OF_PRACTICE, round_status_quo(), False)
    signal = np.array([1.0, 0.0, -1.0])
    for information, reliability in ((0.6, 0.6), (1.0, 0.95)):
        g = reliability * math.exp(-2.0 * 0.5 / 2.0)
        expected = g * THETA + math.sqrt(g * (1.0 - g)) * 1.5 * signal
        assert held.estimate(THETA, information, 0.5, signal) == pytest.approx(expected)
