"""An invented comparison with every part a memo can have, and ways to put other verdicts and titles into it."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd

import sim
from analysis.compare.comparison import Comparison, make_comparison
from analysis.compare.request import Request
from analysis.explain.attribution import Attribution
from analysis.show.explanations import CompanyAnalyses, CustomerStory, Explanations, FurtherRuns, explain
from sim.outcomes import OUTCOMES
from sim.results import Results
from tests.compare_cases import SHORT
from tests.fakes import FakeReplicate, fake_replicate

DESIGNS = ("no_cxo", "responsible_cxo", "accountable_cxo", "ceo_as_cxm")
GAPS = ("knowledge_gap", "specification_gap", "delivery_gap", "perception_gap")
MANIFEST = {
    "content_hash": "0123456789abcdef" * 4,
    "code": {"version": "0.1.0", "commit": None, "source": "feedfeedfeedfeed", "dirty": None},
    "environment": {"python": "3.11.7", "packages": {"numpy": "2.4.6"}},
}


def rich_replicate(parameters: sim.Parameters, replicate: int) -> FakeReplicate:
    """Invent a replicate with all that pictures and memo read."""
    fake = fake_replicate(parameters, replicate)
    n_periods, rng = parameters.time.n_periods, np.random.default_rng([7, replicate])
    shape, help_ = (n_periods, len(parameters.organisation.departments)), parameters.governance.decision_rights
    series = {"new_churned": rng.uniform(20, 30, n_periods), "new_journeys": rng.uniform(900, 1000, n_periods)}
    series["new_journeys_failed"] = rng.uniform(80, 120, n_periods) * (1.0 - 0.3 * help_)
    departments = {name: rng.normal(0.3 - 0.2 * help_, 0.05, shape) for name in GAPS}
    departments["encounters"] = rng.uniform(400, 500, shape)
    departments["failures"] = rng.uniform(20, 40, shape) * (1.0 - 0.4 * help_)
    departments |= {"service_gap": sum(departments[name] for name in GAPS), "requirement": np.full(shape, 0.5)}
    attempts = np.full((shape[1], shape[1]), 5000.0)
    handoffs = {"attempts": attempts, "failures": rng.uniform(100, 200, attempts.shape) * (1.0 - 0.3 * help_)}
    return dataclasses.replace(
        fake,
        series={**fake.series, **series},
        departments={**fake.departments, **departments},
        handoffs=handoffs,
    )


def invent(*overrides: str, designs: tuple[str, ...] = DESIGNS, n_replicates: int = 6) -> Comparison:
    """Invent a comparison of the project's designs."""
    keys = ("population=small", "time.horizon_years=3", f"run.n_replicates={n_replicates}", *overrides)
    results = {}
    for name in designs:
        parameters = sim.compose(f"scenario={name}", *keys)
        made = Results.from_replicates(parameters, [rich_replicate(parameters, r) for r in range(n_replicates)], 1.0)
        results[name] = Results(parameters, made.tables, MANIFEST)
    request = Request(scenarios=designs, baseline=designs[0])
    return make_comparison(request, results, "cap")


def fluctuating(designs: tuple[str, ...] = ("no_cxo", "responsible_cxo", "accountable_cxo"), n: int = 12) -> Comparison:
    """Return a comparison in which every difference varies, some outcomes by more than they differ, some by less."""
    results = {}
    for number, name in enumerate(designs):
        parameters = sim.compose(f"scenario={name}", f"run.n_replicates={n}", *SHORT)
        effects = np.linspace(0.0, 0.3, len(OUTCOMES)) * (number > 0)
        replicates = []
        for replicate in range(n):
            luck = np.random.default_rng([number, replicate]).normal(0.0, 0.1, len(OUTCOMES))
            summary = {key: float(value) for key, value in zip(OUTCOMES, 1.0 + effects + luck, strict=True)}
            replicates.append(dataclasses.replace(fake_replicate(parameters, replicate), summary=summary))
        results[name] = Results.from_replicates(parameters, replicates, 1.0)
    request = Request(scenarios=designs, baseline=designs[0], smallest_effect=0.3)
    return make_comparison(request, results, "cap")


def with_row(comparison: Comparison, design: str, outcome: str, **cells: float | str) -> Comparison:
    """Return the comparison with cells of one row of its table replaced."""
    table = comparison.table.copy()
    chosen = (table["design"] == design) & (table["outcome"] == outcome)
    for column, value in cells.items():
        table.loc[chosen, column] = value
    return dataclasses.replace(comparison, table=table)


def with_title(comparison: Comparison, design: str, title: str) -> Comparison:
    """Return the comparison with the title of a design replaced."""
    one = comparison.results[design]
    label = one.parameters.scenario.model_copy(update={"title": title})
    parameters = one.parameters.model_copy(update={"scenario": label})
    changed = Results(parameters, one.tables, one.manifest)
    return dataclasses.replace(comparison, results={**comparison.results, design: changed})


def with_industry(comparison: Comparison, title: str) -> Comparison:
    """Return the comparison in an industry of another title."""
    results = {}
    for name, one in comparison.results.items():
        label = one.parameters.industry.model_copy(update={"title": title})
        results[name] = Results(one.parameters.model_copy(update={"industry": label}), one.tables, one.manifest)
    return dataclasses.replace(comparison, results=results)


def attribution_of(design: str, contributions: dict[str, float], half_width: float = 100.0) -> Attribution:
    """Invent an attribution of both profits."""
    outcomes = {"npv": "Net present value", "npv_with_equity": "Net present value with customer equity"}
    about = [{"outcome": name, "title": title, "unit": "currency"} for name, title in outcomes.items()]
    rows = [
        {"group": group, **outcome, "contribution": value, "low": value - half_width, "high": value + half_width}
        for outcome in about
        for group, value in contributions.items()
    ]
    total = sum(contributions.values())
    ends = {"total": total, "low": total - half_width, "high": total + half_width}
    main = {"main": total, "main_low": total - half_width, "main_high": total + half_width}
    size = {"size": 0.0, "size_low": -half_width, "size_high": half_width}
    totals = pd.DataFrame([{**outcome, **ends, **main, **size} for outcome in about])
    groups = {group: (group,) for group in contributions}
    return Attribution(
        design, pd.DataFrame(rows), totals, groups, n_customers=500, n_replicates=3, n_corners=2 ** len(groups),
        n_runs=18, n_shared=3, sampled=True, confidence=0.95,
    )  # fmt: skip


def switchers_of(design: str) -> SimpleNamespace:
    """Invent the counts of switchers."""
    columns = {name: [5.0, 1.0, 4.0] for name in ("customers", "share")} | {"worth": [5e4, 1e4, 4e4]}
    counts = {f"{name}{end}": np.array(values) * f for name, values in columns.items() for end, f in ENDS.items()}
    return SimpleNamespace(
        design=design, n_replicates=3, counts=pd.DataFrame(counts, index=["kept", "lost", "net"])
    )  # fmt: skip


ENDS = {"": 1.0, "_low": 0.5, "_high": 1.5}


def explain_all(comparison: Comparison, company: CompanyAnalyses | None = None) -> Explanations:
    """Return every explanation a memo can have."""
    groups = {"incentives": 4000.0, "budget": -2500.0, "decision rights": 20.0}
    further = FurtherRuns(
        {design: attribution_of(design, groups) for design in comparison.designs},
        {design: switchers_of(design) for design in comparison.designs},
        [CustomerStory("Customer 17 stays under one design and leaves under the other.")],
    )
    return explain(comparison, further, company=company)
