"""Engines: where the tasks of a study are done. An engine is given tasks and yields them as they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pydantic import Field

from sim.parameters.record import Record, quantity, text

Job = TypeVar("Job")
Answer = TypeVar("Answer")


class EngineSettings(Record):
    """What every engine is told; the file ``conf/engine/NAME.yaml`` holds its values."""

    title: str = text("", "One line that says what it is.")
    kind: str = Field(default="local", description="Which engine it is.", pattern="^local$")
    workers: int = quantity(0, "processes", "Processes; 0 for one per core.", low=0, high=4096)
    runs_per_task: int = quantity(
        100, "runs", "Runs of a task, kept together: as many are lost when a process is killed.", low=1, high=10_000
    )


class Engine(Protocol):
    """Does tasks somewhere else, many at once."""

    n_workers: int
    """How many tasks are done at once."""

    def run(self, work: Callable[[Job], Answer], jobs: Sequence[Job]) -> Iterator[tuple[Job, Answer | None]]:
        """Yield jobs with their answers as they come; None where the process was killed each time.

        Errors that ``work`` raises come through and end everything.
        """
        ...


def make_engine(settings: EngineSettings) -> Engine:
    """Return the engine that the settings name."""
    from analysis.study.engines.local import LocalEngine

    made: Mapping[str, Callable[[Any], Engine]] = {"local": lambda one: LocalEngine(one.workers)}
    return made[settings.kind](settings)
