"""Runs: replicates of one or of many sets of parameters, on as many processes as pay off."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sim import workers
from sim.parameters import Parameters
from sim.results import Results

if TYPE_CHECKING:
    from sim.model import Replicate

Progress = Callable[[int, int], None]
"""Called with the replicates done and the replicates in all."""
Task = tuple[Parameters, int]
"""Parameters and the number of a replicate."""


class _Item(NamedTuple):
    """A task as it travels to another process."""

    position: int
    parameters: Parameters
    number: int


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
    return simulate_many([parameters], progress=progress)[0]


def simulate_many(sets: Sequence[Parameters], *, progress: Progress | None = None) -> list[Results]:
    """Run every replicate of several sets of parameters, on one pool of processes.

    Designs of one environment share what does not depend on the design: compiled kernels, the constants of the status
    quo, which are solved once and handed to all processes, and the tables of a market at rest.

    Parameters
    ----------
    sets
        Validated parameters; ``run.n_workers`` of the first says how many processes there are.
    progress
        Called after each replicate with the number done and the number in all.

    Returns
    -------
    list of Results
        In the order of the sets, each as `simulate` returns it alone but for its time: ``wall_seconds`` is that of
        all of them.
    """
    start = time.perf_counter()
    # Replicate by replicate, so that what is interrupted or watched is balanced.
    longest = max((parameters.run.n_replicates for parameters in sets), default=0)
    owners = [
        (owner, parameters.run.first_replicate + place)
        for place in range(longest)
        for owner, parameters in enumerate(sets)
        if place < parameters.run.n_replicates
    ]
    found: list[list[Replicate]] = [[] for _ in sets]
    n_done = 0

    def keep(position: int, replicate: Replicate, _: float) -> None:
        """Collect a replicate, in the order they finish."""
        nonlocal n_done
        n_done += 1
        found[owners[position][0]].append(replicate)
        if progress is not None:
            progress(n_done, len(owners))

    run_tasks([(sets[owner], number) for owner, number in owners], keep)
    seconds = time.perf_counter() - start
    return [
        Results.from_replicates(parameters, replicates, seconds)
        for parameters, replicates in zip(sets, found, strict=True)
    ]


def run_tasks(tasks: Sequence[Task], done: Callable[[int, Replicate, float], None]) -> None:
    """Run replicates of any sets of parameters.

    Parameters
    ----------
    tasks
        What to run; ``run.n_workers`` of the first says on how many processes.
    done
        Called with the position of a task, its replicate and the seconds it took, in the order they finish.
    """
    asked = tasks[0][0].run.n_workers if tasks else 1
    # The first replicate compiles the kernels and fills their cache; only then may other processes start. The second
    # tells how long one takes.
    n_first = min(len(tasks), 1 if asked > 1 else 2)
    seconds_each = 0.0
    items = [_Item(position, *task) for position, task in enumerate(tasks)]
    for item in items[:n_first]:
        finished = _run_item(item)
        seconds_each = finished[-1]
        done(*finished)
    items = items[n_first:]
    n_workers = workers.usable_workers(asked, len(items), seconds_each)
    with workers.Pool(n_workers) as pool:
        if n_workers > 1:
            items = _solved(items, pool)
        pool.map(_run_item, items, lambda finished: done(*finished))


def run_one(parameters: Parameters, replicate: int) -> Replicate:
    """Run one replicate; the model is imported here so that nothing else waits for it."""
    import sim.model

    return sim.model.run_replicate(parameters, replicate)


def _run_item(item: _Item) -> tuple[int, Replicate, float]:
    """Run a task and time it; at the top level of a module, so that other processes find it."""
    begun = time.perf_counter()
    replicate = run_one(item.parameters, item.number)
    return item.position, replicate, time.perf_counter() - begun


def _solved(items: Sequence[_Item], pool: workers.Pool) -> list[_Item]:
    """Write the constants of the status quo into the parameters of tasks, so that no two processes solve the same."""
    from sim.environments import solve_environments

    sets = {id(item.parameters): item.parameters for item in items}
    solved = dict(zip(sets, solve_environments(list(sets.values()), pool), strict=True))
    return [item._replace(parameters=solved[id(item.parameters)]) for item in items]
