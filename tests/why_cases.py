"""A small comparison of real runs, for the tests of explanations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np

import sim
from sim.results import Results

BASELINE = "no_cxo"


@dataclass(frozen=True)
class SmallComparison:
    """The part of a comparison that explanations read."""

    results: dict[str, Results]
    request: SimpleNamespace

    @property
    def baseline(self) -> Results:
        """Results of the baseline."""
        return self.results[BASELINE]

    @property
    def designs(self) -> list[str]:
        """Designs without the baseline."""
        return [name for name in self.results if name != BASELINE]


def run_comparison(*designs: str, overrides: tuple[str, ...] = (), n_replicates: int = 4) -> SmallComparison:
    """Run designs and the baseline on 500 customers."""
    small = ("population.n_customers=500", f"run.n_replicates={n_replicates}", "run.n_workers=1", *overrides)
    results = {name: sim.simulate(sim.compose(f"scenario={name}", *small)) for name in (BASELINE, *designs)}
    request = SimpleNamespace(confidence=0.95, attribution_customers=200, attribution_replicates=3)
    return SmallComparison(results, request)


def with_table(results: Results, table: str, name: str, values: np.ndarray) -> Results:
    """Return results with one column replaced."""
    column = {**getattr(results.tables, table), name: values}
    return Results(results.parameters, replace(results.tables, **{table: column}), results.manifest)
