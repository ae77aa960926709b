"""Studies on a real SLURM cluster: one of this machine, for root where Debian's slurm-wlm and munge are installed.

python -m pytest -n 0 -m slow tests/commands/test_study_slurm.py
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.results import Results
from tests.apart import Apart, why_not
from tests.study_on_cluster import PATHS, command, run_locally, run_on
from tests.waiting import ending, wait_until

pytest.importorskip("submitit", reason="needs the extra [slurm]")
pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).parents[1] / "slurm" / "cluster.sh"
ENGINE = ("engine=slurm", "engine.workers=2", "engine.minutes=10")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    """Return a cluster of the nodes n1 and n2, with one core each."""
    missing = [name for name in ("slurmctld", "slurmd", "munged", "sbatch") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)} (Debian: slurm-wlm and munge)")
    if reason := why_not():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("slurm")
    made = Apart([str(SCRIPT), str(folder)], folder / "ready", {**PATHS, "SLURM_CONF": str(folder / "slurm.conf")})
    yield made
    inside = list(made.processes())
    made.close()
    wait_until(lambda: not any(Path(f"/proc/{number}").exists() for number in inside), "the cluster to be gone")


def is_of(node: str, number: int, words: str) -> bool:
    """Tell whether a process belongs to a node: its daemon, the guard of a job on it, or the job."""
    if words.startswith(("slurmd ", "slurmstepd")):
        return words.endswith(f"-N {node}") or f"slurmd-{node}" in open_files(number)
    return f"SLURMD_NODENAME={node}\0".encode() in Path(f"/proc/{number}/environ").read_bytes()


def open_files(number: int) -> str:
    return " ".join(str(path.readlink()) for path in Path(f"/proc/{number}/fd").iterdir() if path.is_symlink())


def states(cluster: Apart, folder: Path) -> str:
    return cluster.run("sinfo", "--noheader", "--Node", "--format=%N %T", folder=folder)


def test_a_job_that_is_cancelled_and_a_node_that_goes_cost_nothing_but_time(cluster: Apart, tmp_path: Path) -> None:
    study = run_on(cluster, tmp_path, *ENGINE, name="slurm")
    running = ("squeue", "--noheader", "--array", "--states=running", "--format=%i")
    wait_until(lambda: bool(cluster.run(*running, folder=tmp_path).strip()), "a job that runs")
    cluster.run("scancel", cluster.run(*running, folder=tmp_path).split()[0], folder=tmp_path)
    study.wait_for_parts(5)
    killed = cluster.kill(lambda number, words: is_of("n1", number, words))
    assert any(words.startswith("slurmd ") for words in killed)
    table, err = study.finish()
    assert err == ""
    wait_until(lambda: "n1 down" in states(cluster, tmp_path), "the node to be told dead")
    pd.testing.assert_frame_equal(table, run_locally(tmp_path), check_exact=True)
    assert not list(tmp_path.rglob("*.pkl"))


def test_an_interrupt_cancels_the_jobs_and_the_same_command_goes_on(cluster: Apart, tmp_path: Path) -> None:
    study = run_on(cluster, tmp_path, *ENGINE, name="slurm")
    study.wait_for_parts(3)  # of the pilot, which is two points, and of a job
    queue = ("squeue", "--noheader", "--array", "--states=pending,running", "--format=%i")
    assert cluster.run(*queue, folder=tmp_path).split()
    begun = time.monotonic()
    assert study.interrupt(cluster) == "interrupted: finished tasks are kept; the same command goes on from there\n"
    wait_until(lambda: not cluster.run(*queue, folder=tmp_path).split(), "the jobs to be gone")
    assert time.monotonic() - begun < 15.0
    kept = study.n_parts
    assert kept >= 3
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".tmp", ".pkl")]
    assert not (tmp_path / "slurm").exists()
    again = run_on(cluster, tmp_path, *ENGINE, name="slurm")
    again.wait_for_parts(kept)
    table, err = again.finish()
    assert err == ""
    pd.testing.assert_frame_equal(table, run_locally(tmp_path), check_exact=True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["engine.minutes=90"], "SLURM does not start the jobs (PartitionTimeLimit)"),
        (["engine.partition=nowhere"], "invalid partition"),
    ],
)
def test_what_the_cluster_does_not_give_is_one_line(
    cluster: Apart, tmp_path: Path, words: list[str], message: str
) -> None:
    process = cluster.start(*command(*ENGINE[:2], *words, name="slurm"), folder=tmp_path)
    _, err = ending(process)
    assert process.returncode == 2
    assert err.startswith("error: engine: ")
    assert message in err
    assert err.count("\n") == 1
    assert cluster.run("squeue", "--noheader", "--states=pending,running", folder=tmp_path) == ""


def test_a_sweep_on_the_cluster_leaves_the_numbers_of_single_runs(cluster: Apart, tmp_path: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="needs the extra [slurm]")
    short = ("population.n_customers=500", "time.horizon_years=1", "time.burn_in_years=1", "run.n_replicates=2")
    sim_command = (sys.executable, "-m", "sim")
    sweep = ("-m", "scenario=no_cxo,accountable_cxo", "hydra/launcher=submitit_slurm", "hydra.launcher.timeout_min=10")
    said = cluster.run(*sim_command, *sweep, *short, folder=tmp_path)
    assert "2 of 2 jobs complete" in said
    [folder] = {path.parent.parent for path in (tmp_path / "outputs").rglob("manifest.json")}
    for path in folder.glob("[!.]*/manifest.json"):
        there = Results.load(path.parent)
        alone = sim.simulate(sim.compose(f"scenario={there.scenario}", *short))
        pd.testing.assert_frame_equal(there.summary, alone.summary, check_exact=True)
