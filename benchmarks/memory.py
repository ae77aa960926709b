"""Memory of the market, measured in a process of its own: ``python -m benchmarks.memory SIZE PERIODS THREADS``."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.workload import Clockwork, workload
from sim.market.market import Market

KIB = 1024


def peak_bytes() -> int:
    """Return the most memory this process ever held, bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # The other way, a new process inherits the peak of the one that started it.
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * KIB
    unit = 1 if sys.platform == "darwin" else KIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def held_bytes(market: Market) -> tuple[int, int]:
    """Return the bytes of all arrays by person and those of the network."""
    network = market.network.first.nbytes + market.network.neighbours.nbytes
    size = market.codes.shape[0]
    columns = [value for value in [*market.state, *vars(market).values()] if isinstance(value, np.ndarray)]
    persons = sum(column.nbytes for column in columns if column.shape and column.shape[-1] == size)
    return persons, network


def live_and_measure(size: int, periods: int, n_threads: int) -> dict[str, Any]:
    """Build a market, live ``periods`` periods and return what it took, in seconds and bytes."""
    small = workload(1_000)
    Clockwork(small.market(), small.offer).live(2)
    before = peak_bytes()
    work = workload(size, f"run.n_threads={n_threads}")
    start = time.perf_counter()
    market = work.market()
    built = time.perf_counter()
    Clockwork(market, work.offer).live(periods)
    lived = time.perf_counter()
    persons, network = held_bytes(market)
    return {
        "size": size,
        "periods": periods,
        "threads": n_threads,
        "bytes_per_person": persons / size,
        "network_bytes_per_person": network / size,
        "mean_degree": market.network.neighbours.size / size,
        "process_mib": before / KIB**2,
        "peak_mib": peak_bytes() / KIB**2,
        "build_seconds": built - start,
        "live_seconds": lived - built,
    }


def in_fresh_process(size: int, periods: int, n_threads: int) -> dict[str, Any]:
    """Return what :func:`live_and_measure` says in a new process, whose peak is its own."""
    words = [sys.executable, "-m", "benchmarks.memory", *(str(number) for number in (size, periods, n_threads))]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(quick: bool, full: bool) -> dict[str, Any]:
    """Measure memory by size; ``full`` adds ten million persons over 84 periods on two threads."""
    sizes = [10_000] if quick else [10_000, 100_000, 1_000_000]
    rows = [in_fresh_process(size, 3, 1) for size in sizes]
    if full:
        rows.append(in_fresh_process(10_000_000, 84, 2))
    return {"rows": rows, "skipped": [] if full else ["ten million persons: --full"]}


if __name__ == "__main__":
    print(json.dumps(live_and_measure(*(int(word) for word in sys.argv[1:4]))))
