"""What must hold in every market: conservation, the same luck for everybody, the same bits on any number of threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from sim.market.market import Market
from sim.market.state import Network
from sim.parameters import Calibration, Parameters
from tests.twin.companies import varied_company
from tests.twin.comparison import assert_same
from tests.twin.offers import random_offer

CALIBRATION = Calibration(satisfaction_intercept=0.4, baseline_hazard_per_year=1.5, advertising_scale=20.0)


def _parameters(n_customers: int, n_threads: int = 1) -> Parameters:
    parameters = varied_company()
    population = parameters.population.model_copy(update={"n_customers": n_customers, "initial_share": 0.5})
    run = parameters.run.model_copy(update={"n_threads": n_threads})
    return parameters.model_copy(update={"population": population, "run": run})


def _run(market: Market, parameters: Parameters, n_periods: int) -> list[float]:
    rng = np.random.default_rng(9)
    sums: list[float] = []
    for period in range(n_periods):
        flows = market.step(random_offer(parameters, rng), period)
        sums += [flows.revenue, flows.satisfaction_sum, flows.expected_churn, float(flows.quality_sum.sum())]
    return sums


def _market(parameters: Parameters, seed: int = 5) -> Market:
    return Market(parameters, CALIBRATION, random_offer(parameters, np.random.default_rng(8)), seed)


def test_customers_are_conserved_every_period() -> None:
    parameters = _parameters(400)
    market = _market(parameters)
    rng = np.random.default_rng(9)
    for period in range(12):
        before = int(market.state.ours.sum())
        flows = market.step(random_offer(parameters, rng), period)
        assert flows.active == before
        assert int(market.state.ours.sum()) == before - flows.churned + flows.acquired
        assert flows.promoters + flows.detractors <= flows.active
        assert flows.complaints.sum() <= flows.failures.sum() + flows.handoff_failures.sum() + flows.channel_failures
        assert np.all(flows.recoveries <= flows.complaints)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="threads need compilation")
@pytest.mark.parametrize("n_threads", [2, 4])
def test_threads_change_no_bit(n_threads: int) -> None:
    one, several = _market(_parameters(5000)), _market(_parameters(5000, n_threads))
    sums_one = _run(one, one.parameters, 6)
    sums_several = _run(several, several.parameters, 6)
    assert sums_one == sums_several
    for name in one.state._fields:
        assert getattr(one.state, name).tobytes() == getattr(several.state, name).tobytes(), name


def test_a_customer_outside_the_network_moves_nobody_elses_draws() -> None:
    parameters = _parameters(300)
    alone = _market(parameters)
    joined = _market(_parameters(301))
    first = np.concatenate([alone.network.first, alone.network.first[-1:]])
    joined.network = Network(first, alone.network.neighbours, False)
    _run(alone, parameters, 12)
    _run(joined, parameters, 12)
    first_300 = joined.state._replace(**{name: getattr(joined.state, name)[..., :300] for name in joined.state._fields})
    assert_same(alone.state, first_300, atol=0.0)


def test_the_same_seed_gives_the_same_bits_and_another_seed_other_ones() -> None:
    parameters = _parameters(200)
    one, two, other = _market(parameters), _market(parameters), _market(parameters, seed=6)
    assert _run(one, parameters, 6) == _run(two, parameters, 6)
    assert _run(other, parameters, 6) != _run(two, parameters, 6)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="compares compiled with interpreted kernels")
def test_interpreted_kernels_agree_with_compiled_ones(tmp_path: Path) -> None:
    target = tmp_path / "interpreted.npz"
    code = f"import tests.invariance.test_market_integrity as t; t.save_run({str(target)!r})"
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    compiled = tmp_path / "compiled.npz"
    save_run(str(compiled))
    one, two = np.load(target), np.load(compiled)
    for name in one.files:
        np.testing.assert_allclose(one[name], two[name], rtol=1e-12, atol=1e-12, err_msg=name)


def save_run(path: str) -> None:
    """Run a small market and save its state and sums."""
    parameters = _parameters(150)
    run = parameters.run.model_copy(update={"precision": "double"})
    parameters = parameters.model_copy(update={"run": run})
    market = _market(parameters)
    sums = _run(market, parameters, 8)
    np.savez(path, sums=np.array(sums), **market.state._asdict())
