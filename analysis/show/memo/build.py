"""The content of the memo, section by section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from analysis.show.explanations import Explanations
from analysis.show.memo.assumptions import assumptions_section
from analysis.show.memo.closing import limits_section, reproduce_section
from analysis.show.memo.content import Memo, Section
from analysis.show.memo.doubts import doubts_section
from analysis.show.memo.drivers import drivers_section, story_figures
from analysis.show.memo.over_time import over_time_section
from analysis.show.memo.question import answer_section, question_section, title_of
from analysis.show.memo.results import further_pictures, pictures_section, table_section, whole_table

if TYPE_CHECKING:
    from analysis.compare.verdicts import Verdicts
    from analysis.show.pictures.album import Picture


def build(verdicts: Verdicts, explanations: Explanations, pictures: Mapping[str, Picture]) -> Memo:
    """Put the memo together.

    Parameters
    ----------
    verdicts
        What the comparison found.
    explanations
        What explains it; parts that are missing are left out.
    pictures
        By name, of :func:`analysis.show.pictures.album.draw_all`.
    """
    comparison = verdicts.comparison
    title, subtitle = title_of(comparison)
    sections = (
        question_section(verdicts),
        answer_section(verdicts),
        table_section(verdicts),
        pictures_section(pictures),
        over_time_section(verdicts, explanations),
        drivers_section(verdicts, explanations),
        *_flips(explanations, pictures),
        *_tuned(explanations, pictures),
        doubts_section(verdicts, explanations.origin.notes),
        assumptions_section(comparison),
        limits_section(comparison),
        reproduce_section(comparison, explanations),
        Section(
            "Annex",
            (whole_table(verdicts), *further_pictures(pictures), *story_figures(explanations)),
            new_page=True,
        ),
    )
    return Memo(title, subtitle, tuple(section for section in sections if section.blocks))


def _flips(explanations: Explanations, pictures: Mapping[str, Picture]) -> tuple[Section, ...]:
    """Return what a study says, where there is one; what it takes to read it is needed only then."""
    if explanations.company.conditions is None:
        return ()
    from analysis.show.memo.flips import flips_section

    return (flips_section(explanations.company.conditions, pictures),)


def _tuned(explanations: Explanations, pictures: Mapping[str, Picture]) -> tuple[Section, ...]:
    """Return what a tuning says, where there is one."""
    if explanations.company.tuning is None:
        return ()
    from analysis.show.memo.tuned import tuned_section

    return (tuned_section(explanations.company.tuning, pictures),)
