"""Tasks of the regime study and their parts: a file per environment and seed, addressed by content, whole or absent."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

import sim
from analysis import regime_environments
from analysis.regime_environments import BASELINE, REGIMES, Study, Value, environment_parameters, initial_revenue
from sim.identity import content_hash
from sim.outcomes import OUTCOMES
from sim.results import Results

COMMON_LUCK = ("one_at_a_time",)
"""Studies whose environments share their luck, so that they can be compared with each other."""
DONE, FAILED, REJECTED = "done", "failed", "rejected"


@dataclass(frozen=True)
class Task:
    """One environment under one luck, all designs."""

    environment: int
    seed_number: int
    values: Mapping[str, Value]
    address: str
    """Digest of everything the numbers depend on."""


@dataclass(frozen=True)
class Verdict:
    """How a task ended."""

    study: str
    environment: int
    seed_number: int
    status: str
    reason: str = ""


def plan_tasks(study: Study, environments: list[dict[str, Value]], n_seeds: int) -> list[Task]:
    """Return the tasks of a study, each with its address."""
    key = study_key(study)
    return [
        Task(number, seed, values, _digest([key, number, seed, values]))
        for number, values in enumerate(environments)
        for seed in range(n_seeds)
    ]


def study_key(study: Study) -> str:
    """Return the digest of what all tasks of a study share: code, industry, designs, size and how values are put in."""
    mapping = hashlib.sha256(Path(regime_environments.__file__).read_bytes()).hexdigest()
    hashes = {name: content_hash(parameters) for name, parameters in study.designs.items()}
    return _digest([study.name, mapping, hashes])


def part_path(folder: Path, study: str, task: Task) -> Path:
    """Return where the part of a task is kept."""
    return folder / "parts" / study / task.address[:2] / f"{task.address}.json"


def failure_path(folder: Path, study: str, task: Task) -> Path:
    """Return where the failure of a task is noted."""
    return folder / "failures" / f"{study}-{task.environment:05d}-{task.seed_number}.json"


def run_tasks(study: Study, folder: Path, tasks: tuple[Task, ...]) -> list[Verdict]:
    """Run tasks of one environment and keep each part as soon as it is there; an error ends one task only."""
    return [_run_task(study, folder, task) for task in tasks]


def _run_task(study: Study, folder: Path, task: Task) -> Verdict:
    """Run one task; what goes wrong is noted and ends in the verdict."""
    verdict = partial(Verdict, study.name, task.environment, task.seed_number)
    try:
        part = compute_part(study, task)
    except ValidationError as error:
        reason = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        _note_failure(folder, study, task, REJECTED, reason, "")
        return verdict(REJECTED, reason)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        _note_failure(folder, study, task, FAILED, reason, traceback.format_exc())
        return verdict(FAILED, reason)
    write_json(part_path(folder, study.name, task), part)
    failure_path(folder, study.name, task).unlink(missing_ok=True)
    return verdict(DONE)


def compute_part(study: Study, task: Task) -> dict[str, Any]:
    """Run all designs of a task and return what is kept of them."""
    start = time.perf_counter()
    luck = 0 if study.name in COMMON_LUCK else task.environment
    designs = environment_parameters(study, task.values, luck, task.seed_number)
    results = {name: sim.simulate(parameters) for name, parameters in designs.items()}
    shared = results[BASELINE]  # the burn-in and what is solved from it are the same under every design
    return {
        "study": study.name,
        "environment": task.environment,
        "seed_number": task.seed_number,
        "initial_revenue": initial_revenue(designs[BASELINE]),
        "seconds": round(time.perf_counter() - start, 4),
        "designs": {name: _measure(result) for name, result in results.items()},
        "calibration": shared.manifest["calibration"],
        "before": {name: float(shared.before[name].iloc[0]) for name in OUTCOMES},
    }


def _measure(results: Results) -> dict[str, float]:
    """Return every outcome of a run and the yearly mean of every account line after the switch, currency per year."""
    summary = {name: float(results.summary[name].iloc[0]) for name in OUTCOMES}
    clock = results.parameters.time
    lines = {
        f"yearly_{line}": float(np.sum(values[0, clock.n_burn_in :]) / clock.horizon_years)
        for line, values in results.tables.accounts.items()
    }
    return {**summary, **lines}


def read_part(path: Path) -> dict[str, Any] | None:
    """Return a part, or None where there is none that can be read."""
    try:
        part = json.loads(path.read_text(encoding="utf-8"))
        return part if isinstance(part, dict) and "designs" in part else None
    except (OSError, ValueError):
        return None


def gather(study: Study, folder: Path, tasks: Iterable[Task]) -> pd.DataFrame:
    """Return one row per finished environment, seed and design, in the order of the tasks."""
    rows: list[dict[str, Any]] = []
    for task in tasks:
        part = read_part(part_path(folder, study.name, task))
        if part is None:
            continue
        keys = {"study": study.name, "environment": task.environment, "seed_number": task.seed_number}
        for design, measured in part["designs"].items():
            rows.append({**keys, "design": design, "initial_revenue": part["initial_revenue"], **measured})
    return pd.DataFrame(rows)


def gather_seconds(study: Study, folder: Path, tasks: Iterable[Task]) -> float:
    """Return the time all finished tasks took together, seconds."""
    parts = (read_part(part_path(folder, study.name, task)) for task in tasks)
    return math.fsum(part["seconds"] for part in parts if part is not None)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(content), encoding="utf-8")
    temporary.replace(path)


def replay_command(study: Study, task: Task) -> str:
    """Return the command that runs one task again, in the open."""
    base = study.base
    which = "" if study.name == REGIMES else f" --study {study.name}"
    return (
        f"python -m analysis.regimes --industry {base.industry.name} --customers {base.population.n_customers}"
        f"{which} --replay {task.environment}:{task.seed_number}"
    )


def _note_failure(folder: Path, study: Study, task: Task, status: str, reason: str, trace: str) -> None:
    content = {
        "study": study.name,
        "environment": task.environment,
        "seed_number": task.seed_number,
        "status": status,
        "reason": reason,
        "replay": replay_command(study, task),
        "values": dict(task.values),
        "traceback": trace,
    }
    write_json(failure_path(folder, study.name, task), content)


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
