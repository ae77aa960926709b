"""Processes of this machine: started afresh, rebuilt when one dies, gone when their parent is."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from analysis.study.engines import ONE_THREAD
from sim.workers import Workers, prepare_worker, usable_cores

Job = TypeVar("Job")
Answer = TypeVar("Answer")

AHEAD = 2
"""Jobs given out for each process, so that none waits for the next."""
ATTEMPTS = 2
"""Times a job is tried alone after it was lost with a process."""


class LocalEngine:
    """A pool of processes.

    Parameters
    ----------
    workers
        Processes; 0 for one per core; with 1 everything is done in this process.
    """

    def __init__(self, workers: int = 0) -> None:
        self.n_workers = workers or usable_cores()

    def run(
        self, work: Callable[[Job], Answer], jobs: Sequence[Job]
    ) -> Generator[tuple[Job, Answer | None], None, None]:
        """Yield jobs with their answers as they come.

        When a process is killed, the pool is started again. The jobs that were lost with it are tried one at a time,
        so that one which kills its process again takes no other along; after so many attempts its answer is None.
        """
        if self.n_workers == 1:
            yield from ((job, work(job)) for job in jobs)
            return
        waiting, suspects, tried = deque(jobs), deque[Job](), Counter[int]()
        while waiting or suspects:
            pool = _Pool(min(self.n_workers, len(waiting) + len(suspects)), work)
            finished = False
            try:
                yield from pool.alone(suspects, tried)
                yield from pool.together(waiting)
                finished = True
            except BrokenProcessPool:
                lost = pool.lost()
                waiting_again = [job for job in lost if tried[id(job)] < ATTEMPTS]
                suspects.extendleft(reversed(waiting_again))
                finished = True
                yield from ((job, None) for job in lost if tried[id(job)] >= ATTEMPTS)
            finally:
                pool.stop(at_once=not finished)


class _Pool:
    """Processes until one of them dies."""

    def __init__(self, n_workers: int, work: Callable[[Any], Any]) -> None:
        self._work = work
        self._n_ahead = AHEAD * n_workers
        self._flying: dict[Future[Any], Any] = {}
        self._workers = Workers(n_workers, prepare_one_thread)

    def together(self, waiting: deque[Job]) -> Iterator[tuple[Job, Any]]:
        """Do jobs on all processes at once."""
        while waiting or self._flying:
            while waiting and len(self._flying) < self._n_ahead:
                self._submit(waiting.popleft())
            yield from self._finished()

    def alone(self, suspects: deque[Job], tried: Counter[int]) -> Iterator[tuple[Job, Any]]:
        """Do jobs one after the other."""
        while suspects:
            job = suspects.popleft()
            tried[id(job)] += 1
            self._submit(job)
            yield from self._finished()

    def lost(self) -> list[Any]:
        """Return the jobs without an answer."""
        return list(self._flying.values())

    def stop(self, *, at_once: bool) -> None:
        """Let the processes end, or end them where what they do is no longer wanted."""
        self._workers.stop(at_once=at_once)

    def _submit(self, job: Any) -> None:
        # Kept before it is sent: where the pool is broken already, the job is lost with the others.
        placeholder: Future[Any] = Future()
        self._flying[placeholder] = job
        future = self._workers.submit(self._work, job)
        del self._flying[placeholder]
        self._flying[future] = job

    def _finished(self) -> Iterator[tuple[Any, Any]]:
        """Wait for one job at least; yield all that are finished, those that have an answer first."""
        done, _ = wait(self._flying, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda one: one.exception() is not None):
            answer = future.result()
            yield self._flying.pop(future), answer


def prepare_one_thread(parent: int) -> None:
    """Prepare a process as `sim.workers.prepare_worker` does, with one thread for linear algebra."""
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    prepare_worker(parent)
