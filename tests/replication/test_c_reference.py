"""The reference in C does the same work as the kernels: same integers, same reals, in both precisions."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import sim
from benchmarks.c_market import CMarket, compiler
from sim.market.market import Market
from sim.parameters import Calibration, Parameters
from sim.parameters.population import Network
from tests.twin.comparison import assert_same, assert_same_flows
from tests.twin.offers import random_offer

CALIBRATION = Calibration(satisfaction_intercept=0.4, baseline_hazard_per_year=1.5, advertising_scale=20.0)
pytestmark = [
    pytest.mark.skipif(compiler() is None, reason="no C compiler here"),
    pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="too many customers without compilation"),
]


def _parameters(
    industry: str, topology: str, precision: str, n_threads: int = 1, n_customers: int = 5_000
) -> Parameters:
    parameters = sim.compose(f"industry={industry}")
    population = parameters.population.model_copy(
        update={"n_customers": n_customers, "network": Network(topology=topology)}  # type: ignore[arg-type]
    )
    run = parameters.run.model_copy(update={"precision": precision, "n_threads": n_threads})
    return parameters.model_copy(update={"population": population, "run": run})


def _assert_equal(parameters: Parameters, n_periods: int = 12) -> None:
    rng = np.random.default_rng(8)
    first = random_offer(parameters, rng)
    ours, theirs = (kind(parameters, CALIBRATION, first, 2**62 + 5) for kind in (Market, CMarket))
    happened = dict.fromkeys(("acquired", "churned", "mentions_positive", "mentions_negative"), 0.0)
    for period in range(n_periods):
        offer = random_offer(parameters, rng)
        flows = ours.step(offer, period)
        assert_same_flows(flows, theirs.step(offer, period), atol=1e-9, rtol=1e-9)
        happened = {name: count + getattr(flows, name) for name, count in happened.items()}
    assert min(happened.values()) > 0.0, "nothing to compare"
    assert_same(ours.state, theirs.state, atol=1e-9, rtol=1e-9)
    np.testing.assert_array_equal(ours.codes, theirs.codes)


@pytest.mark.parametrize("precision", ["single", "double"])
@pytest.mark.parametrize("industry", ["auto_insurance", "telecom"])
def test_the_reference_equals_the_kernels(industry: str, precision: str) -> None:
    _assert_equal(_parameters(industry, "watts_strogatz", precision))


@pytest.mark.parametrize("topology", ["barabasi_albert", "complete"])
def test_the_reference_equals_the_kernels_on_other_networks(topology: str) -> None:
    _assert_equal(_parameters("retail_bank", topology, "single", n_customers=1_500))


def test_the_reference_can_be_shared_by_threads_too() -> None:
    _assert_equal(_parameters("ecommerce", "erdos_renyi", "single", n_threads=2), n_periods=6)
