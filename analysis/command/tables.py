"""Tables on disk: the one reader of those that users give and that commands left, and the one writer of CSV.

A CSV file is read in any form that is unambiguous (byte order marks, semicolons, tabs, decimal commas, thousands, per
cent); `Table.departures` says what it was. Anything else is refused with file, line, column and reason.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.command.table_numbers import (
    EXCEL_ERROR,
    MISSING,
    PLAIN,
    Column,
    Number,
    Signs,
    departures,
    looks_like_number,
    plain_number,
    signs_of,
    to_number,
)
from analysis.command.table_text import UnreadableError, read_grid
from sim.errors import UserError
from sim.text import printable, refusal

LARGEST = 100_000_000
"""Bytes of a CSV file: its cells are held as text while they are looked at."""
PARQUET, PARQUET_BEGINNING = (".parquet", ".pq"), b"PAR1"
GUARD = "'"
"""Put by the writer before a text that a spreadsheet takes for a formula, and taken away by the reader."""
FORMULA = re.compile(r"\s*'*\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
"""How such a text begins; signs of East Asian width count."""

Cell = Number | str | bool | None


@dataclass(frozen=True)
class Table:
    """A table that was read, column by column."""

    columns: dict[str, list[Cell]]
    """Numbers (None where there is none), switches or texts by name; a column is all of one kind."""
    lines: tuple[int, ...]
    """Number of the line on which each row begins, from 1."""
    departures: tuple[str, ...]
    """How the file departs from the plain form."""

    def frame(self) -> pd.DataFrame:
        """Return the table with NaN where a number or a text is missing.

        Returns
        -------
        pandas.DataFrame
            One row per line: whole numbers as int64, others as float64, switches as bool, the rest as text.
        """
        return pd.DataFrame({name: _series(cells) for name, cells in self.columns.items()})


def read_table(path: Path, given: str, error: type[UserError], texts: Collection[str] = ()) -> pd.DataFrame:
    """Read a CSV or Parquet file as a frame, and say on the standard error how it departs from the plain form.

    Parameters
    ----------
    path
        Of the file.
    given
        How an error names it, as ``table=FILE``.
    error
        What is raised: `ConfigError` or `ResultError`.
    texts
        Columns that are text even where all their cells look like numbers; an empty cell of theirs is an empty text.

    Returns
    -------
    pandas.DataFrame
        Whole numbers as int64, others as float64, switches as bool, the rest as text.

    Raises
    ------
    UserError
        The file cannot be read, or not without doubt; one line says where and why.
    """
    content = _content(path, given, error)
    if content is None:
        return read_parquet(path, given, error)
    table = _parsed(content, given, error, texts)
    tell(path, table)
    return table.frame()


def read_parquet(path: Path, given: str, error: type[UserError]) -> pd.DataFrame:
    """Read a Parquet file; see `read_table`.

    Parameters
    ----------
    path
        Of the file.
    given
        How an error names it.
    error
        What is raised.

    Returns
    -------
    pandas.DataFrame
        As it was written; no two columns have one name.
    """
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError, TypeError, KeyError, NotImplementedError) as reason:
        raise error(f"{given}: cannot be read ({' '.join(str(reason).split())[:120]})") from reason
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise error(f'{given}: two columns are both named "{twice[0]}"')
    for place, cells in _texts_of(frame):
        for cell in cells:
            hidden = refusal(str(cell))
            if hidden is not None:
                raise error(f"{given}: {place}: {str(cell)[:60]!r} {hidden}")
    named = [name for name in frame.index.names if name is not None]
    return frame.reset_index(named) if named else frame


def _texts_of(frame: pd.DataFrame) -> Iterator[tuple[str, Sequence[object]]]:
    """Yield the names of columns and the different cells of every column of texts, with their places."""
    yield "names of columns", list(frame.columns)
    for name in frame.select_dtypes(exclude=["number", "bool"]):
        yield f'column "{name}"', list(frame[name].astype(str).unique())


def read_csv(path: Path, given: str, error: type[UserError], texts: Collection[str] = ()) -> Table:
    """Read a CSV file and say nothing; see `read_table`."""
    content = _content(path, given, error)
    if content is None:
        raise error(f"{given}: is a Parquet file, not CSV")
    return _parsed(content, given, error, texts)


def parse_csv(content: bytes, texts: Collection[str] = ()) -> Table:
    """Return the table that the bytes of a CSV file hold.

    Raises
    ------
    UnreadableError
        It cannot be read, or not without doubt.
    """
    if len(content) > LARGEST:
        raise UnreadableError(f"has more than {LARGEST // 1_000_000} MB; Parquet files of any size are read")
    grid = read_grid(content)
    cells = list(zip(*grid.rows, strict=True))
    columns = [Column(name, column, grid.lines) for name, column in zip(grid.head, cells, strict=True)]
    numbers = [column for column in columns if _unguarded(column.name) not in texts and _is_number(column)]
    signs, kinds = signs_of(numbers, grid.separator), {column.name for column in numbers}
    values: dict[str, list[Cell]] = {}
    for column in columns:
        name = _unguarded(column.name)
        if name in values:
            raise UnreadableError(f'two columns are both named "{name}"')
        values[name] = _numbers(column, signs) if column.name in kinds else _texts(column, text=name in texts)
    said = (*grid.departures, *departures(numbers, signs), *_gaps(values, kinds, grid.lines))
    return Table(values, grid.lines, said)


def tell(path: Path, table: Table) -> None:
    """Say on the standard error how a file departs from the plain form, if it does."""
    if table.departures:
        print(printable(f"{path.name}: read as {', '.join(table.departures)}"), file=sys.stderr, flush=True)


def write_csv(frame: pd.DataFrame, path: Path, *, index: bool = False, digits: int | None = None) -> None:
    """Write a frame as CSV in the plain form; no text in it is one that a spreadsheet takes for a formula.

    Parameters
    ----------
    frame
        What is written.
    path
        Of the file.
    index
        Write the index as the first columns.
    digits
        Behind the decimal point; all there are by default.
    """
    safe = frame.reset_index() if index else frame.copy()
    safe.columns = pd.Index([guarded(str(name)) for name in safe.columns])
    for place, dtype in enumerate(safe.dtypes):
        if not (pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype)):
            cells = safe.iloc[:, place].astype(object).tolist()
            safe.isetitem(place, [guarded(cell) if isinstance(cell, str) else cell for cell in cells])
    safe.to_csv(path, index=False, lineterminator="\n", float_format=None if digits is None else f"%.{digits}f")


def guarded(text: str) -> str:
    """Return a text that a spreadsheet does not take for a formula.

    >>> guarded("=1+1"), guarded("-0.5"), guarded("a - b")
    ("'=1+1", '-0.5', 'a - b')
    """
    shown = printable(text)
    return f"{GUARD}{shown}" if FORMULA.match(shown) and not PLAIN.fullmatch(shown) else shown


def _unguarded(text: str) -> str:
    """Return a text as it was before the writer guarded it."""
    return text[1:] if text.startswith(GUARD) and FORMULA.match(text) else text


def _content(path: Path, given: str, error: type[UserError]) -> bytes | None:
    """Return the bytes of a file, read once so that it may be a pipe; None for a Parquet file.

    Raises
    ------
    UserError
        There is none, or it cannot be read.
    """
    if path.is_dir():
        raise error(f"{given}: is a folder, not a file")
    try:
        with path.open("rb") as stream:
            beginning = stream.read(len(PARQUET_BEGINNING))
            if path.suffix.lower() in PARQUET or beginning == PARQUET_BEGINNING:
                return None
            return beginning + stream.read(LARGEST)
    except FileNotFoundError as reason:
        raise error(f"{given}: no such file") from reason
    except (OSError, ValueError) as reason:
        raise error(f"{given}: cannot be read ({getattr(reason, 'strerror', None) or reason})") from reason


def _parsed(content: bytes, given: str, error: type[UserError], texts: Collection[str]) -> Table:
    """Return the table of a CSV file; an error names the file."""
    try:
        return parse_csv(content, texts)
    except UnreadableError as reason:
        raise error(f"{given}: {reason}") from reason


def _is_number(column: Column) -> bool:
    """Tell whether a column holds numbers.

    Raises
    ------
    UnreadableError
        Some of its cells are numbers and others are not.
    """
    if column.is_plain:
        return True
    for line, cell in zip(column.lines, column.cells, strict=True):
        if cell.startswith("#") and EXCEL_ERROR.fullmatch(cell):
            raise UnreadableError(f'line {line}, column "{column.name}": {cell} is an error that Excel left there')
    filled = [(line, cell) for line, cell in zip(column.lines, column.cells, strict=True) if cell not in MISSING]
    odd = [(line, cell) for line, cell in filled if not looks_like_number(cell)]
    if not odd or len(odd) == len(filled):
        return bool(filled) and not odd
    line, cell = odd[0]
    raise UnreadableError(f'line {line}, column "{column.name}": {cell[:60]!r} is no number as other cells of it are')


def _numbers(column: Column, signs: Signs) -> list[Cell]:
    """Return the numbers of a column.

    Raises
    ------
    UnreadableError
        One is too large.
    """
    if column.is_plain and signs.decimal == ".":
        values: list[Cell] = list(map(plain_number, column.cells))
    else:
        values = [to_number(cell, signs) for cell in column.cells]
    for value, line, cell in zip(values, column.lines, column.cells, strict=True):
        if isinstance(value, float) and math.isinf(value) and "inf" not in cell.lower():
            raise UnreadableError(f'line {line}, column "{column.name}": {cell[:60]} is too large for a number')
    return values


def _texts(column: Column, *, text: bool) -> list[Cell]:
    """Return the texts of a column, on one line each; its switches where all are, unless it is text whatever it holds.

    Raises
    ------
    UnreadableError
        A text holds a character that cannot be shown.
    """
    if not text and {cell.lower() for cell in column.cells} <= {"true", "false"}:
        return [cell.lower() == "true" for cell in column.cells]
    shown = {cell: _unguarded(re.sub(r"[\t\r\n]+", " ", cell)) for cell in set(column.cells)}
    for line, cell in zip(column.lines, column.cells, strict=True):
        if (reason := refusal(shown[cell])) is not None:
            raise UnreadableError(f'line {line}, column "{column.name}": {cell[:60]!r} {reason}')
    return [shown[cell] if cell or text else None for cell in column.cells]


def _gaps(values: Mapping[str, Sequence[Cell]], kinds: Collection[str], lines: Sequence[int]) -> list[str]:
    """Say how many cells of numbers hold none that is finite, and where the first is."""
    places = [
        (line, name)
        for name in kinds
        for line, cell in zip(lines, values[_unguarded(name)], strict=True)
        if cell is None or (isinstance(cell, float) and not math.isfinite(cell))
    ]
    if not places:
        return []
    line, name = min(places)
    count = "a cell" if len(places) == 1 else f"{len(places):,} cells"
    return [f'{count} without a finite number (line {line}, column "{name}"{", first" if len(places) > 1 else ""})']


def _series(cells: Sequence[Cell]) -> pd.Series:
    """Return a column of a frame."""
    kinds = {type(cell) for cell in cells}
    if kinds <= {int, float, type(None)}:
        whole = kinds == {int} and all(abs(cell) < 2**63 for cell in cells if isinstance(cell, int))
        return pd.Series(cells, dtype=np.int64 if whole else np.float64)
    return pd.Series(cells)
