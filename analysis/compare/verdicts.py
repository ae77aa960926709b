"""Words that claim what a verdict allows and no more; pictures and memo take their wording from here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analysis.command.numbers import (
    Scale,
    join_words,
    number_word,
    plain_text,
    scale_of,
    short_titles,
    write_count,
    write_difference,
    write_interval,
)

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison

RELATIONS = {
    "better": "is better than",
    "worse": "is worse than",
    "higher": "is higher than",
    "lower": "is lower than",
    "equivalent": "is equivalent to",
    "cannot tell yet": "cannot yet be told apart from",
}
"""What each verdict says of a design against the baseline."""
STATES = {
    "better": "better",
    "worse": "worse",
    "higher": "higher",
    "lower": "lower",
    "equivalent": "equivalent",
    "cannot tell yet": "not yet decided",
}
"""What each verdict says of an outcome under a design."""
UNDECIDED = STATES["cannot tell yet"]
DECIDED = ("better", "worse", "higher", "lower", "equivalent")
"""Verdicts that say something."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One outcome of one design against the baseline."""

    design: str
    outcome: str
    title: str
    unit: str
    currency: str
    mean: float
    mean_low: float
    mean_high: float
    difference: float
    low: float
    high: float
    smallest_effect: float
    verdict: str
    n_replicates: int
    replicates_needed: float

    @property
    def difference_text(self) -> str:
        """Difference with unit and 95 % interval."""
        return write_difference(self.difference, self.low, self.high, self.unit, self.currency)

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval of the difference lies on one side of zero."""
        return math.isfinite(self.low) and math.isfinite(self.high) and self.low * self.high > 0.0


def find(comparison: Comparison, design: str, outcome: str) -> Finding | None:
    """Return one row of the table, None where the outcome was not compared."""
    table = comparison.table
    rows = table[(table["design"] == design) & (table["outcome"] == outcome)]
    if rows.empty:
        return None
    row = rows.iloc[0]
    numbers = ("mean", "mean_low", "mean_high", "difference", "low", "high", "smallest_effect", "replicates_needed")
    return Finding(
        design=design,
        outcome=outcome,
        title=str(row["title"]),
        unit=str(row["unit"]),
        currency=comparison.currency,
        verdict=str(row["verdict"]),
        n_replicates=int(row["n_replicates"]) if pd.notna(row["n_replicates"]) else 0,
        **{name: float(row[name]) if pd.notna(row[name]) else math.nan for name in numbers},
    )


def names_of(comparison: Comparison) -> dict[str, str]:
    """Return the short title of every design, baseline included."""
    return short_titles({name: comparison.titles[name] for name in (comparison.request.baseline, *comparison.designs)})


def full_title(comparison: Comparison, design: str) -> str:
    """Return the whole title of a design, on one line; its name where it has none."""
    return plain_text(comparison.titles[design]) or plain_text(design).replace("_", " ")


def by_verdict(comparison: Comparison, outcome: str) -> dict[str, list[str]]:
    """Return designs by their verdict on an outcome, verdicts in the order of RELATIONS."""
    found = {design: find(comparison, design, outcome) for design in comparison.designs}
    verdicts = {design: one.verdict for design, one in found.items() if one is not None}
    return {
        verdict: [design for design, its in verdicts.items() if its == verdict]
        for verdict in RELATIONS
        if verdict in verdicts.values()
    }


def count_groups(names: Mapping[str, str], groups: Mapping[str, Sequence[str]]) -> str:
    """Say what holds under which designs: one by its name, several by their number.

    Parameters
    ----------
    names
        Short titles by design.
    groups
        Designs by what holds under them.
    """
    full = {words: designs for words, designs in groups.items() if designs}
    n_designs = sum(len(designs) for designs in full.values())
    if len(full) == 1 and n_designs > 1:
        whole = "both designs" if n_designs == 2 else f"all {write_count(n_designs, 'design')}"
        return f"{next(iter(full))} under {whole}"
    return join_words([f"{words} under {_some(names, designs, n_designs)}" for words, designs in full.items()])


def _some(names: Mapping[str, str], designs: Sequence[str], n_designs: int) -> str:
    """Name one design, or count several."""
    if len(designs) == 1:
        return quote(names[designs[0]])
    return f"{number_word(len(designs))} of {write_count(n_designs, 'design')}"


def quote(name: str) -> str:
    """Return the title of a design as it stands in a sentence."""
    return f"\u201c{name}\u201d"


def state_verdict(finding: Finding, subject: str, baseline: str, level: str = "95 %") -> str:
    """Say in one clause how a design compares with the baseline on one outcome.

    Parameters
    ----------
    finding
        The row of the table.
    subject, baseline
        How the design and the baseline are called.
    level
        Level of the interval.

    Returns
    -------
    str
        Relation from the verdict, then the difference with its interval and what qualifies it.
    """
    relation = RELATIONS.get(finding.verdict, RELATIONS["cannot tell yet"])
    return f"{subject} {relation} {baseline} ({describe(finding, level)})"


def describe(finding: Finding, level: str = "95 %", scale: Scale | None = None) -> str:
    """Return the difference with its interval, and what the verdict adds to it.

    Parameters
    ----------
    finding
        The row of the table.
    level
        Level of the interval.
    scale
        How numbers are written, where they stand beside others; by default as fits them.
    """
    own = scale_of(finding.unit, finding.currency, (finding.difference, finding.low, finding.high), change=True)
    scale = scale or own
    text = scale.full(finding.difference, signed=True)
    interval = write_interval(finding.low, finding.high, scale, signed=True)
    text += f", {level} interval {interval}{scale.suffix}" if interval else ", no interval: one replicate"
    if finding.verdict == "equivalent":
        return f"{text}; less than the smallest effect that matters, {scale.full(finding.smallest_effect)}"
    if finding.verdict not in DECIDED and finding.excludes_zero:
        return f"{text}; not enough after correction for the number of comparisons"
    return text


def change_scale(comparison: Comparison, outcome: str) -> Scale:
    """Return how differences of an outcome are written where those of all designs stand together."""
    found = [one for design in comparison.designs if (one := find(comparison, design, outcome)) is not None]
    values = [value for one in found for value in (one.difference, one.low, one.high)]
    return scale_of(found[0].unit if found else "", comparison.currency, values, change=True)
