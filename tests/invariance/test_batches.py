"""Batches: what is shared between runs changes no bit of them, and nothing is solved twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import pandas as pd
import pytest

import sim
from sim import environments, workers
from sim.market import calibration
from sim.model import run_replicate
from sim.parameters import Parameters
from sim.results import Results
from tests.fakes import slow_square

needs_jit = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="too many customers without compilation")
SMALL = ("population.n_customers=500", "time.burn_in_years=1", "time.horizon_years=1")


def small(*overrides: str) -> Parameters:
    return sim.compose(*SMALL, *overrides)


def assert_same(one: Results, other: Results) -> None:
    assert one.parameters == other.parameters
    assert one.manifest["content_hash"] == other.manifest["content_hash"]
    assert one.manifest["calibration"] == other.manifest["calibration"]
    for table in ("series", "departments", "accounts", "summary"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table), check_exact=True)


@needs_jit
@pytest.mark.slow
@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_batch_gives_what_its_sets_give_alone(n_workers: int) -> None:
    chosen = ("scenario=no_cxo", "scenario=accountable_cxo", "market.churn_per_year=0.2")
    sets = [small(choice, "run.n_replicates=2", f"run.n_workers={n_workers}") for choice in chosen]
    alone = [sim.simulate(parameters) for parameters in sets]
    for one, other in zip(sim.simulate_many(sets), alone, strict=True):
        assert_same(one, other)


@pytest.mark.usefixtures("fake_model")
def test_a_batch_goes_replicate_by_replicate_and_tells_of_each(base: Parameters) -> None:
    run = base.run.model_copy(update={"n_replicates": 2, "first_replicate": 7})
    sets = [base, base.model_copy(update={"run": run})]
    told: list[tuple[int, int]] = []
    results = sim.simulate_many(sets, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 6) for done in range(1, 7)]
    assert [(one.first_replicate, one.n_replicates) for one in results] == [(0, 4), (7, 2)]
    assert_same(results[0], sim.simulate(base))


def test_an_empty_batch_is_empty() -> None:
    assert sim.simulate_many([]) == []


class Watched:
    """Calls a function and counts."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.calls = function, 0

    def __call__(self, *arguments: Any) -> Any:
        self.calls += 1
        return self.function(*arguments)


def test_designs_of_an_environment_are_solved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    solve = Watched(lambda *_: sim.parameters.Calibration(satisfaction_intercept=0.25))
    monkeypatch.setattr(environments, "calibrate", solve)
    sets = [small("scenario=no_cxo"), small("market.churn_per_year=0.2"), small("scenario=accountable_cxo")]
    solved = environments.solve_environments(sets, workers.Pool(1))
    assert solve.calls == 2
    for before, after in zip(sets, solved, strict=True):
        assert after.market.calibration == sim.parameters.Calibration(satisfaction_intercept=0.25)
        assert after.governance == before.governance


@needs_jit
def test_constants_that_are_handed_over_change_no_bit() -> None:
    parameters = small("scenario=accountable_cxo")
    (handed,) = environments.solve_environments([parameters], workers.Pool(1))
    calibration._solve.cache_clear()
    one, other = run_replicate(handed, 3), run_replicate(parameters, 3)
    assert one.calibration == other.calibration
    assert one.summary == other.summary
    assert all((one.series[name] == other.series[name]).all() for name in one.series)


@needs_jit
def test_a_market_does_not_depend_on_what_was_built_before() -> None:
    plain = small()
    alone = run_replicate(plain, 0).summary
    for other in ("market.frailty.variance=0.9", "population.initial_share=0.5", "market.tenure_effect=0.0"):
        assert run_replicate(small(other), 0).summary != alone
    assert run_replicate(plain, 0).summary == alone


def test_a_pool_is_used_again_and_ends() -> None:
    found: list[int] = []
    with workers.Pool(2) as pool:
        for _ in range(2):
            pool.map(slow_square, range(3), found.append)
    assert sorted(found) == [0, 0, 1, 1, 4, 4]
