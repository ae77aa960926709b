"""Where customers are let down: hand-offs between departments, and the steps of their journeys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.compare.comparison import Comparison
from analysis.explain.pairs import Array, Ratio, interval_columns, pair_of
from sim.results import Results

Indices = NDArray[np.intp]


def handoff_losses(comparison: Comparison) -> pd.DataFrame:
    """Return how often each hand-off between two departments fails under every design, the baseline included.

    Parameters
    ----------
    comparison
        The designs and their baseline.

    Returns
    -------
    DataFrame
        One row per design and pair of departments that any journey joins: design, from, to, attempts and failures
        (mean per replicate over the horizon), rate (share of hand-offs that fail), low, high, then the paired
        difference of the rate to the baseline: difference, difference_low, difference_high. A rate is total failures
        over total attempts of all replicates (ratio estimator). Where no replicate saw a failure the interval is the
        exact one for a count of zero.

    Raises
    ------
    ResultError
        Replicates of a design are no pairs of the baseline's.
    """
    joined = np.any([_attempts(results).sum(axis=0) > 0.0 for results in comparison.results.values()], axis=0)
    names = np.array(comparison.baseline.department_names)
    source, target = np.nonzero(joined)
    frames = []
    for design in comparison.results:
        ours, theirs = pair_of(comparison, design)
        columns: dict[str, Any] = {"design": design, "from": names[source], "to": names[target]}
        columns["attempts"] = _attempts(ours).mean(axis=0)[joined]
        columns["failures"] = ours.tables.handoffs["failures"].mean(axis=0)[joined]
        rate = _handoff_rate(ours, source, target)
        base = rate if ours is theirs else _handoff_rate(theirs, source, target)
        frames.append(pd.DataFrame(columns | _cells(rate, base, comparison.request.confidence)))
    return pd.concat(frames, ignore_index=True)


def journey_losses(comparison: Comparison) -> pd.DataFrame:
    """Return how likely each step of each journey is to fail under every design, the baseline included.

    A step fails by its department's own failure or by the hand-off from the department before, whichever comes; the
    model draws the two independently. Both rates are those measured after the switch over all journeys, put together
    along the path of each journey. Failures of a change of channel belong to no department and are left out.

    Parameters
    ----------
    comparison
        The designs and their baseline.

    Returns
    -------
    DataFrame
        One row per design, journey and step: design, journey, step (from 1), department, previous (department that
        hands over, empty at the first step and within a department), department_rate, handoff_rate (0 where nothing
        is handed over), rate (probability that the step fails), low, high, difference, difference_low,
        difference_high (paired, to the baseline), failures_per_1000 (journeys), share_failed_so_far (probability that
        this step or one before has failed).

    Raises
    ------
    ResultError
        Replicates of a design are no pairs of the baseline's.
    """
    frames = []
    for design in comparison.results:
        ours, theirs = pair_of(comparison, design)
        for journey in ours.parameters.journeys:
            path = _walk(ours, journey)
            step = path.step
            base = step if ours is theirs else _walk(theirs, journey).step
            cells = _cells(step, base, comparison.request.confidence)
            columns: dict[str, Any] = {
                "design": design,
                "journey": journey,
                "step": np.arange(1, len(path.visited) + 1),
            }
            columns |= {"department": path.visited, "previous": path.previous}
            columns |= {"department_rate": path.department.value, "handoff_rate": path.handoff.value, **cells}
            columns["failures_per_1000"] = 1000.0 * step.value
            columns["share_failed_so_far"] = 1.0 - np.cumprod(1.0 - step.value)
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


@dataclass(frozen=True)
class _Path:
    """The steps of one journey and how often they fail, each ratio of shape (n_steps,)."""

    visited: list[str]
    previous: list[str]
    department: Ratio
    handoff: Ratio

    @property
    def step(self) -> Ratio:
        """Failure of the step by either cause."""
        return self.department.either(self.handoff)


def _walk(results: Results, journey: str) -> _Path:
    """Put measured rates together along the path of a journey."""
    names = results.department_names
    visited = [step.department for step in results.parameters.journeys[journey].steps]
    before = [visited[0], *visited[:-1]]
    source, target = np.array([names.index(name) for name in before]), np.array([names.index(name) for name in visited])
    after = slice(results.parameters.time.n_burn_in, None)
    failures, encounters = (
        results.tables.departments[name][:, after].sum(axis=1)[:, target] for name in ("failures", "encounters")
    )
    handed = source != target
    rate = _handoff_rate(results, source, target)
    handoff = Ratio(
        np.where(handed, rate.value, 0.0), np.where(handed, rate.residuals, 0.0), np.where(handed, rate.trials, np.inf)
    )
    previous = [name if moved else "" for name, moved in zip(before, handed, strict=True)]
    return _Path(visited, previous, Ratio.of(failures, encounters), handoff)


def _handoff_rate(results: Results, source: Indices, target: Indices) -> Ratio:
    """Return the failure rates of some hand-offs after the switch, shape (n_pairs,)."""
    return Ratio.of(results.tables.handoffs["failures"][:, source, target], _attempts(results)[:, source, target])


def _attempts(results: Results) -> Array:
    return results.tables.handoffs["attempts"]


def _cells(ours: Ratio, theirs: Ratio, confidence: float) -> dict[str, Array]:
    """Return a rate with its interval, and its paired difference with the interval of that."""
    low, high = ours.interval(confidence)
    level = (ours.value, np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0))
    return interval_columns("rate", level, ours.apart(theirs, confidence))
