"""A run: all replicates of one set of parameters, on as many processes as pay off."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from sim import workers
from sim.parameters import Parameters
from sim.results import Results

if TYPE_CHECKING:
    from sim.model import Replicate

Progress = Callable[[int, int], None]
"""Called with the replicates done and the replicates in all."""


def simulate(parameters: Parameters, *, progress: Progress | None = None) -> Results:
    """Run every replicate of one set of parameters.

    Parameters
    ----------
    parameters
        Validated parameters, from `sim.compose` for instance.
    progress
        Called after each replicate with the number done and the number in all.

    Returns
    -------
    Results
        The same whatever the number of processes and threads.

    Notes
    -----
    Writes no file except the cache of compiled kernels, and leaves no state behind.
    """
    start = time.perf_counter()
    total = parameters.run.n_replicates
    numbers = range(parameters.run.first_replicate, parameters.run.first_replicate + total)
    found: list[Replicate] = []

    def keep(replicate: Replicate) -> None:
        """Collect a replicate, in the order they finish."""
        found.append(replicate)
        if progress is not None:
            progress(len(found), total)

    task = partial(run_one, parameters)
    # The first replicate compiles the kernels and fills their cache; only then may other processes start. The second
    # tells how long one takes.
    n_first = min(total, 1 if parameters.run.n_workers > 1 else 2)
    seconds_each = 0.0
    for number in numbers[:n_first]:
        begun = time.perf_counter()
        keep(task(number))
        seconds_each = time.perf_counter() - begun
    rest = numbers[n_first:]
    n_workers = workers.usable_workers(parameters.run.n_workers, len(rest), seconds_each)
    workers.map_items(task, rest, n_workers, keep)
    return Results.from_replicates(parameters, found, time.perf_counter() - start)


def run_one(parameters: Parameters, replicate: int) -> Replicate:
    """Run one replicate; the model is imported here so that nothing else waits for it."""
    import sim.model

    return sim.model.run_replicate(parameters, replicate)
