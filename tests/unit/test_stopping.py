"""What is stopped leaves no process and nothing half-written, whoever stops it and how."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

import sim
from analysis.study.engines.signals import undisturbed
from sim.workers import WRITING, Workers
from tests.invariance.test_workers import is_alive
from tests.study_jobs import write_slowly
from tests.waiting import CEILING_SECONDS, wait_until

ROOT = str(Path(sim.__file__).parents[1])


def between_halves(folder: Path, n_files: int) -> None:
    wait_until(lambda: len(list(folder.glob("begun *"))) == n_files, "files to be half-written")


def assert_whole(folder: Path) -> None:
    written = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith("begun")}
    assert written
    assert set(written.values()) == {b"first half, second half"}


def test_a_worker_that_is_told_to_end_finishes_the_file_it_writes(tmp_path: Path) -> None:
    workers = Workers(1)
    workers.submit(partial(write_slowly, str(tmp_path)), 0)
    between_halves(tmp_path, 1)
    workers.stop(at_once=True)
    assert_whole(tmp_path)


def test_a_worker_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.workers.GRACE_SECONDS", 0.1)
    workers = Workers(1)
    future = workers.submit(write_for_ever, None)
    wait_until(future.running, "the job to begin")
    process = next(iter(set(multiprocessing.active_children()) - workers._others))
    workers.stop(at_once=True)
    assert not process.is_alive()


def write_for_ever(_: object) -> None:
    with WRITING:
        time.sleep(600.0)


STOPPED = """
import sys
from functools import partial
from analysis.study.engines.local import LocalEngine
from tests.study_jobs import write_slowly
list(LocalEngine(2).run(partial(write_slowly, sys.argv[1]), range(4)))
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells processes apart by /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_a_study_its_workers_finish_their_files_and_go(tmp_path: Path, number: int) -> None:
    environment = {**os.environ, "PYTHONPATH": ROOT}
    process = subprocess.Popen([sys.executable, "-c", STOPPED, str(tmp_path)], env=environment, stderr=subprocess.PIPE)
    between_halves(tmp_path, 2)
    children = [int(word) for word in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    process.send_signal(number)
    process.communicate(timeout=CEILING_SECONDS)
    wait_until(lambda: not any(map(is_alive, children)), "the workers to go")
    assert_whole(tmp_path)


def test_a_signal_waits_for_what_must_not_be_left_half_done_and_children_do_not_see_it() -> None:
    interrupt_itself = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('done')"
    steps = []

    def be_interrupted() -> None:
        with undisturbed():
            os.kill(os.getpid(), signal.SIGINT)
            words = [sys.executable, "-c", interrupt_itself]
            steps.append(subprocess.run(words, capture_output=True, text=True, check=False).stdout)

    with pytest.raises(KeyboardInterrupt):
        be_interrupted()
    assert steps == ["done\n"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()
