"""The account of a period and the worth of customers, added up by hand and against series that were written out."""

from __future__ import annotations

import numpy as np
import pytest

from sim.accounts import discount_factors, lifetime_value, net_present_value, post_period, remaining_values
from sim.parameters.finance import Finance
from tests.flows_cases import flows

CHARGES = {"incentive_pay": 1.0, "office": 2.0, "initiatives": 4.0, "influence": 8.0, "distraction": 16.0}


def test_every_line_of_the_account_is_what_it_adds_up_to_by_hand() -> None:
    finance = Finance(margin=0.25, acquisition_cost_eur=40.0)
    account = post_period(flows(), [2.0, 3.0], 7.0, 11.0, CHARGES, finance)
    assert account == pytest.approx(
        {
            "revenue": 1000.0,
            "direct_cost": 600.0,  # three quarters of the 800 that neutral customers would spend
            "service": 99.0,  # 12 x 2 + 25 x 3
            "rework": 84.0,  # 7 for each of 5 failures in departments, 3 at hand-offs and 4 at changes of channel
            "recovery": 55.0,  # 11 for each of 5
            "acquisition": 240.0,  # 40 for each of 6
            **CHARGES,
            "profit": -109.0,  # 1000 - 600 - 99 - 84 - 55 - 240 - 31
        }
    )
    assert list(account) == [
        "revenue", "direct_cost", "service", "rework", "recovery", "acquisition", "incentive_pay", "office",
        "initiatives", "influence", "distraction", "profit",
    ]  # fmt: skip


def test_money_is_discounted_from_the_middle_of_its_period() -> None:
    assert discount_factors(2, 4, 0.21) == pytest.approx([1.1**-0.25, 1.1**-0.75], rel=1e-14)
    assert net_present_value(np.array([100.0, 200.0]), 4, 0.21) == pytest.approx(100 * 1.1**-0.25 + 200 * 1.1**-0.75)
    assert net_present_value(np.array([5.0, 7.0]), 12, 0.0) == 12.0


def test_a_lifetime_value_is_the_series_of_margins_that_are_still_earned_and_discounted() -> None:
    years = np.arange(2000)
    for margin, retention, rate in ((40.0, 0.8, 0.1), (-3.0, 0.5, 0.06), (1.0, 0.95, 0.2)):
        series = float(np.sum(margin * retention**years / (1.0 + rate) ** years))
        found = lifetime_value(np.array([margin]), np.array([retention]), rate)
        assert found == pytest.approx([series], rel=1e-12)


def test_what_remains_of_a_customer_is_spend_less_direct_cost_less_burden() -> None:
    finance = Finance(margin=0.3, discount_rate=0.1)
    found = remaining_values(np.array([120.0, 90.0]), np.array([100.0, 100.0]), np.array([0.8, 0.0]), 10.0, finance)
    # 120 - 70 - 10 = 40 a year, 40 x 1.1 / 0.3; and 90 - 70 - 10 = 10 for the year that is begun.
    assert found == pytest.approx([40.0 * 1.1 / 0.3, 10.0], rel=1e-13)
