"""The switch as an interrupted time series: what changes in level and in slope when the design comes into force."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.compare.comparison import Comparison
from analysis.explain.pairs import Array, pair_of, student_interval
from sim.errors import ResultError
from sim.results import Results

AGAINST_BASELINE = "baseline"
AGAINST_PAST = "own past"
SAME_HISTORY = 1e-6
"""Largest difference before the switch, relative to the size of the series, that rounding on disk can cause."""


def interrupted_series(comparison: Comparison, design: str, metric: str = "profit") -> pd.DataFrame:
    """Return the change in level and slope at the switch, by segmented regression.

    The difference between design and baseline is regressed, per replicate, on a step at the switch and on the years
    since. Both share their history bit for bit, so before the switch this difference is exactly 0 and neither level
    nor slope of the past has to be estimated; that is checked, not assumed. Intervals are Student-t over the
    replicates' own estimates, which need no model of the serial correlation within a series.

    Beside it stands what somebody without the baseline would find: the same regression of the design's series against
    its own past (level, slope and their changes; Wagner et al. 2002). Where the status quo itself would have moved,
    the two differ, and the first is right.

    Parameters
    ----------
    comparison
        The designs and their baseline.
    design
        Name of one design.
    metric
        A line of the account (currency per year) or a series (what adds up over time, ``new_``, per year; the rest as
        recorded).

    Returns
    -------
    DataFrame
        Four rows: metric, against ("baseline" or "own past"), term ("level": jump at the switch; "slope": change per
        year after it), value, low, high, before (largest difference of the two histories, 0 when they are the same).

    Raises
    ------
    ResultError
        The design or metric is unknown, the replicates are no pairs, or the histories before the switch differ.
    """
    ours, theirs = pair_of(comparison, design)
    values, base = _series(ours, metric), _series(theirs, metric)
    clock = ours.parameters.time
    before = float(np.abs((values - base)[:, : clock.n_burn_in]).max())
    if before > SAME_HISTORY * float(np.abs(base[:, : clock.n_burn_in]).max()):
        raise ResultError(
            f"{metric}: {design} and {theirs.scenario} differ by up to {before:g} before the switch, where they must "
            "share their history"
        )
    years = (np.arange(ours.n_periods) + 0.5 - clock.n_burn_in) / clock.periods_per_year
    changes = {
        AGAINST_BASELINE: fit_changes((values - base)[:, clock.n_burn_in :], years[clock.n_burn_in :]),
        AGAINST_PAST: fit_changes(values, years),
    }
    rows = []
    for against, change in changes.items():
        for term, estimates in zip(("level", "slope"), change.T, strict=True):
            mean, low, high = map(float, student_interval(estimates, comparison.request.confidence))
            row = {"metric": metric, "against": against, "term": term, "value": mean, "low": low, "high": high}
            rows.append(row | {"before": before})
    return pd.DataFrame(rows)


def fit_changes(values: Array, years: Array) -> Array:
    """Regress series on a level and a slope, and on a change of both at the switch, by least squares.

    Parameters
    ----------
    values
        Shape (n_replicates, n_periods).
    years
        Middle of each period, years after the switch, shape (n_periods,). Where all of them are after the switch,
        level and slope before it are taken to be 0.

    Returns
    -------
    ndarray
        Change in level at the switch and change in slope per year, shape (n_replicates, 2).
    """
    after = (years > 0.0).astype(np.float64)
    columns = [after, after * years]
    if not after.all():
        columns += [np.ones_like(years), years]
    coefficients = np.linalg.lstsq(np.column_stack(columns), values.T, rcond=None)[0]
    return np.asarray(coefficients[:2].T)


def _series(results: Results, metric: str) -> Array:
    """Return an account line or a series, flows per year, shape (n_replicates, n_periods).

    Raises
    ------
    ResultError
        There is no such line or series.
    """
    per_year = results.parameters.time.periods_per_year
    if metric in results.tables.accounts:
        return results.tables.accounts[metric] * per_year
    if metric in results.tables.series:
        return results.tables.series[metric] * (per_year if metric.startswith("new_") else 1)
    known = ", ".join([*results.tables.accounts, *results.tables.series])
    raise ResultError(f"{metric}: no such account line or series; choose from {known}")
