"""The memo as one HTML page: everything in it, nothing fetched, made for screens and for A4."""

from __future__ import annotations

import base64
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.command.numbers import tie
from analysis.show.memo.content import Memo

TEMPLATES = Path(__file__).with_name("templates")


def write_html(memo: Memo, path: Path) -> Path:
    """Write the memo as a page and return its path."""
    path.write_text(render(memo), encoding="utf-8")
    return path


def render(memo: Memo) -> str:
    """Return the page; every text is escaped, pictures are embedded."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["embed"] = embed
    environment.filters["tie"] = tie
    environment.tests["of_kind"] = lambda block, kind: type(block).__name__ == kind
    return environment.get_template("memo.html.j2").render(memo=memo)


def embed(path: Path) -> str:
    """Return a PNG as a data address."""
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
