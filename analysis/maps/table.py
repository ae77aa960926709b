"""The study table: one row per point, seed and scenario; factors are columns named by dotted keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.command import tables
from analysis.command.designs import BASELINE, DESIGNS
from analysis.maps.sample import Laid, Sample, sample_of
from analysis.store.parts import REVENUE
from sim.config.keys import nearest_name
from sim.errors import ResultError
from sim.outcomes import OUTCOMES

Array = NDArray[np.float64]

POINT, SEED, SCENARIO = "point", "seed", "scenario"
KEYS = ("study", POINT, SEED, SCENARIO, "address")
KEYS_OF_TEXT = ("study", SCENARIO, "address")
TABLE = "table.parquet"
"""In the folder of a study."""
PROFIT = "npv_with_equity"
FEWEST_POINTS = 20


@dataclass(frozen=True)
class Unit:
    """How values of an outcome are written."""

    outcome: str
    factor: float
    """Shown number over stored number."""
    name: str
    """Behind a number."""

    def write(self, value: float, *, signed: bool = False) -> str:
        """Write a number with three digits or so.

        >>> Unit("npv", 100.0, "% of a year's revenue").write(-0.0234, signed=True)
        '-2.34'
        """
        shown = value * self.factor
        digits = 3 if abs(shown) < 0.1 else 2 if abs(shown) < 10.0 else 1 if abs(shown) < 100.0 else 0
        text = f"{shown:{'+' if signed else ''},.{digits}f}"
        return text if float(text.replace(",", "")) != 0.0 else "0"


@dataclass(frozen=True)
class Wide:
    """One outcome of a study, a row per point.

    Points at which any scenario lacks a finite value under a seed lose that seed, for all scenarios alike.
    """

    x: pd.DataFrame
    """Factors: index point, columns factors."""
    y: pd.DataFrame
    """Outcome: index point, columns scenarios, mean over seeds; more is better."""
    error: pd.DataFrame
    """Standard error of ``y`` over seeds; NaN at points with one seed."""
    runs: pd.DataFrame
    """Outcome of every run: index point and seed, columns scenarios."""
    unit: Unit
    baseline: str
    laid: Laid = field(default_factory=Laid)
    """How the points were laid, as far as is known."""
    n_laid: int = 0
    """Points laid, those that lack runs included; 0: not known."""

    @cached_property
    def sample(self) -> Sample:
        """What kind of sample the points are."""
        return sample_of(self.x, self.laid)

    @property
    def warnings(self) -> list[str]:
        """What a reader must know of the points, in sentences; nothing where they are whole and independent."""
        lacking = self.n_laid - len(self.y)
        said = [f"{lacking:,} of {self.n_laid:,} points laid lack a run of some design and are left out."]
        return [*(said if lacking > 0 else []), *self.sample.warnings(self.laid.luck)]

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the designs, baseline first."""
        return tuple(str(name) for name in self.y.columns)

    @property
    def numeric(self) -> tuple[str, ...]:
        """Factors whose values are numbers."""
        return tuple(str(name) for name in self.x.columns if pd.api.types.is_numeric_dtype(self.x[name]))

    @property
    def best(self) -> pd.Series:
        """The design with the highest mean at each point; the first of equals."""
        return self.y.idxmax(axis=1)

    def where(self, kept: pd.Series) -> Wide:
        """Return the outcome at some of the points; ``kept`` tells which, index point."""
        points = kept.index[kept]
        there = self.runs.index.get_level_values(0).isin(points)
        return replace(
            self, x=self.x.loc[points], y=self.y.loc[points], error=self.error.loc[points], runs=self.runs[there]
        )

    def difference(self, a: str, b: str) -> Array:
        """Return the outcome of design ``a`` less that of ``b``, shape (n_points,)."""
        for name in (a, b):
            if name not in self.y.columns:
                raise ResultError(f"scenario {name}: not in the table; there are {', '.join(self.scenarios)}")
        return (self.y[a] - self.y[b]).to_numpy(dtype=np.float64)


def wide(
    table: pd.DataFrame,
    outcome: str = PROFIT,
    factors: Sequence[str] | None = None,
    baseline: str = BASELINE,
    laid: Laid | None = None,
) -> Wide:
    """Return one outcome of a study with one row per point.

    Parameters
    ----------
    table
        The study table.
    outcome
        An outcome of which more is better.
    factors
        Columns that vary; by default all with a dot in their name that have more than one value.
    baseline
        Scenario that comes first where the table has it; then those of the project in their usual order, then others by
        name.
    laid
        How the points were laid, where a manifest says it (:func:`analysis.maps.sample.laid_out`).

    Raises
    ------
    ResultError
        A column is missing, less of the outcome is better, there are fewer than two scenarios, or fewer than
        20 points at which every scenario has a finite value.
    """
    _check_columns(table, outcome)
    values = table[outcome]
    # A company with half the market is several times as large as one with a tenth.
    in_revenue = REVENUE in table.columns and _unit_in_registry(outcome).startswith("currency")
    if in_revenue:
        values = values / table[REVENUE]
    keyed = table[[POINT, SEED, SCENARIO]].assign(_value=values)
    runs = keyed.pivot_table(index=[POINT, SEED], columns=SCENARIO, values="_value", sort=True)
    runs = runs[_ordered([str(name) for name in runs.columns], baseline)]
    runs = runs.replace([np.inf, -np.inf], np.nan).dropna()
    runs.columns.name = None
    if runs.shape[1] < 2:
        raise ResultError(f"a map compares scenarios; the table has {runs.shape[1]}")
    by_point = runs.groupby(level=0)
    y, n_points = by_point.mean(), runs.index.get_level_values(0).nunique()
    if n_points < FEWEST_POINTS:
        raise ResultError(
            f"{n_points} points have a finite {outcome} for every scenario; at least {FEWEST_POINTS} needed"
        )
    chosen = list(factors) if factors is not None else factors_of(table)
    x = table.groupby(POINT)[chosen].first().reindex(y.index) if chosen else pd.DataFrame(index=y.index)
    partly = [str(name) for name in x if x[name].isna().any()]
    if partly:
        raise ResultError(
            f"{partly[0]}: has no value at some points; maps need points at which every factor has one, as those of a "
            "study with design=sobol"
        )
    unit, known = unit_of(outcome, in_revenue=in_revenue), laid or Laid()
    n_laid = max(known.n_points, int(table[POINT].nunique()))
    return Wide(x, y, by_point.sem(), runs, unit, str(runs.columns[0]), known, n_laid)


