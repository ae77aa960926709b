"""The table of headline outcomes, the four pictures, and the whole table of the annex."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.command.numbers import MISSING, Scale, scale_of, write_interval
from analysis.compare.verdicts import Finding
from analysis.show.claims import change_scale
from analysis.show.memo.content import TONES, Block, Cell, Figure, Paragraph, Section, Table, make_table
from analysis.show.pictures.frame import level

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison
    from analysis.compare.verdicts import Verdicts
    from analysis.show.pictures.album import Picture

MOST_COLUMNS = 4
"""Designs that fit side by side on a page; more are listed below each other."""
PICTURES = ("loyalty_profit", "outcomes_over_time", "j_curve", "bridge")
"""The four pictures of the memo, in this order."""
FURTHER = ("attribution", "handoff_map", "gap_waterfall")
"""Pictures of the annex."""
CAPTIONS = {
    "loyalty_profit": "Right of zero: more loyal than the baseline. Above zero: more profitable.",
    "outcomes_over_time": "How each design departs from the baseline, by quarter.",
    "j_curve": "What a design has cost or earned so far, against the baseline.",
    "bridge": "Which lines of the account carry the difference; the design with the highest estimate.",
    "attribution": "Which levers the difference comes from.",
    "handoff_map": "Where on their journeys customers are let down.",
    "gap_waterfall": "Where quality is lost between what customers require and what they perceive.",
}


def table_section(verdicts: Verdicts) -> Section:
    """Return the headline table with what is needed to read it."""
    note = Paragraph(how_to_read(verdicts.comparison), "note")
    return Section("The table", (headline_table(verdicts), note), new_page=True)


def headline_table(verdicts: Verdicts) -> Table:
    """Return headline outcomes by design: level of the baseline, then differences with interval and verdict."""
    names = verdicts.names
    if len(verdicts.designs) > MOST_COLUMNS:
        rows = [
            [
                _title(verdicts, outcome),
                names[design],
                _level(verdicts, outcome),
                _cell(verdicts, design, outcome),
            ]
            for outcome in verdicts.headline
            for design in verdicts.designs
        ]
        return make_table(("Outcome", "Design", "Baseline", "Difference"), rows, n_text=2)
    wide: list[list[str | Cell]] = [
        [
            _title(verdicts, outcome),
            _level(verdicts, outcome),
            *(_cell(verdicts, design, outcome) for design in verdicts.designs),
        ]
        for outcome in verdicts.headline
    ]
    return make_table(("", "Level of the baseline", *(names[design] for design in verdicts.designs)), wide)


def how_to_read(comparison: Comparison) -> str:
    """Say what intervals, verdicts and corrections mean."""
    table = comparison.table
    effect = 100.0 * comparison.request.smallest_effect
    methods = set(table["method"]) - {""}
    student = "Student t over paired replicates" + (
        ", bootstrap where they are skewed" if "bootstrap" in methods else ""
    )
    return (
        f"Differences to the baseline with their {level(comparison)} intervals ({student}). Better and worse are said "
        f"only after correction for these {comparison.n_decisive:,} comparisons (Holm; all other outcomes are a second "
        "family), so an interval that leaves out zero can go with \u201ccannot tell yet\u201d. Equivalent: the "
        f"difference, even one that is sure, is shown to be smaller than {effect:g} % of the baseline's mean "
        f"({effect / 10.0:g} percentage points for shares), the smallest that matters. Retention, satisfaction, "
        "promoter score and profit are those of the last year; satisfaction is in units in which 0 is neutral; pp: "
        "percentage points; k: thousand; m: million. Intervals cover luck, not whether the assumptions are right."
    )


def _title(verdicts: Verdicts, outcome: str) -> str:
    found = verdicts.find(verdicts.designs[0], outcome)
    if found is None:
        return outcome
    return f"{found.title}, per year" if found.unit == "currency per year" else found.title


def _level(verdicts: Verdicts, outcome: str) -> str | Cell:
    found = verdicts.find(verdicts.baseline, outcome)
    if found is None:
        return MISSING
    return scale_of(_unit(found), found.currency, (found.mean,)).full(found.mean)


def _cell(verdicts: Verdicts, design: str, outcome: str) -> Cell:
    """Return difference, interval and verdict; all designs of a row share their digits."""
    found = verdicts.find(design, outcome)
    if found is None:
        return Cell((MISSING,))
    scale = _change_scale(verdicts, outcome)
    interval = write_interval(found.low, found.high, scale, signed=True) or "one replicate"
    return Cell((scale.full(found.difference, signed=True), interval, found.verdict), TONES.get(found.verdict, ""))


def _change_scale(verdicts: Verdicts, outcome: str) -> Scale:
    """Return how differences of an outcome are written; that money is per year is said beside the row."""
    scale = change_scale(verdicts, outcome)
    return replace(scale, suffix=scale.suffix.removesuffix(" per year"))


def _unit(found: Finding) -> str:
    """Return the unit; that money is per year is said beside the row."""
    return "currency" if found.unit == "currency per year" else found.unit


def pictures_section(pictures: Mapping[str, Picture]) -> Section:
    """Return the four pictures, as far as they were drawn."""
    return Section("Four pictures", _figures(pictures, PICTURES))


def further_pictures(pictures: Mapping[str, Picture]) -> tuple[Block, ...]:
    """Return the pictures of the annex."""
    return _figures(pictures, FURTHER)


def _figures(pictures: Mapping[str, Picture], names: tuple[str, ...]) -> tuple[Block, ...]:
    there = [name for name in names if name in pictures]
    return tuple(Figure(pictures[name].png, pictures[name].sentence, CAPTIONS[name]) for name in there)


def whole_table(verdicts: Verdicts) -> Table:
    """Return every headline row with means, intervals, corrected p-values and what precision would take."""
    names = verdicts.names
    head = ("Outcome", "Design", "Mean", "Difference", "Corrected p", "Verdict", "Replicates needed", "Variance saved")
    rows = [
        _whole_row(verdicts, design, names[design], outcome)
        for outcome in verdicts.headline
        for design in (verdicts.baseline, *verdicts.designs)
    ]
    precision = 100.0 * verdicts.comparison.request.precision
    caption = (
        f"Replicates needed: how many it takes in all until the half-width is {precision:g} % of the baseline's "
        f"mean ({precision / 10.0:g} percentage points for shares). Variance saved: what giving all designs the same "
        "luck takes away of the variance of a difference. Means with their intervals."
    )
    return make_table(head, rows, caption, n_text=2)


def _whole_row(verdicts: Verdicts, design: str, name: str, outcome: str) -> list[str | Cell]:
    """Return a row of the annex; the baseline has a level and nothing else."""
    found = verdicts.find(design, outcome)
    if found is None:
        return [outcome, name, *[MISSING] * 6]
    scale = scale_of(_unit(found), found.currency, (found.mean, found.mean_low, found.mean_high))
    mean = Cell((scale.full(found.mean), write_interval(found.mean_low, found.mean_high, scale) or "one replicate"))
    if design == verdicts.baseline:
        return [_title(verdicts, outcome), name, mean, *[""] * 5]
    change = _change_scale(verdicts, outcome)
    interval = write_interval(found.low, found.high, change, signed=True) or "one replicate"
    return [
        "",
        name,
        mean,
        Cell((change.full(found.difference, signed=True), interval)),
        _p_value(found.p_holm),
        Cell((found.verdict,), TONES.get(found.verdict, "")),
        replicates(found.replicates_needed),
        _share(found.variance_reduction),
    ]


def replicates(number: float) -> str:
    """Write a number of replicates; none where no number would do."""
    return f"{math.ceil(number):,}" if math.isfinite(number) else MISSING


def _p_value(value: float) -> str:
    if not math.isfinite(value):
        return MISSING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _share(value: float) -> str:
    return scale_of("share", "", (1.0,)).full(value)
