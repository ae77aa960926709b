"""Which levers of a design make the difference: Shapley values over the corners between baseline and design."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

import sim
from analysis.comparison import Comparison
from analysis.why.levers import LEVER_GROUPS, check_cover, corner, effective, moved_levers
from analysis.why.pairs import Array, pair_of, student_interval
from analysis.why.shapley import members, shapley_values
from sim.errors import ResultError
from sim.outcomes import OUTCOMES
from sim.parameters import Governance, Label, Parameters
from sim.results import Results
from sim.workers import map_items, usable_workers

Simulate = Callable[[Parameters], Results]
Progress = Callable[[int, int], None]
"""Called with the corners done and the corners in all."""

PERIODS_AT_MOST = 75_000
"""Periods of all corners and replicates of all designs of a comparison. A period of a small population takes 1.1 to 1.5
milliseconds whatever its size (up to 1,000 customers; 4,000 take 2.1), so this is some 45 seconds on two cores."""
FEWEST_REPLICATES = 3
"""Below three replicates an interval says nothing."""
GROWS_WITH_CUSTOMERS = ("currency", "currency per year", "customers")
"""Units of outcomes that are proportional to the size of the market."""
CORNER_NAME = "corner"


@dataclass(frozen=True)
class Attribution:
    """The difference between a design and the baseline, shared among the groups of levers the design moves."""

    design: str
    frame: pd.DataFrame
    """One row per outcome and group: group, outcome, title, unit, contribution, low, high (paired over replicates)."""
    total: pd.DataFrame
    """One row per outcome: outcome, title, unit, total, low, high (the small populations; the contributions add up to
    it), main, main_low, main_high (the comparison itself, larger and with more replicates)."""
    groups: Mapping[str, tuple[str, ...]]
    """Levers the design moves, by group; groups it leaves alone are missing and contribute nothing."""
    n_customers: int
    n_replicates: int
    n_corners: int
    """Coalitions of groups, 2 to the power of their number."""
    n_runs: int
    """Different vectors among them, each run once."""
    confidence: float

    def describe_sizes(self) -> str:
        """Say what was run."""
        return (
            f"{self.n_corners} combinations of {len(self.groups)} groups of levers, {self.n_runs} of them different, "
            f"each on {self.n_customers:,} customers and {self.n_replicates} replicates with the same luck"
        )


@dataclass(frozen=True)
class _Plan:
    """What has to be run for a design."""

    parameters: Parameters
    """Of the small populations, with the levers of the baseline."""
    vectors: list[Governance]
    """Different vectors, the baseline's first."""
    place: list[int]
    """Number of the vector of each coalition."""


