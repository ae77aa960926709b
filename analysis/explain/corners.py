"""Corners between a baseline and a design: which are needed for Shapley values, and running each of them once."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis.compare.levers import corner, effective
from analysis.compare.request import Request
from analysis.explain.pairs import Array
from analysis.explain.shapley import Order, balanced_orders, coalitions_of, members, sampled_values, shapley_values
from sim.parameters import Governance, Label, Parameters
from sim.results import Results
from sim.simulation import Task
from sim.workers import map_items, usable_workers

Simulate = Callable[[Parameters], Results]
Progress = Callable[[int, int], None]
"""Called with the runs done and the runs in all."""
Run = tuple[int, int]
"""Number of a vector, and of a replicate."""
Outcomes = Mapping[str, Array]
"""Outcomes of one run by name, each of shape (1,)."""

PERIODS_AT_MOST = 75_000
"""Periods of all runs for all designs of a comparison. A period of 2,000 persons takes 2 milliseconds, so this is 75
seconds on two cores at most; a comparison of four designs with the defaults takes 52,080, so 52 seconds."""
FEWEST_REPLICATES = 3
"""Below three replicates an interval says nothing."""
ORDERS_OF_GROUPS = 1
"""Sets the draw of orders apart from other draws of the same seed."""
LOOKED_UP_SECONDS = 0.03
"""What takes less was looked up, or is too short for other processes to pay."""
CORNER_NAME = "corner"


@dataclass(frozen=True)
class Plan:
    """What has to be run for a design."""

    parameters: Parameters
    """Of the small populations, with the levers of the baseline."""
    vectors: Sequence[Governance]
    """Different vectors, the baseline's first."""
    place: Sequence[int]
    """Number of the vector of each coalition of groups."""
    orders: Sequence[Order]
    """Order of the groups in each replicate, to be used with its reverse; none where all coalitions are run."""

    @property
    def replicates(self) -> range:
        """Numbers of the replicates."""
        run = self.parameters.run
        return range(run.first_replicate, run.first_replicate + run.n_replicates)

    def coalitions(self, position: int) -> Sequence[int]:
        """Return the coalitions whose worth is needed in a replicate, by its position from 0."""
        if not self.orders:
            return range(len(self.place))
        order = self.orders[position]
        return list(dict.fromkeys([*coalitions_of(order), *coalitions_of(order[::-1])]))

    def runs(self) -> list[Run]:
        """Return all runs that are needed, each once, replicate by replicate."""
        needed = [
            (self.place[coalition], replicate)
            for position, replicate in enumerate(self.replicates)
            for coalition in self.coalitions(position)
        ]
        return list(dict.fromkeys(needed))


def make_plan(request: Request, ours: Parameters, theirs: Parameters, groups: Sequence[str]) -> Plan:
    """Choose the size of the runs and what is run in each replicate.

    All coalitions where their different vectors are no more than an order and its reverse would take, else an order
    and its reverse.

    Parameters
    ----------
    request
        Sizes asked for, and how many designs share the time.
    ours, theirs
        Of the design and the baseline.
    groups
        The groups that the design moves.
    """
    coalitions = [members(number, groups) for number in range(1 << len(groups))]
    wanted = [effective(corner(theirs.governance, ours.governance, coalition)) for coalition in coalitions]
    vectors = list(dict.fromkeys(wanted))
    of_a_pair = max(1, 2 * len(groups))  # none, all, and twice what lies between
    n_runs = min(len(vectors), of_a_pair)
    n_replicates = choose_replicates(
        request.attribution_replicates, n_runs, theirs.time.n_periods, len(request.designs)
    )
    sampled = len(vectors) > of_a_pair
    seed = (theirs.run.seed, ORDERS_OF_GROUPS)
    orders = balanced_orders(len(groups), n_replicates, seed) if sampled else []
    small = _small_parameters(theirs, request.attribution_customers, n_replicates)
    return Plan(small, vectors, [vectors.index(vector) for vector in wanted], orders)


