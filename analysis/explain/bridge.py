"""The profit bridge: which lines of the account carry the difference to the baseline."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.compare.comparison import Comparison
from analysis.explain.pairs import discounted_lines, pair_of, student_interval
from sim.accounts import COST_LINES

BRIDGE_LINES = ("revenue", *COST_LINES)
"""The lines whose effects on profit add up to the difference of profit."""
EQUITY_LINE = "customer_equity"
"""The last line of the bridge with equity."""


def profit_bridge(comparison: Comparison, design: str, *, with_equity: bool = False) -> pd.DataFrame:
    """Split the difference in the present value of profit into account lines.

    Parameters
    ----------
    comparison
        The designs and their baseline.
    design
        Name of one design.
    with_equity
        Whether to add what the customers at the end are worth, so that the lines add up to the difference in net
        present value with equity.

    Returns
    -------
    DataFrame
        One row per line in the order of the account: line, title, difference, low, high. Amounts are present values
        at the switch, in currency, paired by replicate, signed as effects on profit: a cost that rises is negative.
        The differences add up to the difference in net present value; their intervals do not, for the lines move
        together.

    Raises
    ------
    ResultError
        The design is unknown, or its replicates are no pairs of the baseline's.
    """
    ours, theirs = pair_of(comparison, design)
    signs = np.array([1.0 if line == "revenue" else -1.0 for line in BRIDGE_LINES])
    apart = discounted_lines(ours, BRIDGE_LINES) - discounted_lines(theirs, BRIDGE_LINES)
    effects = (apart.sum(axis=2) * signs[:, None]).T
    lines: tuple[str, ...] = BRIDGE_LINES
    if with_equity:
        equity = ours.tables.summary[EQUITY_LINE] - theirs.tables.summary[EQUITY_LINE]
        effects, lines = np.column_stack([effects, equity]), (*lines, EQUITY_LINE)
    mean, low, high = student_interval(effects, comparison.request.confidence)
    titles = [line.replace("_", " ").capitalize() for line in lines]
    return pd.DataFrame({"line": lines, "title": titles, "difference": mean, "low": low, "high": high})
