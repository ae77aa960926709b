"""Whole runs of small markets, departments and executives included: one by one, and on two processes."""

from __future__ import annotations

import statistics
import time
from typing import Any

import sim
from benchmarks.timing import THREAD, Task, take_turns
from sim.config.catalogue import list_scenarios
from sim.model import run_replicate

CUSTOMERS = 2_000
KEYS = (f"population.n_customers={CUSTOMERS}", "time.burn_in_years=2", "time.horizon_years=5")
WARM = 8
"""Results waited for before the rate on two processes is taken: both have started and compiled by then."""


def one_by_one(n_runs: int) -> list[dict[str, Any]]:
    """Return seconds for a run of each design in this process, new luck each time."""
    tasks = {}
    for scenario in list_scenarios():
        parameters = sim.compose(f"scenario={scenario.name}", *KEYS)
        numbers = iter(range(10_000))
        tasks[scenario.name] = Task(lambda p=parameters, r=numbers: run_replicate(p, next(r)), 1.0, THREAD)  # type: ignore[misc]
    return [
        {"what": name, "best": timing.best, "median": timing.median, "rounds": timing.rounds}
        for name, timing in take_turns(tasks, n_runs).items()
    ]


def on_two_processes(n_runs: int) -> dict[str, float]:
    """Return what ``sim.simulate`` reaches on two processes: runs a second once both work, and over all."""
    parameters = sim.compose(*KEYS, f"run.n_replicates={n_runs}", "run.n_workers=2")
    times: list[float] = []
    start = time.perf_counter()
    sim.simulate(parameters, progress=lambda _done, _total: times.append(time.perf_counter()))
    end = time.perf_counter()
    warm = min(WARM, n_runs - 2)
    return {
        "n_runs": n_runs,
        "runs_per_second": (n_runs - 1 - warm) / (times[-1] - times[warm]),
        "runs_per_second_with_start": n_runs / (end - start),
        "until_warm_seconds": times[warm] - start,
    }


def measure(quick: bool, full: bool) -> dict[str, Any]:  # noqa: ARG001
    """Return seconds for each design and runs a second, the designs counted alike."""
    rows = one_by_one(3 if quick else 9)
    serial = len(rows) / sum(row["median"] for row in rows)
    batches = [on_two_processes(24 if quick else 120) for _ in range(1 if quick else 3)]
    return {
        "customers": CUSTOMERS,
        "periods": 84,
        "rows": rows,
        "serial_runs_per_second": serial,
        "serial_best_runs_per_second": len(rows) / sum(row["best"] for row in rows),
        "two_processes_best": max(batch["runs_per_second"] for batch in batches),
        "two_processes_median": statistics.median(batch["runs_per_second"] for batch in batches),
        "until_warm_seconds": min(batch["until_warm_seconds"] for batch in batches),
    }
