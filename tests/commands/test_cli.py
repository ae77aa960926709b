"""The command line from outside: what it prints, which files it leaves, and that they can be made again."""

from __future__ import annotations

import gc
import json
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl

import sim
from sim.config.application import check
from sim.config.catalogue import list_scenarios
from sim.config.registry import register
from sim.results import Results
from tests.conftest import Ending

Command = Callable[..., Ending]

FILES = {
    "manifest.json", "series.parquet", "departments.parquet", "accounts.parquet", "handoffs.parquet", "summary.parquet",
    "before.parquet", "summary.csv", "overview.png", "overview.svg",
}  # fmt: skip
TINY = ("population.n_customers=300", "time.burn_in_years=1", "time.horizon_years=0.5", "run.n_replicates=4")


def results_in(ending: Ending, workplace: Path) -> list[Path]:
    return [workplace / Path(name).parent for name in ending.files if name.endswith("manifest.json")]


@pytest.mark.usefixtures("fake_model")
def test_a_run_prints_what_it_simulates_a_table_the_folder_and_a_next_command(
    command: Command, workplace: Path
) -> None:
    ending = command("scenario=accountable_cxo", "run=quick")
    (folder,) = results_in(ending, workplace)
    assert ending.code == 0
    assert "10,000 customers in the market" in ending.out
    assert "Yearly retention" in ending.out
    assert "Net present value" in ending.out
    assert "95 % interval" in ending.out
    assert str(folder.relative_to(workplace)) in ending.out
    assert "not a comparison" not in ending.out
    assert "difference from another design" in ending.out
    assert {path.name for path in folder.iterdir()} - {".hydra"} == FILES


@pytest.mark.usefixtures("fake_model")
def test_the_next_command_works(command: Command) -> None:
    ending = command("scenario=accountable_cxo", "run=quick")
    line = next(line for line in ending.out.splitlines() if line.startswith("Next:"))
    words = shlex.split(line.partition(":")[2])
    assert words[:3] == ["python", "-m", "sim"]
    assert "scenario=accountable_cxo" not in words
    check(words[3:], None, sweep=False)


@pytest.mark.usefixtures("fake_model")
def test_a_run_can_be_replayed_from_its_manifest_and_from_its_folder(command: Command, workplace: Path) -> None:
    first = command("scenario=accountable_cxo", "run=quick", "time.horizon_years=1")
    (folder,) = results_in(first, workplace)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    again = command(*shlex.split(manifest["replay"])[3:])
    third = command("--replay", str(folder))
    assert again.code == third.code == 0
    loaded = [Results.load(folder) for folder in results_in(third, workplace)]
    assert len(loaded) == 3
    assert len({one.manifest["content_hash"] for one in loaded}) == 1
    assert all(one.summary.equals(loaded[0].summary) for one in loaded)


@pytest.mark.usefixtures("fake_model")
def test_a_profile_shows_the_phases(command: Command) -> None:
    ending = command("run=debug")
    assert "Time by phase, mean of 1 replicate of 84 periods" in ending.out
    assert re.search(r"^journeys +100\.0 ms +100\.0 % +1\.190 ms per period$", ending.out, re.MULTILINE)


@pytest.mark.usefixtures("fake_model")
def test_a_sweep_over_all_scenarios_leaves_a_folder_each(command: Command, workplace: Path) -> None:
    ending = command("-m", "scenario=glob(*)", "run.n_replicates=2", "time.horizon_years=1")
    assert ending.code == 0
    folders = results_in(ending, workplace)
    assert {Results.load(folder).scenario for folder in folders} == {option.name for option in list_scenarios()}
    assert len({folder.parent for folder in folders}) == 1
    for folder in folders:
        replay = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["replay"]
        assert f"scenario={Results.load(folder).scenario}" in replay


@pytest.mark.usefixtures("fake_model")
def test_scenarios_of_the_user_run_sweep_and_appear_in_help(command: Command, workplace: Path) -> None:
    folder = workplace / "own" / "scenarios"
    folder.mkdir(parents=True)
    text = "scenario: {title: A committee}\ngovernance: {attribution: 0.4}\n"
    (folder / "committee.yaml").write_text(text, encoding="utf-8")
    assert "A committee" in command("--config-dir", "own", "--help").out
    ending = command("--config-dir", "own", "-m", "scenario=committee,no_cxo", "run.n_replicates=2")
    assert ending.code == 0
    found = {Results.load(one).scenario: one for one in results_in(ending, workplace)}
    assert set(found) == {"committee", "no_cxo"}
    replay = json.loads((found["committee"] / "manifest.json").read_text(encoding="utf-8"))["replay"]
    assert "--config-dir" in replay
    register()


