"""The page of the regime study: what was written by hand stays, tables and picture are made again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis.maps.regimes import Arms
from analysis.show.maps import regimes_picture
from analysis.show.maps.regimes_tables import all_tables, ranges_table
from analysis.show.markdown import put_between, write_page

PAGE = "regimes.md"
MARKS = ("<!-- from the results of the regime study -->", "<!-- end of what is from the results -->")
NEW = f"# The regime study: which org design is best where\n\n{MARKS[0]}\n{MARKS[1]}\n"
"""A page that nobody has written into."""


def generated(arms: Arms) -> str:
    """Return everything between the marks of the page."""
    return f"{all_tables(arms)}\n\n## The frozen ranges\n\n{ranges_table()}"


def write_regimes(arms: Arms, folder: Path) -> Sequence[Path]:
    """Write page and picture into a folder, which must exist; return the files.

    What stands outside the marks of an earlier page is kept.
    """
    page = folder / PAGE
    earlier = page.read_text(encoding="utf-8") if page.exists() else NEW
    text = put_between(earlier if MARKS[0] in earlier else NEW, MARKS, generated(arms))
    pictures = regimes_picture.draw(arms, folder)
    write_page(page, text)
    return [page, *pictures]
