"""How to run: seed, replicates, threads and what to show."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim.parameters.record import Record, quantity


class Run(Record):
    """Seed, replicates, threads, workers and progress; only the seed and, beyond the sixth digit, the precision change what a replicate computes."""

    seed: int = quantity(20_261_122, "integer", "Seed of all randomness; replicate r uses the same luck in every scenario.", low=0, high=2**63 - 1, source="convention")
    n_replicates: int = quantity(20, "replicates", "Independent repetitions.", low=1, high=100_000)
    first_replicate: int = quantity(0, "number", "Number of the first replicate: replicates 20 to 39 alone are first_replicate=20 n_replicates=20.", low=0, high=1_000_000_000)
    n_threads: int = quantity(1, "threads", "Threads inside one replicate; changes no bit of the result.", low=1, high=256)
    n_workers: int = quantity(0, "processes", "Processes over replicates; 0 for one per core.", low=0, high=1024)
    precision: Literal["single", "double"] = Field(
        default="single",
        description="Digits kept of each customer's state; arithmetic is double in either case.",
        json_schema_extra={"unit": "choice", "source": "convention"},
    )
    keep_customers: int = quantity(0, "replicates", "Keep a table of every customer in the first so many replicates; changes no number.", low=0, high=100_000)
    progress: bool = Field(default=True, description="Show a progress bar.", json_schema_extra={"unit": "switch", "source": "convention"})
    profile: bool = Field(default=False, description="Time each phase of a period and what comes before the first, and print the table.", json_schema_extra={"unit": "switch", "source": "convention"})
