"""The text of a table: its encoding, its separator, and its rows of cells, with what departs from the plain form.

The plain form is UTF-8 without a mark, commas between cells, one line of names and one cell for every name below.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.text import refusal

MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
"""Byte order marks, encodings and their names; the mark of UTF-16 begins that of UTF-32."""
OTHER_KINDS = {
    b"PK\x03\x04": "an Excel workbook or another zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "compressed with gzip",
    b"%PDF": "a PDF document",
}
"""How files begin that are no text."""
SAVE_AS = 'in Excel, save it as "CSV UTF-8 (comma delimited)"'
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LINE_END = re.compile(r"\r\n|\r|\n")

Row = tuple[int, list[str]]
"""The number of the line on which a row begins, from 1, and its cells."""


class UnreadableError(ValueError):
    """A table cannot be read; the message says where and why, without the name of the file."""


@dataclass(frozen=True)
class Grid:
    """The cells of a table as text, each row with one cell for every column."""

    head: tuple[str, ...]
    """Names of the columns: none empty, none twice."""
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    """Number of the line on which each row begins, from 1."""
    separator: str
    departures: tuple[str, ...]
    """How the file departs from the plain form."""


def read_grid(content: bytes) -> Grid:
    """Return the cells of a table.

    Raises
    ------
    UnreadableError
        The content is no text, is no table, or may be read in two ways.
    """
    text, encoding = decoded(content)
    said = [encoding] if encoding else []
    first, rest = _declared_separator(text)
    separator = first or _separator(rest)
    offset = 1 if first else 0
    numbered = [(line + offset, [cell.strip() for cell in row]) for line, row in _rows(rest, separator)]
    full = [(line, row) for line, row in numbered if any(row)]
    if not full:
        raise UnreadableError("is empty")
    if len(full) == 1:
        raise UnreadableError("holds a first line of names and no rows below it")
    if separator != "," and len(full[0][1]) > 1:
        said.append(SEPARATORS[separator])
    if re.search(r"\r(?!\n)", text):
        said.append("carriage returns as line ends")
    if len(full) < len(numbered):
        said.append("without its empty rows")
    return _squared(full, separator, said)


def decoded(content: bytes) -> tuple[str, str]:
    """Return a text and the name of its encoding, empty where it is the plain one.

    Raises
    ------
    UnreadableError
        The content is no text, or not in an encoding that it declares.
    """
    for beginning, kind in OTHER_KINDS.items():
        if content.startswith(beginning):
            raise UnreadableError(f"is {kind}, not text; {SAVE_AS}")
    mark, encoding, name = next((one for one in MARKS if content.startswith(one[0])), (b"", "utf-8", ""))
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, "replace")
        byte = error.object[error.start]
        raise UnreadableError(
            f"line {_line_at(before, len(before))}: byte 0x{byte:02X} is not {name or 'UTF-8'}; {SAVE_AS}"
        ) from error
    found = CONTROL.search(text)
    if found is not None:
        hint = f"; {SAVE_AS}" if found[0] == "\x00" else ""
        raise UnreadableError(f"line {_line_at(text, found.start())}: {refusal(found[0])}{hint}")
    return text, name


def _line_at(text: str, position: int) -> int:
    """Return the number of the line at a position, from 1."""
    return 1 + len(LINE_END.findall(text[:position]))


def _declared_separator(text: str) -> tuple[str, str]:
    """Return the separator that a first line like ``sep=;`` declares, and the text below; empty where there is none."""
    found = re.match(r'"?sep=([,;\t])"?(?:\r\n|\r|\n)', text)
    return (found[1], text[found.end() :]) if found else ("", text)


def _separator(text: str) -> str:
    """Return the separator: the one that divides the line of names, or that alone makes rows of equal length."""
    dividing = [separator for separator in SEPARATORS if _width(text, separator) > 1]
    if len(dividing) < 2:
        return dividing[0] if dividing else ","
    even = [separator for separator in dividing if _is_even(text, separator)]
    if len(even) == 1:
        return even[0]
    names = " or ".join(SEPARATORS[separator] for separator in dividing)
    raise UnreadableError(f"line 1: {names} may separate its cells; put names that hold one in quotes")


def _width(text: str, separator: str) -> int:
    """Return the number of cells of the first row that is not empty; 0 where rows cannot be divided so."""
    try:
        return next((len(row) for _, row in _rows(text, separator) if any(row)), 0)
    except UnreadableError:
        return 0


def _is_even(text: str, separator: str) -> bool:
    """Tell whether all rows have as many cells as the first."""
    try:
        return len({len(row) for _, row in _rows(text, separator) if any(row)}) == 1
    except UnreadableError:
        return False


def _rows(text: str, separator: str) -> Iterator[Row]:
    """Yield rows with the numbers of their lines."""
    stream = io.StringIO(text, newline="")
    reader = csv.reader(stream, delimiter=separator, strict=True, skipinitialspace=True)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        if "field larger" in str(error):
            raise UnreadableError(f"line {line}: a cell of more than {csv.field_size_limit():,} characters") from error
        why = "is not closed" if "unexpected end" in str(error) else "is followed by more than a separator"
        raise UnreadableError(f"line {line}: a quoted cell {why}") from error


def _squared(rows: Sequence[Row], separator: str, said: list[str]) -> Grid:
    """Return rows of equal length, without columns that have neither name nor cells."""
    line, head = rows[0]
    _refuse_twice(head, line)
    for column, name in enumerate(head):
        if (reason := refusal(name)) is not None:
            raise UnreadableError(f"line {line}, column {column + 1}: its name {name!r} {reason}")
    named = [column for column, name in enumerate(head) if name]
    below = [(number, _fitted(number, row, head)) for number, row in rows[1:]]
    nameless = [column for column, name in enumerate(head) if not name]
    said += [_left_out(column, below) for column in nameless]
    if any(len(row) > len(head) for _, row in rows):
        said.append("without empty cells at the ends of rows")
    kept = tuple(tuple(row[column] for column in named) for _, row in below)
    names, lines = tuple(head[column] for column in named), tuple(number for number, _ in below)
    return Grid(names, kept, lines, separator, tuple(dict.fromkeys(said)))


def _refuse_twice(head: Sequence[str], line: int) -> None:
    """Refuse a name that two columns bear."""
    for column, name in enumerate(head):
        if name and name in head[:column]:
            raise UnreadableError(
                f'line {line}: columns {head.index(name) + 1} and {column + 1} are both named "{name}"'
            )


def _fitted(line: int, row: list[str], head: Sequence[str]) -> list[str]:
    """Return a row with as many cells as the head.

    Raises
    ------
    UnreadableError
        A cell is missing, or one that is not empty is too many.
    """
    last_name = max(column for column, name in enumerate(head) if name)
    if len(row) <= last_name or any(row[len(head) :]):
        names = f"{len(head)} column{'' if len(head) == 1 else 's'}"
        cells = f"{len(row)} cell{'' if len(row) == 1 else 's'}"
        raise UnreadableError(f"line {line}: {cells}, but the line of names has {names}{_hint(row, head)}")
    return (row + [""] * len(head))[: len(head)]


def _hint(row: Sequence[str], head: Sequence[str]) -> str:
    """Return advice where a decimal comma divided a number."""
    whole = sum(cell.lstrip("+-").isdigit() for cell in row) == len(row) == 2 * len(head)
    return "; a decimal comma is read where semicolons separate cells, or quotes enclose them" if whole else ""


def _left_out(column: int, rows: Sequence[Row]) -> str:
    """Say that a column without a name is left out.

    Raises
    ------
    UnreadableError
        It holds cells, other than a first column that numbers the rows.
    """
    cells = [row[column] for _, row in rows]
    if not any(cells):
        return "without its empty columns"
    if column == 0 and cells in ([str(n + start) for n in range(len(cells))] for start in (0, 1)):
        return "without its first column, which has no name and numbers the rows"
    line = next(line for line, row in rows if row[column])
    raise UnreadableError(f"column {column + 1} has no name, but holds cells, the first in line {line}")