def choose_replicates(asked: int, n_runs: int, n_periods: int, n_designs: int) -> int:
    """Return how many replicates fit the time: those asked for, or fewer, but no fewer than three of them.

    Parameters
    ----------
    asked
        Replicates asked for.
    n_runs
        Runs of one design in one replicate, at most.
    n_periods
        Periods of one run.
    n_designs
        Designs that share the time.

    >>> choose_replicates(20, 14, 84, 3), choose_replicates(40, 14, 84, 3), choose_replicates(20, 14, 3000, 3)
    (20, 21, 3)
    """
    return min(asked, max(FEWEST_REPLICATES, PERIODS_AT_MOST // n_designs // (n_runs * n_periods)))


def _small_parameters(theirs: Parameters, n_customers: int, n_replicates: int) -> Parameters:
    """Return the parameters of the baseline for small runs."""
    n_customers = min(n_customers, theirs.population.n_customers)
    return theirs.model_copy(
        update={
            "scenario": Label(name=CORNER_NAME),
            "population": theirs.population.model_copy(update={"n_customers": n_customers}),
            "run": theirs.run.model_copy(update={"n_replicates": n_replicates, "keep_customers": 0}),
        }
    )


def run_corners(plan: Plan, simulate: Simulate, progress: Progress | None) -> dict[Run, Outcomes]:
    """Do every run of a plan; what `simulate` looks up costs next to nothing."""
    runs = plan.runs()
    found: dict[Run, Outcomes] = {}

    def keep(done: tuple[Run, Outcomes]) -> None:
        """Collect the outcomes of a run, in the order they finish."""
        found[done[0]] = done[1]
        if progress is not None:
            progress(len(found), len(runs))

    task = partial(_run_corner, plan.parameters, plan.vectors, simulate)
    # Of those that are not looked up, the first compiles the kernels and the second tells how long one takes.
    timed: list[float] = []
    while len(timed) < 2 and len(found) < len(runs):
        begun = time.perf_counter()
        keep(task(runs[len(found)]))
        seconds = time.perf_counter() - begun
        timed += [seconds] if seconds > LOOKED_UP_SECONDS else []
    rest = runs[len(found) :]
    asked = plan.parameters.run.n_workers if _can_travel(simulate) else 1
    map_items(task, rest, usable_workers(asked, len(rest), timed[-1] if timed else 0.0), keep)
    return found


def _run_corner(
    parameters: Parameters, vectors: Sequence[Governance], simulate: Simulate, run: Run
) -> tuple[Run, Outcomes]:
    """Do one run in this process."""
    number, replicate = run
    alone = parameters.run.model_copy(update={"n_replicates": 1, "first_replicate": replicate, "n_workers": 1})
    results = simulate(parameters.model_copy(update={"governance": vectors[number], "run": alone}))
    return run, results.tables.summary


def tasks_of(plans: Sequence[Plan]) -> list[Task]:
    """Return the runs of several plans, replicate by replicate; some may be the same."""
    found = []
    for plan in plans:
        vectors = [plan.parameters.model_copy(update={"governance": vector}) for vector in plan.vectors]
        found += [(vectors[number], replicate) for number, replicate in plan.runs()]
    return sorted(found, key=lambda task: task[1])


def _can_travel(simulate: Simulate) -> bool:
    """Return whether a function can be sent to another process."""
    try:
        pickle.dumps(simulate)
    except (AttributeError, TypeError, pickle.PicklingError):
        return False
    return True


def shares_of(plan: Plan, found: Mapping[Run, Outcomes], names: Sequence[str]) -> tuple[Array, Array]:
    """Return what each group contributes and what all contribute together.

    Parameters
    ----------
    plan
        What was run.
    found
        From `run_corners`.
    names
        Outcomes.

    Returns
    -------
    tuple
        Contributions of shape (n_groups, n_outcomes, n_replicates) and totals of shape (n_outcomes, n_replicates), in
        the units of the outcomes; in every replicate contributions add up to the total.
    """
    shares, totals = [], []
    for position, replicate in enumerate(plan.replicates):
        worth = {
            coalition: np.concatenate([found[plan.place[coalition], replicate][name] for name in names])
            for coalition in plan.coalitions(position)
        }
        if plan.orders:
            order = plan.orders[position]
            shares.append(sampled_values(worth, [order, order[::-1]]))
        else:
            shares.append(shapley_values(np.stack([worth[number] for number in range(len(plan.place))])))
        totals.append(worth[len(plan.place) - 1] - worth[0])
    return np.stack(shares, axis=-1), np.stack(totals, axis=-1)
