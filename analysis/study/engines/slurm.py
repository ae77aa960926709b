"""Job arrays of a SLURM cluster, through submitit.

Store and working directory must lie where all machines see them. Jobs write their parts themselves and do not need the
process that sent them: when it is killed they go on, and the same command finds what they left.

Whether a job is still there is asked of the queue. submitit asks ``sacct``, which needs a data base of accounts that
small clusters lack, and which may lag. A job that is neither queued nor has left an answer was lost.
"""

from __future__ import annotations

import importlib
import io
import itertools
import os
import shlex
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import redirect_stderr, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from analysis.study.engines import ONE_THREAD
from analysis.study.engines.signals import undisturbed
from sim.errors import ConfigError, ResultError
from sim.installation import lacking
from sim.workers import prepare_worker

Job = TypeVar("Job")
Answer = TypeVar("Answer")

LARGEST_ARRAY = 500
"""Jobs of one array; clusters allow a thousand by default."""
ATTEMPTS = 3
"""Times a job is sent that ended without an answer (its machine went, or its time was up)."""
POLL_SECONDS = 1.0
"""How often it is looked for answers."""
QUEUE_SECONDS = 5.0
"""How often the queue is asked."""
PATIENCE = 3
"""Times in a row that a job is missed in the queue until it is lost: a shared folder may show its answer late."""
QUEUE = ("squeue", "--me", "--noheader", "--array", "--format=%i %r")
"""Prints number and reason of every job that waits or runs."""
NEVER = {"PartitionTimeLimit", "PartitionNodeLimit", "BadConstraints", "InvalidAccount", "InvalidQOS"}
"""Reasons for which a job waits that time does not cure."""


class SlurmEngine:
    """Arrays of jobs.

    Parameters
    ----------
    workers
        Jobs of an array that run at once.
    minutes
        Time limit of a job.
    partition
        Of the cluster; empty for its default.
    cluster
        ``slurm``, or ``local`` for the same with processes of this machine.
    folder
        Where submitit keeps what it sends, and the logs of jobs that were lost.

    Raises
    ------
    ConfigError
        submitit is not installed, or there is no SLURM here.
    """

    def __init__(self, workers: int, minutes: int, partition: str, cluster: str, folder: Path) -> None:
        self.n_workers = workers or 1
        self._submitit = _submitit()
        try:
            self._executor = self._submitit.AutoExecutor(folder=folder, cluster=cluster)
        except RuntimeError as error:
            raise ConfigError(f"engine: {' '.join(str(error).split())}") from error
        options: dict[str, Any] = {"timeout_min": minutes, "cpus_per_task": 1, "name": "study"}
        if cluster == "slurm":
            options |= {"slurm_array_parallelism": self.n_workers}
            options |= {"slurm_setup": [f"export {name}=1" for name in ONE_THREAD]}
            options |= {"slurm_partition": partition} if partition else {}
        self._executor.update_parameters(**options)
        self._queued = cluster == "slurm"

    def run(
        self, work: Callable[[Job], Answer], jobs: Sequence[Job]
    ) -> Generator[tuple[Job, Answer | None], None, None]:
        """Yield jobs with their answers as they come; None where a job ended without one each time.

        Raises
        ------
        ResultError
            The work itself failed, the last line of its traceback; or SLURM takes no jobs.
        """
        waiting = deque((job, 1) for job in jobs)
        while waiting:
            batch = list(itertools.islice(_popped(waiting), LARGEST_ARRAY))
            sent: dict[Any, tuple[Job, int]] = {}
            left: set[Any] = set()
            try:
                with undisturbed():  # what was sent is known before anything stops this
                    sent = dict(zip(self._send(work, [job for job, _ in batch]), batch, strict=True))
                    left = set(sent)
                for handle, lost in self._ended(list(sent)):
                    left.remove(handle)
                    job, attempt = sent[handle]
                    known, answer = (False, None) if lost else self._answer(handle)
                    _remove(handle.paths, logs=known)
                    if known or attempt == ATTEMPTS:
                        yield job, answer
                    else:
                        waiting.append((job, attempt + 1))
            finally:
                with undisturbed():
                    self._cancel(sent, left)

    def _send(self, work: Callable[[Job], Answer], jobs: Sequence[Job]) -> list[Any]:
        """Send an array of jobs."""
        try:
            with redirect_stderr(io.StringIO()):  # what sbatch says comes with the error
                handles: list[Any] = self._executor.map_array(partial(_do, work) if self._queued else work, jobs)
        except self._submitit.core.utils.FailedJobError as error:
            said = [line for line in str(error).splitlines() if "error:" in line] or [str(error)]
            raise ResultError(f"engine: {' '.join(said[0].split())}") from error
        return handles

    def _ended(self, handles: list[Any]) -> Iterator[tuple[Any, bool]]:
        """Yield jobs as they end, with whether they were lost."""
        queue = _Queue()
        while handles:
            ended = queue.ended(handles) if self._queued else {one: False for one in handles if one.done()}
            handles = [handle for handle in handles if handle not in ended]
            yield from ended.items()
            if handles and not ended:
                time.sleep(POLL_SECONDS)

    def _answer(self, handle: Any) -> tuple[bool, Any]:
        """Return whether a job has an answer, and the answer."""
        try:
            return True, handle.result()
        except self._submitit.core.utils.FailedJobError as error:
            last = [line for line in str(error).splitlines() if line.strip()][-1]
            raise ResultError(last.rpartition("Error: ")[2]) from error
        except self._submitit.core.utils.UncompletedJobError:
            return False, None

    def _cancel(self, handles: Iterable[Any], left: Collection[Any]) -> None:
        """End jobs that nobody waits for: of a study that was stopped, or begun again after they had answered.

        Parameters
        ----------
        handles
            Of all jobs of an array.
        left
            Of those that had not ended.
        """
        if not self._queued:
            for handle in handles:
                handle.cancel(check=False)
        elif arrays := {handle.job_id.partition("_")[0] for handle in handles}:
            command = ["scancel", *sorted(arrays)]
            told = subprocess.run(command, capture_output=True, check=False)
            if told.returncode and left:
                print(
                    f"warning: jobs go on, as SLURM does not answer; end them: {shlex.join(command)}", file=sys.stderr
                )
        for handle in left:
            _remove(handle.paths, logs=True)


