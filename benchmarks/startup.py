"""Seconds until something happens: import, help, the first run ever and the first run of a later process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.timing import WALL, Task, take_turns

ROOT = Path(__file__).parents[1]
RUN = ("-m", "sim", "run.n_replicates=1", "run.progress=false")
COMMANDS = {
    "python, nothing else": ("-c", "pass"),
    "import sim": ("-c", "import sim"),
    "python -m sim --help": ("-m", "sim", "--help"),
    "default run of one replicate, kernels cached": RUN,
}
FIRST = "the same, first run ever (kernels compiled)"


def start(words: tuple[str, ...], cache: str) -> None:
    """Run Python in a new folder with a folder for compiled kernels; what it prints is lost."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SIM_CACHE_DIR": cache}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, *words], cwd=folder, env=environment, capture_output=True, check=True)


def measure(quick: bool, full: bool) -> dict[str, Any]:  # noqa: ARG001
    """Return wall seconds of each command, and once or twice of the first run ever."""
    rounds = 2 if quick else 7
    with tempfile.TemporaryDirectory() as cache:
        tasks = {
            name: Task(lambda words=words: start(words, cache), 1.0, WALL)  # type: ignore[misc]
            for name, words in COMMANDS.items()
        }
        timings = take_turns(tasks, rounds)
    rows = [
        {"what": name, "best": timing.best, "median": timing.median, "rounds": timing.rounds}
        for name, timing in timings.items()
    ]
    seconds = sorted(_first_run_ever() for _ in range(1 if quick else 2))
    rows.append({"what": FIRST, "best": seconds[0], "median": sum(seconds) / len(seconds), "rounds": len(seconds)})
    return {"rows": rows}


def _first_run_ever() -> float:
    """Return the wall seconds of a run with nothing compiled."""
    with tempfile.TemporaryDirectory() as cache:
        begun = WALL()
        start(RUN, cache)
        return WALL() - begun
