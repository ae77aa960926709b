"""Customer-periods a second: the engine against plain Mesa objects and the reference in C, by turns."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.c_market import FLAGS, CMarket, NoCompilerError
from benchmarks.objects import twin_market
from benchmarks.timing import THREAD, WALL, Clock, Task, take_turns
from benchmarks.workload import SEED, Clockwork, workload

ENGINE, ENGINE_2 = "engine", "engine, 2 threads"
C, C_STRICT, C_PLAIN = "C", "C, same rounding", "C, -O3 -march=native alone"
MESA, MESA_OWN = "Mesa, same luck", "Mesa, Python's luck"
STRICT_FLAGS = (*FLAGS, "-ffp-contract=off")
PLAIN_FLAGS = ("-O3", "-march=native", "-std=gnu11")
C_FLAGS = {C: FLAGS, C_STRICT: STRICT_FLAGS, C_PLAIN: PLAIN_FLAGS}
LARGEST_C = 1_000_000
PERSONS_A_ROUND = 1_000_000
OBJECTS_A_ROUND = 10_000
FEW, MANY = 5, 25
"""Rounds of what takes long, and of all else: more of them find a quiet moment of a shared machine."""


@dataclass(frozen=True)
class Contender:
    """One way to live through a period; ``build`` returns it ready, ``periods`` is what it lives in a round."""

    name: str
    build: Callable[[], Clockwork]
    periods: int
    clock: Clock = THREAD
    rounds: int = 1_000


def contenders(size: int, largest_mesa: int) -> Iterator[Contender]:
    """Yield who is compared in a market of ``size`` persons."""
    periods = min(500, max(1, PERSONS_A_ROUND // size))

    def engine(n_threads: int) -> Clockwork:
        work = workload(size, f"run.n_threads={n_threads}")
        return Clockwork(work.market(), work.offer)

    def reference(flags: tuple[str, ...]) -> Clockwork:
        work = workload(size)
        return Clockwork(CMarket(work.parameters, work.calibration, work.offer, SEED, flags), work.offer)

    yield Contender(ENGINE, lambda: engine(1), periods)
    yield Contender(ENGINE_2, lambda: engine(2), periods, clock=WALL)
    if size <= LARGEST_C:
        for name, flags in C_FLAGS.items():
            yield Contender(name, lambda flags=flags: reference(flags), periods)  # type: ignore[misc]
    if size <= largest_mesa:
        few = max(1, OBJECTS_A_ROUND // size)
        yield Contender(MESA, lambda: Clockwork(*twin_market(size, own_luck=False)), few, rounds=FEW)
        yield Contender(MESA_OWN, lambda: Clockwork(*twin_market(size, own_luck=True)), few, rounds=FEW)


def measure_size(size: int, rounds: int, largest_mesa: int) -> list[dict[str, Any]]:
    """Return a row for each contender in a market of ``size`` persons: persons times periods a second.

    One thread is timed by its own processor time, two by the clock on the wall.
    """
    tasks: dict[str, Task] = {}
    for contender in contenders(size, largest_mesa):
        try:
            clockwork = contender.build()
        except NoCompilerError:
            continue
        live = _living(clockwork, contender.periods)
        tasks[contender.name] = Task(live, float(size * contender.periods), contender.clock, contender.rounds)
    timings = take_turns(tasks, rounds)
    return [
        {"size": size, "what": name, "best": timing.rate, "median": timing.median_rate, "rounds": timing.rounds}
        for name, timing in timings.items()
    ]


def _living(clockwork: Clockwork, periods: int) -> Callable[[], None]:
    """Return a function that lets a market live ``periods`` periods."""
    return lambda: clockwork.live(periods)


def measure(quick: bool, full: bool) -> dict[str, Any]:
    """Measure all sizes.

    Parameters
    ----------
    quick
        Up to 10,000 persons and few rounds.
    full
        Ten million persons, too.

    Returns
    -------
    dict
        ``rows`` (size, what, best, median, rounds) and ``skipped``, in words.
    """
    sizes = [1_000, 10_000] if quick else [1_000, 10_000, 100_000, 1_000_000]
    sizes += [10_000_000] if full else []
    rows: list[dict[str, Any]] = []
    for size in sizes:
        rounds = FEW if quick or size > LARGEST_C else MANY
        rows += measure_size(size, rounds, largest_mesa=10_000 if quick else 100_000)
        gc.collect()
    measured = {row["what"] for row in rows}
    skipped = [f"{name}: no C compiler, or it failed" for name in C_FLAGS if name not in measured]
    return {"rows": rows, "skipped": skipped}
