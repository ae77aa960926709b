"""What a memo consists of, whatever it is written as: sections of paragraphs, lists, tables and pictures.

Every text is made printable as it enters, so that no writer meets a control character; each writer escapes what has a
meaning in its form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from sim.text import printable

Tone = Literal["", "good", "bad", "same", "open"]
"""How a verdict is coloured; the words say the same."""
TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "equivalent": "same", "cannot tell yet": "open"}


class Part:
    """A part of a memo; its texts are printable, whatever it is made of."""

    __slots__ = ()

    def __post_init__(self) -> None:
        instance: Any = self
        for field in fields(instance):
            value = getattr(self, field.name)
            if isinstance(value, str):
                object.__setattr__(self, field.name, printable(value))
            elif isinstance(value, tuple) and any(isinstance(item, str) for item in value):
                object.__setattr__(self, field.name, tuple(map(printable, value)))


@dataclass(frozen=True, slots=True)
class Paragraph(Part):
    """Running text; ``lead`` stands out, ``note`` is small."""

    text: str
    kind: Literal["normal", "lead", "note"] = "normal"


@dataclass(frozen=True, slots=True)
class Bullets(Part):
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell(Part):
    """A cell of a table, of one or more lines; the last line is a verdict where there is a tone."""

    lines: tuple[str, ...]
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Table(Part):
    """A table with a head; the first column holds names; nothing is written of one without columns."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    n_text: int = 1
    """Columns of words, set to the left; the others hold numbers, set to the right."""
    kind: str = ""
    """Name by which a page may set widths; empty: they follow from the text."""


@dataclass(frozen=True, slots=True)
class Figure(Part):
    """A picture; ``alt`` is the sentence it supports."""

    path: Path
    alt: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Code(Part):
    """Something to copy."""

    text: str


Block = Paragraph | Bullets | Table | Figure | Code


@dataclass(frozen=True, slots=True)
class Section(Part):
    """A part of the memo under a heading."""

    title: str
    blocks: tuple[Block, ...]
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Memo(Part):
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