class _Queue:
    """Which jobs have left the queue."""

    def __init__(self) -> None:
        self._asked = time.monotonic()
        self._missed = Counter[str]()

    def ended(self, handles: Sequence[Any]) -> dict[Any, bool]:
        """Return the jobs that have ended, with whether they were lost."""
        folder = handles[0].paths.folder
        with suppress(OSError):
            folder.chmod(folder.stat().st_mode)  # a shared folder then shows what is new
        there = {path.name for path in folder.iterdir()}
        ended = {handle: False for handle in handles if handle.paths.result_pickle.name in there}
        if time.monotonic() - self._asked >= QUEUE_SECONDS:
            self._ask([handle.job_id for handle in handles if handle not in ended])
            ended |= {handle: True for handle in handles if self._missed[handle.job_id] >= PATIENCE}
        return ended

    def _ask(self, numbers: Sequence[str]) -> None:
        """Ask the queue; where it does not answer nothing is known."""
        self._asked = time.monotonic()
        told = subprocess.run(QUEUE, capture_output=True, text=True, check=False)
        if told.returncode:
            return
        queued = dict(line.split(maxsplit=1) for line in told.stdout.splitlines() if line.strip())
        for number in numbers:
            self._missed[number] = 0 if number in queued else self._missed[number] + 1
            if queued.get(number) in NEVER:
                asked = "engine.minutes, engine.partition and the account ask for what it does not give"
                raise ResultError(f"engine: SLURM does not start the jobs ({queued[number]}): {asked}")


def _do(work: Callable[[Job], Answer], job: Job) -> Answer:
    """Do a job so that, cancelled, it ends at once but for the file it may be writing; submitit would let it go on."""
    prepare_worker(os.getppid())
    return work(job)


def _remove(paths: Any, *, logs: bool) -> None:
    """Remove the files of a job that ended; the logs of one that was lost may say why."""
    for path in (paths.submitted_pickle, paths.result_pickle, *((paths.stdout, paths.stderr) if logs else ())):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _popped(waiting: deque[Any]) -> Iterator[Any]:
    while waiting:
        yield waiting.popleft()


def _submitit() -> Any:
    try:
        return importlib.import_module("submitit")
    except ImportError as error:
        raise lacking("submitit", "slurm", "engine: ") from error
