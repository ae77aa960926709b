"""Running a study: what is missing, how long it will take, and doing it so that it can be stopped at any time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.store.parts import FAILED, REJECTED, StudyStore
from analysis.study.designs import balanced_order, draw_points, points_of, read_points
from analysis.study.engines import Engine
from analysis.study.factors import Factor, fixed_values, make_factors
from analysis.study.points import Basis, Point
from analysis.study.request import StudyRequest
from analysis.study.work import Context, Ended, Task, note_failure, run_task, tasks_of
from sim.parameters import Parameters

PILOT_POINTS = 3
"""Points run before the start, which tell how long one takes; the first of several is left out (it loads kernels)."""
START_SECONDS = 3.0
"""Until new processes have started and loaded the kernels (measured)."""
BYTES_PER_RUN = 220.0
"""Of a part of 100 runs, a run's share (measured)."""
BYTES_PER_ROW, BYTES_PER_CELL = 200.0, 3.0
"""Of the table of a study: a row without its factors, and the value of a factor (measured)."""

Tell = Callable[["Progress"], None]


@dataclass(frozen=True)
class Plan:
    """A study laid out: its points, its runs, and which of them are missing."""

    name: str
    request: StudyRequest
    factors: tuple[Factor, ...]
    design: pd.DataFrame
    """One row per point, one column per factor."""
    points: tuple[Point, ...]
    missing: tuple[Point, ...]
    """Points with the runs that are missing, in the order in which they run."""
    context: Context

    @property
    def n_runs(self) -> int:
        """Runs of the whole study."""
        return sum(len(point.runs) for point in self.points)

    @property
    def n_missing(self) -> int:
        """Runs still to do."""
        return sum(len(point.runs) for point in self.missing)

    @property
    def addresses(self) -> list[str]:
        """Addresses of all runs."""
        return [run.address for point in self.points for run in point.runs]


@dataclass
class Progress:
    """How far a study is."""

    n_runs: int
    """Runs to do."""
    n_done: int = 0
    n_failed: int = 0
    n_rejected: int = 0
    n_bytes: int = 0
    run_seconds: float = 0.0
    """Processor time inside runs, all processes together."""
    worker_seconds: dict[str, float] = field(default_factory=dict)
    """Processor time of each process since it was started."""
    wall_seconds: float = 0.0

    @property
    def overhead(self) -> float:
        """Share of the processor time that went into anything but runs; NaN where nothing ran."""
        spent = sum(self.worker_seconds.values())
        return 1.0 - self.run_seconds / spent if spent > 0.0 else float("nan")

    def add(self, ended: Ended) -> None:
        """Count a task that ended."""
        self.n_done += ended.n_done
        self.n_failed += ended.n_failed
        self.n_rejected += ended.n_rejected
        self.n_bytes += ended.n_bytes
        self.run_seconds += ended.run_seconds
        if ended.process:
            self.worker_seconds[ended.process] = ended.process_seconds


@dataclass(frozen=True)
class Estimate:
    """What is still to come."""

    seconds_per_run: float
    """On one process, the constants of the status quo included."""
    n_runs: int
    n_workers: int
    n_bytes: float
    """Of parts and table."""

    @property
    def seconds(self) -> float:
        """Time it will take."""
        start = START_SECONDS if self.n_workers > 1 and self.n_runs else 0.0
        return start + self.seconds_per_run * self.n_runs / self.n_workers


def make_plan(name: str, request: StudyRequest, parameters: Mapping[str, Parameters], store: Path) -> Plan:
    """Lay out a study and find out what is missing.

    Raises
    ------
    ConfigError
        A factor, a range or a file of points cannot be used.
    """
    basis = Basis.of(parameters, common_luck=request.luck == "common")
    factors: tuple[Factor, ...] = ()
    if request.design == "csv":
        design = read_points(Path(request.file), request.points)
        factors = tuple(Factor(key, values=(), scale="choice") for key in design.columns)
    else:
        factors = make_factors(request.factors)
        design = draw_points(request.design, factors, request.points, request.levels, basis.seed)
    design = design.assign(**fixed_values(request.fixed))
    points = tuple(basis.addressed(points_of(design), request.seeds, request.designs))
    place = StudyStore(store)
    wanted = {run.address for point in points for run in point.runs}
    rejected = {key for key, note in place.failed(wanted).items() if note.get("status") == REJECTED}
    settled = place.known() | rejected
    order = (points[number] for number in balanced_order(request.design, len(points)))
    reduced = (replace(one, runs=tuple(run for run in one.runs if run.address not in settled)) for one in order)
    missing = tuple(point for point in reduced if point.runs)
    return Plan(name, request, factors, design, points, missing, Context(name, basis, store))