def attribution(
    comparison: Comparison,
    design: str,
    *,
    simulate: Simulate = sim.simulate,
    outcomes: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Attribution:
    """Share the difference between a design and the baseline among seven groups of levers.

    Every combination of groups is a corner: the baseline with the levers of those groups moved to where the design
    has them. All corners are run on small populations with the same luck, replicate by replicate, and a group's
    contribution is its Shapley value: what it adds, averaged over all orders in which the groups might be moved.
    Contributions add up to the difference of the small populations, which differs from that of the main comparison by
    luck and, as far as size matters, by size (a small market has noisier surveys and hears of fewer failures); both
    are reported side by side. Outcomes that grow with the market are scaled to the market of the comparison.

    Levers interact, and Shapley values share what only a combination achieves equally among those it takes: a budget
    without a holder to spend it does nothing, nor does a holder without a budget, talk or rights, so what holder and
    budget achieve together is credited half to each. A contribution is therefore not what would be lost by leaving a
    group out, which may be more. Whether the role is held is not a matter of degree; it belongs to "holder and timing",
    whose contribution is that of having this holder, with this turnover and these lags, at all.

    Sizes: ``request.attribution_customers`` and ``attribution_replicates``, the latter reduced (to no fewer than 3)
    where many groups move, so that all designs of a comparison together take some 40 seconds on two quiet cores; the
    choice depends on what is asked alone, never on a clock, and is reported. Vectors that act alike are run once: where
    nobody holds the role, levers that only a holder can pull change nothing, which halves the corners.

    Parameters
    ----------
    comparison
        The designs and their baseline.
    design
        Name of one design.
    simulate
        Runs parameters; may look results up. Where it can be sent to other processes, corners run in parallel as
        ``run.n_workers`` says.
    outcomes
        Names of outcomes to share; by default the headline outcomes.
    progress
        Called after each corner.

    Raises
    ------
    ResultError
        The design or an outcome is unknown, the replicates are no pairs, the design differs from the baseline in more
        than its levers, or a lever of the model is in no group.
    """
    check_cover(LEVER_GROUPS)
    ours, theirs = pair_of(comparison, design)
    names = _outcome_names(outcomes)
    levers = moved_levers(theirs.parameters.governance, ours.parameters.governance)
    plan = _plan(comparison, ours.parameters, theirs.parameters, list(levers))
    corners = _run_corners(plan, simulate, progress)
    scale = theirs.parameters.population.n_customers / plan.parameters.population.n_customers
    sizes = np.array([scale if OUTCOMES[name].unit in GROWS_WITH_CUSTOMERS else 1.0 for name in names])
    worth = np.stack([[corners[place][name] for name in names] for place in plan.place]) * sizes[:, None]
    confidence = comparison.request.confidence
    return Attribution(
        design=design,
        frame=_contributions(shapley_values(worth), list(levers), names, confidence),
        total=_totals(worth[-1] - worth[0], (ours, theirs), names, confidence),
        groups=levers,
        n_customers=plan.parameters.population.n_customers,
        n_replicates=plan.parameters.run.n_replicates,
        n_corners=len(plan.place),
        n_runs=len(plan.vectors),
        confidence=confidence,
    )


def choose_replicates(asked: int, n_runs: int, n_periods: int, n_designs: int) -> int:
    """Return how many replicates fit the time: those asked for, or fewer, but no fewer than three of them.

    Parameters
    ----------
    asked
        Replicates asked for.
    n_runs
        Vectors to run for one design.
    n_periods
        Periods of one replicate.
    n_designs
        Designs that share the time.

    >>> choose_replicates(4, 72, 84, 3), choose_replicates(8, 72, 84, 3), choose_replicates(4, 128, 84, 3)
    (4, 4, 3)
    """
    return min(asked, max(FEWEST_REPLICATES, PERIODS_AT_MOST // n_designs // (n_runs * n_periods)))


def _plan(comparison: Comparison, ours: Parameters, theirs: Parameters, groups: list[str]) -> _Plan:
    """List the vectors to run, and the size to run them at."""
    _check_levers_only(ours, theirs)
    coalitions = [members(number, groups) for number in range(1 << len(groups))]
    wanted = [effective(corner(theirs.governance, ours.governance, coalition)) for coalition in coalitions]
    vectors = list(dict.fromkeys(wanted))
    asked, n_designs = comparison.request, len(comparison.designs)
    n_replicates = choose_replicates(asked.attribution_replicates, len(vectors), theirs.time.n_periods, n_designs)
    n_customers = min(asked.attribution_customers, theirs.population.n_customers)
    small = theirs.model_copy(
        update={
            "scenario": Label(name=CORNER_NAME),
            "population": theirs.population.model_copy(update={"n_customers": n_customers}),
            "run": theirs.run.model_copy(update={"n_replicates": n_replicates, "keep_customers": 0}),
        }
    )
    return _Plan(small, vectors, [vectors.index(vector) for vector in wanted])


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


def _run_corners(plan: _Plan, simulate: Simulate, progress: Progress | None) -> list[Mapping[str, Array]]:
    """Run every vector once; return its outcomes by name, each of shape (n_replicates,)."""
    found: dict[int, Mapping[str, Array]] = {}

    def keep(done: tuple[int, Mapping[str, Array]]) -> None:
        found[done[0]] = done[1]
        if progress is not None:
            progress(len(found), len(plan.vectors))

    task = partial(_run_corner, plan.parameters, plan.vectors, simulate)
    # The first corner compiles the kernels and fills their cache, the second tells how long one takes.
    seconds_each = 0.0
    for number in range(min(2, len(plan.vectors))):
        start = time.perf_counter()
        keep(task(number))
        seconds_each = time.perf_counter() - start
    rest = range(len(found), len(plan.vectors))
    asked = plan.parameters.run.n_workers if _can_travel(simulate) else 1
    map_items(task, rest, usable_workers(asked, len(rest), seconds_each), keep)
    return [found[number] for number in range(len(plan.vectors))]


def _run_corner(
    parameters: Parameters, vectors: Sequence[Governance], simulate: Simulate, number: int
) -> tuple[int, Mapping[str, Array]]:
    """Run one vector in this process; return its number and its outcomes."""
    alone = parameters.run.model_copy(update={"n_workers": 1})
    results = simulate(parameters.model_copy(update={"governance": vectors[number], "run": alone}))
    return number, results.tables.summary


def _can_travel(simulate: Simulate) -> bool:
    """Return whether a function can be sent to another process."""
    try:
        pickle.dumps(simulate)
    except (AttributeError, TypeError, pickle.PicklingError):
        return False
    return True


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
    """Return the total difference of the small populations beside that of the comparison."""
    rows = []
    for values, name in zip(small, names, strict=True):
        total = map(float, student_interval(values, confidence))
        main = map(float, student_interval(pair[0].tables.summary[name] - pair[1].tables.summary[name], confidence))
        cells = dict(zip(("total", "low", "high"), total, strict=True))
        cells |= dict(zip(("main", "main_low", "main_high"), main, strict=True))
        rows.append({**_about(name), **cells})
    return pd.DataFrame(rows)


def _about(name: str) -> dict[str, str]:
    outcome = OUTCOMES[name]
    return {"outcome": name, "title": outcome.title, "unit": outcome.unit}
