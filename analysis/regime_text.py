"""Text, tables and sections of the page of the regime study."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 118


def paragraph(text: str) -> str:
    """Return text in lines of the documentation's width."""
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table of the documentation."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def section(title: str, *blocks: str) -> str:
    """Return a section; tables and pictures are left as they are, text is wrapped."""
    wrapped = [block if block.startswith(("|", "!")) else paragraph(block) for block in blocks]
    return "\n\n".join([f"## {title}", *wrapped])
