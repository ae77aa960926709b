"""Processes: they change nothing, lose nothing, and end when they should."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import sim
from sim import workers
from sim.parameters import Parameters
from tests.fakes import large_result, slow_square, square_or_die
from tests.waiting import ending, running, wait_until

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
    # The thread of the pool may be the one that takes note of the end.
    wait_until(lambda: not multiprocessing.active_children(), "the end of the workers")


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
    with working_pool(tmp_path) as (process, children):
        process.send_signal(signal.SIGINT)
        _, err = ending(process)
        assert err.count("Traceback") == 1
        wait_until_gone(children)


@needs_proc
def test_workers_leave_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    with working_pool(tmp_path) as (process, children):
        process.kill()
        ending(process)
        wait_until_gone(children)


@contextmanager
def working_pool(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Start a process with two workers; enter when both are at work, with their numbers."""
    begun = folder / "begun"
    begun.mkdir()
    script = folder / "pool.py"
    script.write_text(
        "from sim import workers\nfrom tests.fakes import begin_and_sleep\n"
        f"workers.map_items(begin_and_sleep, [{str(begun)!r}] * 4, 2, print)\n",
        encoding="utf-8",
    )
    words = [sys.executable, str(script)]
    with running(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        wait_until(lambda: len(list(begun.iterdir())) == 2 or process.poll() is not None, "two workers")
        assert process.poll() is None, ending(process)
        yield process, [int(path.name) for path in begun.iterdir()]


def wait_until_gone(children: list[int]) -> None:
    wait_until(lambda: not any(is_alive(child) for child in children), "the workers to leave")


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