def in_money(found: Wide, revenue: float, currency: str) -> Wide:
    """Return an outcome in shares of a year's revenue as money of a company with this revenue.

    Parameters
    ----------
    found
        Outcome whose unit is the year's revenue at the start.
    revenue
        Yearly revenue of the company at the start, currency; above 0.
    currency
        Its label.
    """
    size = 0.01 * revenue
    factor, prefix = (1e-6, "million ") if size >= 1e6 else (1e-3, "thousand ") if size >= 1e3 else (1.0, "")
    unit = Unit(found.unit.outcome, factor, f"{prefix}{currency}")
    return replace(found, y=found.y * revenue, error=found.error * revenue, runs=found.runs * revenue, unit=unit)


def factors_of(table: pd.DataFrame) -> list[str]:
    """Return the columns that are factors: dotted, and of more than one value.

    Parameters
    ----------
    table
        A study table.
    """
    return [str(name) for name in table.columns if "." in str(name) and len(table[name].unique()) > 1]


def unit_of(outcome: str, *, in_revenue: bool = False) -> Unit:
    """Return how an outcome is written; money in per cent of a year's revenue where it was divided by it."""
    unit = _unit_in_registry(outcome)
    if in_revenue:
        return Unit(outcome, 100.0, "% of a year's revenue")
    if unit.startswith("share"):
        return Unit(outcome, 100.0, "percentage points")
    return Unit(outcome, 1.0, unit.replace("currency", "currency units"))


def read_table(path: Path) -> pd.DataFrame:
    """Read a study table: a CSV or Parquet file, or the folder of a study.

    Parameters
    ----------
    path
        Of the file or the folder.

    Returns
    -------
    pandas.DataFrame
        One row per point, seed and scenario.

    Raises
    ------
    ResultError
        It is not there or cannot be read.
    """
    if not path.exists():
        raise ResultError(f"table={path}: no such file or folder")
    if path.is_dir() and not (path / TABLE).is_file():
        raise ResultError(f"table={path}: no folder of a study: it holds no {TABLE}")
    return tables.read_table(path / TABLE if path.is_dir() else path, f"table={path}", ResultError, KEYS_OF_TEXT)


def check_baseline(table: pd.DataFrame, name: str) -> None:
    """Refuse a baseline that the table has not.

    Parameters
    ----------
    table
        A study table.
    name
        Of a scenario.

    Raises
    ------
    ResultError
        It is none of the scenarios.
    """
    there = sorted(map(str, table[SCENARIO].unique())) if SCENARIO in table.columns else [name]
    if name not in there:
        near = nearest_name(name, there)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(there)}"
        raise ResultError(f"baseline={name}: not in the table; {hint}")


def _check_columns(table: pd.DataFrame, outcome: str) -> None:
    """Refuse a table that lacks keys or outcome, or an outcome of which less is better."""
    missing = [name for name in (POINT, SEED, SCENARIO) if name not in table.columns]
    if missing:
        raise ResultError(f"the table lacks the columns {', '.join(missing)}")
    if outcome not in table.columns:
        there = [str(name) for name in table.columns if str(name) in OUTCOMES]
        near = nearest_name(outcome, there)
        instead = f"did you mean {near}?" if near else f"there are {', '.join(there)}"
        raise ResultError(f"outcome={outcome}: not in the table; {instead}")
    for name in (outcome, REVENUE):
        if name in table.columns and not pd.api.types.is_numeric_dtype(table[name]):
            raise ResultError(f"the table's column {name} holds texts such as {table[name].iloc[0]!r}, not numbers")
    if outcome in OUTCOMES and OUTCOMES[outcome].direction != "more":
        raise ResultError(f"outcome={outcome}: maps rank designs by outcomes of which more is better")


def _ordered(names: list[str], baseline: str) -> list[str]:
    """Return the baseline, the designs of the project and those of the user, whatever the order of rows."""
    places = {name: DESIGNS.index(name) if name in DESIGNS else len(DESIGNS) for name in names}
    return sorted(names, key=lambda name: (name != baseline, places[name], name))


def _unit_in_registry(outcome: str) -> str:
    return OUTCOMES[outcome].unit if outcome in OUTCOMES else ""
