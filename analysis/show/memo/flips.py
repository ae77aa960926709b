"""When the answer flips: what a study says on which design wins where, and what knowing more is worth, in money."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.command import glossary as words
from analysis.command.numbers import join_words, plain_text, scale_of, write_interval
from analysis.show.maps import (
    boxes_picture,
    breakeven_picture,
    information_picture,
    regret_picture,
    report,
    sensitivity_picture,
    winners_picture,
)
from analysis.show.memo.content import Block, Bullets, Code, Figure, Paragraph, Section
from analysis.show.pictures.album import Picture

if TYPE_CHECKING:
    from analysis.company.study import Conditions
    from analysis.maps.outcome_maps import Maps

TITLE = "When the answer flips"
PREFIX = "study_"
"""Before the names of the files that hold the numbers of the study."""
CAPTIONS = {
    "winners": "Which design is best where, over the two factors that say most.",
    "break_even": "Where each design overtakes the baseline.",
    "boxes": "The conditions under which a design is best more often.",
    "sensitivity": "What moves the difference to the baseline.",
    "information": "What it is worth to know before deciding.",
    "regret": "What is lost by choosing the same design everywhere.",
}
"""The pictures in their order, with their captions."""
NAMED = 2
"""Factors that the advice names, at most."""


def flips_section(conditions: Conditions, pictures: Mapping[str, Picture]) -> Section:
    """Return what a study says: what it varied, then each analysis in sentences and its picture."""
    blocks: list[Block] = [Paragraph(plain_text(conditions.about())), Paragraph(conditions.about_money(), "note")]
    if conditions.warnings:
        blocks.append(Bullets(tuple(plain_text(sentence) for sentence in conditions.warnings)))
    blocks.append(Paragraph(advice(conditions)))
    for name, sentences in sentences_of(conditions.maps).items():
        blocks.append(Bullets(tuple(sentences)) if len(sentences) > 1 else Paragraph(sentences[0]))
        picture = pictures.get(f"{PREFIX}{name}")
        if picture is not None:
            blocks.append(Figure(picture.png, picture.sentence, CAPTIONS[name]))
    files = f"Files beside this memo whose names begin with {PREFIX} hold the numbers, money in {conditions.currency}."
    blocks += [Paragraph(f"{files} This command makes the study again:", "note"), Code(plain_text(conditions.replay))]
    return Section(TITLE, tuple(blocks))


def sentences_of(maps: Maps) -> dict[str, list[str]]:
    """Return the sentences of every analysis by the name of its picture."""
    return {
        "winners": [winners_picture.sentence(maps.winners)],
        "break_even": [breakeven_picture.sentence(one) for one in maps.break_even],
        "boxes": [*(boxes_picture.sentence(box) for box in maps.boxes), boxes_picture.tree_sentence(maps.tree)],
        "sensitivity": [sensitivity_picture.sentence(one) for one in maps.sensitivity],
        "information": [information_picture.sentence(maps.information)],
        "regret": [regret_picture.sentence(maps.regret)],
    }


def advice(conditions: Conditions) -> str:
    """Say what to measure before deciding and what that is worth to this company, as far as intervals allow."""
    information = conditions.maps.information
    choice = words.design(information.choice)
    clear = information.clear.head(NAMED).to_dict("records")
    if not clear:
        return f"By this study no single factor is clearly worth measuring before deciding; the choice is {choice}."
    parts = []
    for row in clear:
        estimate, low, high = (float(row[column]) for column in ("estimate", "low", "high"))
        scale = scale_of("currency", conditions.currency, (estimate, low, high))
        interval = f"{write_interval(low, high, scale)}{scale.suffix}"
        parts.append(f"{words.factor(str(row['factor']))}, worth {scale.full(estimate)} (95 % interval {interval})")
    return (
        f"Before deciding, go and measure {join_words(parts)}: what choosing by it gains over choosing {choice} "
        "without knowing more than these ranges."
    )


def draw_flips(conditions: Conditions, folder: Path) -> dict[str, Picture]:
    """Draw the pictures of a study into a folder; each supports its first sentence."""
    sentences = sentences_of(conditions.maps)
    drawn = report.draw(conditions.maps, folder, PREFIX)
    return {
        f"{PREFIX}{name}": Picture(f"{PREFIX}{name}", sentences[name][0], paths[0], tuple(paths))
        for name, paths in drawn.items()
    }


def write_flips(conditions: Conditions, folder: Path) -> list[Path]:
    """Write the tables of a study into a folder and return their files."""
    return report.write_tables(conditions.maps, folder, PREFIX)
