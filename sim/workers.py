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
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

PAYS_OFF_SECONDS = 6.0
"""Serial work left from which new processes pay: each takes about two seconds to start and import."""
WATCH_SECONDS = 1.0
"""How often a worker looks whether its parent still lives."""
GRACE_SECONDS = 5.0
"""How long a worker that is told to end may take, for the compiled step or the file it is at; then it is killed."""
WRITING = threading.RLock()
"""Held while a file is written and moved into place: a worker that must end does so afterwards."""


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


class Workers:
    """Processes of one caller, started when they are first needed.

    Parameters
    ----------
    n_workers
        How many there are at most.
    prepare
        Called in each process with the number of this one; at the top level of a module.
    """

    def __init__(self, n_workers: int, prepare: Callable[[int], None] | None = None) -> None:
        self._n_workers = n_workers
        self._prepare = prepare or prepare_worker
        self._others = set(multiprocessing.active_children())
        self._executor: ProcessPoolExecutor | None = None

    def submit(self, task: Callable[[Item], Result], item: Item) -> Future[Result]:
        """Have a process call ``task`` on an item.

        Raises
        ------
        concurrent.futures.process.BrokenProcessPool
            A process was killed.
        """
        if self._executor is None:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(
                self._n_workers, mp_context=context, initializer=self._prepare, initargs=(os.getpid(),)
            )
        with _main_hidden():
            return self._executor.submit(task, item)

    def stop(self, *, at_once: bool) -> None:
        """Let the processes end, or end them where what they do is no longer wanted; none is left afterwards."""
        if self._executor is None:
            return
        executor, self._executor = self._executor, None
        results: Any = executor._result_queue  # no public way leads to it
        own = set(multiprocessing.active_children()) - self._others
        executor.shutdown(wait=not at_once, cancel_futures=True)
        if not at_once:
            return
        for process in own:
            process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in own:
            process.join(max(0.0, deadline - time.monotonic()))
            process.kill()
            process.join()
        # A worker that was ended while it sent a result leaves half of it, and whoever reads would wait for the rest.
        results._writer.close()


class Pool:
    """Processes that are kept for everything that is mapped.

    Parameters
    ----------
    n_workers
        Processes; with one, everything is done in this process.
    """

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers
        self._workers = Workers(n_workers)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._workers.stop(at_once=kind is not None)

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
        futures: dict[Future[Result], int] = {self._workers.submit(task, item): n for n, item in enumerate(items)}
        waiting = set(futures)
        while waiting:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                yield futures[future], future.result()


def map_items(
    task: Callable[[Item], Result], items: Sequence[Item], n_workers: int, done: Callable[[Result], None]
) -> None:
    """Call ``task`` on every item, on a pool of ``n_workers`` processes; see :meth:`Pool.map`."""
    with Pool(n_workers) as pool:
        pool.map(task, items, done)


def prepare_worker(parent: int) -> None:
    """Prepare a process that works for this one: when it must end, no file is half-written.

    An interrupt is the parent's to handle. What ends the process is a request to (SIGTERM), or the end of its parent.
    """
    told = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    threading.Thread(target=_leave, args=(parent, told), daemon=True).start()


def _leave(parent: int, told: threading.Event) -> None:
    """End this process when it is told to or its parent is gone, after the file it may be writing."""
    while os.getppid() == parent and not told.wait(WATCH_SECONDS):
        pass
    with WRITING:
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
