"""Sweeps by Hydra's multirun: what they say at the end, and that every launcher leaves the same numbers."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

import pytest
from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

import sim
from sim.config.catalogue import folder_of
from sim.config.launchers import EXTRAS, register_launchers, within_its_share
from sim.config.registry import register
from sim.config.sweep import read_sweep
from sim.installation import install_command
from sim.results import Results
from tests.conftest import Ending
from tests.waiting import CEILING_SECONDS

Command = Callable[..., Ending]

TINY = ("population.n_customers=300", "time.burn_in_years=1", "time.horizon_years=0.5", "run.n_replicates=2")
POINTS = ("market.competition=0.2,99,-1",)
"""Three jobs, of which two fail."""
FILES = sorted((folder_of("conf") / "hydra" / "launcher").glob("*.yaml"))


def run_process(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(sim.__file__).parents[1])}
    environment.pop("HYDRA_FULL_ERROR", None)
    words = [sys.executable, "-m", "sim", *arguments]
    return subprocess.run(words, capture_output=True, text=True, cwd=folder, env=environment, timeout=CEILING_SECONDS)


def of_plugin(launcher: str) -> str:
    """Return the package of a launcher's plugin; skip the test where it is not installed."""
    package = f"hydra_plugins.hydra_{launcher.partition('_')[0]}_launcher"
    pytest.importorskip(package, reason=f"{launcher}: {install_command(EXTRAS[launcher])}")
    return package


@pytest.mark.usefixtures("fake_model")
def test_a_sweep_says_at_the_end_what_is_complete_and_what_to_do_next(command: Command, workplace: Path) -> None:
    ending = command("-m", "scenario=glob([no*,acc*])", *TINY)
    assert ending.code == 0, ending.err
    (folder,) = (workplace / "outputs").glob("*/*")
    last = ending.out.splitlines()[-3:]
    shown = folder.relative_to(workplace)
    assert last == [
        "2 of 2 jobs complete",
        f"Files: {shown}",
        f"Next:  python -m analysis.compare runs={shown}",
    ]


@pytest.mark.usefixtures("fake_model")
def test_failed_jobs_are_named_and_change_the_exit_code(command: Command) -> None:
    ending = command("-m", *POINTS, *TINY)
    assert ending.code == 2
    assert "1 of 3 jobs complete; without a result: market.competition=99, market.competition=-1\n" in ending.out
    assert ending.err.count("market.competition: 99 is outside 0 to 3") == 2  # when the job fails, and the error
    assert ending.err.splitlines()[-1].startswith("error: job ")


