"""Twins: the same customer under two designs, and who of them stays under one and leaves under the other.

A customer who is ours at the switch has lived one life until then, whatever the design; afterwards both lives meet the
same luck. So who stays in one life and leaves in the other does so because of the design.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.compare.comparison import Comparison
from analysis.explain.pairs import pair_of
from sim.comparison import check_pairs, mean_interval
from sim.errors import ResultError
from sim.results import Results

Array = NDArray[np.float64]

KEPT, LOST, NET = "kept", "lost", "net"
"""Directions: stays under the design and leaves under the baseline, the other way round, and kept less lost."""
TRAITS = ("value", "tenure_years_at_switch", "left_months")
"""What a representative switcher is near the middle of."""


@dataclass(frozen=True)
class Switchers:
    """The customers to whom the design makes the difference between staying and leaving."""

    design: str
    baseline: str
    n_replicates: int
    """Replicates in which customers were kept."""
    customers: pd.DataFrame
    """One row per switcher: replicate, customer, segment, value (currency per year), tenure_years_at_switch, direction
    ("kept" or "lost"), left_months (after the switch, in the life in which the customer leaves), worth (currency)."""
    counts: pd.DataFrame
    """One row per direction ("kept", "lost", "net"; index), means over replicates with 95 % Student-t intervals:
    customers, share (of the customers of ours at the switch) and worth (currency), each with _low and _high."""

    def representative(self, n: int = 1, direction: str | None = None) -> pd.DataFrame:
        """Return the switchers who are most like the others.

        Parameters
        ----------
        n
            How many; fewer where there are fewer.
        direction
            "kept" or "lost"; by default the larger group, "kept" where both are as large.

        Returns
        -------
        pandas.DataFrame
            Rows of `customers`, the most representative first: nearest to the median of the group in value, tenure and
            month of leaving, Euclidean, each divided by its interquartile range. Ties go to the lower replicate, then
            to the lower customer, so the choice is the same every time.
        """
        sizes = self.customers["direction"].value_counts()
        larger = LOST if sizes.get(LOST, 0) > sizes.get(KEPT, 0) else KEPT
        group = self.customers[self.customers["direction"] == (direction or larger)]
        if group.empty:
            return group
        distance = _distance_to_median(group[list(TRAITS)].to_numpy(dtype=np.float64))
        ordered = group.assign(distance=distance).sort_values(["distance", "replicate", "customer"], kind="stable")
        return ordered.drop(columns="distance").head(n)


def switchers(comparison: Comparison, design: str) -> Switchers:
    """Find the customers who stay under a design and leave under the baseline, and the other way round.

    Parameters
    ----------
    comparison
        Whose results were run with ``run.keep_customers`` of at least 1.
    design
        Name of the design.

    Raises
    ------
    ResultError
        The design is not in the comparison, or no customers were kept.
    """
    return find_switchers(*pair_of(comparison, design))


def find_switchers(results: Results, baseline: Results) -> Switchers:
    """Find the switchers between two results that met the same luck.

    Whoever is ours at the switch and has left by the end of the horizon, back again or not, has left. The worth of a
    switcher is the lifetime value at the end in the life in which the customer stays, less that in the other (which is
    0 unless the customer has come back), discounted to the switch.

    Raises
    ------
    ResultError
        The replicates are no pairs, no customers were kept, or the customers at the switch are not the same.
    """
    check_pairs(results, baseline)
    ours, theirs = _kept_customers(results), _kept_customers(baseline)
    if len(ours) != len(theirs) or not ours["ours_at_switch"].equals(theirs["ours_at_switch"]):
        pair = f"{results.scenario} and {baseline.scenario}"
        raise ResultError(f"{pair}: not the same customers at the switch; they share no status quo")
    clock, rate = results.parameters.time, results.parameters.finance.discount_rate
    present = (1.0 + rate) ** (-clock.n_horizon / clock.periods_per_year)
    left_here, left_there = ours["first_left_months"], theirs["first_left_months"]
    gain = present * (ours["lifetime_value"] - theirs["lifetime_value"])
    switched = ours["ours_at_switch"] & (left_here.isna() != left_there.isna())
    keys = ["replicate", "customer", "segment", "value", "tenure_years_at_switch"]
    found = ours.loc[switched, keys].assign(
        direction=np.where(left_here[switched].isna(), KEPT, LOST),
        left_months=left_here.fillna(left_there)[switched],
        worth=np.where(left_here.isna(), gain, -gain)[switched],
    )
    at_switch = ours.groupby("replicate")["ours_at_switch"].sum()
    return Switchers(
        results.scenario, baseline.scenario, len(at_switch), found.reset_index(drop=True), _count(found, at_switch)
    )


def _kept_customers(results: Results) -> pd.DataFrame:
    """Return the customers kept at the end; an error where none were."""
    if results.customers.empty:
        raise ResultError(f"run.keep_customers: no customers of {results.scenario} were kept; run it with at least 1")
    return results.customers


def _count(found: pd.DataFrame, at_switch: pd.Series[int]) -> pd.DataFrame:
    """Return counts, shares and worth by direction, with intervals over replicates."""
    replicates = at_switch.index
    per_direction: dict[str, dict[str, Array]] = {}
    for direction in (KEPT, LOST):
        groups = found[found["direction"] == direction].groupby("replicate")
        sizes = groups["customer"].count().reindex(replicates, fill_value=0)
        customers: Array = np.asarray(sizes, dtype=np.float64)
        worth = groups["worth"].sum().reindex(replicates, fill_value=0.0).to_numpy(dtype=np.float64)
        share: Array = customers / np.maximum(at_switch.to_numpy(dtype=np.float64), 1.0)
        per_direction[direction] = {"customers": customers, "share": share, "worth": worth}
    kept, lost = per_direction[KEPT], per_direction[LOST]
    per_direction[NET] = {name: kept[name] - lost[name] for name in kept}
    rows = {direction: _intervals(columns) for direction, columns in per_direction.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("direction")


def _intervals(columns: dict[str, Array]) -> dict[str, float]:
    """Return mean and ends of the interval of each column."""
    row: dict[str, float] = {}
    for name, values in columns.items():
        row[name], row[f"{name}_low"], row[f"{name}_high"] = mean_interval(values)
    return row


def _distance_to_median(traits: Array) -> Array:
    """Return the distance of each row to the medians of the columns in interquartile ranges, shape (n_rows,)."""
    low, high = np.percentile(traits, [25.0, 75.0], axis=0)
    spread = np.where(high > low, high - low, 1.0)
    scaled = (traits - np.median(traits, axis=0)) / spread
    return np.asarray(np.sqrt((scaled**2).sum(axis=1)), dtype=np.float64)
