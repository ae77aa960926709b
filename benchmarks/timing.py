"""How things are timed: by turns, so that what disturbs the machine disturbs all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Clock = Callable[[], float]
WALL: Clock = time.perf_counter
"""For work on several threads or processes; the best of several is the meaningful one."""
THREAD: Clock = time.thread_time
"""For work on this thread: what others do on the machine counts little."""


@dataclass(frozen=True)
class Task:
    """Something to time.

    Parameters
    ----------
    run
        Does the work once.
    work
        How much work that is, in units of one's own.
    clock
        What time is read from, seconds.
    rounds
        In how many rounds it takes part at most; for what takes long.
    """

    run: Callable[[], object]
    work: float = 1.0
    clock: Clock = THREAD
    rounds: int = 1_000_000


@dataclass(frozen=True)
class Timing:
    """What was measured of a task; seconds for one unit of its work."""

    best: float
    median: float
    rounds: int

    @property
    def rate(self) -> float:
        """Best units of work a second."""
        return 1.0 / self.best

    @property
    def median_rate(self) -> float:
        """Median units of work a second."""
        return 1.0 / self.median


def take_turns(tasks: Mapping[str, Task], rounds: int) -> dict[str, Timing]:
    """Time every task ``rounds`` times, all of them once in every round; one unmeasured round goes before.

    Raises
    ------
    ValueError
        If there is no round to measure.

    Examples
    --------
    >>> found = take_turns({"sum": Task(lambda: sum(range(1000)), work=1000)}, rounds=3)
    >>> found["sum"].rounds, found["sum"].best <= found["sum"].median
    (3, True)
    """
    if rounds < 1:
        raise ValueError(f"rounds: {rounds} is below 1")
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for task in tasks.values():
        task.run()
    for number in range(rounds):
        for name, task in tasks.items():
            if number < task.rounds:
                seconds[name].append(time_once(task))
    return {name: Timing(min(found), statistics.median(found), len(found)) for name, found in seconds.items()}


def time_once(task: Task) -> float:
    """Return the seconds one unit of the task's work takes, never 0."""
    start = task.clock()
    task.run()
    return max(task.clock() - start, 1e-9) / task.work
