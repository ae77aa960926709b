"""Engines: where the tasks of a study are done. An engine is given tasks and yields them as they end."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from pydantic import Field, field_validator

from sim.parameters.record import Record, quantity, text

Job = TypeVar("Job")
Answer = TypeVar("Answer")

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Set to 1 for every process, of which there are as many as cores: threads of linear algebra would only crowd them."""
HOST_AND_PORT = r"[\w.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}"


class EngineSettings(Record):
    """What every engine is told; the file ``conf/engine/NAME.yaml`` holds its values."""

    title: str = text("", "One line that says what it is.")
    kind: str = Field(default="local", description="Which engine it is.", pattern="^(local|slurm|ray)$")
    workers: int = quantity(0, "processes", "Processes; 0 for one per core.", low=0, high=4096)
    runs_per_task: int = quantity(
        100, "runs", "Runs of a task, kept together: as many are lost when a process is killed.", low=1, high=10_000
    )
    minutes: int = quantity(60, "minutes", "Time limit of a task (slurm).", low=1, high=100_000, source="convention")
    partition: str = text("", "Partition of the cluster; empty for its default (slurm).")
    cluster: Literal["slurm", "local"] = Field(
        default="slurm",
        description="Whether arrays go to SLURM or, for a trial of the same, to processes of this machine (slurm).",
        json_schema_extra={"unit": "choice", "source": "convention"},
    )
    address: str = text(
        "", "Of a cluster there is: auto (the one this machine belongs to) or host:port; empty for a local one (ray)."
    )

    @field_validator("address")
    @classmethod
    def _check_address(cls, value: str) -> str:
        if value not in ("", "auto") and not re.fullmatch(HOST_AND_PORT, value):
            raise ValueError(f"address: {value!r} is neither auto nor host:port")
        return value


class Engine(Protocol):
    """Does tasks somewhere else, many at once."""

    n_workers: int
    """How many tasks are done at once."""

    def run(
        self, work: Callable[[Job], Answer], jobs: Sequence[Job]
    ) -> Generator[tuple[Job, Answer | None], None, None]:
        """Yield jobs with their answers as they come; None where the process was killed each time.

        Errors that ``work`` raises come through and end everything.
        """
        ...


def make_engine(settings: EngineSettings, folder: Path) -> Engine:
    """Return the engine that the settings name.

    Parameters
    ----------
    settings
        From the engine's file and the command line.
    folder
        Of the store, below which an engine may keep files of its own.

    Raises
    ------
    ConfigError
        What the engine needs is not installed, or there is no such cluster.
    """
    if settings.kind == "slurm":
        from analysis.study.engines.slurm import SlurmEngine

        place = folder / "slurm"
        return SlurmEngine(settings.workers, settings.minutes, settings.partition, settings.cluster, place)
    if settings.kind == "ray":
        from analysis.study.engines.ray import RayEngine

        return RayEngine(settings.workers, settings.address)
    from analysis.study.engines.local import LocalEngine

    return LocalEngine(settings.workers)
