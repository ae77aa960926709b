"""Tune every design side by side on the training seeds, then judge presets and tuned designs on held-out seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.compare.statistics import Paired
from analysis.mandate.feasible import FeasibleSet
from analysis.mandate.request import TunedRequest
from analysis.mandate.result import HELD_OUT, PRESET, TRAINING, TUNED, VERSIONS, Tuned
from analysis.mandate.search import Search, Values
from analysis.mandate.work import Array, Crew, Job, Measure, Measured, measure
from sim.errors import ResultError
from sim.parameters import Governance, Parameters

LEVEL = 0.05
"""A trial whose paired difference to the best has a smaller p-value is told from it."""


@dataclass(frozen=True)
class Task:
    """What a tuning needs to know."""

    request: TunedRequest
    parameters: Mapping[str, Parameters]
    """Of every design."""
    sets: Mapping[str, FeasibleSet]
    store: Path

    @property
    def n_jobs(self) -> int:
        """Jobs in all."""
        free = sum(self.request.trials if one.free else 1 for one in self.sets.values())
        return free + len(VERSIONS) * len(self.sets)

    @property
    def n_runs(self) -> int:
        """Runs in all."""
        n_judged = len(VERSIONS) * len(self.sets)
        return (self.n_jobs - n_judged) * self.request.training_seeds + n_judged * self.request.held_out_seeds

    def job(self, design: str, number: int, values: Values, replicates: range) -> Job:
        """Return the job of one setting."""
        vector = self.sets[design].vector(values)
        return Job((design, number), self.parameters[design], vector, replicates, self.request.outcome, self.store)


@dataclass
class Trials:
    """The trials of one design, in the order they were asked for."""

    settings: list[Values] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)

    @property
    def means(self) -> list[float | None]:
        """Mean over training seeds; None where a run failed."""
        return [float(one.outcomes.mean()) if one.outcomes.size else None for one in self.measured]

    @property
    def best(self) -> int:
        """Number of the best trial; the first of equals."""
        return int(np.argmax([-np.inf if mean is None else mean for mean in self.means]))

    @property
    def as_good(self) -> list[int]:
        """Numbers of the trials that the training seeds cannot tell from the best."""
        best = self.measured[self.best].outcomes
        judged = [(number, best - one.outcomes) for number, one in enumerate(self.measured) if one.outcomes.size]
        return [number for number, lost in judged if not _told_apart(lost)]


def tune(task: Task, done: Callable[[Measured], None], measuring: Measure = measure) -> Tuned:
    """Tune and judge.

    Parameters
    ----------
    task
        What is asked.
    done
        Called with each job that ends, in the order they end.
    measuring
        Does one job; at the top level of a module, so that other processes find it.

    Returns
    -------
    Tuned
        The same whatever the number of processes, and whether it was stopped in between.

    Raises
    ------
    ResultError
        A preset or a tuned design cannot be run.
    ConfigError
        Optuna is missing.
    """
    asked = next(iter(task.parameters.values())).run.n_workers
    with Crew(asked, task.n_jobs, measuring) as crew:
        trials = search(task, crew, done)
        runs = _judge(task, crew, trials, done)
    first = next(iter(task.parameters.values()))
    return Tuned(
        outcome=task.request.outcome,
        industry=first.industry.title or first.industry.name,
        currency=first.finance.currency,
        n_customers=first.population.n_customers,
        designs=tuple(task.sets),
        trials=_trial_table(trials),
        levers=_lever_table(task.sets, trials),
        runs=runs,
    )


def search(task: Task, crew: Crew, done: Callable[[Measured], None]) -> dict[str, Trials]:
    """Try settings of all designs in turns, a batch of each, and return the trials by design."""
    request = task.request
    searches = {name: Search(one, request.search_seed) for name, one in task.sets.items()}
    trials = {name: Trials() for name in searches}
    for begin in range(0, request.trials, request.batch):
        size = min(request.batch, request.trials - begin)
        jobs: list[Job] = []
        for name, one in searches.items():
            asked = one.ask(size)
            known = len(trials[name].settings)
            jobs += [task.job(name, known + k, values, request.training) for k, values in enumerate(asked)]
            trials[name].settings += asked
        found = crew.do(jobs, done)
        for name, one in searches.items():
            own = [measured for (design, _), measured in found.items() if design == name]
            trials[name].measured += own
            one.tell(trials[name].means[len(trials[name].means) - len(own) :])
            _check(name, trials[name].measured[0])
    return trials


def _judge(task: Task, crew: Crew, trials: Mapping[str, Trials], done: Callable[[Measured], None]) -> pd.DataFrame:
    """Run presets and tuned designs on held-out seeds; return these and their runs on training seeds."""
    request = task.request
    chosen = {name: dict(zip(VERSIONS, (0, one.best), strict=True)) for name, one in trials.items()}
    # Presets and tuned designs in turns, so that the second of two that are equal finds the runs of the first.
    parts = []
    for version in VERSIONS:
        jobs = [
            task.job(name, number, trials[name].settings[number], request.held_out)
            for name, number in ((name, which[version]) for name, which in chosen.items())
        ]
        found = crew.do(jobs, done)
        for (name, number), measured in found.items():
            _check(name, measured)
            parts.append(_run_table(name, version, TRAINING, request.training, trials[name].measured[number].outcomes))
            parts.append(_run_table(name, version, HELD_OUT, request.held_out, measured.outcomes))
    return pd.concat(parts, ignore_index=True)


def _run_table(design: str, version: str, seeds: str, replicates: Sequence[int], values: Array) -> pd.DataFrame:
    columns = {"design": design, "version": version, "seeds": seeds, "replicate": list(replicates), "value": values}
    return pd.DataFrame(columns)


def _trial_table(trials: Mapping[str, Trials]) -> pd.DataFrame:
    rows = [
        {
            "design": name,
            "trial": number,
            "mean": np.nan if mean is None else mean,
            "failure": measured.failure,
            "chosen": number == one.best,
            **values,
        }
        for name, one in trials.items()
        for number, (values, measured, mean) in enumerate(zip(one.settings, one.measured, one.means, strict=True))
    ]
    return pd.DataFrame(rows)


def _lever_table(sets: Mapping[str, FeasibleSet], trials: Mapping[str, Trials]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for name, one in sets.items():
        best, as_good = trials[name].settings[trials[name].best], trials[name].as_good
        for lever in one.free:
            near = [trials[name].settings[number][lever.name] for number in as_good]
            row = {"design": name, "lever": lever.name, "free": True, "low": lever.low, "high": lever.high}
            row |= {"preset": lever.preset, "tuned": best[lever.name]}
            rows.append(row | {"as_good_low": min(near), "as_good_high": max(near), "reason": lever.reason})
        free = {lever.name for lever in one.free}
        for other in (lever for lever in Governance.model_fields if lever not in free):
            value = getattr(one.levers, other)
            row = {"design": name, "lever": other, "free": False, "low": value, "high": value}
            row |= {PRESET: value, TUNED: value, "as_good_low": value, "as_good_high": value}
            rows.append(row | {"reason": (one.fixed or {}).get(other, "no file says that it is free")})
    return pd.DataFrame(rows)


def _told_apart(lost: Array) -> bool:
    """Return whether paired differences leave out zero, by Student's t."""
    paired = Paired(lost)
    if paired.deviation == 0.0:
        return paired.mean != 0.0
    score = abs(paired.mean) / paired.deviation * np.sqrt(paired.n)
    return bool(2.0 * stats.t.sf(score, paired.n - 1) <= LEVEL)


def _check(design: str, measured: Measured) -> None:
    """Refuse to go on without the preset or the tuned design."""
    if measured.failure:
        raise ResultError(f"{design}: cannot be run: {measured.failure}")
