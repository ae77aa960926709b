"""Processes: they change nothing, lose nothing, and end when they should."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import sim
from sim import workers
from sim.parameters import Parameters
from tests.fakes import large_result, slow_square, square_or_die

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells processes apart by /proc")


def test_progress_is_told_after_every_replicate(base: Parameters, fake_model: None) -> None:
    told: list[tuple[int, int]] = []
    sim.simulate(base, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_number_of_workers() -> None:
    cores = workers.usable_cores()
    assert workers.usable_workers(0, 1, 100.0) == 1
    assert workers.usable_workers(0, 100, 1e-3) == 1
    assert workers.usable_workers(0, 100, 10.0) == min(cores, 100)
    assert workers.usable_workers(8, 3, 1e-3) == 3
    assert workers.usable_workers(1, 100, 10.0) == 1


def test_items_on_processes_give_what_one_process_gives() -> None:
    found: list[int] = []
    workers.map_items(slow_square, range(6), 2, found.append)
    assert sorted(found) == [number * number for number in range(6)]


def test_a_killed_worker_loses_no_item() -> None:
    found: list[int] = []
    with pytest.warns(RuntimeWarning, match="a worker process was killed"):
        workers.map_items(square_or_die, range(6), 2, found.append)
    assert sorted(found) == [number * number for number in range(6)]


def test_an_error_in_a_worker_comes_through_and_stops_the_others() -> None:
    with pytest.raises(ZeroDivisionError):
        workers.map_items(divide, [1, 0, 2], 2, lambda _: None)
    deadline = time.monotonic() + 5.0  # the thread of the pool may be the one that takes note of the end
    while multiprocessing.active_children() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert multiprocessing.active_children() == []


def divide(number: int) -> float:
    return 1 / number


def test_a_script_without_a_guard_starts_itself_once(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from sim import workers\nfrom tests.fakes import slow_square\n"
        "found = []\nworkers.map_items(slow_square, range(4), 2, found.append)\nprint(sorted(found))\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, env=environment())
    assert done.stdout == "[0, 1, 4, 9]\n"
    assert done.stderr == ""


@needs_proc
def test_an_interrupt_ends_all_workers(tmp_path: Path) -> None:
    process, children = start_pool(tmp_path)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert err.count("Traceback") == 1
    assert_gone(children)


@needs_proc
def test_workers_leave_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    process, children = start_pool(tmp_path)
    process.kill()
    process.communicate(timeout=20)
    assert_gone(children)


def start_pool(tmp_path: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """Start a process whose two workers sleep, and wait until they do."""
    script = tmp_path / "pool.py"
    script.write_text(
        "import multiprocessing, threading, time\n"
        "from sim import workers\nfrom tests.fakes import sleep_long\n"
        "def tell():\n"
        "    while len(multiprocessing.active_children()) < 2:\n"
        "        time.sleep(0.05)\n"
        "    time.sleep(2.0)\n"
        "    print(*[child.pid for child in multiprocessing.active_children()], flush=True)\n"
        "threading.Thread(target=tell, daemon=True).start()\n"
        "workers.map_items(sleep_long, range(4), 2, print)\n",
        encoding="utf-8",
    )
    words = [sys.executable, str(script)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    assert process.stdout is not None
    return process, [int(word) for word in process.stdout.readline().split()]


def assert_gone(children: list[int], seconds: float = 15.0) -> None:
    assert len(children) == 2
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(is_alive(child) for child in children):
            return
        time.sleep(0.1)
    pytest.fail("workers outlived their parent")


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def environment() -> dict[str, str]:
    root = str(Path(sim.__file__).parents[1])
    return {**os.environ, "PYTHONPATH": root}


def test_workers_that_are_ended_while_they_send_leave_nothing_that_waits() -> None:
    """A reader that waits for the rest of a result would keep this process from ending."""
    before = set(threading.enumerate())

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), workers.Pool(2) as pool:
        pool.map(large_result, range(8), stop)
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(60.0)
    assert not any(thread.is_alive() for thread in left)
