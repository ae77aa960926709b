"""A small comparison of real runs, for the tests of explanations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import sim
from analysis.compare.comparison import Comparison, make_comparison
from analysis.compare.request import Request
from sim.results import Results

BASELINE = "no_cxo"


def run_comparison(*designs: str, overrides: tuple[str, ...] = (), n_replicates: int = 4) -> Comparison:
    """Run designs and the baseline on 500 customers."""
    small = ("population.n_customers=500", f"run.n_replicates={n_replicates}", "run.n_workers=1", *overrides)
    names = (BASELINE, *designs)
    results = {name: sim.simulate(sim.compose(f"scenario={name}", *small)) for name in names}
    request = Request(scenarios=names, baseline=BASELINE, attribution_customers=200, attribution_replicates=2)
    return make_comparison(request, results, "cap")


def with_design(comparison: Comparison, name: str, results: Results) -> Comparison:
    """Return the comparison with a design added or replaced."""
    names = tuple(dict.fromkeys([*comparison.request.scenarios, name]))
    request = comparison.request.model_copy(update={"scenarios": names})
    return replace(comparison, request=request, results={**comparison.results, name: results})


def with_column(results: Results, table: str, name: str, values: np.ndarray) -> Results:
    """Return results with one column replaced."""
    column = {**getattr(results.tables, table), name: values}
    return Results(results.parameters, replace(results.tables, **{table: column}), results.manifest)
