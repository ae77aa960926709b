"""When every design is tuned: does the answer stand if each design is set as well as it can be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.command.numbers import plain_text
from analysis.command.tables import write_csv
from analysis.mandate.judging import gains, pairs
from analysis.show.mandate import picture, text
from analysis.show.memo.content import Block, Bullets, Code, Figure, Paragraph, Section
from analysis.show.pictures.album import Picture
from sim.outcomes import OUTCOMES

if TYPE_CHECKING:
    from analysis.company.tuning import CompanyTuning

TITLE = "When every design is tuned"
CAPTION = "Every design as given and tuned, what tuning is worth, and which levers moved."
NAME = picture.NAME
"""Of the picture, and before the names of the files that hold the numbers."""


def tuned_section(tuning: CompanyTuning, pictures: Mapping[str, Picture]) -> Section:
    """Return what a tuning says: the answer, the gains, the levers, and how to make it again."""
    tuned = tuning.tuned
    spoken = text.Spoken(tuned)
    blocks: list[Block] = [Paragraph(text.paragraph(tuned))]
    if tuning.warnings:
        blocks.append(Bullets(tuple(plain_text(sentence) for sentence in tuning.warnings)))
    drawn = pictures.get(NAME)
    if drawn is not None:
        blocks.append(Figure(drawn.png, drawn.sentence, CAPTION))
    blocks.append(Paragraph(text.optimism_sentence(spoken)))
    blocks.append(Bullets(tuple(plain_text(text.lever_sentence(spoken, design)) for design in tuned.designs)))
    in_money = OUTCOMES[tuned.outcome].unit.startswith("currency")
    money = f" Money is that of this company in {tuned.currency}, by its revenue at the start." if in_money else ""
    files = f"Files beside this memo whose names begin with {NAME}_ hold the numbers.{money}"
    blocks += [Paragraph(f"{files} This command tunes again:", "note"), Code(plain_text(tuning.replay))]
    return Section(TITLE, tuple(blocks))


def draw_tuned(tuning: CompanyTuning, folder: Path) -> dict[str, Picture]:
    """Draw the picture of a tuning into a folder."""
    paths = picture.draw(tuning.tuned, folder)
    sentence = text.flip_sentence(text.Spoken(tuning.tuned))
    return {NAME: Picture(NAME, sentence, paths[0], tuple(paths))}


def write_tables(tuning: CompanyTuning, folder: Path) -> list[Path]:
    """Write the tables of a tuning into a folder and return their files."""
    tuned = tuning.tuned
    tables = {"gains": gains(tuned), "pairs": pairs(tuned), "levers": tuned.levers}
    paths = {folder / f"{NAME}_{name}.csv": table for name, table in tables.items()}
    for path, table in paths.items():
        write_csv(table, path)
    return list(paths)
