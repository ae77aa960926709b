"""Numbers in the cells of a table: decimal points and commas, thousands, per cent, and cells that hold none.

A comma or a point between digits is read only where some cell of the file shows what it means: ``0,5`` and ``12,34``
can only be decimals, ``1.234,5`` has both, while ``1,234`` alone may be either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache

from analysis.command.table_text import UnreadableError

Number = int | float
Place = tuple[int, str]
"""The line and the column of a cell."""

MISSING = frozenset({"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "null", "NULL"})
"""What stands where there is no number."""
INFINITE = re.compile("[+-]?inf(?:inity)?", re.IGNORECASE)
EXCEL_ERROR = re.compile(r"#(DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!)")
MINUS = "\u2212"
GAP = "[ \u00a0\u2009\u202f'\u2019]"
"""Between thousands, where neither points nor commas stand there."""
WHOLE = re.compile(r"[+-]?[0-9]+")
PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
BODY = re.compile(rf"[+-]?[0-9.,](?:[0-9.,]|{GAP}(?=[0-9]))*(?:[eE][+-]?[0-9]+)?")
END = "\x1f"
"""Between the cells of a column that is looked at in one go; no cell holds it."""
PLAIN_LINES = re.compile(rf"(?:{PLAIN.pattern}{END})*+")
SHAPE = str.maketrans("012345678", "999999999")
NO_GAPS = str.maketrans("", "", GAP[1:-1])
LONGEST_WHOLE = 4000
"""Digits of a whole number; Python reads no longer ones."""


@dataclass(frozen=True)
class Signs:
    """What commas and points between digits mean in a file."""

    decimal: str
    thousands: bool
    """The other one stands between thousands."""


@dataclass(frozen=True)
class Column:
    """A column of cells as text."""

    name: str
    cells: Sequence[str]
    lines: Sequence[int]

    @cached_property
    def is_plain(self) -> bool:
        """Whether every cell is a number in Python's own writing; looked at in one go, for large tables."""
        return PLAIN_LINES.fullmatch(END.join(self.cells) + END) is not None


def looks_like_number(cell: str) -> bool:
    """Tell whether a cell is a number in some manner of writing; what it is may still be in doubt."""
    if PLAIN.fullmatch(cell):
        return True
    body = _body(cell)
    return INFINITE.fullmatch(body) is not None or _kind(body) != ""


def signs_of(columns: Sequence[Column], separator: str) -> Signs:
    """Find out what commas and points mean.

    Parameters
    ----------
    columns
        All columns of numbers of the file.
    separator
        Between cells; where it is a semicolon, a point may stand between thousands.

    Raises
    ------
    UnreadableError
        Cells contradict each other, or one may be read in two ways.
    """
    if separator != ";" and all(column.is_plain for column in columns):
        return Signs(".", thousands=False)
    first: dict[str, tuple[Place, str]] = {}
    for place, cell in _marked(columns):
        first.setdefault(_kind(_body(cell)), (place, cell))
    decimals = {sign: next((first[kind] for kind in kinds if kind in first), None) for sign, kinds in PROOFS.items()}
    point, comma = decimals["."], decimals[","]
    if point is not None and comma is not None:
        raise UnreadableError(f"{_at(*comma)} has a decimal comma, but {_at(*point)} a decimal point")
    decimal = "," if comma is not None else "."
    thousands = f"grouped by {'.' if decimal == ',' else ','}" in first
    doubtful = first.get("1.234" if decimal == "," else "1,234")
    if comma is None and point is None and separator == ";":
        doubtful = doubtful or first.get("1.234")
    if doubtful is not None and not thousands:
        raise UnreadableError(f"{_at(*doubtful)} may have a decimal sign or thousands; write it without thousands")
    return Signs(decimal, thousands)


def to_number(cell: str, signs: Signs) -> Number | None:
    """Return the number in a cell that looks like one, None where it holds none."""
    if cell in MISSING:
        return None
    if signs.decimal == "." and PLAIN.fullmatch(cell):
        return plain_number(cell)
    body = _body(cell).translate(NO_GAPS)
    body = body.replace("." if signs.decimal == "," else ",", "").replace(signs.decimal, ".")
    return float(Decimal(body).scaleb(-2)) if cell.endswith("%") else plain_number(body)


def plain_number(body: str) -> Number:
    """Return a number in Python's own writing."""
    return int(body) if len(body) < LONGEST_WHOLE and WHOLE.fullmatch(body) else float(body)


def departures(columns: Iterable[Column], signs: Signs) -> list[str]:
    """Say how numbers depart from plain ones."""
    said = ["decimal commas"] if signs.decimal == "," else []
    cells = [cell for column in columns if not column.is_plain for cell in column.cells]
    if signs.thousands or any(re.search(GAP, _body(cell)) for cell in cells):
        said.append("thousands in groups")
    if any(cell.endswith("%") for cell in cells):
        said.append("per cent as shares of 1")
    return said


PROOFS = {".": ("decimal .", "grouped by ,"), ",": ("decimal ,", "grouped by .")}
"""Kinds of numbers that show which sign is the decimal one."""


def _kind(body: str) -> str:
    """Return what a number tells of commas and points: of digits, it only matters whether the first is 0."""
    digits = body.lstrip("+-")
    shape = digits.translate(SHAPE)
    return _kind_of_shape(body[: len(body) - len(digits)], f"0{shape[1:]}" if digits[:1] == "0" else shape)


@lru_cache(maxsize=4096)
def _kind_of_shape(sign: str, digits: str) -> str:
    """Return what a number tells of commas and points; empty where it is none.

    >>> [_kind_of_shape("", digits) for digits in ("0,9", "9,999", "9,999,999", "9.999,9", "9 999.9", "99", "9,9,9")]
    ['decimal ,', '1,234', 'grouped by ,', 'grouped by .', 'decimal .', 'whole', '']
    """
    if BODY.fullmatch(sign + digits) is None:
        return ""
    if re.search(GAP, digits):
        if not re.fullmatch(rf"[0-9]{{1,3}}(?:{GAP}[0-9]{{3}})+(?:[.,][0-9]+)?", digits):
            return ""
        return next((f"decimal {sign}" for sign in ".," if sign in digits), "whole")
    if re.fullmatch("[0-9]+(?:[eE].*)?", digits):
        return "whole"
    for sign, other in ((",", "."), (".", ",")):
        if re.fullmatch(rf"[1-9][0-9]{{0,2}}\{sign}[0-9]{{3}}", digits):
            return f"1{sign}234"
        groups = rf"[1-9][0-9]{{0,2}}(?:\{sign}[0-9]{{3}})"
        if re.fullmatch(rf"{groups}+\{other}[0-9]*|{groups}{{2,}}", digits):
            return f"grouped by {sign}"
        if re.fullmatch(rf"(?:[0-9]+\{sign}?[0-9]*|\{sign}[0-9]+)(?:[eE].*)?", digits):
            return f"decimal {sign}"
    return ""


def _marked(columns: Iterable[Column]) -> Iterator[tuple[Place, str]]:
    """Yield the cells that hold a comma or a point, with their places."""
    for column in columns:
        for line, cell in zip(column.lines, column.cells, strict=True):
            if "." in cell or "," in cell:
                yield (line, column.name), cell


def _body(cell: str) -> str:
    """Return a number without sign of per cent, its minus a hyphen."""
    return cell.removesuffix("%").rstrip(f"{GAP[1:-1]}").replace(MINUS, "-")


def _at(place: Place, cell: str) -> str:
    """Name a cell."""
    return f'line {place[0]}, column "{place[1]}": {cell!r}'
