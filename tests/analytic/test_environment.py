"""Prices, the rival, local conditions, beliefs and the requirement, step by step with luck that can be read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.organisation.environment import Environment
from sim.parameters import Parameters
from sim.streams import Stream
from tests.company_cases import HALF_IN_A_YEAR, PlainLuck, round_status_quo
from tests.markets import parameters_with

RULES = {
    "time.periods_per_year": 4,
    "time.burn_in_years": 1.0,
    "organisation.coordination.local_sd": 2.0,
    "organisation.coordination.local_memory_years": HALF_IN_A_YEAR / 4.0,
    "organisation.delivery.knowledge_noise_sd": 0.1,
    "organisation.delivery.knowledge_memory_years": HALF_IN_A_YEAR / 4.0,
    "market.price_shocks_per_year": 4.0 * math.log(2.0),
    "market.price_shock_size": 0.01,
    "market.price_shock_memory_years": HALF_IN_A_YEAR / 4.0,
    "market.rival.quality": 0.1,
    "market.rival.imitation_lag_years": HALF_IN_A_YEAR / 4.0,
    "market.rival.imitation_share": 0.8,
    "market.rival.trend_per_year": 0.2,
}
"""A quarter halves what is left of shocks, conditions, beliefs and the lag; half of the quarters have a shock."""
JUMP = 0.01 * math.sqrt(0.75 / (2.0 * math.log(2.0)))
"""Size of a shock at the end of its quarter, root mean square over its moments: (1 - 1/4) / ln 4."""


def environment(uniform: float = 0.5, **changes: Any) -> tuple[Environment, Parameters]:
    parameters = parameters_with(**(RULES | changes))
    return Environment(parameters, PlainLuck(uniform), round_status_quo()), parameters  # type: ignore[arg-type]


def normals(stream: Stream, period: int, draw: int = 0) -> np.ndarray:
    return int(stream) + 0.1 * np.arange(3) + 0.01 * period + 0.001 * draw


def test_it_starts_as_spread_as_it_stays() -> None:
    one, _ = environment()
    assert one.theta == pytest.approx(2.0 * normals(Stream.LOCAL_CONDITION, 0, 1))
    assert one.belief_noise == pytest.approx(0.1 * normals(Stream.KNOWLEDGE, 0, 1))
    # Half of the quarters add a shock, three quarters of its variance fade in each: JUMP^2 x (1/2) / (3/4).
    spread = JUMP * math.sqrt(2.0 / 3.0)
    assert one.price_gap == pytest.approx(spread * (int(Stream.PRICE) + 0.002))
    assert one.requirement.tolist() == [0.5, 0.6, 0.7]
    assert one.rival_quality == 0.1


def test_conditions_and_beliefs_keep_half_and_their_spread() -> None:
    one, _ = environment()
    theta, noise = one.theta, one.belief_noise
    one.step(1, np.zeros(3), 0.2, 0.0)
    fresh = math.sqrt(0.75)
    assert one.theta == pytest.approx(0.5 * theta + 2.0 * fresh * normals(Stream.LOCAL_CONDITION, 1))
    assert one.belief_noise == pytest.approx(0.5 * noise + 0.1 * fresh * normals(Stream.KNOWLEDGE, 1))


@pytest.mark.parametrize(("uniform", "shock"), [(0.49, True), (0.51, False)])
def test_a_price_gap_halves_and_jumps_in_half_of_the_quarters(uniform: float, shock: bool) -> None:
    one, _ = environment(uniform)
    one.price_gap = 0.4
    one.step(3, np.zeros(3), 0.2, 0.0)
    assert one.price_gap == pytest.approx(0.2 + shock * JUMP * (int(Stream.PRICE) + 0.031))


def test_a_price_stays_above_nothing() -> None:
    one, _ = environment(1.0)
    one.price_gap = -3.0
    assert one._next_price_gap(0) == -0.95


def test_a_fixed_rival_stays_and_a_trending_one_starts_at_the_switch() -> None:
    fixed, _ = environment()
    trending, _ = environment(**{"market.rival.behaviour": "trending"})
    for period in range(7):
        fixed.step(period, np.zeros(3), 0.9, 0.0)
        trending.step(period, np.zeros(3), 0.9, 0.0)
        assert fixed.rival_quality == 0.1
        assert trending.rival_quality == pytest.approx(0.1 + 0.2 * max(0, period - 4) / 4.0)


def test_an_imitating_rival_follows_what_is_offered_above_the_status_quo() -> None:
    one, _ = environment(**{"market.rival.behaviour": "imitating"})
    # The status quo offers 0.2 on average; 0.6 is 0.4 more, of which each quarter covers half of what is left.
    for quarter, followed in enumerate((0.2, 0.3, 0.35)):
        one.step(quarter, np.zeros(3), 0.6, 0.0)
        assert one.rival_quality == pytest.approx(0.1 + 0.8 * followed)
    for _ in range(8):
        one.step(5, np.zeros(3), -1.0, 0.0)
    assert one.rival_quality == 0.1


def test_the_requirement_follows_the_mean_of_the_last_four_quarters() -> None:
    rules = {"ratchet_per_year": 0.5, "fade_per_year": 0.1, "initial": 0.5, "max_rise": 1.5, "promise_weight": 0.25}
    one, _ = environment(**{f"market.requirement.{key}": value for key, value in rules.items()})
    one.step(6, np.array([3.4, 3.5, 3.3]), 0.2, 0.4)
    # The other three quarters were those of the status quo: 0.2, 0.3 and 0.1; the promise adds 0.25 x 0.4.
    for start, mean, found in zip((0.5, 0.6, 0.7), (1.0, 1.1, 0.9), one.requirement, strict=True):
        rest = (0.5 * (mean + 0.1) + 0.1 * 0.5) / 0.6
        assert found == pytest.approx(rest + (start - rest) * math.exp(-0.6 / 4.0))


def test_a_requirement_without_its_link_stays() -> None:
    one, _ = environment(**{"organisation.links.requirement": False})
    one.step(0, np.full(3, 9.0), 0.2, 5.0)
    assert one.requirement.tolist() == [0.5, 0.6, 0.7]
