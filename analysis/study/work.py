"""What a worker does: all runs of some points, one after the other, kept together as one part."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

import sim.simulation
from analysis.store.parts import FAILED, REJECTED, REVENUE, StudyStore
from analysis.study.points import Basis, Point, Run
from analysis.study.revenue import initial_revenue
from sim.commands import command
from sim.config.wording import describe
from sim.errors import ConfigError, ResultError
from sim.identity import code_digest, hash_of_content
from sim.outcomes import OUTCOMES
from sim.parameters import Parameters
from sim.text import plain_text


@dataclass(frozen=True)
class Task:
    """Points whose runs one worker does; the runs are those that are missing."""

    number: int
    points: tuple[Point, ...]

    @property
    def addresses(self) -> list[str]:
        """Addresses of the runs."""
        return [run.address for point in self.points for run in point.runs]

    @property
    def n_runs(self) -> int:
        """How many runs there are."""
        return sum(len(point.runs) for point in self.points)

    @property
    def name(self) -> str:
        """Name of the part: the same runs have the same."""
        return hashlib.sha256("".join(self.addresses).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Context:
    """What all tasks of a study share; it travels to the workers."""

    study: str
    basis: Basis
    store: Path
    code: str = field(default_factory=code_digest)
    """Of the source with which the study began."""


@dataclass(frozen=True)
class Ended:
    """How a task ended."""

    number: int
    n_done: int = 0
    n_failed: int = 0
    n_rejected: int = 0
    busy: bool = False
    """Another process holds the part; nothing was done."""
    n_bytes: int = 0
    run_seconds: float = 0.0
    """Processor time inside runs."""
    process: str = ""
    """Machine and number."""
    process_seconds: float = 0.0
    """Processor time of the worker since it was started."""


def run_task(context: Context, patient: bool, task: Task) -> Ended:
    """Do the runs of a task and keep them.

    Parameters
    ----------
    context
        What all tasks share.
    patient
        Wait for another process that holds the same runs, rather than leave them to it.
    task
        The runs.

    Raises
    ------
    ResultError
        The store cannot be written, or the source is no longer that of the addresses.
    """
    if context.code != code_digest():  # a process that was started later
        raise ResultError("the source changed while the study ran; the same command begins again with the new source")
    store = StudyStore(context.store)
    with store.claim(task.name, patient=patient) as ours:
        if not ours:
            return Ended(task.number, busy=True)
        if store.holds(task.name):  # another process did them meanwhile
            return Ended(task.number, n_done=task.n_runs)
        rows: list[dict[str, Any]] = []
        counts = {FAILED: 0, REJECTED: 0}
        run_seconds = 0.0
        for point in task.points:
            one = partial(_run_one, context, store, point, {})
            for run in point.runs:
                row, status, seconds = one(run)
                run_seconds += seconds
                if row is None:
                    counts[status] += 1
                else:
                    rows.append(row)
        n_bytes = store.keep(task.name, rows) if rows else 0
    store.forget_failures([row["address"] for row in rows])
    return Ended(
        task.number,
        n_done=len(rows),
        n_failed=counts[FAILED],
        n_rejected=counts[REJECTED],
        n_bytes=n_bytes,
        run_seconds=run_seconds,
        process=f"{platform.node()} {os.getpid()}",
        process_seconds=time.process_time(),
    )


def _run_one(
    context: Context, store: StudyStore, point: Point, solved: dict[str, Parameters], run: Run
) -> tuple[dict[str, Any] | None, str, float]:
    """Do one run; what goes wrong ends this run only, and is written down."""
    begun = time.process_time()
    try:
        if run.scenario not in solved:  # seeds of a point share their parameters
            solved[run.scenario] = context.basis.parameters_of(run.scenario, point.values)
        shared = solved[run.scenario]
        seed = context.basis.seed_of(point.number, run.seed)
        parameters = shared.model_copy(update={"run": shared.run.model_copy(update={"seed": seed})})
        begun = time.process_time()
        summary = sim.simulation.run_one(parameters, 0).summary
    except (ValidationError, ConfigError) as error:
        note_failure(context, store, point, run, REJECTED, _in_one_line(error), "")
        return None, REJECTED, 0.0
    except Exception as error:
        reason = plain_text(f"{type(error).__name__}: {error}")
        note_failure(context, store, point, run, FAILED, reason, traceback.format_exc())
        return None, FAILED, time.process_time() - begun
    row = {"address": run.address, "scenario": run.scenario, "seed": seed, REVENUE: initial_revenue(parameters)}
    return {**row, **{name: summary[name] for name in OUTCOMES}}, "", time.process_time() - begun


def note_failure(
    context: Context, store: StudyStore, point: Point, run: Run, status: str, reason: str, trace: str
) -> None:
    """Write down what went wrong, with the command that runs it again."""
    content = {
        "study": context.study,
        "point": point.number,
        "seed": run.seed,
        "scenario": run.scenario,
        "status": status,
        "reason": reason,
        "replay": replay_command(store, run.address),
        "values": dict(point.values),
        "traceback": trace,
        "parameters": context.basis.content_of(run.scenario, point.number, run.seed, point.values),
    }
    store.note_failure(run.address, content)


def replay_command(store: StudyStore, address: str) -> str:
    """Return the command that runs again what went wrong, from the note of it in a store."""
    return command("analysis.study", "--replay", str(store.failure_path(address)))


class Note(BaseModel):
    """What is written down of a run that went wrong, as far as it takes to run it again."""

    model_config = ConfigDict(strict=True, frozen=True)

    study: str
    point: int
    seed: int
    scenario: str
    address: str
    parameters: dict[str, Any]

    @property
    def title(self) -> str:
        """What was run, in one line."""
        whole = f"{self.study}: point {self.point}, seed {self.seed}, {self.scenario}"
        return "".join(letter if letter.isprintable() else "?" for letter in whole)

    @property
    def is_of_this_source(self) -> bool:
        """Whether the run has the address it had: the same parameters and the same source."""
        return isinstance(self.parameters.get("run"), dict) and hash_of_content(self.parameters) == self.address


def read_note(path: Path) -> Note:
    """Read the note of a failure.

    Raises
    ------
    ConfigError
        There is none, or it is something else.
    """
    try:
        return Note.model_validate(json.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--replay: {path} cannot be read ({error.__class__.__name__})") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"--replay: {path} is no note of a failure") from error


def replay(note: Note) -> dict[str, float]:
    """Run again what a failure was noted of, in the open, and return its outcomes.

    Raises
    ------
    ConfigError
        The parameters contradict each other.
    Exception
        Whatever went wrong in the run.
    """
    try:
        parameters = Parameters.model_validate(note.parameters)
    except ValidationError as error:
        raise ConfigError(_in_one_line(error)) from error
    return {name: float(value) for name, value in sim.simulation.run_one(parameters, 0).summary.items()}


def tasks_of(points: Sequence[Point], runs_per_task: int) -> list[Task]:
    """Divide points into tasks of about so many runs; a point is never divided, so that it is solved once."""
    tasks: list[Task] = []
    waiting: list[Point] = []
    for point in points:
        if waiting and sum(len(one.runs) for one in waiting) + len(point.runs) > runs_per_task:
            tasks.append(Task(len(tasks), tuple(waiting)))
            waiting = []
        waiting.append(point)
    return [*tasks, Task(len(tasks), tuple(waiting))] if waiting else tasks


def _in_one_line(error: ValidationError | ConfigError) -> str:
    return describe(error, {}) if isinstance(error, ValidationError) else str(error)
