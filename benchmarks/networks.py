"""Seconds to draw a social network, by topology and size."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np

from benchmarks.timing import THREAD, Task, take_turns
from benchmarks.workload import SEED
from sim.market.network import build_network
from sim.parameters.population import Network

TOPOLOGIES = get_args(Network.model_fields["topology"].annotation)
LARGEST_COMPLETE = 10_000


def measure_size(size: int, rounds: int) -> list[dict[str, Any]]:
    """Return a row for each topology at ``size`` persons in three segments, mean degree 8."""
    shares = np.array([0.2, 0.5, 0.3])
    segment = np.random.default_rng(1).choice(3, size, p=shares).astype(np.uint8)
    tasks = {}
    for topology in TOPOLOGIES:
        if topology == "complete" and size > LARGEST_COMPLETE:
            continue
        asked = Network(topology=topology, mean_degree=8, homophily=0.2)
        tasks[topology] = Task(lambda asked=asked: build_network(asked, segment, shares, SEED), 1.0, THREAD)  # type: ignore[misc]
    return [
        {"size": size, "what": name, "best": timing.best, "median": timing.median, "rounds": timing.rounds}
        for name, timing in take_turns(tasks, rounds).items()
    ]


def measure(quick: bool, full: bool) -> dict[str, Any]:  # noqa: ARG001
    """Return the rows of all sizes."""
    sizes = [10_000] if quick else [10_000, 100_000, 1_000_000]
    return {"rows": [row for size in sizes for row in measure_size(size, 3 if size > 100_000 else 5)]}
