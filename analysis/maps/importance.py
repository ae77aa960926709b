"""How often each org design is best, and how much each parameter moves what it earns over the status quo."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.command.designs import BASELINE, DESIGNS
from analysis.compare.intervals import spearman
from analysis.compare.statistics import holm
from analysis.maps.published_tables import DIGITS
from analysis.maps.table import Array, Wide
from analysis.maps.winners import best_shares

LEVEL = 0.05
"""Of the p-values corrected for having looked at every parameter and design."""
CHALLENGERS = DESIGNS[1:]


def correlations(x: pd.DataFrame, gain: Array) -> pd.DataFrame:
    """Return the rank correlation of every factor with a quantity, strongest first.

    Parameters
    ----------
    x
        Factors, one row per point; of a choice, each option counts as 0 or 1.
    gain
        The quantity, shape (n_points,).

    Returns
    -------
    pandas.DataFrame
        Columns ``parameter`` (of a choice with its option), ``rho``, ``low``, ``high`` (95 %) and ``p``.
    """
    rows = [(name, *spearman(column, gain)) for name, column in _numbers(x).items()]
    found = pd.DataFrame(rows, columns=["parameter", "rho", "low", "high", "p"]).dropna()
    order = found["rho"].abs().sort_values(ascending=False).index
    return found.loc[order].reset_index(drop=True)


def importances(profit: Wide) -> pd.DataFrame:
    """Return how closely each parameter goes with what the designs earn over the status quo, closest first.

    Returns
    -------
    pandas.DataFrame
        One row per parameter: ``rank``; ``share``, the square of Spearman's rho with the advantage in NPV with customer
        equity, mean over the designs (parameters are drawn independently, so shares add up to at most 1); ``clear``,
        whether rho differs from 0 for at least one design after correction for all looks; rho of each design;
        ``environments``. A choice counts by its option of the largest share.
    """
    found = {
        design: correlations(profit.x, profit.difference(design, BASELINE)).set_index("parameter")
        for design in CHALLENGERS
    }
    rho = pd.DataFrame({design: one["rho"] for design, one in found.items()})
    p = pd.DataFrame({design: one["p"] for design, one in found.items()}).reindex(rho.index)
    corrected = holm(p.to_numpy().ravel()).reshape(p.shape)
    ranked = (rho.round(DIGITS) + 0.0).add_prefix("rho_")  # without a negative zero
    ranked.insert(0, "clear", corrected.min(axis=1) <= LEVEL)
    ranked.insert(0, "share", (rho**2).mean(axis=1))
    ranked.insert(0, "parameter", [str(name).partition(" = ")[0] for name in rho.index])
    ranked = ranked.sort_values("share", ascending=False, kind="stable").drop_duplicates("parameter")
    ranked.insert(0, "rank", np.arange(1, len(ranked) + 1))
    return ranked.assign(environments=len(profit.y)).reset_index(drop=True)


def count_winners(outcomes: Mapping[str, Wide]) -> pd.DataFrame:
    """Return at how many points each design is best by each outcome.

    Returns
    -------
    pandas.DataFrame
        Columns ``design``, ``best``, ``n``, ``share``, ``low``, ``high`` (Wilson's interval) and ``outcome``.
    """
    counted = []
    for outcome, found in outcomes.items():
        shares = best_shares(found).rename(columns={"n_best": "best"})
        shares.insert(2, "n", len(found.y))
        counted.append(shares.assign(outcome=outcome))
    return pd.concat(counted, ignore_index=True)


def _numbers(x: pd.DataFrame) -> dict[str, Array]:
    """Return factors as numbers; a choice becomes one column of 0 and 1 for each option."""
    columns: dict[str, Array] = {}
    for name in x.columns:
        if pd.api.types.is_numeric_dtype(x[name]):
            columns[str(name)] = x[name].to_numpy(dtype=np.float64)
        else:
            for option in sorted(set(x[name])):
                columns[f"{name} = {option}"] = (x[name] == option).to_numpy(dtype=np.float64)
    return columns