@pytest.mark.usefixtures("fake_model")
def test_an_interrupted_sweep_says_what_is_complete(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.fakes import fake_replicate

    def stop_at_the_second(parameters: sim.Parameters, replicate: int) -> object:
        if parameters.market.competition == 0.7:
            raise KeyboardInterrupt
        return fake_replicate(parameters, replicate)

    monkeypatch.setattr("sim.simulation.run_one", stop_at_the_second)
    ending = command("-m", "market.competition=0.2,0.7", *TINY)
    assert ending.code == 130
    assert "1 of 2 jobs complete; without a result: market.competition=0.7" in ending.out
    assert ending.err.endswith("interrupted: what was not finished left no result; the same command begins again\n")


def test_a_sweep_is_read_with_patterns_ranges_and_own_scenarios(tmp_path: Path) -> None:
    own = tmp_path / "own" / "scenarios"
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text("governance: {attribution: 0.4}\n", encoding="utf-8")
    node = {
        "sweeper": {"_target_": "hydra._internal.core_plugins.basic_sweeper.BasicSweeper", "params": None},
        "overrides": {"task": ["scenario=glob([no*,mine])", "run.seed=range(3)", "market.competition=0.2"]},
        "runtime": {"config_sources": [{"provider": "command-line", "path": f"file://{tmp_path / 'own'}"}]},
    }
    OmegaConf.save(OmegaConf.create({"hydra": node}), tmp_path / "multirun.yaml")
    sweep = read_sweep(tmp_path)
    assert sweep is not None
    assert len(sweep.jobs) == len(sweep.missing) == 6
    assert ("market.competition=0.2", "run.seed=2", "scenario=mine") in sweep.jobs
    assert (
        sweep.name_missing()
        == "run.seed=0 scenario=mine, run.seed=1 scenario=mine, run.seed=2 scenario=mine and 3 more"
    )
    (tmp_path / "multirun.yaml").write_text("hydra: [", encoding="utf-8")
    assert read_sweep(tmp_path) is None
    assert read_sweep(tmp_path / "nowhere") is None


# ---- launchers


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_file_of_a_launcher_opens_with_the_command_to_type(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    words = shlex.split(first.removeprefix("# "))
    assert words[:4] == ["python", "-m", "sim", "-m"]
    assert f"hydra/launcher={path.stem}" in words
    assert path.stem in EXTRAS


@pytest.mark.parametrize("name", EXTRAS)
def test_a_launcher_that_is_not_installed_is_refused_in_one_line(
    command: Command, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    register()
    monkeypatch.setitem(ConfigStore.instance().repo["hydra"], "launcher_keys", {})
    ending = command("-m", "scenario=glob(*)", f"hydra/launcher={name}")
    assert ending.code == 2
    how = f"{install_command(EXTRAS[name])} installs it"
    assert ending.err == f"error: hydra/launcher: the plugin of {name} is missing; {how}\n"
    assert ending.files == []
    assert command("--cfg", "job").code == 0


def test_a_launcher_that_does_not_exist_is_refused_with_those_that_do(command: Command) -> None:
    ending = command("-m", "scenario=glob(*)", "hydra/launcher=joblip")
    assert ending.code == 2
    assert ending.err.count("\n") == 1
    assert "joblib" in ending.err


@pytest.mark.parametrize("name", EXTRAS)
def test_the_file_of_a_launcher_extends_what_its_plugin_declares(name: str) -> None:
    of_plugin(name)
    from hydra import compose, initialize_config_module

    register()
    register_launchers()  # again: nothing is set aside twice
    with initialize_config_module("conf", version_base="1.3"):
        node = compose("config", [f"hydra/launcher={name}"], return_hydra_config=True).hydra.launcher
    assert node._target_.startswith("hydra_plugins.")
    own = OmegaConf.load(folder_of("conf") / "hydra" / "launcher" / f"{name}.yaml")
    del own["defaults"]
    assert {key: str(node[key]) for key in own} == {key: str(value) for key, value in own.items()}
    assert len(node) > len(own)


def test_a_job_takes_the_processes_that_its_launcher_gives_it() -> None:
    auto, asked = sim.compose("run.n_workers=0"), sim.compose("run.n_workers=3")
    basic = {"_target_": "hydra._internal.core_plugins.basic_launcher.BasicLauncher"}
    joblib = {"_target_": "hydra_plugins.hydra_joblib_launcher.joblib_launcher.JoblibLauncher"}
    slurm = {"_target_": "hydra_plugins.hydra_submitit_launcher.submitit_launcher.SlurmLauncher", "cpus_per_task": 4}
    taken = [within_its_share(auto, launcher).run.n_workers for launcher in (basic, joblib, slurm)]
    assert taken == [0, 1, 4]
    assert within_its_share(asked, slurm) is asked


def test_a_job_that_a_launcher_lost_is_told_in_one_line(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    uncompleted = type("UncompletedJobError", (RuntimeError,), {"__module__": "submitit.core.utils"})
    for error, words in (
        (BrokenProcessPool("terminated\nabruptly"), "a worker process was killed"),
        (uncompleted("Job 7\nhas not produced any output"), "they go on (Job 7 has not produced any output ...)"),
    ):
        monkeypatch.setattr("sim.config.application._application", partial(throw, error))
        ending = command("-m", "scenario=no_cxo,accountable_cxo")
        assert ending.code == 2
        assert words in ending.err
        assert ending.err.count("\n") == 1
    monkeypatch.setattr("sim.config.application._application", partial(throw, RuntimeError("a mistake of ours")))
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        command("-m", "scenario=no_cxo,accountable_cxo")


def throw(error: Exception, _: object) -> None:
    raise error


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["joblib", "submitit_local"])
def test_launchers_leave_the_numbers_of_single_runs_and_tell_of_failed_jobs(launcher: str, workplace: Path) -> None:
    of_plugin(launcher)
    more = ("hydra.launcher.n_jobs=2",) if launcher == "joblib" else ()
    done = run_process("-m", *POINTS, *TINY, f"hydra/launcher={launcher}", *more, folder=workplace)
    assert done.returncode == 2, done.stderr
    assert "1 of 3 jobs complete; without a result: market.competition=99, market.competition=-1" in done.stdout
    assert done.stderr.splitlines()[-1].startswith("error: job ")
    assert "market.competition: 99 is outside 0 to 3" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    (path,) = workplace.glob("outputs/*/*/[!.]*/manifest.json")
    one, alone = Results.load(path.parent), sim.simulate(sim.compose("market.competition=0.2", *TINY))
    assert one.summary.equals(alone.summary)
    assert one.parameters.run.n_workers == 1
    assert one.manifest["content_hash"] == alone.manifest["content_hash"]
