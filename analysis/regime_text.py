"""Text, tables and sections of the page of the regime study."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

WIDTH = 118


def paragraph(text: str) -> str:
    """Return text in lines of the documentation's width."""
    return textwrap.fill(no_tags(" ".join(text.split())), WIDTH, break_long_words=False, break_on_hyphens=False)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table of the documentation."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(no_tags(str(cell)).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def no_tags(text: str) -> str:
    """Return text in which Markdown finds no tag of HTML, whatever name stands in it.

    >>> no_tags("p < 0.001 of <b>")
    'p < 0.001 of &lt;b>'
    """
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)


def section(title: str, *blocks: str) -> str:
    """Return a section; tables and pictures are left as they are, text is wrapped."""
    wrapped = [block if block.startswith(("|", "!")) else paragraph(block) for block in blocks]
    return "\n\n".join([f"## {no_tags(title)}", *wrapped])