def describe_plan(plan: Plan) -> dict[str, Any]:
    """Return what makes a study what it is, for manifests."""
    return {
        "study": plan.name,
        "request": plan.request.model_dump(mode="json"),
        "factors": [factor.describe() for factor in plan.factors],
        "n_points": len(plan.points),
        "n_runs": plan.n_runs,
        "seed": plan.context.basis.seed,
    }


def run_pilot(plan: Plan, progress: Progress, n_workers: int, tell: Tell) -> tuple[Plan, Estimate]:
    """Do a few points in this process, which fills the cache of kernels for others; return what is left and how long.

    Parameters
    ----------
    plan
        Of the study.
    progress
        Is moved on.
    n_workers
        Processes of the engine.
    tell
        Called when a point is done.
    """
    seconds: list[float] = []
    few = plan.missing[: min(PILOT_POINTS, max(1, len(plan.missing) // 4))]
    for number, point in enumerate(few):
        begun = time.perf_counter()
        progress.add(run_task(plan.context, True, Task(number, (point,))))
        spent = time.perf_counter() - begun
        progress.wall_seconds += spent
        seconds.append(spent / len(point.runs))
        tell(progress)
    counted = seconds[1:] or seconds or [0.0]
    left = replace(plan, missing=plan.missing[len(few) :])
    row = BYTES_PER_ROW + BYTES_PER_CELL * len(plan.factors)
    n_bytes = left.n_missing * BYTES_PER_RUN + plan.n_runs * row
    return left, Estimate(sum(counted) / len(counted), left.n_missing, n_workers, n_bytes)


def run_plan(plan: Plan, engine: Engine, runs_per_task: int, progress: Progress, tell: Tell) -> None:
    """Do the runs that are missing.

    Parameters
    ----------
    plan
        Of the study.
    engine
        Where tasks are done.
    runs_per_task
        Runs of a task; fewer where there would be too few tasks for all processes.
    progress
        Is moved on.
    tell
        Called when a task ended.

    Raises
    ------
    ResultError
        The store cannot be written.
    """
    begun = time.perf_counter()
    even = -(-plan.n_missing // (4 * engine.n_workers))
    tasks = tasks_of(plan.missing, min(runs_per_task, max(1, even)))

    def do(chosen: Sequence[Task], *, patient: bool) -> list[Task]:
        """Do tasks and count them; return those that another process was busy with."""
        busy = []
        # Closed at once, so that what is stopped here ends everywhere before anything is said about it.
        with closing(engine.run(partial(run_task, plan.context, patient), chosen)) as answers:
            for task, ended in answers:
                if ended is None:
                    _note_lost(plan, task)
                    progress.add(Ended(task.number, n_failed=task.n_runs))
                elif ended.busy:
                    busy.append(task)
                else:
                    progress.add(ended)
                tell(progress)
        return busy

    busy = do(tasks, patient=False)
    # What another process was doing: wait for it, and do what it left.
    left = do(busy, patient=True)
    progress.wall_seconds += time.perf_counter() - begun
    if left:
        raise AssertionError("a task that waits is not turned away")


def _note_lost(plan: Plan, task: Task) -> None:
    """Write down that the process of a task was killed each time."""
    store = StudyStore(plan.context.store)
    for point in task.points:
        for run in point.runs:
            reason = "the process was killed each time it did these runs"
            note_failure(plan.context, store, point, run, FAILED, reason, "")
