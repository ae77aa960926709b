"""Invented outcomes of settings whose best is known, for the tests of tuning."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

import sim
from analysis.mandate.feasible import FeasibleSet, Lever
from analysis.mandate.request import FIRST_HELD_OUT, TunedRequest
from analysis.mandate.result import Tuned
from analysis.mandate.tuning import Task
from analysis.mandate.work import Job, Measured
from sim.parameters import Governance

compose_once = lru_cache(sim.compose)
"""Parameters are frozen, and composing them is most of what a tuning of invented runs does."""
BEST = {"added_cx_weight": 0.55, "attribution": 0.2, "rel_budget": 1.4}
"""Best setting of the quadratic; that of the budget lies outside the feasible set."""
RANGES = {"added_cx_weight": (0.2, 0.8), "attribution": (0.0, 0.9), "rel_budget": (0.5, 1.0)}


def feasible(scenario: str, ranges: dict[str, tuple[float, float]]) -> FeasibleSet:
    """A design with somebody in the role, each free lever at the lower end of its range."""
    levers = Governance(role_held=1.0, **{name: low for name, (low, _) in ranges.items()})
    free = tuple(Lever(name, low, high, low, "free") for name, (low, high) in ranges.items())
    return FeasibleSet(scenario, levers, free, {})


def task(sets: dict[str, FeasibleSet], folder: Path = Path("store"), **request: object) -> Task:
    """What to tune: designs of the same environment."""
    base = compose_once("run.n_workers=1")
    parameters = {
        name: base.model_copy(
            update={"governance": one.levers, "scenario": base.scenario.model_copy(update={"name": name})}
        )
        for name, one in sets.items()
    }
    return Task(TunedRequest(scenarios=tuple(sets), **request), parameters, sets, folder)


def luck(job: Job) -> np.ndarray:
    """Luck of each replicate, the same for all settings."""
    return np.array([np.random.default_rng(number).normal() for number in job.replicates])


def quadratic(job: Job, noise: float = 0.0) -> Measured:
    """Fall off from the best setting with the square of the distance in units of the range."""
    off = [(getattr(job.levers, name) - best) / (RANGES[name][1] - RANGES[name][0]) for name, best in BEST.items()]
    return Measured(job.place, -float(np.sum(np.square(off))) + noise * luck(job) + luck(job))


def pure_noise(job: Job, round_: int = 0) -> Measured:
    """Luck of its own for each setting and replicate, and nothing else."""
    levers = [int(1e4 * value) for value in job.levers.model_dump().values()]
    draws = [np.random.default_rng([round_, number, *levers]).normal() for number in job.replicates]
    return Measured(job.place, np.array(draws))


def noise_of(round_: int) -> partial[Measured]:
    """Noise of one repetition."""
    return partial(pure_noise, round_=round_)


def tell_nobody(_: Measured) -> None:
    """Do nothing with what ended."""


def invented(before: dict[str, float], after: dict[str, float], noise: float = 0.1, **gained: float) -> Tuned:
    """Designs with known means: luck shared by all, and a little of its own for each."""
    rng = np.random.default_rng(5)
    shared = 100.0 * rng.normal(size=24)
    rows, levers = [], []
    for name in before:
        for version, means in (("preset", before), ("tuned", after)):
            moved = version == "tuned" and before[name] != after[name]
            for seeds, first, n in (("training", 0, 8), ("held-out", FIRST_HELD_OUT, 24)):
                own = noise * rng.normal(size=n) if moved or version == "preset" else np.zeros(n)
                own -= own.mean()  # means are those asked for
                mean = means[name] + (gained.get(name, 0.0) if moved and seeds == "training" else 0.0)
                rows += [
                    {
                        "design": name,
                        "version": version,
                        "seeds": seeds,
                        "replicate": first + k,
                        "value": mean + shared[k] + own[k],
                    }
                    for k in range(n)
                ]
        row = {"design": name, "lever": "rel_budget", "free": True, "low": 0.0, "high": 2.0, "preset": 0.5}
        row |= {"tuned": 2.0 if before[name] != after[name] else 0.5, "as_good_low": 0.5, "as_good_high": 2.0}
        levers.append(row | {"reason": "free"})
    trials = pd.DataFrame([{"design": name, "trial": 0, "mean": 0.0, "failure": "", "chosen": True} for name in before])
    return Tuned(
        "npv_with_equity",
        "Auto insurance",
        "EUR",
        2_000,
        tuple(before),
        trials,
        pd.DataFrame(levers),
        pd.DataFrame(rows),
    )
