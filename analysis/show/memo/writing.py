"""Writing the memo: pictures, the HTML page, and the Word document where python-docx is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.compare.verdicts import read_verdicts
from analysis.show.explanations import Explanations
from analysis.show.memo.build import build
from analysis.show.memo.html import write_html
from analysis.show.pictures.album import draw_all

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison

HTML, WORD = "memo.html", "memo.docx"


def word_available() -> bool:
    """Return whether memo.docx can be written: the extra ``memo`` installs what it takes."""
    return find_spec("docx") is not None


def write(comparison: Comparison, explanations: Explanations, folder: str | Path) -> list[Path]:
    """Draw all pictures, write tables of a study and of a tuning, memo.html and, with python-docx, memo.docx.

    Parameters
    ----------
    comparison
        The designs and their baseline.
    explanations
        What explains it.
    folder
        Where the files go; it must exist.

    Returns
    -------
    list of Path
        Everything written, the memo first.
    """
    folder, verdicts, company = Path(folder), read_verdicts(comparison), explanations.company
    pictures, tables = draw_all(verdicts, explanations, folder), list[Path]()
    if company.conditions is not None:
        from analysis.show.memo.flips import draw_flips, write_flips

        pictures |= draw_flips(company.conditions, folder)
        tables = write_flips(company.conditions, folder)
    if company.tuning is not None:
        from analysis.show.memo.tuned import draw_tuned, write_tables

        pictures |= draw_tuned(company.tuning, folder)
        tables += write_tables(company.tuning, folder)
    memo = build(verdicts, explanations, pictures)
    written = [write_html(memo, folder / HTML)]
    if word_available():
        from analysis.show.memo.word import write_word

        written.append(write_word(memo, folder / WORD))
    return [*written, *(path for picture in pictures.values() for path in picture.paths), *tables]
