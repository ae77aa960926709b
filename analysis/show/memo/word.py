"""The memo as a Word document, for people who edit it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table as WordTable
from docx.table import _Cell
from docx.text.paragraph import Paragraph as WordParagraph

from analysis.command.numbers import tie
from analysis.show.memo.content import Block, Bullets, Cell, Code, Figure, Memo, Paragraph, Table

COLOURS = {"good": "005C94", "bad": "AD4500", "same": "1C1C1C", "open": "666666", "": "1C1C1C"}
PAGE_WIDTH, PAGE_HEIGHT, SIDE, TOP = 210.0, 297.0, 18.0, 18.0
TEXT_WIDTH = PAGE_WIDTH - 2.0 * SIDE
MARGIN = 3.0
"""Room at the sides of a cell, in characters."""
LONGEST_PROPERTY = 255
"""Characters of a property of a document."""
SMALL, MUTED = Pt(8), RGBColor(0x55, 0x55, 0x55)


def write_word(memo: Memo, path: Path) -> Path:
    """Write the memo as a Word document and return its path."""
    document = Document()
    _set_page(document)
    document.core_properties.title = memo.title[:LONGEST_PROPERTY]
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.core_properties.created = document.core_properties.modified = datetime(2000, 1, 1, tzinfo=UTC)
    document.add_heading(memo.title, level=0)
    _style(document.add_paragraph(memo.subtitle), colour=MUTED)
    for section in memo.sections:
        heading = document.add_heading(section.title, level=1)
        heading.paragraph_format.page_break_before = section.new_page
        for block, after in zip_longest(section.blocks, section.blocks[1:]):
            WRITERS[type(block)](document, block)
            if isinstance(block, Paragraph) and isinstance(after, Table | Bullets):
                document.paragraphs[-1].paragraph_format.keep_with_next = True
    document.save(str(path))
    return path


def _set_page(document: WordDocument) -> None:
    """Set A4, margins and fonts."""
    page = document.sections[0]
    page.orientation = WD_ORIENT.PORTRAIT
    page.page_width, page.page_height = Mm(PAGE_WIDTH), Mm(PAGE_HEIGHT)
    page.left_margin = page.right_margin = Mm(SIDE)
    page.top_margin = page.bottom_margin = Mm(TOP)
    styles: Any = document.styles
    for name, size in (("Normal", 10), ("Title", 20), ("Heading 1", 13)):
        font = styles[name].font
        font.name, font.size = "Arial", Pt(size)
        fonts = styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(attribute), None)
        for attribute in ("w:ascii", "w:hAnsi", "w:cs"):
            fonts.set(qn(attribute), "Arial")
        if name != "Normal":
            font.color.rgb = RGBColor(0x1C, 0x1C, 0x1C)
    styles["Normal"].paragraph_format.space_after = Pt(5)


def _style(paragraph: WordParagraph, *, size: Any = None, colour: RGBColor | None = None) -> None:
    for run in paragraph.runs:
        if size is not None:
            run.font.size = size
        if colour is not None:
            run.font.color.rgb = colour


def _write_paragraph(document: WordDocument, block: Paragraph) -> None:
    paragraph = document.add_paragraph(tie(block.text))
    if block.kind == "lead":
        _style(paragraph, size=Pt(12))
        paragraph.paragraph_format.left_indent = Mm(4)
    elif block.kind == "note":
        _style(paragraph, size=SMALL, colour=MUTED)


def _write_bullets(document: WordDocument, block: Bullets) -> None:
    for item in block.items:
        document.add_paragraph(tie(item), style="List Bullet").paragraph_format.space_after = Pt(2)


def _write_code(document: WordDocument, block: Code) -> None:
    paragraph = document.add_paragraph()
    run = paragraph.add_run(block.text)
    run.font.name, run.font.size = "Courier New", Pt(8.5)


def _write_figure(document: WordDocument, block: Figure) -> None:
    document.add_picture(str(block.path), width=Mm(TEXT_WIDTH - 2.0))
    picture: Any = document.inline_shapes[-1]
    picture._inline.docPr.set("descr", block.alt)
    if block.caption:
        document.paragraphs[-1].paragraph_format.keep_with_next = True
        _style(document.add_paragraph(block.caption), size=SMALL, colour=MUTED)


def _write_table(document: WordDocument, block: Table) -> None:
    """Write a table; its head is repeated on every page and rows are not broken."""
    if not block.head:
        return
    table = document.add_table(rows=1, cols=len(block.head))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _draw_rules(table)
    size = Pt(6.5) if len(block.head) > 6 else Pt(8)
    for number, (cell, text) in enumerate(zip(table.rows[0].cells, block.head, strict=True)):
        _fill(cell, Cell((text,)), size, bold=True, right=number >= block.n_text)
    _mark_row(table.rows[0], "w:tblHeader")
    for row in block.rows:
        added = table.add_row()
        _mark_row(added, "w:cantSplit")
        for number, (cell, content) in enumerate(zip(added.cells, row, strict=True)):
            _fill(cell, content, size, bold=number == 0, right=number >= block.n_text)
    for number, width in enumerate(_widths(block)):
        table.columns[number].width = Mm(width)
        for cell in table.columns[number].cells:
            cell.width = Mm(width)
    _write_paragraph(document, Paragraph(block.caption, "note"))


def _draw_rules(table: WordTable) -> None:
    """Draw thin rules between rows and none between columns."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        rule = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "BBBBBB")):
            rule.set(qn(f"w:{name}"), value)
        borders.append(rule)
    table._tbl.tblPr.append(borders)


def _widths(block: Table) -> list[float]:
    """Return widths of columns in millimetres: by the longest line of each, within limits."""
    n_columns = len(block.head)
    texts = [[block.head[n], *(line for row in block.rows for line in row[n].lines)] for n in range(n_columns)]
    most = {2: 90, 8: 24}.get(n_columns, 32)
    lines = [max(map(len, column)) for column in texts]
    words = [max((len(word) for text in column for word in text.split()), default=0) for column in texts]
    below = [max(map(len, column[1:]), default=0) for column in texts]
    shown = [min(line, most) if n < block.n_text else below[n] for n, line in enumerate(lines)]
    weights = [MARGIN + max(show, 1.3 * min(word, 34)) for show, word in zip(shown, words, strict=True)]
    return [TEXT_WIDTH * weight / sum(weights) for weight in weights]


def _fill(cell: _Cell, content: Cell, size: Any, *, bold: bool = False, right: bool = False) -> None:
    """Write the lines of a cell; the first bold where asked, the last in the colour of its verdict."""
    for number, line in enumerate(content.lines):
        paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(0)
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = paragraph.add_run(tie(line))
        run.font.size = size
        last = bool(content.tone) and number == len(content.lines) - 1
        run.bold = (bold and number == 0) or (last and content.tone in ("good", "bad", "same"))
        if last:
            run.font.color.rgb = RGBColor.from_string(COLOURS[content.tone])


def _mark_row(row: Any, name: str) -> None:
    """Set a switch of Word on a row that python-docx does not offer."""
    row._tr.get_or_add_trPr().append(OxmlElement(name))


WRITERS: dict[type[Block], Callable[[WordDocument, Any], None]] = {
    Paragraph: _write_paragraph,
    Bullets: _write_bullets,
    Code: _write_code,
    Figure: _write_figure,
    Table: _write_table,
}
