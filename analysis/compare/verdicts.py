"""What a comparison found, looked up once: the finding on every outcome of every design, names and who leads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.command.numbers import plain_text, short_titles
from analysis.compare.deciding import DECIDES
from analysis.compare.statistics import CANNOT_TELL

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison

ORDER = ("better", "worse", "higher", "lower", "equivalent", CANNOT_TELL)
"""All verdicts, in the order in which they are told."""
DECIDED = ORDER[:-1]
"""Verdicts that say something."""
NUMBERS = (
    "mean", "mean_low", "mean_high", "difference", "low", "high", "smallest_effect", "p_holm", "replicates_needed",
    "variance_reduction",
)  # fmt: skip
"""Columns of the table of a comparison that a finding takes as they are; NaN where there is none."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One outcome of one design against the baseline."""

    design: str
    outcome: str
    title: str
    """Of the outcome."""
    unit: str
    """Of the outcome, as declared in :mod:`sim.outcomes`."""
    currency: str
    mean: float
    """Over replicates, in the unit, with its interval."""
    mean_low: float
    mean_high: float
    difference: float
    """Mean paired difference to the baseline, in the unit, with its interval; NaN of the baseline."""
    low: float
    high: float
    smallest_effect: float
    """Smallest difference that matters, in the unit."""
    p_holm: float
    """Of no difference, corrected for the comparisons of its family."""
    verdict: str
    """One of `ORDER`; empty of the baseline."""
    n_replicates: int
    replicates_needed: float
    """In all, for the precision asked; infinite where no number would do."""
    variance_reduction: float
    """Share of the variance of the difference that common random numbers take away."""

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval of the difference lies on one side of zero."""
        return math.isfinite(self.low) and math.isfinite(self.high) and self.low * self.high > 0.0

    @property
    def decided(self) -> bool:
        """Whether the verdict says something."""
        return self.verdict in DECIDED


@dataclass(frozen=True)
class Verdicts:
    """A comparison with its findings by design and outcome; memo, pictures and terminal read from here."""

    comparison: Comparison
    findings: Mapping[tuple[str, str], Finding]
    """By design, the baseline included, and outcome."""
    names: Mapping[str, str]
    """Short title of every design, the baseline first."""
    titles: Mapping[str, str]
    """Whole title of every design on one line; its name where it has none."""
    headline: tuple[str, ...]
    """Headline outcomes in the order in which they are declared."""

    @property
    def baseline(self) -> str:
        """Name of the design that the others are compared with."""
        return self.comparison.request.baseline

    @property
    def designs(self) -> Sequence[str]:
        """Names of the designs other than the baseline, in the order of display."""
        return self.comparison.designs

    @property
    def currency(self) -> str:
        """Label of the currency."""
        return self.comparison.currency

    def find(self, design: str, outcome: str) -> Finding | None:
        """Return one finding, None where the outcome was not compared."""
        return self.findings.get((design, outcome))

    def on(self, outcome: str) -> list[Finding]:
        """Return the findings on an outcome, one a design in the order of display, the baseline left out."""
        return [one for design in self.designs if (one := self.find(design, outcome)) is not None]

    def groups(self, outcome: str) -> dict[str, list[str]]:
        """Return designs by their verdict on an outcome, verdicts in the order of `ORDER`."""
        groups = {verdict: [one.design for one in self.on(outcome) if one.verdict == verdict] for verdict in ORDER}
        return {verdict: designs for verdict, designs in groups.items() if designs}

    def leader(self, outcome: str = DECIDES) -> str:
        """Return the design other than the baseline whose estimate is highest; the first of equals."""
        estimates = {one.design: one.difference for one in self.on(outcome) if math.isfinite(one.difference)}
        return max(estimates, key=estimates.__getitem__) if estimates else self.designs[0]


def read_verdicts(comparison: Comparison) -> Verdicts:
    """Look up once what a comparison found.

    Returns
    -------
    Verdicts
        With one finding for every row of the table.
    """
    table, titles = comparison.table, comparison.titles
    findings = [_finding(row, comparison.currency) for row in table.to_dict("records")]
    order = (comparison.request.baseline, *comparison.designs)
    return Verdicts(
        comparison=comparison,
        findings={(one.design, one.outcome): one for one in findings},
        names=short_titles({name: titles[name] for name in order}),
        titles={name: plain_text(titles[name]) or plain_text(name).replace("_", " ") for name in order},
        headline=tuple(dict.fromkeys(table.loc[table["headline"].astype(bool), "outcome"])),
    )


def _finding(row: Mapping[Any, Any], currency: str) -> Finding:
    """Read one row of the table."""
    return Finding(
        design=str(row["design"]),
        outcome=str(row["outcome"]),
        title=str(row["title"]),
        unit=str(row["unit"]),
        currency=currency,
        verdict=str(row["verdict"]),
        n_replicates=int(row["n_replicates"]) if pd.notna(row["n_replicates"]) else 0,
        **{name: float(row[name]) if pd.notna(row[name]) else math.nan for name in NUMBERS},
    )
