"""The gap waterfall: where quality is lost between what customers require and what they perceive."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.compare.comparison import Comparison
from analysis.explain.pairs import Array, interval_columns, last_year, pair_of, student_interval
from sim.results import Results

GAPS = ("knowledge", "specification", "delivery", "perception")
"""The gaps in the order of the chain; they add up to the service gap (Parasuraman, Zeithaml & Berry 1985)."""


def gap_waterfall(comparison: Comparison) -> pd.DataFrame:
    """Split the service gap of every department under every design, the baseline included.

    Parameters
    ----------
    comparison
        The designs and their baseline.

    Returns
    -------
    DataFrame
        One row per design, department and gap: design, department, gap, value, low, high, then the paired difference
        to the baseline: difference, difference_low, difference_high (0 for the baseline itself). Means over the last
        year of the horizon, SD of encounters; the four values of a department add up to its service gap. A gap below
        0 is a gain: more is delivered than specified, or more perceived than delivered.

    Raises
    ------
    ResultError
        Replicates of a design are no pairs of the baseline's.
    """
    frames = []
    for design in comparison.results:
        ours, theirs = pair_of(comparison, design)
        values, confidence = _gaps(ours), comparison.request.confidence
        level = student_interval(values, confidence)
        apart = student_interval(values - _gaps(theirs), confidence)
        index = pd.MultiIndex.from_product(
            [[design], ours.department_names, GAPS], names=["design", "department", "gap"]
        )
        frames.append(pd.DataFrame(interval_columns("value", level, apart), index=index))
    return pd.concat(frames).reset_index()


def _gaps(results: Results) -> Array:
    """Return the gaps, shape (n_replicates, n_departments, 4)."""
    return np.stack([_yearly(results, f"{gap}_gap") for gap in GAPS], axis=2)


def _yearly(results: Results, column: str) -> Array:
    return np.asarray(results.tables.departments[column][:, last_year(results)].mean(axis=1))
