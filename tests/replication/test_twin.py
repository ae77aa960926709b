"""The kernels against the independent twin: one Python object per customer, written from the specification.

Both get the same people, the same network, the same offers and the same luck, and must agree to 1e-12 in every state
variable and every flow of every period.
"""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.market.market import Market
from sim.parameters import Calibration, Parameters
from sim.parameters.population import Network
from tests.twin.companies import varied_company
from tests.twin.comparison import assert_same, assert_same_flows
from tests.twin.market import TwinMarket
from tests.twin.offers import random_offer

INDUSTRIES = ("auto_insurance", "manufacturer", "retail_bank", "telecom", "ecommerce")
CALIBRATION = Calibration(satisfaction_intercept=0.4, baseline_hazard_per_year=1.5, advertising_scale=20.0)


def _resized(parameters: Parameters, n_customers: int, network: Network) -> Parameters:
    population = parameters.population.model_copy(
        update={"n_customers": n_customers, "initial_share": 0.5, "network": network}
    )
    run = parameters.run.model_copy(update={"precision": "double"})
    return parameters.model_copy(update={"population": population, "run": run})


def _assert_twins_agree(parameters: Parameters, n_periods: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    market = Market(parameters, CALIBRATION, random_offer(parameters, rng), seed)
    table = market.rules.moving.frailty_table
    twin = TwinMarket(parameters, CALIBRATION, market.state, market.network, table, seed)
    joined = left = told = 0.0
    for period in range(n_periods):
        offer = random_offer(parameters, rng)
        ours, theirs = market.step(offer, period), twin.step(offer, period)
        assert_same_flows(ours, theirs)
        assert_same(market.state, twin.to_state())
        joined, left = joined + ours.acquired, left + ours.churned
        told += ours.mentions_positive + ours.mentions_negative
    assert joined > 0, "nobody joined: the comparison would say nothing about joining"
    assert left > 0, "nobody left: the comparison would say nothing about leaving"
    assert told > 0, "nobody talked: the comparison would say nothing about word of mouth"


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_kernels_equal_the_twin_in_every_industry(industry: str) -> None:
    parameters = _resized(sim.compose(f"industry={industry}"), 150, Network())
    _assert_twins_agree(parameters, n_periods=12, seed=3)


@pytest.mark.parametrize("periods_per_year", [4, 12, 52])
def test_kernels_equal_the_twin_at_every_period_length(periods_per_year: int) -> None:
    parameters = _resized(varied_company(periods_per_year), 120, Network())  # type: ignore[arg-type]
    _assert_twins_agree(parameters, n_periods=18, seed=4)


@pytest.mark.parametrize("topology", ["watts_strogatz", "barabasi_albert", "erdos_renyi", "complete"])
def test_kernels_equal_the_twin_on_every_network(topology: str) -> None:
    parameters = _resized(varied_company(), 100, Network(topology=topology))  # type: ignore[arg-type]
    _assert_twins_agree(parameters, n_periods=8, seed=5)


def test_kernels_equal_the_twin_when_all_customers_count_as_tellers() -> None:
    parameters = _resized(varied_company(), 100, Network())
    acquisition = parameters.market.acquisition.model_copy(update={"count_all_customers": True})
    market = parameters.market.model_copy(update={"acquisition": acquisition})
    _assert_twins_agree(parameters.model_copy(update={"market": market}), n_periods=8, seed=6)
