"""Words that claim what a verdict allows and no more; terminal, pictures and memo take their wording from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from analysis.command.numbers import Scale, join_words, number_word, scale_of, write_count, write_interval

if TYPE_CHECKING:
    from analysis.compare.verdicts import Finding, Verdicts

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


def quote(name: str) -> str:
    """Return the title of a design as it stands in a sentence."""
    return f"\u201c{name}\u201d"


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
    n_designs = sum(map(len, full.values()))
    if len(full) == 1 and n_designs > 1:
        return f"{next(iter(full))} under {all_of(n_designs)}"
    return name_groups(names, full, n_designs)


def all_of(n_designs: int) -> str:
    """Say all designs, of which there are several.

    >>> all_of(2), all_of(3)
    ('both designs', 'all three designs')
    """
    return "both designs" if n_designs == 2 else f"all {write_count(n_designs, 'design')}"


def none_of(n_designs: int) -> str:
    """Say none of the designs, of which there are several.

    >>> none_of(2), none_of(3)
    ('neither of the two designs', 'none of the three designs')
    """
    return "neither of the two designs" if n_designs == 2 else f"none of the {write_count(n_designs, 'design')}"


def name_groups(names: Mapping[str, str], groups: Mapping[str, Sequence[str]], n_designs: int) -> str:
    """Say what holds under which of all designs; groups without designs go unsaid.

    Parameters
    ----------
    names
        Short titles by design.
    groups
        Designs by what holds under them.
    n_designs
        How many designs there are in all.
    """
    of_all = write_count(n_designs, "design")
    parts = [
        f"{words} under {quote(names[designs[0]]) if len(designs) == 1 else f'{number_word(len(designs))} of {of_all}'}"
        for words, designs in groups.items()
        if designs
    ]
    return join_words(parts)


def state_verdict(finding: Finding, subject: str, baseline: str, level: str = "95 %") -> str:
    """Say in one clause how a design compares with the baseline on one outcome.

    Parameters
    ----------
    finding
        On the outcome.
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
        On one outcome.
    level
        Level of the interval.
    scale
        How numbers are written, where they stand next to others; by default as fits them.
    """
    own = scale_of(finding.unit, finding.currency, (finding.difference, finding.low, finding.high), change=True)
    scale = scale or own
    text = scale.full(finding.difference, signed=True)
    interval = write_interval(finding.low, finding.high, scale, signed=True)
    text += f", {level} interval {interval}{scale.suffix}" if interval else ", no interval: one replicate"
    if finding.verdict == "equivalent":
        return f"{text}; less than the smallest effect that matters, {scale.full(finding.smallest_effect)}"
    if not finding.decided and finding.excludes_zero:
        return f"{text}; not enough after correction for the number of comparisons"
    return text


def change_scale(verdicts: Verdicts, outcome: str) -> Scale:
    """Return how differences of an outcome are written where those of all designs stand together."""
    findings = verdicts.on(outcome)
    values = [value for one in findings for value in (one.difference, one.low, one.high)]
    return scale_of(findings[0].unit if findings else "", verdicts.currency, values, change=True)
