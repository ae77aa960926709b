"""What a comparison prints: the headline table, one sentence a design, where the files are and what to try next."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path

from analysis.command.numbers import scale_of, write_interval
from analysis.compare.comparison import Comparison
from analysis.compare.statistics import CANNOT_TELL
from analysis.compare.verdicts import Verdicts, read_verdicts
from analysis.show.claims import state_verdict
from analysis.show.comparison.files import replay_command
from sim.config.catalogue import list_industries
from sim.outcomes import OUTCOMES

WIDTH = 110
SENTENCES = ("npv_with_equity", "npv", "retention_per_year")
"""Outcomes told in words: both profits, and loyalty."""
REASONS = {
    "clear": "every headline verdict is clear",
    "precise": "every headline difference is known as precisely as asked, or its verdict is clear",
    "cap": "max_replicates was reached",
}
"""Why no more replicates were run."""
OF_AN_INDUSTRY = ("runs=", "study=", "tuned=")
"""Keys whose values are of the industry they were made for."""


def describe_question(comparison_names: Sequence[str], baseline: str, industry: str, n_customers: int) -> str:
    """Say what is compared, in one line."""
    others = ", ".join(name for name in comparison_names if name != baseline)
    return f"{industry}: {others} against {baseline}, {n_customers:,} customers in the market"


def answer_text(comparison: Comparison, folder: Path, arguments: Sequence[str]) -> str:
    """Return everything printed at the end."""
    verdicts = read_verdicts(comparison)
    parts = [headline_table(verdicts), sentences(verdicts), _small_print(comparison)]
    return "\n\n".join([*parts, f"Files: {folder}\nNext:  {next_command(comparison, arguments)}"])


def headline_table(verdicts: Verdicts) -> str:
    """Return the headline differences: one row a design and outcome."""
    interval = f"{100.0 * verdicts.comparison.request.confidence:g} % interval"
    rows = [["", "", "baseline", "design", "difference", interval, "verdict", "replicates needed"]]
    for outcome in verdicts.headline:
        for number, design in enumerate(verdicts.designs):
            rows.append([OUTCOMES[outcome].title if number == 0 else "", design, *_cells(verdicts, design, outcome)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(_aligned(row, widths) for row in rows)


def sentences(verdicts: Verdicts) -> str:
    """Say for every design how it compares on both profits and on retention; wording follows the verdicts."""
    names = verdicts.names
    lines = []
    for design in verdicts.designs:
        clauses = []
        for outcome in SENTENCES:
            finding = verdicts.find(design, outcome)
            if finding is not None:
                subject = f"{finding.title.lower()} under {names[design]}"
                clauses.append(state_verdict(finding, subject, f"that under {names[verdicts.baseline]}"))
        text = "; ".join(clauses)
        lines.append(textwrap.fill(f"{text[:1].upper()}{text[1:]}.", WIDTH))
    return "\n".join(lines)


def next_command(comparison: Comparison, arguments: Sequence[str]) -> str:
    """Return a command that asks the next question: more certainty where it is missing, else another industry."""
    request = comparison.request
    if comparison.stopped_because == "cap":
        return replay_command(arguments, f"max_replicates={2 * comparison.n_replicates}")
    headline = comparison.table[comparison.table["headline"]]
    if (headline["verdict"] == CANNOT_TELL).any():
        finer = f"precision={request.precision / 2.0:g}"
        capped = 2 * comparison.n_replicates > request.max_replicates
        return replay_command(arguments, finer, *([f"max_replicates={4 * request.max_replicates}"] if capped else []))
    own = comparison.baseline.parameters.industry.name
    others = [option.name for option in list_industries() if option.name != own]
    afresh = [text for text in arguments if not text.startswith(OF_AN_INDUSTRY)]
    return replay_command(afresh, f"industry={others[0]}")


def _small_print(comparison: Comparison) -> str:
    """Say how many replicates there are, why no more, and what the verdicts mean."""
    effect = 100.0 * comparison.request.smallest_effect
    return textwrap.fill(
        f"{comparison.n_replicates} replicates of each design, the same luck in all; stopped because "
        f"{REASONS[comparison.stopped_because]}. Verdicts are corrected for these {comparison.n_decisive} comparisons "
        f'(Holm; the other outcomes are a second family); intervals are not. "Equivalent" means within {effect:g} % of '
        f"the baseline mean, {effect / 10.0:g} percentage points for rates. Replicates needed: in all, for the "
        "precision asked.",
        WIDTH,
    )


def _cells(verdicts: Verdicts, design: str, outcome: str) -> list[str]:
    """Return the cells of a design's row: levels, difference, interval, verdict, replicates needed."""
    one, theirs = verdicts.findings[design, outcome], verdicts.findings[verdicts.baseline, outcome]
    level = scale_of(one.unit, one.currency, (one.mean, theirs.mean))
    change = scale_of(one.unit, one.currency, (one.difference, one.low, one.high), change=True)
    return [
        level.full(theirs.mean),
        level.full(one.mean),
        change.full(one.difference, signed=True),
        write_interval(one.low, one.high, change, signed=True),
        one.verdict,
        _needed(one.replicates_needed),
    ]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """Write a row: names and verdict to the left, numbers to the right."""
    cells = zip(row, widths, strict=True)
    aligned = (f"{cell:<{w}}" if n in (0, 1, 6) else f"{cell:>{w}}" for n, (cell, w) in enumerate(cells))
    return "  ".join(aligned).rstrip()


def _needed(number: float) -> str:
    """Write a number of replicates, which may be unknown or infinite."""
    if math.isnan(number):
        return "n/a"
    return "no number" if math.isinf(number) else f"{int(number):,}"
