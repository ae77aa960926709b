"""Everything a study says about one outcome: computed at once, written as pictures, tables and a page."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from threadpoolctl import threadpool_limits

from analysis.maps import boxes, breakeven, information, regret, sensitivity, winners
from analysis.maps.table import Wide


@dataclass(frozen=True)
class Maps:
    """What a study says about one outcome."""

    found: Wide
    winners: winners.Winners
    break_even: list[breakeven.BreakEven]
    """Of every design against the baseline."""
    tree: boxes.Tree
    boxes: list[boxes.Box]
    sensitivity: list[sensitivity.Sensitivity]
    """Of every design less the baseline."""
    information: information.Information
    regret: regret.Regret


def analyse(found: Wide, x: str | None = None, y: str | None = None) -> Maps:
    """Return what a study says about one outcome.

    Parameters
    ----------
    found
        The outcome, a row per point.
    x, y
        Factors of the maps; by default those that matter most (:func:`analysis.maps.information.plane`).

    Raises
    ------
    ResultError
        A factor is not in the table or is no number.
    """
    # Thousands of fits of small matrices: threads of the linear algebra would wait for each other most of the time.
    with threadpool_limits(1):
        if x is None or y is None:
            first, second = information.plane(found)
            x, y = _filled(x, y, (first, second))
        others = found.scenarios[1:]
        return Maps(
            found=found,
            winners=winners.winners(found, x, y),
            break_even=[breakeven.break_even(found, x, y, design, found.baseline) for design in others],
            boxes=boxes.boxes(found),
            tree=boxes.tree(found),
            sensitivity=[sensitivity.sensitivity(found, design, found.baseline) for design in others],
            information=information.information(found),
            regret=regret.regret(found),
        )


def frames(maps: Maps) -> dict[str, pd.DataFrame]:
    """Return the tables of all analyses by name of their file.

    Parameters
    ----------
    maps
        Of one outcome.

    Returns
    -------
    dict of str to pandas.DataFrame
        By the name of the CSV file, without its ending.
    """
    pairs = [(f"{one.a}_less_{one.b}", one) for one in maps.sensitivity]
    return {
        "shares": maps.winners.shares,
        "winners": maps.winners.cells,
        **{f"break_even_{one.a}": one.surface for one in maps.break_even},
        "break_even_crossings": pd.concat([one.crossings.assign(design=one.a) for one in maps.break_even]),
        "boxes": boxes.frame(maps.boxes),
        "tree": maps.tree.leaves,
        **{f"sensitivity_{name}": one.frame for name, one in pairs},
        "information": information.frame(maps.information),
        "regret": maps.regret.frame,
    }


def _filled(x: str | None, y: str | None, pair: tuple[str, str]) -> tuple[str, str]:
    """Return the axes, those not given from a pair."""
    if x is not None:
        return x, next(name for name in pair if name != x)
    if y is not None:
        return next(name for name in pair if name != y), y
    return pair
