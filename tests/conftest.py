"""Fixtures for the tests of everything around the model."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import sim
from sim.parameters import Parameters
from sim.results import Results
from tests.compare_cases import REQUEST, SHORT, noisy_replicate
from tests.fakes import fake_replicate, fake_results

settings.register_profile("tests", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")  # no verdict hangs on the load of the machine or on the examples of the day

compose_once = lru_cache(sim.compose)
"""Parameters are frozen, and composing them is most of what a study of invented runs does."""


@dataclass(frozen=True)
class Ending:
    """How a command line ended."""

    code: int
    out: str
    err: str
    files: list[str]
    """Files and folders left where it ran, relative."""


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the working directory of the test."""
    folder = tmp_path / "workplace"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs invent their replicates, in this process, and leave empty pictures."""
    monkeypatch.setattr("sim.simulation.run_one", fake_replicate)
    monkeypatch.setattr("sim.progress._are_compiled", lambda: True)
    monkeypatch.setattr("analysis.show.overview.draw", leave_empty_pictures)


@pytest.fixture
def noisy_model(fake_model: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs invent replicates whose differences between designs vary."""
    monkeypatch.setattr("sim.simulation.run_one", noisy_replicate)


@pytest.fixture(scope="session")
def designs() -> dict[str, Parameters]:
    """Return parameters of the two designs of the invented comparison."""
    return {name: sim.compose(f"scenario={name}", *SHORT) for name in REQUEST.scenarios}


@pytest.fixture(scope="session")
def base() -> Parameters:
    """Return parameters of a short run of four replicates."""
    return sim.compose("time.horizon_years=2", "run.n_replicates=4")


@pytest.fixture
def results(base: Parameters) -> Results:
    """Return invented results of four replicates."""
    return fake_results(base)


def leave_empty_pictures(results: Results, folder: Path) -> None:
    """Stand in for the overview picture, which takes longer than all else a fake run does."""
    for name in ("overview.png", "overview.svg"):
        (folder / name).touch()


@pytest.fixture
def quiet_logging() -> Iterator[None]:
    """Undo what Hydra does to logging, so that no later test writes to a closed stream."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    root.handlers[:] = handlers


@pytest.fixture
def command(
    workplace: Path, quiet_logging: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ending]:
    """Return a function that runs one command line in this process, in an empty folder."""
    from sim.__main__ import main

    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)

    def run(*arguments: str) -> Ending:
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        files = sorted(str(path.relative_to(workplace)) for path in workplace.rglob("*"))
        return Ending(code, captured.out, captured.err, files)

    return run


@pytest.fixture
def study(
    workplace: Path,
    quiet_logging: None,
    fake_model: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Ending]:
    """Return a function that runs one command line in this process, in an empty folder."""
    from analysis.study.__main__ import main

    monkeypatch.setattr(sim, "compose", compose_once, raising=False)

    def run(*arguments: str) -> Ending:
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return Ending(code, captured.out, captured.err, sorted(str(path) for path in Path().rglob("*")))

    return run


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, fake_model: None) -> list[tuple[str, int]]:
    """Note the scenario and the seed of every run."""
    done: list[tuple[str, int]] = []

    def run(parameters: sim.Parameters, replicate: int) -> object:
        done.append((parameters.scenario.name, parameters.run.seed))
        return fake_replicate(parameters, replicate)

    monkeypatch.setattr("sim.simulation.run_one", run)
    return done
