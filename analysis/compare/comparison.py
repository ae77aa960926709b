"""Designs compared: the results of each under the same luck, and one table of what that says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis.compare.request import Request
from analysis.compare.statistics import Paired, holm, judge, replications_needed, student_interval, variance_reduction
from sim.comparison import check_pairs
from sim.errors import ResultError
from sim.outcomes import OUTCOMES, Outcome
from sim.results import Results

Stopped = Literal["precise", "clear", "cap"]

COLUMNS = (
    "design", "outcome", "title", "unit", "direction", "group", "headline", "mean", "mean_low", "mean_high",
    "difference", "low", "high", "method", "p_value", "p_holm", "p_equivalence", "smallest_effect", "precision",
    "verdict", "n_replicates", "replicates_needed", "variance_reduction",
)  # fmt: skip
"""Columns of the table of a comparison; `make_table` says what each is."""


@dataclass(frozen=True)
class Comparison:
    """What several designs lead to, replicate by replicate under the same luck."""

    request: Request
    results: Mapping[str, Results]
    """By name of the scenario, in the order of display; all with the same replicates, seed and time axis."""
    table: pd.DataFrame
    """One row per design and outcome, see `make_table`."""
    stopped_because: Stopped
    """Why no more replicates were run: "clear" where every headline verdict is, "precise" where every headline
    difference is known as precisely as asked or its verdict is clear, "cap" where neither was reached."""

    @property
    def baseline(self) -> Results:
        """Results of the design that the others are compared with."""
        return self.results[self.request.baseline]

    @property
    def designs(self) -> list[str]:
        """Names of the designs other than the baseline, in the order of display."""
        return self.request.designs

    @property
    def titles(self) -> dict[str, str]:
        """Title of every design by name; its name where it has none."""
        return {name: one.parameters.scenario.title or name for name, one in self.results.items()}

    @property
    def industry(self) -> str:
        """Title of the industry; its name where it has none."""
        label = self.baseline.parameters.industry
        return label.title or label.name

    @property
    def currency(self) -> str:
        """Label of the currency."""
        return self.baseline.parameters.finance.currency

    @property
    def n_decisive(self) -> int:
        """Headline differences that vary by luck: the family the verdicts on headline outcomes are corrected for."""
        varies = self.table["low"] < self.table["high"]
        return int((varies & self.table["headline"].astype(bool)).sum())

    @property
    def n_replicates(self) -> int:
        """Replicates of each design."""
        return self.baseline.n_replicates

    def row(self, design: str, outcome: str) -> pd.Series[Any]:
        """Return the row of one design and outcome.

        Raises
        ------
        KeyError
            There is no such row.
        """
        found = self.table[(self.table["design"] == design) & (self.table["outcome"] == outcome)]
        if len(found) != 1:
            raise KeyError((design, outcome))
        return found.iloc[0]


def make_comparison(request: Request, results: Mapping[str, Results], stopped_because: Stopped) -> Comparison:
    """Compare results that exist already.

    Raises
    ------
    ResultError
        A design is missing, or its replicates are no pairs with those of the baseline.
    """
    missing = [name for name in request.scenarios if name not in results]
    if missing:
        raise ResultError(f"scenarios: no results of {missing[0]}")
    ordered = {name: results[name] for name in request.scenarios}
    return Comparison(request, ordered, make_table(request, ordered), stopped_because)


def make_table(request: Request, results: Mapping[str, Results]) -> pd.DataFrame:
    """Return the table of a comparison.

    Returns
    -------
    pandas.DataFrame
        One row per design, the baseline first, and outcome:

        * design, outcome, title, unit, direction, group, headline: as declared in :mod:`sim.outcomes`;
        * mean, mean_low, mean_high: over replicates, Student-t interval;
        * difference, low, high: mean paired difference to the baseline and its interval by ``method``, "student" or
          "bootstrap" (where the differences are skewed);
        * p_value: of no difference; p_holm: corrected (Holm) for all designs and outcomes of the same family: the
          headline outcomes, by which is decided, are one family, all others the second;
        * p_equivalence: of a difference as large as ``smallest_effect`` (unit of the outcome), corrected likewise;
        * precision: half-width asked for, unit of the outcome;
        * verdict: see :func:`analysis.compare.statistics.judge`;
        * n_replicates, and replicates_needed for ``precision`` (in all, not in addition; infinite where none would do);
        * variance_reduction: share of variance that common random numbers take away.

        Of the baseline, what concerns differences is NaN or empty.

    Raises
    ------
    ResultError
        Results of a design are no pairs with those of the baseline.
    """
    baseline = results[request.baseline]
    rows = [_baseline_row(request, baseline, outcome) for outcome in OUTCOMES.values()]
    for name in request.designs:
        check_pairs(results[name], baseline)
        rows += [_design_row(request, name, results[name], baseline, outcome) for outcome in OUTCOMES.values()]
    table = pd.DataFrame(rows)
    varies, headline = (table[column].to_numpy(dtype=bool) for column in ("varies", "headline"))
    for column, source in (("p_holm", "p_value"), ("p_equivalence", "p_equivalence")):
        corrected = table[source].to_numpy(dtype=np.float64).copy()
        for family in (varies & headline, varies & ~headline):
            corrected[family] = holm(corrected[family])
        table[column] = corrected
    table["verdict"] = [_verdict(request, row) for row in table.to_dict("records")]
    return table[list(COLUMNS)]


def _declared(outcome: Outcome) -> dict[str, Any]:
    """Return what the registry says of an outcome, as columns of the table."""
    return {
        "outcome": outcome.name,
        "title": outcome.title,
        "unit": outcome.unit,
        "direction": outcome.direction,
        "group": outcome.group,
        "headline": outcome.headline,
    }


def _level(request: Request, design: str, results: Results, outcome: Outcome) -> dict[str, Any]:
    """Return what a row says of a design alone."""
    mean = student_interval(results.tables.summary[outcome.name], request.confidence)
    ends = {"mean": mean.mean, "mean_low": mean.low, "mean_high": mean.high}
    return {"design": design, **_declared(outcome), **ends, "n_replicates": results.n_replicates}


def _asked(request: Request, unit: str, baseline_mean: float) -> dict[str, float]:
    """Return what is asked of an outcome, in its unit."""
    return {
        "smallest_effect": request.effect_that_matters(unit, baseline_mean),
        "precision": request.asked_half_width(unit, baseline_mean),
    }


def _baseline_row(request: Request, baseline: Results, outcome: Outcome) -> dict[str, Any]:
    """Return the row of the baseline, which has a level and no difference."""
    level = _level(request, request.baseline, baseline, outcome)
    columns = ("difference", "low", "high", "p_value", "p_equivalence", "replicates_needed", "variance_reduction")
    unknown: dict[str, Any] = dict.fromkeys(columns, float("nan"))
    return {**level, **unknown, **_asked(request, outcome.unit, level["mean"]), "method": "", "varies": False}


def _design_row(request: Request, design: str, results: Results, baseline: Results, outcome: Outcome) -> dict[str, Any]:
    """Return the row of a design, paired by replicate; p-values are corrected later, over the table."""
    values, theirs = results.tables.summary[outcome.name], baseline.tables.summary[outcome.name]
    asked = _asked(request, outcome.unit, float(theirs.mean()))
    paired = Paired(values - theirs)
    interval = paired.interval(request.confidence)
    return {
        **_level(request, design, results, outcome),
        **asked,
        "difference": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "method": interval.method,
        "p_value": paired.p_difference(),
        "p_equivalence": paired.p_equivalence(asked["smallest_effect"]),
        "replicates_needed": replications_needed(paired.deviation, asked["precision"], request.confidence),
        "variance_reduction": variance_reduction(values, theirs),
        "varies": paired.deviation > 0.0,
    }


def _verdict(request: Request, row: Mapping[Any, Any]) -> str:
    """Return the verdict of a row of the table; none for the baseline."""
    if row["design"] == request.baseline:
        return ""
    return judge(row["direction"], row["difference"], row["p_holm"], row["p_equivalence"], request.level)
