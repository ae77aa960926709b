"""Job arrays of a SLURM cluster, through submitit.

Store and working directory must lie where all machines see them. Jobs write their parts themselves and do not need the
process that sent them: when it is killed they go on, and the same command finds what they left.
"""

from __future__ import annotations

import importlib
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sim.errors import ConfigError, ResultError

Job = TypeVar("Job")
Answer = TypeVar("Answer")

LARGEST_ARRAY = 500
"""Jobs of one array; clusters allow a thousand by default."""
ATTEMPTS = 3
"""Times a job is sent that ended without an answer (its machine went, or its time was up)."""
POLL_SECONDS = 1.0


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
        Where submitit keeps what it sends and the logs of jobs.

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
        options: dict[str, Any] = {"timeout_min": minutes, "cpus_per_task": 1}
        if cluster == "slurm":
            options |= {"slurm_array_parallelism": self.n_workers}
            options |= {"slurm_partition": partition} if partition else {}
        self._executor.update_parameters(**options)

    def run(self, work: Callable[[Job], Answer], jobs: Sequence[Job]) -> Iterator[tuple[Job, Answer | None]]:
        """Yield jobs with their answers as they come; None where a job ended without one each time.

        Raises
        ------
        ResultError
            The work itself failed; the last line of its traceback.
        """
        waiting = deque((job, 1) for job in jobs)
        while waiting:
            batch = list(itertools.islice(_popped(waiting), LARGEST_ARRAY))
            sent = dict(zip(self._executor.map_array(work, [job for job, _ in batch]), batch, strict=True))
            try:
                for handle in self._ended(list(sent)):
                    job, attempt = sent.pop(handle)
                    known, answer = self._answer(handle)
                    if known or attempt == ATTEMPTS:
                        yield job, answer
                    else:
                        waiting.append((job, attempt + 1))
            finally:
                for handle in sent:
                    handle.cancel(check=False)

    def _ended(self, handles: list[Any]) -> Iterator[Any]:
        """Yield jobs as they end."""
        while handles:
            ended = [handle for handle in handles if handle.done()]
            handles = [handle for handle in handles if handle not in ended]
            yield from ended
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


def _popped(waiting: deque[Any]) -> Iterator[Any]:
    while waiting:
        yield waiting.popleft()


def _submitit() -> Any:
    try:
        return importlib.import_module("submitit")
    except ImportError as error:
        raise ConfigError(
            "engine: slurm needs submitit; install it with: python -m pip install -e '.[slurm]'"
        ) from error
