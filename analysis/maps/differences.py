"""By how much designs differ over the points of a study, what the money of it is, and who is best in parts of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.command.designs import ACCOUNTABLE
from analysis.maps.hypotheses import changes
from analysis.maps.table import Wide
from analysis.store.parts import REVENUE

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MARGIN = "margin"
COSTS = ("serving", "acquisition", "incentive_pay", "office", "initiatives", "politics")
"""Costs of a year in the published results, currency per year; ``margin`` is revenue less direct cost."""
THIRDS = ("low", "middle", "high")


def quantiles(found: Wide) -> pd.DataFrame:
    """Return the distribution over points of each design less the baseline, in the unit in which they are shown.

    Returns
    -------
    pandas.DataFrame
        One row per design: ``design``, ``quantiles`` (5, 25, 50, 75 and 95 %), ``mean``, and ``ahead``, the share of
        points at which it is ahead.
    """
    rows = []
    for design in found.scenarios[1:]:
        values = found.unit.factor * found.difference(design, found.baseline)
        row = {"design": design, "quantiles": np.quantile(values, QUANTILES), "mean": float(values.mean())}
        rows.append({**row, "ahead": float((values > 0.0).mean())})
    return pd.DataFrame(rows)


def leads(outcome: pd.DataFrame) -> pd.DataFrame:
    """Return by how much each design, a column each, beats the best other one, or is beaten (below 0).

    Parameters
    ----------
    outcome
        A column per design, a row per point.

    Returns
    -------
    pandas.DataFrame
        Of the same shape and unit.
    """
    return pd.DataFrame({name: outcome[name] - outcome.drop(columns=name).max(axis=1) for name in outcome.columns})


def money_lines(table: pd.DataFrame, profit: Wide) -> list[tuple[str, int, list[float]]]:
    """Return label, number of points and mean yearly margin, costs and profit of each design less the baseline.

    Per cent of a year's revenue at the start; once more for the points at which the accountable design is best, and
    for those at which the baseline is.

    Parameters
    ----------
    table
        A study table with the columns ``margin`` and those of the costs, currency per year.
    profit
        The outcome that tells which design is best.
    """
    lines = (MARGIN, *COSTS)
    shares = table.assign(**{line: 100.0 * table[line] / table[REVENUE] for line in lines})
    by_line = {line: changes(shares, line) for line in lines}
    best = profit.best
    groups = [(design, design, best.index) for design in profit.scenarios[1:]]
    groups += [
        (f"{ACCOUNTABLE}, where {name} is best", ACCOUNTABLE, best.index[best == name])
        for name in (ACCOUNTABLE, profit.baseline)
    ]
    rows = []
    for label, design, where in groups:
        means = [float(by_line[line].loc[where, design].mean()) for line in lines]
        rows.append((label, len(where), [*means, means[0] - sum(means[1:])]))
    return rows


def shares_by_third(found: Wide, factor: str) -> Mapping[str, pd.Series]:
    """Return the share of points at which each design is best, by third of a factor that is a number."""
    ranks = found.x[factor].rank(method="first")
    thirds = pd.cut(ranks, len(THIRDS), labels=list(THIRDS))
    return {third: _shares(found, thirds == third) for third in THIRDS}


def shares_by_option(found: Wide, factor: str) -> Mapping[str, pd.Series]:
    """Return the share of points at which each design is best, by option of a factor that is a choice."""
    return {str(option): _shares(found, found.x[factor] == option) for option in found.x[factor].unique()}


def medians(found: Wide, factor: str) -> list[float]:
    """Return the median of a factor over all points, and over those at which each design is best."""
    values = found.x[factor]
    return [float(values.median()), *(float(values[found.best == name].median()) for name in found.scenarios)]


def _shares(found: Wide, where: pd.Series) -> pd.Series:
    """Return the share of each design among the best, 0 where it never is."""
    return found.best[where].value_counts(normalize=True).reindex(list(found.scenarios), fill_value=0.0)
