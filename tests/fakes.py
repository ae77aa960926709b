"""A replicate without a model: numbers of the right names and shapes, for tests of everything around the model."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.accounts import COST_LINES, LINES
from sim.outcomes import OUTCOMES
from sim.parameters import Parameters
from sim.results import Results
from tests.waiting import CEILING_SECONDS

SERIES = (
    "n_active", "new_churned", "mean_satisfaction", "nps", "mean_knowledge_gap", "mean_specification_gap",
    "mean_delivery_gap", "mean_perception_gap", "mean_communication_gap",
)  # fmt: skip


@dataclass(frozen=True)
class FakeReplicate:
    """The fields of sim.model.Replicate."""

    replicate: int
    seed: int
    series: dict
    departments: dict
    accounts: dict
    handoffs: dict
    summary: dict
    before: dict
    calibration: dict
    phase_seconds: dict
    customers: dict = field(default_factory=dict)


def fake_replicate(parameters: Parameters, replicate: int) -> FakeReplicate:
    """Invent a replicate: reproducible, with a design effect that grows with decision rights."""
    rng = np.random.default_rng([parameters.run.seed, replicate])
    clock, n = parameters.time, len(parameters.organisation.departments)
    after = np.clip((np.arange(clock.n_periods) - clock.n_burn_in) / clock.n_horizon, 0.0, 1.0)
    effect = parameters.governance.decision_rights * after
    series = {name: rng.normal(0.3, 0.05, clock.n_periods) + 0.3 * effect for name in SERIES}
    series["n_active"] = np.round(3000 + 300 * effect + rng.normal(0.0, 20.0, clock.n_periods))
    accounts = {line: rng.uniform(1e4, 2e4, clock.n_periods) for line in LINES}
    accounts["revenue"] = 4e5 + 1e5 * effect + rng.normal(0.0, 5e3, clock.n_periods)
    accounts["office"] = np.where(after > 0, 3e4 * parameters.governance.decision_rights, 0.0)
    accounts["profit"] = accounts["revenue"] - sum(accounts[line] for line in COST_LINES)
    outcomes = {name: float(rng.normal(1.0, 0.1)) for name in OUTCOMES}
    return FakeReplicate(
        replicate=replicate,
        seed=int(rng.integers(2**63)),
        series=series,
        departments={name: rng.normal(size=(clock.n_periods, n)) for name in ("quality", "morale")},
        accounts=accounts,
        handoffs={
            "attempts": rng.integers(0, 100, (n, n)).astype(float),
            "failures": rng.integers(0, 9, (n, n)).astype(float),
        },
        summary={name: value + parameters.governance.decision_rights for name, value in outcomes.items()},
        before=outcomes,
        calibration={"satisfaction_intercept": 0.5},
        phase_seconds={"journeys": 0.1} if parameters.run.profile else {},
    )


def fake_results(parameters: Parameters, **levers: float) -> Results:
    """Invent the results of a design, with levers replaced."""
    governance = parameters.governance.model_copy(update=levers)
    moved = parameters.model_copy(update={"governance": governance})
    replicates = [fake_replicate(moved, number) for number in range(moved.run.n_replicates)]
    return Results.from_replicates(moved, replicates, wall_seconds=1.0)


def slow_square(number: int) -> int:
    """Return a square after a moment, for the tests of worker processes."""
    time.sleep(0.05)
    return number * number


def square_or_die(number: int) -> int:
    """Return a square; the first worker process that meets 3 is killed."""
    import multiprocessing

    if number == 3 and multiprocessing.parent_process() is not None:
        os._exit(9)
    return number * number


def large_result(_: int) -> bytes:
    """Return more than a pipe holds, so that a worker is sending for most of its time."""
    return bytes(100_000_000)


def begin_and_sleep(folder: str) -> None:
    """Leave a file with the number of this process as name, and sleep much longer than any test waits."""
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(1_000 * CEILING_SECONDS)
