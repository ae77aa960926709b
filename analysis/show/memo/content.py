"""What a memo consists of, whatever it is written as: sections of paragraphs, lists, tables and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Tone = Literal["", "good", "bad", "same", "open"]
"""How a verdict is coloured; the words say the same."""
TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "equivalent": "same", "cannot tell yet": "open"}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; ``lead`` stands out, ``note`` is small."""

    text: str
    kind: Literal["normal", "lead", "note"] = "normal"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, of one or more lines; the last line is a verdict where there is a tone."""

    lines: tuple[str, ...]
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a head; the first column holds names."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    n_text: int = 1
    """Columns of words, set to the left; the others hold numbers, set to the right."""
    kind: str = ""
    """Name by which a page may set widths; empty: they follow from the text."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture; ``alt`` is the sentence it supports."""

    path: Path
    alt: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """Something to copy."""

    text: str


Block = Paragraph | Bullets | Table | Figure | Code


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the memo under a heading."""

    title: str
    blocks: tuple[Block, ...]
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Memo:
    """A memo."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]

    def texts(self) -> Iterator[str]:
        """Yield every text of the memo, in order."""
        yield from (self.title, self.subtitle)
        for section in self.sections:
            yield section.title
            for block in section.blocks:
                yield from _texts(block)


def make_table(
    head: Sequence[str], rows: Sequence[Sequence[str | Cell]], caption: str = "", n_text: int = 1, kind: str = ""
) -> Table:
    """Make a table of cells or plain strings."""
    cells = tuple(tuple(cell if isinstance(cell, Cell) else Cell((cell,)) for cell in row) for row in rows)
    return Table(tuple(head), cells, caption, n_text, kind)


def _texts(block: Block) -> Iterator[str]:
    if isinstance(block, Bullets):
        yield from block.items
    elif isinstance(block, Table):
        yield from (*block.head, block.caption)
        yield from (line for row in block.rows for cell in row for line in cell.lines)
    elif isinstance(block, Figure):
        yield from (block.alt, block.caption)
    else:
        yield block.text
