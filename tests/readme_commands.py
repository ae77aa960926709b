"""Every command of README.md, made small, run from empty folders with a given Python.

    python -m tests.readme_commands PYTHON

takes the interpreter of an environment in which the package is installed as a wheel. Commands are found wherever the
page shows them: in blocks, behind a prompt, inside sentences and tables. A new one is run without a word here, as long
as it is quick; `SIZES` holds what makes the commands of a module quick.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

README = Path(__file__).parents[1] / "README.md"
PROGRAMS = ("python -m ", "customer-experience ")
FOLDER = "FOLDER"
"""Stands in the page for a folder that another command left; that command is in `LEAVES`."""
SHORT = {"population.n_customers": "300", "time.burn_in_years": "1", "time.horizon_years": "0.5"}
TINY = {**SHORT, "run.n_workers": "1"}
TWO = {"run.n_replicates": "2"}
SIZES: Mapping[str, Mapping[str, str]] = {
    "sim": {**TINY, **TWO},
    "analysis.compare": {**TINY, "min_replicates": "2", "max_replicates": "2", "attribution": "false", "twins": "0"},
    "analysis.story": {**TINY, **TWO, "customer": "7"},
    "analysis.study": {**SHORT, "points": "4", "levels": "2", "seeds": "1", "engine.workers": "1"},
    "analysis.tuned": {**TINY, "trials": "2", "training_seeds": "2", "held_out_seeds": "2"},
}
"""By module, keys that say how large and how long, and small values. Where a command gives such a key, its value is
replaced; where not, the key is added behind. No other word of a command is touched, so that it asks the same."""
LEAVES = {
    "python -m sim --replay FOLDER": "python -m sim hydra.run.dir=FOLDER",
    "python -m analysis.compare runs=FOLDER": "python -m sim -m scenario=no_cxo,accountable_cxo hydra.sweep.dir=FOLDER",
    "python -m analysis.compare study=FOLDER": "python -m analysis.study study=two_factors levels=5 folder=FOLDER",
    "python -m analysis.compare tuned=FOLDER": "python -m analysis.tuned folder=FOLDER",
    "python -m analysis.maps table=FOLDER": "python -m analysis.study study=two_factors levels=5 folder=FOLDER",
}
"""By the beginning of a command, the one that leaves the folder it reads."""
NOT_RUN = {
    r"python -m (pip|pytest)\b": "belongs to a checkout: installation and tests are steps of their own",
    r"python -m (tests\.|benchmarks\b)": "belongs to a checkout: tests and benchmarks are in no wheel",
    r".* engine=slurm\b": "needs a SLURM cluster; tests/commands/test_study_slurm.py starts one",
    r".* engine=ray\b": "needs a Ray cluster; tests/commands/test_study_ray.py starts one",
}
"""Patterns of commands that are left out, with the reason."""
FILE = re.compile(r"^`(mine/[\w/.]+)`\n\n```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)
"""A file that the page tells the reader to write."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    command: str
    code: int
    seconds: float
    said: str
    """On the standard error."""


def read_commands(text: str) -> list[str]:
    """Return the commands that a page shows, each once, with one name for all folders that it leaves open."""
    found = dict.fromkeys(_shown(text))
    return list(dict.fromkeys(re.sub(r"outputs/<date>/<time>|<folder>", FOLDER, command) for command in found))


def reason_not_to_run(command: str) -> str:
    """Return why a command is left out; empty where it is run."""
    return next((reason for pattern, reason in NOT_RUN.items() if re.match(pattern, command)), "")


def shorten(command: str) -> str:
    """Return a command with small values of the keys that say how large and how long; the rest as it stands."""
    words = shlex.split(command)
    module = words[2] if words[:2] == ["python", "-m"] else "sim"
    sizes = {} if {"--help", "--version", "--replay"} & set(words) else dict(SIZES.get(module, {}))
    if any(word.startswith("runs=") for word in words):
        sizes = {}  # the runs have their size already
    kept = []
    for word in words:
        key, equals, _ = word.partition("=")
        kept.append(f"{key}={sizes.pop(key)}" if equals and key in sizes else word)
    return shlex.join([*kept, *(f"{key}={value}" for key, value in sizes.items())])


def files_of(text: str) -> dict[str, str]:
    """Return the files that the page tells the reader to write, by name."""
    return dict(FILE.findall(text))


def run_command(command: str, python: Path, text: str) -> Ended:
    """Run a command of the page, after the one that leaves what it reads, from an empty folder."""
    before = [first for start, first in LEAVES.items() if command.startswith(start)]
    begun = time.monotonic()
    with TemporaryDirectory() as place:
        for name, content in files_of(text).items():
            (Path(place) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(place) / name).write_text(content, encoding="utf-8")
        for one in (*before, command):
            words = shlex.split(_sized(one, given=one in before))
            program = [str(python)] if words[0] == "python" else [str(python.with_name(words[0]))]
            done = subprocess.run(
                [*program, *words[1:]], capture_output=True, text=True, cwd=place, env=_environment(), check=False
            )
            if done.returncode != 0:
                break
    said = done.stderr if done.returncode == 0 else f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
    return Ended(command, done.returncode, time.monotonic() - begun, said)


def main(arguments: list[str]) -> int:
    """Run all commands, two at a time; return 1 where one of them failed."""
    text, python = README.read_text(encoding="utf-8"), Path(arguments[0]).absolute()
    where = "import sys, sim.installation; sys.exit(sim.installation.checkout() is not None)"
    subprocess.run([python, "-P", "-c", where], check=True, env=_environment())
    commands = read_commands(text)
    for command in commands:
        if reason := reason_not_to_run(command):
            print(f"left out  {command}: {reason}")
    chosen = [command for command in commands if not reason_not_to_run(command)]
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for ended in pool.map(lambda command: run_command(command, python, text), chosen):
            bad = ended.code != 0 or "Traceback" in ended.said
            failed += bad
            print(f"{'FAILED' if bad else 'ok':6} {ended.seconds:5.1f} s  {ended.command}", flush=True)
            if bad:
                print(ended.said)
    print(f"{len(chosen)} commands run, {failed} failed, {len(commands) - len(chosen)} left out")
    return 1 if failed else 0


def _shown(text: str) -> Iterator[str]:
    """Yield everything that the page shows in code type and that begins as a command does."""
    for block in re.findall(r"^```(?:sh|text)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            for part in re.split(r" && | ; ", re.sub(r"^(\$|Next:) +", "", line.strip())):
                if part.startswith(PROGRAMS):
                    yield part.strip()
    outside = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    for span in re.findall(r"`([^`]+)`", outside):
        command = " ".join(span.split())
        if command.startswith(PROGRAMS):
            yield command


def _sized(command: str, *, given: bool) -> str:
    """Return a command made small; of one that leaves a folder, sizes that it gives itself stay."""
    if not given:
        return shorten(command)
    own = {word.partition("=")[0]: word for word in shlex.split(command) if "=" in word}
    words = shlex.split(shorten(command))
    return shlex.join(own.get(word.partition("=")[0], word) for word in words)


def _environment() -> dict[str, str]:
    """Return the variables of a user, without paths of this checkout; one thread, because two commands run at once."""
    hidden = ("PYTHONPATH", "HYDRA_FULL_ERROR")
    return {**{key: value for key, value in os.environ.items() if key not in hidden}, "OMP_NUM_THREADS": "1"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
