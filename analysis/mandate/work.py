"""Jobs: the outcome of one setting of a design under some seeds, on as many processes as pay off."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.store.replicates import Store
from sim.errors import UserError
from sim.parameters import Governance, Parameters
from sim.workers import Pool, usable_workers

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Job:
    """One setting of a design under consecutive replicates."""

    place: tuple[str, int]
    """Design and number of the trial; the results are sorted by it."""
    parameters: Parameters
    levers: Governance
    replicates: range
    outcome: str
    store: Path

    @property
    def asked(self) -> Parameters:
        """The parameters that run."""
        run = self.parameters.run.model_copy(
            update={
                "first_replicate": self.replicates.start,
                "n_replicates": len(self.replicates),
                "n_workers": 1,
                "keep_customers": 0,
                "progress": False,
            }
        )
        return self.parameters.model_copy(update={"governance": self.levers, "run": run})


@dataclass(frozen=True)
class Measured:
    """What a job gave."""

    place: tuple[str, int]
    outcomes: Array
    """Outcome by replicate, shape (n_replicates,); empty where a run failed."""
    n_run: int = 0
    """Runs that were not kept already."""
    seconds: float = 0.0
    failure: str = ""
    """What went wrong in the first run that failed."""


Measure = Callable[[Job], Measured]


def measure(job: Job) -> Measured:
    """Run the replicates of a job that are not kept, keep them, and return the outcome of all.

    Raises
    ------
    UserError
        The store cannot be written.
    """
    begun = time.perf_counter()
    store = Store(job.store, outcomes_only=True)
    try:
        values = store.simulate(job.asked).tables.summary[job.outcome]
    except UserError:
        raise
    except Exception as error:
        # One setting that breaks the model must not end the search; it is counted and shown.
        return Measured(job.place, np.empty(0), store.n_run, failure=f"{type(error).__name__}: {error}")
    failure = "" if np.isfinite(values).all() else f"{job.outcome} is not a finite number"
    kept = np.asarray(values, dtype=np.float64) if not failure else np.empty(0)
    return Measured(job.place, kept, store.n_run, time.perf_counter() - begun, failure)


class Crew:
    """Does jobs: in this process until more of them pay off, then on processes that are kept.

    Parameters
    ----------
    asked
        As in ``run.n_workers``.
    n_jobs
        Jobs in all, as far as is known.
    task
        Does one job; at the top level of a module, so that other processes find it.
    """

    def __init__(self, asked: int, n_jobs: int, task: Measure = measure) -> None:
        self._asked, self._n_left, self._task = asked, n_jobs, task
        self._pool: Pool | None = None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._pool is not None:
            self._pool.__exit__(*raised)  # type: ignore[arg-type]

    def do(self, jobs: Sequence[Job], done: Callable[[Measured], None]) -> dict[tuple[str, int], Measured]:
        """Do jobs and return what they gave by place, in the order of the jobs whatever the processes do."""
        found: dict[tuple[str, int], Measured] = {}

        def keep(measured: Measured) -> None:
            """Take in what a job gave."""
            found[measured.place] = measured
            self._n_left -= 1
            done(measured)

        rest = list(jobs)
        while rest and self._pool is None:
            first = self._task(rest.pop(0))
            keep(first)
            # What was kept already says nothing of how long a job takes, and compiles no kernel for the others.
            n_workers = usable_workers(self._asked, self._n_left, first.seconds) if first.n_run else 1
            if n_workers > 1:
                self._pool = Pool(n_workers)
        if rest and self._pool is not None:
            self._pool.map(self._task, rest, keep)
        return {job.place: found[job.place] for job in jobs}