@pytest.mark.usefixtures("fake_model")
def test_a_single_run_is_composed_once_and_hydra_notes_the_same(
    command: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, asked = ConfigLoaderImpl.load_configuration, []

    def count(*given: Any, **named: Any) -> Any:
        asked.append(named["run_mode"])
        return load(*given, **named)

    monkeypatch.setattr(ConfigLoaderImpl, "load_configuration", count)
    notes = []
    for n_composed in (1, 3):
        asked.clear()
        assert command("scenario=accountable_cxo", "journeys.crash.rate_per_year=0.05", "run.seed=7").code == 0
        assert len(asked) == n_composed
        (folder,) = workplace.glob("outputs/*/*")
        written = {path.name: path.read_text(encoding="utf-8") for path in (folder / ".hydra").iterdir()}
        notes.append({name: text.replace(folder.name, "") for name, text in written.items()})
        shutil.rmtree(workplace / "outputs")
        monkeypatch.setattr("sim.config.application._is_plain", lambda _: False)
    assert len(notes[0]) == 3
    assert notes[0] == notes[1]


def test_a_command_line_leaves_the_search_for_garbage_as_it_was(command: Command) -> None:
    before = gc.get_threshold()
    assert command("--version").code == 0
    assert gc.get_threshold() == before


def test_help_needs_no_sweep_and_no_folder(command: Command) -> None:
    ending = command("--help")
    assert ending.code == 0
    assert "usage: python -m sim" in ending.out
    assert ending.files == []


def test_the_configuration_can_be_shown(command: Command) -> None:
    ending = command("--cfg", "job", "scenario=accountable_cxo")
    assert ending.code == 0
    assert "competition:" in ending.out
    assert "decision_rights:" in ending.out
    assert ending.files == []


def test_the_version_is_shown(command: Command) -> None:
    assert command("--version").out == f"customer-experience {sim.__version__}\n"


@pytest.mark.parametrize("argument", ["--help", "market.competition=99"])
def test_help_and_errors_load_nothing_that_takes_long(argument: str, workplace: Path) -> None:
    done = run_process([argument], workplace, "-X", "importtime")
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "sim" in loaded
    assert not loaded & {"matplotlib", "mesa", "networkx", "numba", "numpy", "pandas", "pyarrow", "scipy"}


@pytest.mark.slow
@pytest.mark.parametrize(("argument", "seconds"), [("--help", 1.0), ("market.competition=99", 2.0)])
def test_help_and_errors_take_a_moment_of_a_core(argument: str, seconds: float, workplace: Path) -> None:
    assert cpu_seconds([argument], workplace, limit=seconds) < seconds


def test_a_small_run_of_the_model_from_another_folder(workplace: Path) -> None:
    done = run_process(["scenario=accountable_cxo", *TINY, "run.progress=false"], workplace)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    (manifest,) = workplace.rglob("manifest.json")
    results = Results.load(manifest.parent)
    assert results.n_replicates == 4
    assert results.summary.notna().all().all()
    assert results.manifest["calibration"]


@pytest.mark.slow
def test_neither_processes_nor_threads_change_a_bit() -> None:
    base = sim.compose("scenario=accountable_cxo", *TINY)
    one, *others = (
        sim.simulate(base.model_copy(update={"run": base.run.model_copy(update=settings)}))
        for settings in ({"n_workers": 1}, {"n_workers": 2}, {"n_workers": 4}, {"n_workers": 1, "n_threads": 2})
    )
    for other in others:
        assert other.summary.equals(one.summary)
        assert other.series.equals(one.series)
        assert other.accounts.equals(one.accounts)


def run_process(arguments: list[str], folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(sim.__file__).parents[1])
    words = [sys.executable, *options, "-m", "sim", *arguments]
    return subprocess.run(words, capture_output=True, text=True, cwd=folder, env={**os.environ, "PYTHONPATH": root})


def cpu_seconds(arguments: list[str], folder: Path, limit: float) -> float:
    """Return the processor time of a command, the best of three: wall time would measure the neighbours."""
    times = [float("inf")]
    while len(times) < 4 and min(times) > limit:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run_process(arguments, folder)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)
