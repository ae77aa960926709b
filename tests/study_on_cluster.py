"""A small real study, run on clusters while parts of these are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd

from analysis.study.table import read_study
from tests.apart import Apart
from tests.waiting import CEILING_SECONDS, ending, wait_until

STUDY = (
    "study=two_factors", "scenarios=[no_cxo,accountable_cxo]", "population.n_customers=500",
    "time.horizon_years=1", "time.burn_in_years=1", "seeds=2", "engine.runs_per_task=4",
)  # fmt: skip
"""36 runs of a tenth of a second: a few in the pilot, the others in seven tasks."""
PATHS = {"PYTHONPATH": str(Path(__file__).parents[1])}


def command(*words: str, name: str) -> list[str]:
    """Return the command of the study that keeps its runs and its table under a name."""
    return [sys.executable, "-m", "analysis.study", *STUDY, f"store=store_{name}", f"folder={name}", *words]


def run_locally(folder: Path) -> pd.DataFrame:
    """Return the table of the study, done in one process."""
    words = command("engine.workers=1", name="local")
    subprocess.run(
        words, cwd=folder, env={**os.environ, **PATHS}, capture_output=True, check=True, timeout=CEILING_SECONDS
    )
    return read_study(folder / "local")


def run_on(cluster: Apart, folder: Path, *words: str, name: str) -> Running:
    """Start the study inside."""
    return Running(cluster.start(*command(*words, name=name), folder=folder), folder, name)


class Running:
    """A study under way."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, name: str) -> None:
        self._process = process
        self._parts = folder / f"store_{name}"
        self._table = folder / name

    @property
    def n_parts(self) -> int:
        return len(list(self._parts.rglob("*.parquet")))

    def wait_for_parts(self, number: int) -> None:
        """Wait until so many tasks are finished; it must still be running then."""
        wait_until(lambda: self.n_parts >= number or self._process.poll() is not None, f"{number} parts")
        assert self._process.poll() is None, self._process.communicate()

    def end(self) -> tuple[int, str]:
        """Wait for the end and return the exit code, and what was printed beside the answer."""
        _, err = self._process.communicate(timeout=CEILING_SECONDS)
        return self._process.returncode, err

    def interrupt(self, cluster: Apart) -> str:
        """Interrupt the study as Ctrl-C does; return what it said last."""
        found = [number for number, words in cluster.processes().items() if " -m analysis.study " in words]
        os.kill(min(found), signal.SIGINT)
        code, err = self.end()
        assert code == 130, err
        return err

    def finish(self) -> tuple[pd.DataFrame, str]:
        """Wait for the end and return the table, and what was printed beside the answer."""
        out, err = ending(self._process)
        assert self._process.returncode == 0, err + out
        return read_study(self._table), err
