"""How many replicates a comparison takes: begin with few, double until what is asked is known, stop at a cap.

Looking several times and stopping when a difference shows would claim differences too often. Verdicts therefore end a
comparison early only where they hold at a much stricter level (Haybittle-Peto: 0.001 at every look but the last), which
adds at most a thousandth per look to the chance of a false one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from analysis.compare.comparison import Comparison, Stopped, make_table
from analysis.compare.request import Request
from analysis.store.replicates import Store
from sim.parameters import Parameters
from sim.simulation import Task

EARLY_LEVEL = 0.001
"""Level at which verdicts end a comparison before the cap (Peto et al. 1976)."""


class Watcher(Protocol):
    """Is told how far a comparison is."""

    def plan(self, to_run: int, note: str) -> None:
        """Hear how many runs there are still to do, as far as can be told, and why."""

    def advance(self, runs: int) -> None:
        """Hear that runs were finished."""


@dataclass(frozen=True)
class Look:
    """What is known after some replicates."""

    n_replicates: int
    precise: int
    """Headline differences that are as precise as asked."""
    clear: int
    """Headline differences with a verdict that may end the comparison."""
    settled: int
    """Headline differences that are one or the other."""
    total: int
    """Headline differences."""
    expected: float
    """Replicates after which all would be settled, as far as can be told; infinite where no number would do."""


def replicate_until_known(
    request: Request, parameters: Mapping[str, Parameters], store: Store, watcher: Watcher | None = None
) -> Comparison:
    """Run the designs until the headline differences are known as precisely as asked or their verdicts are clear.

    Parameters
    ----------
    request
        What is asked.
    parameters
        Of every scenario, by name; their number of replicates is not looked at.
    store
        Where replicates are kept; an interrupted comparison goes on from there.
    watcher
        Told about progress.

    Raises
    ------
    ResultError
        The store cannot be written.
    """
    n = request.min_replicates
    _tell_plan(watcher, parameters, store, n, f"{n} replicates each to begin with")
    while True:
        store.fill(list(interleave(parameters, n)), None if watcher is None else lambda *_: watcher.advance(1))
        results = {name: store.gather(with_replicates(parameters[name], n)) for name in request.scenarios}
        table = make_table(request, results)
        look = look_at(table, request, n)
        reason = reason_to_stop(look, request)
        if reason is not None:
            return Comparison(request, results, table, reason)
        n = min(2 * n, request.max_replicates)
        note = f"{look.settled} of {look.total} headline differences settled after {look.n_replicates} replicates"
        _tell_plan(watcher, parameters, store, stage_for(look.expected, request), note)


def interleave(parameters: Mapping[str, Parameters], n_replicates: int) -> Iterator[Task]:
    """Yield replicate 0 of every design, then replicate 1 of every design: what is stopped is balanced."""
    for number in range(n_replicates):
        for design in parameters.values():
            yield design, number


def with_replicates(parameters: Parameters, n_replicates: int) -> Parameters:
    """Return the parameters of a run of the first replicates."""
    run = parameters.run.model_copy(update={"n_replicates": n_replicates, "first_replicate": 0})
    return parameters.model_copy(update={"run": run})


def look_at(table: pd.DataFrame, request: Request, n_replicates: int) -> Look:
    """Return what the headline differences of a table say; those that are not defined are passed over.

    Parameters
    ----------
    table
        Of a comparison.
    request
        What was asked: precision and smallest effects.
    n_replicates
        Pairs behind the table.
    """
    rows = table[table["headline"] & (table["design"] != request.baseline) & table["difference"].notna()]
    level = level_at(request, n_replicates)
    half_width = np.maximum(rows["high"] - rows["difference"], rows["difference"] - rows["low"])
    precise = np.asarray(half_width <= rows["precision"], dtype=bool)
    clear = np.asarray((rows["p_holm"] <= level) | (rows["p_equivalence"] <= level), dtype=bool)
    settled = precise | clear
    needed = rows["replicates_needed"].to_numpy(dtype=np.float64)[~settled]
    return Look(
        n_replicates=n_replicates,
        precise=int(precise.sum()),
        clear=int(clear.sum()),
        settled=int(settled.sum()),
        total=len(rows),
        expected=max([float(n_replicates), *needed.tolist()]),
    )


def level_at(request: Request, n_replicates: int) -> float:
    """Return the level at which a verdict ends the comparison after a number of replicates."""
    return request.level if n_replicates >= request.max_replicates else min(EARLY_LEVEL, request.level)


def reason_to_stop(look: Look, request: Request) -> Stopped | None:
    """Return why no more replicates are needed, or None."""
    if look.clear == look.total:
        return "clear"
    if look.settled == look.total:
        return "precise"
    return "cap" if look.n_replicates >= request.max_replicates else None


def stage_for(needed: float, request: Request) -> int:
    """Return the number of replicates, of those at which the comparison is looked at, that reaches ``needed``."""
    if not math.isfinite(needed):
        return request.max_replicates
    n = request.min_replicates
    while n < needed and n < request.max_replicates:
        n = min(2 * n, request.max_replicates)
    return n


def _tell_plan(
    watcher: Watcher | None, parameters: Mapping[str, Parameters], store: Store, n_replicates: int, note: str
) -> None:
    """Tell how many runs are missing up to a number of replicates."""
    if watcher is not None:
        missing = sum(not store.holds(*task) for task in interleave(parameters, n_replicates))
        watcher.plan(missing, note)
