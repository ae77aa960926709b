"""Which levers of a design make the difference: Shapley values from small runs with the same luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

import sim
from analysis.compare.comparison import Comparison
from analysis.compare.levers import LEVER_GROUPS, check_cover, moved_levers
from analysis.explain.corners import Plan, Progress, Simulate, make_plan, run_corners, shares_of
from analysis.explain.pairs import Array, pair_of, student_interval
from sim.errors import ResultError
from sim.outcomes import OUTCOMES
from sim.parameters import Parameters
from sim.results import Results

GROWS_WITH_CUSTOMERS = ("currency", "currency per year", "customers")
"""Units of outcomes that are proportional to the size of the market."""


@dataclass(frozen=True)
class Attribution:
    """The difference between a design and the baseline, shared among the groups of levers the design moves."""

    design: str
    frame: pd.DataFrame
    """One row per outcome and group: group, outcome, title, unit, contribution, low, high (paired over replicates)."""
    total: pd.DataFrame
    """One row per outcome: outcome, title, unit, total, low, high (the small runs; the contributions add up to it),
    main, main_low, main_high (the comparison itself), and size, size_low, size_high (what the comparison adds to the
    small runs on the replicates that both have, so with the same luck of the company: the effect of market size)."""
    groups: Mapping[str, tuple[str, ...]]
    """Levers the design moves, by group; groups it leaves alone are missing and contribute nothing."""
    n_customers: int
    n_replicates: int
    n_corners: int
    """Combinations of groups, 2 to the power of their number."""
    n_runs: int
    """Runs of one replicate each; vectors that act alike are run once."""
    n_shared: int
    """Replicates that the comparison and the small runs both have."""
    sampled: bool
    """One random order and its reverse in each replicate; else all combinations."""
    confidence: float

    def describe_sizes(self) -> str:
        """Say what was run."""
        each = f"{self.n_replicates} replicates of a market of {self.n_customers:,} persons"
        number = len(self.groups)
        if self.sampled:
            how = f"one random order of {number} groups of levers and its reverse in each of {each}"
        else:
            how = f"all {self.n_corners} combinations of {number} groups of levers in each of {each}"
        return f"{how} ({self.n_runs:,} runs, same luck within a replicate)"


def attribution(
    comparison: Comparison,
    design: str,
    *,
    simulate: Simulate = sim.simulate,
    outcomes: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Attribution:
    """Share the difference between a design and the baseline among seven groups of levers.

    A combination of groups is a corner: the baseline with the levers of those groups moved to where the design has
    them. A group's contribution is its Shapley value: what it adds when moved, averaged over all orders in which the
    groups might be moved. Each replicate of small populations takes one random order and its reverse, all corners on
    the way with the same luck; orders are balanced over replicates (`analysis.explain.shapley.balanced_orders`).
    Contributions add up, replicate by replicate, to the difference of the small runs, and are unbiased for the Shapley
    values; the intervals hold both luck and the draw of orders (slightly wide, as they take no credit for the
    balance). Where all corners are no more runs than an order and its reverse, all are run. Vectors that act alike are
    run once: where nobody holds the role, levers that only a holder can pull change nothing.

    Levers interact, and Shapley values share what only a combination achieves equally among those it takes: a budget
    without a holder to spend it does nothing, nor does a holder without a budget, talk or rights, so what holder and
    budget achieve together is credited half to each. A contribution is therefore not what would be lost by leaving a
    group out, which may be more. Whether the role is held is not a matter of degree; it belongs to "holder and timing",
    whose contribution is that of having this holder, with this turnover and these lags, at all.

    Sizes: ``request.attribution_customers`` and ``attribution_replicates``, the latter reduced (to no fewer than 3)
    for long horizons and many designs; the choice depends on what is asked alone, never on a clock, and is reported.
    The defaults were measured on ``accountable_cxo`` in ``auto_insurance``, net present value with customer equity, in
    thousand EUR at the size of the comparison:

    * 20 replicates of 2,000 persons (220 runs, 36 seconds of one core): 95 % half-widths of 38 for the budget, 50 for
      the holder, 24 for the incentives and 77 for the total. All 72 different corners on 4 replicates of 1,000 persons
      (288 runs, 43 seconds): 106, 109, 44 and 265 on average, since luck differs most between replicates, whatever
      the size of the market. The first four happen to be lucky: +225 in total, +61 over twenty at the same size.
    * Variance times computing time is alike at 1,000 and 2,000 persons, half as much again at 4,000, and a tenth to a
      sixth larger with two orders and their reverses in each replicate.
    * Size of the market, same replicates: the total at 2,000 persons less that at 4,000 is +4 (-3 to +11, 160
      replicates), less that at 10,000 -2 (-15 to +10, 40 replicates), less that at 500 +18 (+4 to +31, 160 replicates).
      From 2,000 on the effect of size is too small to tell; every comparison measures it again (column ``size``).

    Parameters
    ----------
    comparison
        The designs and their baseline.
    design
        Name of one design.
    simulate
        Runs parameters; may look results up. Where it can be sent to other processes, runs go in parallel as
        ``run.n_workers`` says.
    outcomes
        Names of outcomes to share; by default the headline outcomes.
    progress
        Called after each run.

    Raises
    ------
    ResultError
        The design or an outcome is unknown, the replicates are no pairs, the design differs from the baseline in more
        than its levers, or a lever of the model is in no group.
    """
    names = _outcome_names(outcomes)
    ours, theirs = pair_of(comparison, design)
    levers = moved_levers(theirs.parameters.governance, ours.parameters.governance)
    plan = plan_of(comparison, design)
    shares, total = shares_of(plan, run_corners(plan, simulate, progress), names)
    n_customers = plan.parameters.population.n_customers
    sizes = _scales(names, theirs.parameters.population.n_customers / n_customers)[:, None]
    confidence = comparison.request.confidence
    return Attribution(
        design=design,
        frame=_contributions(shares * sizes, list(levers), names, confidence),
        total=_totals(total * sizes, (ours, theirs), names, confidence),
        groups=levers,
        n_customers=n_customers,
        n_replicates=len(plan.replicates),
        n_corners=len(plan.place),
        n_runs=len(plan.runs()),
        n_shared=min(len(plan.replicates), theirs.n_replicates),
        sampled=bool(plan.orders),
        confidence=confidence,
    )


def plan_of(comparison: Comparison, design: str) -> Plan:
    """Return what has to be run to share the difference of a design.

    Raises
    ------
    ResultError
        As in `attribution`.
    """
    check_cover(LEVER_GROUPS)
    ours, theirs = (results.parameters for results in pair_of(comparison, design))
    _check_levers_only(ours, theirs)
    return make_plan(comparison.request, ours, theirs, list(moved_levers(theirs.governance, ours.governance)))


def _check_levers_only(ours: Parameters, theirs: Parameters) -> None:
    """Check that the two differ in levers and name only."""
    for group in type(ours).model_fields:
        if group not in ("scenario", "governance", "run") and getattr(ours, group) != getattr(theirs, group):
            raise ResultError(
                f"{group}: differs between {ours.scenario.name} and {theirs.scenario.name}; only levers may"
            )


def _outcome_names(asked: Sequence[str] | None) -> list[str]:
    if asked is None:
        return [name for name, outcome in OUTCOMES.items() if outcome.headline]
    for name in asked:
        if name not in OUTCOMES:
            raise ResultError(f"{name}: no such outcome; choose from {', '.join(OUTCOMES)}")
    return list(asked)


def _scales(names: Sequence[str], scale: float) -> Array:
    """Return what takes outcomes of the small market to the market of the comparison."""
    return np.array([scale if OUTCOMES[name].unit in GROWS_WITH_CUSTOMERS else 1.0 for name in names])


def _contributions(shares: Array, groups: Sequence[str], names: Sequence[str], confidence: float) -> pd.DataFrame:
    """Return one row per outcome and group from contributions of shape (n_groups, n_outcomes, n_replicates)."""
    rows = []
    for column, name in enumerate(names):
        for row, group in enumerate(groups):
            mean, low, high = map(float, student_interval(shares[row, column], confidence))
            cells = {"group": group, **_about(name), "contribution": mean, "low": low, "high": high}
            rows.append(cells)
    return pd.DataFrame(rows, columns=["group", "outcome", "title", "unit", "contribution", "low", "high"])


def _totals(small: Array, pair: tuple[Results, Results], names: Sequence[str], confidence: float) -> pd.DataFrame:
    """Return the total of the small runs, that of the comparison, and how they differ on the replicates of both."""
    rows = []
    for values, name in zip(small, names, strict=True):
        main = pair[0].tables.summary[name] - pair[1].tables.summary[name]
        n_shared = min(values.size, main.size)
        estimates = {
            ("total", "low", "high"): values,
            ("main", "main_low", "main_high"): main,
            ("size", "size_low", "size_high"): main[:n_shared] - values[:n_shared],
        }
        cells: dict[str, float] = {}
        for columns, sample in estimates.items():
            cells |= dict(zip(columns, map(float, student_interval(sample, confidence)), strict=True))
        rows.append({**_about(name), **cells})
    return pd.DataFrame(rows)


def _about(name: str) -> dict[str, str]:
    outcome = OUTCOMES[name]
    return {"outcome": name, "title": outcome.title, "unit": outcome.unit}
