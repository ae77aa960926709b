"""What the machine can do at most: copying, reading at random, drawing, and the arithmetic the rules lean on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import THREAD, WALL, Task, take_turns
from sim.market.kernels.draws import fill_words, philox
from sim.market.kernels.exponential import exponential
from sim.market.kernels.jit import kernel
from sim.market.kernels.luck import fill_normals
from sim.market.kernels.stream_numbers import CUSTOMER

COPIED = 2**27
"""Bytes of each array copied; two of them exceed most caches."""
PICKS = 2**20
TABLES = (40_000, 400_000, 4_000_000, 40_000_000, 400_000_000)
"""Bytes of the tables read at random: a column of one byte or of four at ten thousand to a hundred million persons."""
BLOCK = 1024
BLOCKS = 200


@kernel
def sum_at_random(table: Any, places: Any) -> Any:
    """Sum the entries of ``table`` at ``places``."""
    total = 0.0
    for k in range(places.shape[0]):
        total += table[places[k]]
    return total


@kernel
def fill_exponentials(values: Any, out: Any) -> None:
    """Write the exponential of each value into ``out``."""
    for k in range(out.shape[0]):
        out[k] = exponential(values[k])


@kernel
def draw_in_a_chain(seed: Any, count: int) -> Any:
    """Draw ``count`` blocks, each with a word of the one before as its counter: one at a time."""
    word = np.uint64(1)
    for _ in range(count):
        word, _, _, _ = philox(seed, CUSTOMER, word, 0, 0)
    return word


def measure_copy(rounds: int) -> list[dict[str, Any]]:
    """Return bandwidth of copying, bytes read plus bytes written a second, on one thread and on two."""
    source, target = np.ones(COPIED, np.uint8), np.zeros(COPIED, np.uint8)
    half = COPIED // 2
    parts = ((target[:half], source[:half]), (target[half:], source[half:]))
    with ThreadPoolExecutor(2) as pool:
        tasks = {
            "copy, 1 thread": Task(lambda: np.copyto(target, source), 2.0 * COPIED, THREAD),
            "copy, 2 threads": Task(
                lambda: wait([pool.submit(np.copyto, *part) for part in parts]), 2.0 * COPIED, WALL
            ),
        }
        timings = take_turns(tasks, rounds)
    return [{"what": name, "unit": "bytes/s", "best": t.rate, "median": t.median_rate} for name, t in timings.items()]


def measure_reading(rounds: int, largest: int) -> list[dict[str, Any]]:
    """Return values read at random a second, by bytes of a value and of the table."""
    rng = np.random.default_rng(1)
    tasks = {}
    for kind in (np.int8, np.float32):
        for size in (table for table in TABLES if table <= largest):
            table: NDArray[Any] = np.ones(size // kind().itemsize, kind)
            places = rng.integers(0, table.size, PICKS, dtype=np.uint32)
            tasks[(kind().itemsize, size)] = Task(_reading(table, places), float(PICKS), THREAD)
    timings = take_turns({f"{width} {size}": task for (width, size), task in tasks.items()}, rounds)
    return [
        {
            "what": f"read at random, {name.split()[0]} B each", "table_bytes": int(name.split()[1]),
            "unit": "values/s", "best": timing.rate, "median": timing.median_rate,
        }
        for name, timing in timings.items()
    ]  # fmt: skip


def _reading(table: NDArray[Any], places: NDArray[np.uint32]) -> Callable[[], object]:
    """Return a function that reads a table at random."""
    return lambda: sum_at_random(table, places)


def measure_arithmetic(rounds: int) -> list[dict[str, Any]]:
    """Return draws, exponentials and normal quantiles a second on one thread."""
    seed, words = np.uint64(7), np.zeros((4, BLOCK), np.uint32)
    values, out = np.linspace(-4.0, 1.0, BLOCK), np.zeros(BLOCK)
    uniforms = (np.random.default_rng(2).permutation(BLOCK) + 0.5) / BLOCK

    def repeat(run: Any, *arguments: Any) -> Callable[[], object]:
        """Return a function that calls another often enough to be timed."""
        return lambda: [run(*arguments) for _ in range(BLOCKS)]

    n = float(BLOCK * BLOCKS)
    tasks = {
        "Philox, blocks of four words, vectorised": Task(repeat(fill_words, seed, 3, 5, 0, BLOCK, words), n),
        "Philox, blocks of four words, one after the other": Task(lambda: draw_in_a_chain(seed, BLOCK * BLOCKS), n),
        "exponential, vectorised": Task(repeat(fill_exponentials, values, out), n),
        "normal quantile": Task(repeat(fill_normals, uniforms, out), n),
    }
    timings = take_turns(tasks, rounds)
    return [{"what": name, "unit": "values/s", "best": t.rate, "median": t.median_rate} for name, t in timings.items()]


def measure(quick: bool, full: bool) -> dict[str, Any]:  # noqa: ARG001
    """Return rows of what, unit, best and median; reading also names the bytes of the table."""
    rounds = 3 if quick else 9
    rows = measure_copy(rounds) + measure_reading(rounds, TABLES[2 if quick else -1]) + measure_arithmetic(rounds)
    return {"rows": rows}
