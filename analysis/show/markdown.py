"""Pages in Markdown: text, tables, sections, and what is written again between marks."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

WIDTH = 118

Marks = tuple[str, str]
"""Lines of a page between which everything is written by a command."""


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


def put_between(page: str, marks: Marks, text: str) -> str:
    r"""Return a page with another text between its marks.

    >>> put_between("by hand <a> old <b> by hand", ("<a>", "<b>"), "new")
    'by hand <a>\nnew\n<b> by hand'
    """
    before, after = page.split(marks[0])[0], page.split(marks[1])[1]
    return f"{before}{marks[0]}\n{text}\n{marks[1]}{after}"


def write_page(path: Path, text: str) -> None:
    """Write a page whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
