"""Tasks of a Ray cluster: of this machine alone, or one there is.

Store and working directory must lie where all machines see them, and the source with them or installed on each. Tasks
write their parts themselves; what was in flight when a machine went is done again on another.
"""

from __future__ import annotations

import importlib
import logging
import os
import secrets
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from analysis.study.engines import ONE_THREAD
from sim.errors import ConfigError, ResultError, UserError
from sim.installation import lacking
from sim.workers import usable_cores

Job = TypeVar("Job")
Answer = TypeVar("Answer")

AHEAD = 2
"""Tasks given out for each core, so that none waits for the next and machines that join find work."""
ATTEMPTS = 3
"""Times a task is tried whose process or machine went."""
OBJECTS_BYTES = 128 * 2**20
"""Memory of a local cluster for what travels; a study needs a few megabytes."""
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""No report of use to Ray's makers, and no warning of a default that will change."""
ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token", "RAY_worker_niceness": "0"}
"""A local cluster listens on the loopback address, as Ray does elsewhere than on Linux, and to this process only; its
processes do not stand back behind others, as no other engine's do."""
KNOCK_SECONDS = 10.0
CHECK_SECONDS = 5.0
"""How often it is looked for the head of the cluster."""
PATIENCE_SECONDS = 20.0
"""How long the head may be away: one that keeps its state elsewhere may come back."""
SOURCE = Path(__file__).parents[3]


class RayEngine:
    """Tasks of a Ray cluster.

    Parameters
    ----------
    workers
        Tasks at once; 0 for one per core of the cluster.
    address
        ``auto`` or ``host:port`` of a cluster; empty to start one of this machine, which ends with the study.

    Raises
    ------
    ConfigError
        Ray is not installed, or there is no such cluster.
    """

    def __init__(self, workers: int, address: str) -> None:
        self._address = address
        self._ray = _ray(address)
        self.n_workers = workers or usable_cores()
        self._n_flying = workers or AHEAD * self.n_workers
        if address:
            with self._connected():
                there = int(self._ray.cluster_resources().get("CPU", 0.0)) or 1
            self.n_workers = min(workers or there, there)
            self._n_flying = workers or AHEAD * there

    def run(
        self, work: Callable[[Job], Answer], jobs: Sequence[Job]
    ) -> Generator[tuple[Job, Answer | None], None, None]:
        """Yield jobs with their answers as they come; None where the process or the machine went each time.

        Raises
        ------
        ResultError
            The work itself failed; what it said.
        """
        if not jobs:
            return
        with self._connected():
            shared = self._ray.put(work)
            send = self._ray.remote(num_cpus=1, max_retries=ATTEMPTS - 1)(_do).remote
            waiting, flying = deque(jobs), dict[Any, Job]()
            head = _Head(self._ray.get_runtime_context().gcs_address)
            try:
                while waiting or flying:
                    while waiting and len(flying) < self._n_flying:
                        job = waiting.popleft()
                        flying[send(shared, Path.cwd(), job)] = job
                    for done in self._ray.wait(list(flying), timeout=CHECK_SECONDS)[0]:
                        yield flying.pop(done), self._answer(done)
                    head.check()
            finally:
                for left in flying:
                    self._ray.cancel(left, force=True)

    def _answer(self, done: Any) -> Any:
        """Return the answer of a task, None where it was lost."""
        errors = self._ray.exceptions
        try:
            return self._ray.get(done)
        except errors.RayTaskError as error:
            raise ResultError(_in_one_line(error.cause)) from error
        except (errors.WorkerCrashedError, errors.NodeDiedError, errors.OutOfMemoryError, errors.ObjectLostError):
            return None
        except errors.RayError as error:
            raise ResultError(f"engine: ray: {_in_one_line(error)}") from error

    @contextmanager
    def _connected(self) -> Iterator[None]:
        """Stay connected with the cluster; a local one lives as long as that."""
        path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))
        environment = {"PYTHONPATH": path, **dict.fromkeys(ONE_THREAD, "1")}
        quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
        with self._place() as place:
            try:
                _knock(self._address)
                self._ray.init(**place, **quiet, runtime_env={"env_vars": environment})
            except (self._ray.exceptions.RayError, OSError, RuntimeError, ValueError) as error:
                asked = self._address or "a cluster of this machine"
                raise ConfigError(f"engine.address: {asked}: {_in_one_line(error)}") from error
            try:
                yield
            finally:
                self._ray.shutdown()

    @contextmanager
    def _place(self) -> Iterator[dict[str, Any]]:
        """Give what tells Ray where the cluster is; the files of a local one go with it."""
        if self._address:
            yield {"address": self._address}
            return
        try:
            place = TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True)
        except OSError as error:
            raise ConfigError(f"engine: ray: no folder for temporary files: {error.strerror or error}") from error
        with place as folder:
            yield {
                "address": "local",
                "num_cpus": self.n_workers,
                "include_dashboard": False,
                "object_store_memory": OBJECTS_BYTES,
                "_temp_dir": folder,
            }


class _Head:
    """Whether the head of the cluster is there; Ray itself would wait for it, for minutes or for ever."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._seen = self._asked = time.monotonic()

    def check(self) -> None:
        """Look for the head from time to time.

        Raises
        ------
        ResultError
            It has been away for too long.
        """
        now = time.monotonic()
        if now - self._asked < CHECK_SECONDS:
            return
        self._asked = now
        try:
            _knock(self._address)
            self._seen = time.monotonic()
        except OSError:
            if now - self._seen > PATIENCE_SECONDS:
                told = f"the head of the cluster at {self._address} is gone"
                raise ResultError(f"engine: ray: {told}; on a new one the same command goes on") from None


def _knock(address: str) -> None:
    """Find out at once whether anything listens: Ray would try for minutes."""
    host, _, port = address.rpartition(":")
    if host:
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_SECONDS).close()


def _do(work: Callable[[Job], Answer], folder: Path, job: Job) -> Answer:
    """Do a job where the study was started, so that its paths mean the same."""
    try:
        os.chdir(folder)
    except OSError as error:
        raise ResultError(f"{folder}: not there on a machine of the cluster; start in a shared folder") from error
    return work(job)


def _in_one_line(error: BaseException | None) -> str:
    """Return what an error says: of those a user can put right the message, of others the kind, too."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    message = lines[0] if lines else ""
    return message if isinstance(error, UserError) else f"{type(error).__name__}: {message}"


def _ray(address: str) -> Any:
    """Return the library, told beforehand what it reads when it is loaded."""
    own = {} if address or "ray" in sys.modules else {**ALONE, "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    for name, value in {**QUIET, **own}.items():
        os.environ.setdefault(name, value)
    try:
        library, driver = importlib.import_module("ray"), importlib.import_module("ray._private.worker")
    except ImportError as error:
        raise lacking("ray", "ray", "engine: ") from error
    # Ray prints each process it lost, whatever it is told about logs; the engine deals with them.
    vars(driver)["print_to_stdstream"] = _say_nothing
    return library


def _say_nothing(*_: object, **__: object) -> None:
    """Take the place of what prints."""
