"""Replicates on several processes: started afresh, gone with their parent, and never part of the result."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

PAYS_OFF_SECONDS = 6.0
"""Serial work left from which new processes pay: each takes about two seconds to start and import."""
WATCH_SECONDS = 1.0
"""How often a worker looks whether its parent still lives."""


def usable_workers(asked: int, n_items: int, seconds_each: float) -> int:
    """Return how many processes to use.

    Parameters
    ----------
    asked
        As in ``run.n_workers``: 0 for one per core where that pays off.
    n_items
        Items still to do.
    seconds_each
        Measured time of one item.
    """
    if n_items < 2 or multiprocessing.current_process().daemon:
        return 1
    if asked > 0:
        return min(asked, n_items)
    nested = multiprocessing.parent_process() is not None  # a sweep already fills the cores
    return 1 if nested or n_items * seconds_each < PAYS_OFF_SECONDS else min(usable_cores(), n_items)


def usable_cores() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pool:
    """Processes that are started when they are first needed and then kept for everything that is mapped.

    Parameters
    ----------
    n_workers
        Processes; with one, everything is done in this process.
    """

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers
        self._others = set(multiprocessing.active_children())
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._executor is not None:
            self._stop(self._executor, at_once=kind is not None)
            self._executor = None

    def map(self, task: Callable[[Item], Result], items: Sequence[Item], done: Callable[[Result], None]) -> None:
        """Call ``task`` on every item and ``done`` on each result as it comes.

        The order of the results is that of chance; the caller sorts them. When a worker is killed, its items are
        done in this process.
        """
        remaining = dict(enumerate(items))
        if self.n_workers > 1 and len(items) > 1:
            try:
                for position, result in self._map_on_processes(task, items):
                    del remaining[position]
                    done(result)
            except BrokenProcessPool:
                self.n_workers = 1
                warnings.warn(
                    "a worker process was killed; its replicates run in this one", RuntimeWarning, stacklevel=2
                )
        for item in remaining.values():
            done(task(item))

    def _map_on_processes(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
        """Yield results with the position of their item, as they come."""
        if self._executor is None:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(
                self.n_workers, mp_context=context, initializer=_start_worker, initargs=(os.getpid(),)
            )
        with _main_hidden():
            futures: dict[Future[Result], int] = {self._executor.submit(task, item): n for n, item in enumerate(items)}
        waiting = set(futures)
        while waiting:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                yield futures[future], future.result()

    def _stop(self, executor: ProcessPoolExecutor, *, at_once: bool) -> None:
        """Let the processes end, or end them where what they do is no longer wanted."""
        if not at_once:
            executor.shutdown()
            return
        executor.shutdown(wait=False, cancel_futures=True)
        own = set(multiprocessing.active_children()) - self._others
        for process in own:
            process.terminate()
        for process in own:
            process.join()


def map_items(
    task: Callable[[Item], Result], items: Sequence[Item], n_workers: int, done: Callable[[Result], None]
) -> None:
    """Call ``task`` on every item, on a pool of ``n_workers`` processes; see :meth:`Pool.map`."""
    with Pool(n_workers) as pool:
        pool.map(task, items, done)


def _start_worker(parent: int) -> None:
    """Prepare a worker: an interrupt is the parent's to handle, and a worker whose parent died must go too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, args=(parent,), daemon=True).start()


def _leave_with_parent(parent: int) -> None:
    """End this process when its parent is gone, however it ended."""
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)


@contextmanager
def _main_hidden() -> Iterator[None]:
    """Keep spawned processes from importing the user's script again.

    They need nothing of it, and a script without an ``if __name__ == "__main__"`` would start itself over and over.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
