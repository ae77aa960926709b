"""Links and frozen parts: what a company may do to its customers through each, and that rights alone only cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.organisation.status_quo import status_quo_offer
from tests.companies import ACCOUNTABLE, LINKS_OFF, SHORT
from tests.fake_market import build_company, run_company, run_period
from tests.markets import parameters_with


@pytest.mark.parametrize("seed", range(4))
def test_rights_alone_never_raise_quality_where_nothing_needs_coordination(seed):
    base = {
        "organisation.coordination.interdependence": 0.0,
        "organisation.frozen.initiatives": True,
        "organisation.workforce.hold_load": 1.0,
        "governance.role_held": 1.0,
        "governance.listening": 1.0,
    }
    without, _, _ = run_company(parameters_with(**base), seed)
    with_rights, _, _ = run_company(parameters_with(**base, **{"governance.decision_rights": 0.9}), seed)
    assert (with_rights["quality"] <= without["quality"] + 1e-12).all()
    assert (with_rights["quality"][30:] < without["quality"][30:] - 1e-6).any()


@settings(max_examples=25)
@given(data=st.data())
def test_rights_alone_never_raise_quality_whatever_the_company(data):
    def share(low, high):
        return data.draw(st.floats(low, high))

    base = SHORT | {
        "organisation.coordination.interdependence": 0.0,
        "organisation.frozen.initiatives": True,
        "organisation.workforce.hold_load": 1.0,
        "organisation.workforce.morale_quality": share(0.0, 0.6),
        "organisation.coordination.misfit_quality": share(0.0, 0.5),
        "organisation.delivery.adjustment_years": share(0.0, 1.0),
        "organisation.contracts.effort_substitution": share(0.0, 0.8),
        "organisation.departments.sales.base_quality": share(-0.5, 1.0),
        "organisation.departments.sales.knowledge_bias": share(-0.6, 0.6),
        "organisation.executives.impatience": share(0.0, 2.0),
        "market.requirement.ratchet_per_year": share(0.0, 2.0),
        "market.rival.behaviour": data.draw(st.sampled_from(["fixed", "trending", "imitating"])),
        "governance.added_cx_weight": share(0.0, 0.9),
        "governance.local_weight_offset": share(0.0, 1.0),
        "governance.attribution": share(0.0, 1.0),
        "governance.role_held": share(0.0, 1.0),
        "governance.listening": share(0.0, 1.0),
        "governance.ceo_involvement": share(0.0, 1.0),
        "governance.talk_gain": share(0.0, 1.0),
        "governance.turnover_per_year": share(0.0, 2.0),
        "governance.decision_lag_months": share(0.0, 6.0),
    }
    replicate = data.draw(st.integers(0, 1000))
    without, _, _ = run_company(parameters_with(**base), replicate)
    with_rights, _, _ = run_company(
        parameters_with(**base, **{"governance.decision_rights": share(0.0, 1.0)}), replicate
    )
    assert (with_rights["quality"] <= without["quality"] + 1e-12).all()


@pytest.mark.parametrize("behaviour", ["fixed", "trending", "imitating"])
def test_with_all_links_off_the_market_sees_the_same_offer_under_every_design(behaviour):
    shared = LINKS_OFF | SHORT | {"market.rival.behaviour": behaviour}
    plain, designed = parameters_with(**shared), parameters_with(**shared, **ACCOUNTABLE)
    left, right = build_company(plain), build_company(designed)
    for period in range(plain.time.n_periods):
        lines = [run_period(c, p, period) for c, p in ((left, plain), (right, designed))]
        for a, b in zip(left.offer(), right.offer(), strict=True):
            np.testing.assert_array_equal(a, b)
        (_, firm, charged), (_, designed_firm, designed_charged) = lines
        difference = sum(charged.values()) - sum(designed_charged.values())
        assert designed_firm["profit"] - firm["profit"] == pytest.approx(difference, abs=1e-6)
        assert designed_firm["service"] == firm["service"]


def test_with_links_off_the_offer_is_the_fixed_point():
    parameters = parameters_with(**LINKS_OFF, **ACCOUNTABLE)
    company, expected = build_company(parameters), status_quo_offer(parameters)
    for period in range(40):
        run_period(company, parameters, period)
    found = company.offer()._replace(price_gap=0.0)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_with_everything_frozen_too_only_the_office_and_politics_differ():
    frozen = {f"organisation.frozen.{name}": True for name in ("effort", "practices", "initiatives")}
    plain, designed = (parameters_with(**LINKS_OFF, **frozen, **levers) for levers in ({}, ACCOUNTABLE))
    (_, firm, charged), (_, designed_firm, designed_charged) = run_company(plain), run_company(designed)
    for line in ("incentive_pay", "initiatives", "distraction"):
        np.testing.assert_array_equal(charged[line], designed_charged[line])
    difference = designed_charged["office"] + designed_charged["influence"]
    np.testing.assert_allclose(firm["profit"] - designed_firm["profit"], difference, atol=1e-6)
    assert (difference[24:] > 0.0).all()


def test_frozen_practices_are_those_of_silos():
    levers = ACCOUNTABLE | {"organisation.frozen.practices": True}
    plain, _, _ = run_company(parameters_with())
    frozen, _, _ = run_company(parameters_with(**levers))
    free, _, _ = run_company(parameters_with(**ACCOUNTABLE))
    np.testing.assert_array_equal(plain["practice"], frozen["practice"])
    assert not np.array_equal(plain["practice"], free["practice"])


def test_frozen_efforts_are_those_of_the_status_quo():
    departments, _, _ = run_company(parameters_with(**ACCOUNTABLE, **{"organisation.frozen.effort": True}))
    for name in ("effort", "experience_effort", "gaming"):
        np.testing.assert_array_equal(departments[name], departments[name][0, 0])


@pytest.mark.parametrize("link", ["quality", "handoffs", "promise", "recovery", "requirement"])
def test_each_link_holds_its_own_part_of_the_offer(link):
    parts = {
        "quality": ("quality", "failure_probability"),
        "handoffs": ("handoff_failure",),
        "promise": ("promise",),
        "recovery": ("recovery_probability",),
        "requirement": ("requirement",),
    }
    levers = ACCOUNTABLE | {
        "organisation.departments.sales.base_quality": 0.8,
        "market.requirement.ratchet_per_year": 2.0,
    }
    parameters = parameters_with(**levers, **{f"organisation.links.{link}": False})
    company, start = build_company(parameters), status_quo_offer(parameters)
    for period in range(60):
        run_period(company, parameters, period)
    for owner, names in parts.items():
        for name in names:
            still = np.array_equal(getattr(company.offer(), name), getattr(start, name))
            assert still == (owner == link), name
