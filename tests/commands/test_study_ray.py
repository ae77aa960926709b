"""Studies on Ray: a local cluster, and for root a cluster of two nodes on this machine; where ray is installed.

python -m pytest -n 0 -m slow tests/commands/test_study_ray.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from ipaddress import IPv4Address
from pathlib import Path
from socket import INADDR_LOOPBACK
from tempfile import TemporaryDirectory

import pandas as pd
import pytest

from analysis.study.engines.ray import OBJECTS_BYTES, RayEngine
from analysis.study.table import read_study
from sim.errors import ConfigError, ResultError
from tests.apart import Apart, loopback, why_not
from tests.study_jobs import die_always, die_once, fail_third, where
from tests.study_on_cluster import PATHS, command, run_locally, run_on
from tests.waiting import CEILING_SECONDS, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="needs the extra [ray]"),
    pytest.mark.filterwarnings("default"),
]
HEAD, NODE = (str(IPv4Address(INADDR_LOOPBACK + number)) for number in (0, 1))
PORT = 6379


@pytest.fixture
def cluster() -> Iterator[Apart]:
    """Return a cluster of two nodes with one core each."""
    if reason := why_not():
        pytest.skip(reason)
    with TemporaryDirectory(prefix="ray-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "of a test, nothing listens to the outside"}
        made = loopback(
            folder, {**PATHS, **token, "HOME": name, "RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
        )
        start = (
            sys.executable,
            "-m",
            "ray.scripts.scripts",
            "start",
            "--num-cpus=1",
            f"--object-store-memory={OBJECTS_BYTES}",
        )
        made.run(
            *start, "--head", f"--node-ip-address={HEAD}", f"--port={PORT}", f"--temp-dir={name}",
            "--include-dashboard=false", folder=folder,
        )  # fmt: skip
        made.run(*start, f"--node-ip-address={NODE}", f"--address={HEAD}:{PORT}", folder=folder)
        yield made
        inside = list(made.processes())
        made.close()
        wait_until(lambda: not any(Path(f"/proc/{number}").exists() for number in inside), "the end")


def test_a_process_and_a_node_that_are_killed_cost_nothing_but_time(cluster: Apart, tmp_path: Path) -> None:
    study = run_on(cluster, tmp_path, "engine=ray", f"engine.address={HEAD}:{PORT}", name="ray")
    study.wait_for_parts(4)  # of the pilot, which is two points, and of tasks
    wait_until(lambda: any(words.startswith("ray::_do") for words in cluster.processes().values()), "a task")
    assert cluster.kill(lambda _, words: words.startswith("ray::_do"))
    study.wait_for_parts(6)
    node = f"--node_ip_address={NODE}"
    assert any("raylet" in words for words in cluster.kill(lambda _, words: node in words))
    table, err = study.finish()
    # Ray looks for its address outside, which this network does not have, and says so.
    assert [line for line in err.splitlines() if "local IP via external" not in line] == []
    pd.testing.assert_frame_equal(table, run_locally(tmp_path), check_exact=True)


def test_the_death_of_the_head_ends_the_study_in_one_line_and_another_engine_goes_on(
    cluster: Apart, tmp_path: Path
) -> None:
    more = "levels=7"  # 49 points, of which tens are left when the head dies
    study = run_on(cluster, tmp_path, more, "engine=ray", f"engine.address={HEAD}:{PORT}", name="ray")
    study.wait_for_parts(5)
    head = f"--node_ip_address={HEAD}"
    killed = cluster.kill(lambda _, words: "/gcs_server " in words or ("/raylet " in words and head in words))
    assert len(killed) == 2
    begun = time.monotonic()
    code, err = study.end()
    assert time.monotonic() - begun < 60.0
    told = f"the head of the cluster at {HEAD}:{PORT} is gone; on a new one the same command goes on"
    lines = [line for line in err.splitlines() if not line.startswith("[")]  # what Ray says to itself
    assert (code, lines) == (2, [f"error: engine: ray: {told}"])
    wait_until(lambda: not any("ray::_do" in words for words in cluster.processes().values()), "tasks to end")
    kept = study.n_parts
    again = subprocess.run(
        command(more, "engine.workers=1", name="ray"), cwd=tmp_path, env={**os.environ, **PATHS}, capture_output=True,
        text=True, check=True, timeout=CEILING_SECONDS,
    )  # fmt: skip
    assert " 0 there already" not in again.stdout
    assert study.n_parts > kept >= 5
    assert len(read_study(tmp_path / "ray")) == 7 * 7 * 2 * 2


def test_a_local_cluster_does_what_processes_do(workplace: Path) -> None:
    engine = RayEngine(2, "")
    answers = dict(engine.run(partial(die_once, str(workplace)), range(8)))
    assert answers == {number: number * number for number in range(8)}
    answers = dict(engine.run(die_always, range(4)))
    assert answers == {number: None if number == 3 else number * number for number in range(4)}
    place, threads, source = dict(engine.run(where, [0]))[0] or ("", "", "")
    assert (place, threads) == (str(workplace), "1")
    assert source == str(Path(__file__).parents[2])
    with pytest.raises(ResultError, match=r"^ArithmeticError: the third$"):
        list(engine.run(fail_third, range(8)))


def test_an_address_where_nothing_is_is_one_line() -> None:
    with pytest.raises(ConfigError, match=rf"^engine.address: {HEAD}:1: ") as caught:
        RayEngine(2, f"{HEAD}:1")
    assert "\n" not in str(caught.value)
