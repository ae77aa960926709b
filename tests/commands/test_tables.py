"""Tables of users: what is unambiguous is read and said, all else is refused with its place; one reader, one writer."""

from __future__ import annotations

import ast
import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.command import tables
from analysis.command.table_text import UnreadableError
from analysis.command.tables import guarded, parse_csv, read_table, write_csv
from analysis.maps.table import read_table as read_study_table
from analysis.maps.table import wide
from analysis.study.designs import points_of, read_points
from sim.errors import ConfigError, ResultError

COMPETITION, REWORK = "market.competition", "organisation.delivery.rework_cost_eur"

READ = {
    "plain": (b"a,b\n1,x\n2,y\n", {"a": [1, 2], "b": ["x", "y"]}, ""),
    "line ends of Windows": (b"a,b\r\n1,x\r\n", {"a": [1], "b": ["x"]}, ""),
    "no last line end": (b"a,b\n1,x", {"a": [1], "b": ["x"]}, ""),
    "carriage returns": (b"a,b\r1,x\r2,y\r", {"a": [1, 2], "b": ["x", "y"]}, "carriage returns as line ends"),
    "mark": (b"\xef\xbb\xbfa,b\n1,2\n", {"a": [1], "b": [2]}, "UTF-8 with a byte order mark"),
    "Excel in Germany": (b"a;b\r\n0,3;1,25\r\n", {"a": [0.3], "b": [1.25]}, "semicolons, decimal commas"),
    "UTF-16": (
        codecs.BOM_UTF16_LE + "a\tb\r\n0,3\té\r\n".encode("utf-16-le"),
        {"a": [0.3], "b": ["é"]},
        "UTF-16, tabs, decimal commas",
    ),
    "zero before the comma": (b"a;b\n0,500;x\n", {"a": [0.5], "b": ["x"]}, "semicolons, decimal commas"),
    "declared separator": (b"sep=;\r\na;b\r\n1;2\r\n", {"a": [1], "b": [2]}, "semicolons"),
    "commas in quotes": (b'"a";"b, c"\n"1";"2"\n', {"a": [1], "b, c": [2]}, "semicolons"),
    "a comma in a name": (b"a;b, c\n1;2\n", {"a": [1], "b, c": [2]}, "semicolons"),
    "a line in quotes": (b'a,b\n"x\ny",1\nz,2\n', {"a": ["x y", "z"], "b": [1, 2]}, ""),
    "two numbers in a cell": (b'a,b\n"1\n2",3\n', {"a": ["1 2"], "b": [3]}, ""),
    "quoted decimal comma": (b'a,b\n"0,5",1\n', {"a": [0.5], "b": [1]}, "decimal commas"),
    "empty columns and rows": (
        b"a,b,,\n1,2,,\n,,,\n\n",
        {"a": [1], "b": [2]},
        "without its empty rows, without its empty columns",
    ),
    "empty cells at the ends": (b"a,b\n1,2,,\n", {"a": [1], "b": [2]}, "without empty cells at the ends of rows"),
    "numbered rows": (
        b",a\n0,7\n1,8\n",
        {"a": [7, 8]},
        "without its first column, which has no name and numbers the rows",
    ),
    "spaces": (b"a, b\n 1 , x\n", {"a": [1], "b": ["x"]}, ""),
    "thousands by commas": (
        b'a,b\n"1,234,567",1\n"1,234",2\n',
        {"a": [1_234_567, 1234], "b": [1, 2]},
        "thousands in groups",
    ),
    "thousands by points": (
        b"a;b\n1.234,5;0,5\n1.234;1\n",
        {"a": [1234.5, 1234], "b": [0.5, 1]},
        "semicolons, decimal commas, thousands in groups",
    ),
    "thousands by spaces": ("a,b\n12\u202f345.5,1\n".encode(), {"a": [12345.5], "b": [1]}, "thousands in groups"),
    "per cent": (b"a,b\n35 %,1\n33.3%,2\n", {"a": [0.35, 0.333], "b": [1, 2]}, "per cent as shares of 1"),
    "1.234 beside per cent": (b"a,b\n1.234,35 %\n", {"a": [1.234], "b": [0.35]}, "per cent as shares of 1"),
    "a true minus": ("a,b\n\u22120.5,+1\n".encode(), {"a": [-0.5], "b": [1]}, ""),
    "no numbers": (
        b"a,b\n1,2\nNA,3\n,4\n",
        {"a": [1, None, None], "b": [2, 3, 4]},
        '2 cells without a finite number (line 3, column "a", first)',
    ),
    "infinite": (
        b"a,b\n-inf,2\n",
        {"a": [float("-inf")], "b": [2]},
        'a cell without a finite number (line 2, column "a")',
    ),
    "switches": (b"a,b\nTRUE,1\nfalse,2\n", {"a": [True, False], "b": [1, 2]}, ""),
    "dates": (b"a,b\n2024-03-01,1\n", {"a": ["2024-03-01"], "b": [1]}, ""),
    "guarded formulas": (b"a,b\n'=1+1,2\n", {"a": ["=1+1"], "b": [2]}, ""),
    "all digits of a float": (
        b"a,b\n0.1234567890123456789,5e-324\n",
        {"a": [0.12345678901234568], "b": [5e-324]},
        "",
    ),
}

REFUSED = {
    "empty": (b"", "is empty"),
    "blank": (b"\n\r\n", "is empty"),
    "only a head": (b"a,b\n", "holds a first line of names and no rows below it"),
    "a cell too many": (b"a,b\n1,2\n1,2,3\n", "line 3: 3 cells, but the line of names has 2 columns"),
    "a cell missing": (b"a,b\n\n1,2\n1\n", "line 4: 1 cell, but the line of names has 2 columns"),
    "after a line in quotes": (b'a,b\n"1\n",2\n1\n', "line 4: 1 cell, but"),
    "decimal commas that divide": (b"a\n0,3\n", "line 2: 2 cells, but the line of names has 1 column; a decimal comma"),
    "a column twice": (b"a,b, a\n1,2,3\n", 'line 1: columns 1 and 3 are both named "a"'),
    "a guarded column twice": (b"=a,'=a\n1,2\n", 'two columns are both named "=a"'),
    "a nameless column": (b"a,,b\n1,,3\n1,2,3\n", "column 2 has no name, but holds cells, the first in line 3"),
    "a first column that numbers nothing": (b",a\n5,1\n9,2\n", "column 1 has no name, but holds cells"),
    "comma or point": (b"a;b\n0,5;0.25\n", 'line 2, column "a": \'0,5\' has a decimal comma, but line 2, column "b"'),
    "1,234": (b'a,b\n1,2\n"1,234",2\n', "line 3, column \"a\": '1,234' may have a decimal sign or thousands"),
    "1.234 beside semicolons": (b"a;b\n1.234;2\n", "line 2, column \"a\": '1.234' may have a decimal sign or"),
    "1.234 beside 0,5": (b"a;b\n1.234;0,5\n", "line 2, column \"a\": '1.234' may have a decimal sign or thousands"),
    "two separators": (b"a,b;c\n1,2;3\n", "line 1: commas or semicolons may separate its cells"),
    "a word among numbers": (b"a,b\n1,x\nfoo,y\n", "line 3, column \"a\": 'foo' is no number as other cells of it are"),
    "a date among numbers": (b"a,b\n0.2,x\n3. Jan,y\n", "line 3, column \"a\": '3. Jan' is no number"),
    "groups of two": (b'a,b\n"12,34,567",1\n5,2\n', "line 2, column \"a\": '12,34,567' is no number"),
    "groups of two by spaces": (b"a;b\n1 23,5;x\n2,5;y\n", "line 2, column \"a\": '1 23,5' is no number"),
    "two signs": (b"a,b\n+-5,1\n5,2\n", "line 2, column \"a\": '+-5' is no number"),
    "no exponent": (b"a,b\n5e,1\n5,2\n", "line 2, column \"a\": '5e' is no number"),
    "an error of Excel": (b"a,b\n1,2\n3,#DIV/0!\n", 'line 3, column "b": #DIV/0! is an error that Excel left there'),
    "too large": (b"a,b\n1e400,2\n", 'line 2, column "a": 1e400 is too large'),
    "a quote left open": (b'a,b\n1,2\n"3,4\n', "line 3: a quoted cell is not closed"),
    "text after a quote": (b'a,b\n"1"x,2\n', "line 2: a quoted cell is followed by more than a separator"),
    "Windows-1252": ("a,b\nx,1\r\n\u00e9,1\n".encode("cp1252"), "line 3: byte 0xE9 is not UTF-8; in Excel, save it as"),
    "half of a UTF-16 pair": (
        codecs.BOM_UTF16_LE + b"a\x00,\x00b\x00\n\x00\x00\xd8",
        "line 2: byte 0x00 is not UTF-16",
    ),
    "UTF-16 without its mark": ("a,b\n1,2\n".encode("utf-16-le"), "line 1: holds U+0000 (NULL)"),
    "a null": (b"a,b\n1,2\n1,\x00\n", "line 3: holds U+0000 (NULL), which cannot be shown; in Excel, save it as"),
    "an escape": (b"a,b\n1,\x1b[2J\n", "line 2: holds U+001B (ESCAPE)"),
    "a workbook": (b"PK\x03\x04\x14\x00", "is an Excel workbook or another zip archive, not text; in Excel, save it"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old Excel workbook"),
    "packed": (b"\x1f\x8b\x08", "is compressed with gzip"),
    "a hidden character in a name": (
        "a\u200b,b\n1,2\n".encode(),
        r"line 1, column 1: its name 'a\u200b' holds U+200B (ZERO WIDTH SPACE)",
    ),
    "an override of direction": ("a,b\nx\u202ey,2\n".encode(), 'line 2, column "a": '),
    "a huge cell": (b"a,b\n" + b"x" * 200_000 + b",1\n", "line 2: a cell of more than 131,072 characters"),
}


@pytest.mark.parametrize("case", list(READ))
def test_what_is_unambiguous_is_read_and_said(case: str) -> None:
    content, columns, said = READ[case]
    table = parse_csv(content)
    assert table.columns == columns
    assert {name: [type(cell) for cell in cells] for name, cells in table.columns.items()} == {
        name: [type(cell) for cell in cells] for name, cells in columns.items()
    }
    assert ", ".join(table.departures) == said


@pytest.mark.parametrize("case", list(REFUSED))
def test_all_else_is_refused_with_its_place(case: str) -> None:
    content, words = REFUSED[case]
    with pytest.raises(UnreadableError) as caught:
        parse_csv(content)
    assert str(caught.value).startswith(words)
    assert str(caught.value).isprintable()


@dataclass(frozen=True)
class Dialect:
    """A manner of writing tables."""

    encoding: str
    separator: str
    decimal: str
    thousands: str
    line_end: str
    quoting: int
    n_empty: int

    def number(self, value: float) -> str:
        """Write a number with all its digits."""
        text = repr(value)
        whole, point, rest = text.partition(".")
        if self.thousands and "e" not in text:
            whole = f"{int(whole):,}".replace(",", self.thousands) if whole != "-0" else whole
        return whole + point.replace(".", self.decimal) + rest.replace(".", self.decimal)

    def write(self, names: list[str], rows: list[list[object]]) -> bytes:
        """Write a table."""
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, delimiter=self.separator, lineterminator=self.line_end, quoting=self.quoting)
        writer.writerow(names + [""] * self.n_empty)
        for row in rows:
            cells = [self.number(cell) if isinstance(cell, float) else cell for cell in row]
            writer.writerow(cells + [""] * self.n_empty)
        writer.writerows([[""] * (len(names) + self.n_empty)] * self.n_empty)
        marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-32-le": codecs.BOM_UTF32_LE}
        return marks.get(self.encoding, b"") + stream.getvalue().encode(self.encoding)


DIALECTS = st.builds(
    Dialect,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-32-le"]),
    separator=st.sampled_from([",", ";", "\t"]),
    decimal=st.sampled_from([".", ","]),
    thousands=st.sampled_from(["", "other", " ", "\u00a0", "'"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    n_empty=st.integers(0, 2),
).map(
    lambda one: (
        Dialect(**{**vars(one), "thousands": "." if one.decimal == "," else ","}) if one.thousands == "other" else one
    )
)
NAMES = st.text("aé€ß字;,.\t 0'\"=%-", max_size=12).map(lambda text: f"k{text}z".replace("\t", " "))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=250, deadline=None)
@given(dialect=DIALECTS, rows=st.lists(st.tuples(NAMES, FLOATS, FLOATS), min_size=1, max_size=6))
def test_a_table_of_any_dialect_reads_as_its_plain_form(dialect: Dialect, rows: list[tuple[str, float, float]]) -> None:
    # the last column shows what commas and points mean; without it the reader may have to refuse
    written = dialect.write(["name", "x", "y", "sure"], [[*row, 1_234_567.5] for row in rows])
    table = parse_csv(written)
    assert table.columns == {
        "name": [row[0] for row in rows],
        "x": [row[1] for row in rows],
        "y": [row[2] for row in rows],
        "sure": [1_234_567.5] * len(rows),
    }
    assert table.lines == tuple(range(2, len(rows) + 2))


@settings(max_examples=150, deadline=None)
@given(
    dialect=DIALECTS,
    values=st.lists(FLOATS | st.floats(-9999, 9999).map(lambda x: round(x, 3)), min_size=1, max_size=3),
)
def test_a_number_is_read_as_it_is_or_refused_never_as_another(dialect: Dialect, values: list[float]) -> None:
    written = dialect.write(["name", "x"], [["k", value] for value in values])
    try:
        table = parse_csv(written)
    except UnreadableError as error:
        assert "may have a decimal sign or thousands" in str(error)  # noqa: PT017  either may happen
    else:
        assert table.columns["x"] == values


ROUGH = st.text("aé,;\t\r\n\"' .-+%0123456789einfNA#'\u00a0\u2212\ufeff\x00", max_size=60).map(str.encode)


@settings(max_examples=400, deadline=None)
@given(
    content=st.binary(max_size=40)
    | ROUGH
    | ROUGH.map(lambda cells: b"a,b\n" + cells)
    | ROUGH.map(lambda c: b"a\n1\n" + c)
)
def test_any_bytes_are_read_or_refused_in_one_line(content: bytes) -> None:
    try:
        table = parse_csv(content)
    except UnreadableError as error:
        assert str(error).isprintable() or "\u00a0" in str(error)  # noqa: PT017  either may happen
    else:
        assert len(table.frame()) == len(table.lines) > 0


def test_points_of_excel_are_those_of_the_plain_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain, excel = tmp_path / "plain.csv", tmp_path / "points.csv"
    plain.write_text(f"point,{COMPETITION},{REWORK}\n0,0.25,1500\n1,0.5,30\n", encoding="utf-8")
    expected = [{COMPETITION: 0.25, REWORK: 1500.0}, {COMPETITION: 0.5, REWORK: 30.0}]
    assert points_of(read_points(plain)) == expected
    assert capsys.readouterr().err == ""
    excel.write_bytes(f"point;{COMPETITION};{REWORK};\r\n0;0,25;1500;\r\n1;0,5;30;\r\n;;;\r\n".encode("utf-16"))
    assert points_of(read_points(excel)) == expected
    assert points_of(read_points(excel, 1)) == expected[:1]
    first, _ = capsys.readouterr().err.splitlines()
    assert first == (
        "points.csv: read as UTF-16, semicolons, without its empty rows, without its empty columns, decimal commas"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{COMPETITION}\n0.3\n7\n", f"line 3: factors.{COMPETITION}: 7 is outside 0 to 3"),
        (f"{COMPETITION},{REWORK}\n0.3,\n", f"line 2: {REWORK} has no value"),
        (f"{COMPETITION},{REWORK}\n0.3,inf\n", f"line 2: factors.{REWORK}: inf is not a finite number"),
        (f"{COMPETITION}\n0.3\nNA\n", f"line 3: {COMPETITION} has no value"),
        (f"{COMPETITION}\nhigh\n", f"line 2: factors.{COMPETITION}: 'high' is not a finite number"),
        ("market.compettion\n0.3\n", "did you mean market.competition?"),
        ("point\n0\n", "names no key"),
    ],
)
def test_a_point_that_cannot_be_used_is_named_by_its_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_points(path)
    assert words in str(caught.value)


def study_rows(n: int = 25) -> pd.DataFrame:
    """Invent a study table of two designs."""
    rows = [(point, 0, name, 0.02 * point, 1.0 + point * gain) for point in range(n) for name, gain in GAINS.items()]
    return pd.DataFrame(rows, columns=["point", "seed", "scenario", COMPETITION, "npv_with_equity"])


GAINS = {"no_cxo": 0.5, "accountable_cxo": 0.25}


def test_a_study_table_of_excel_is_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = study_rows()
    rows.to_csv(tmp_path / "table.csv", index=False, sep=";", decimal=",", encoding="utf-8-sig", lineterminator="\r\n")
    rows.to_parquet(tmp_path / "renamed.csv", index=False)
    rows.set_index(["point", "seed"]).to_parquet(tmp_path / "indexed.parquet")
    for name in ("table.csv", "renamed.csv", "indexed.parquet"):
        pd.testing.assert_frame_equal(
            read_study_table(tmp_path / name)[list(rows)], rows, check_dtype=name == "table.csv"
        )
    assert capsys.readouterr().err == ("table.csv: read as UTF-8 with a byte order mark, semicolons, decimal commas\n")


def test_a_folder_that_is_none_of_a_study_is_said(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"no folder of a study: it holds no table\.parquet"):
        read_study_table(tmp_path)


def test_a_study_table_whose_outcome_is_text_is_refused(tmp_path: Path) -> None:
    study_rows().assign(npv_with_equity="about 3").to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(ResultError, match="npv_with_equity holds texts such as 'about 3', not numbers"):
        wide(read_study_table(tmp_path / "table.csv"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scenario": "a\x1b[31mb"}, "column \"scenario\": 'a\\x1b[31mb' holds U+001B (ESCAPE)"),
        ({"no\u202ete": "x"}, "names of columns: 'no\\u202ete' holds U+202E"),
    ],
)
def test_hidden_characters_do_not_enter_by_parquet(tmp_path: Path, change: dict[str, str], words: str) -> None:
    path = tmp_path / "table.parquet"
    study_rows().assign(**change).to_parquet(path, index=False)
    with pytest.raises(ResultError) as caught:
        read_table(path, "table=t", ResultError)
    assert words in str(caught.value)


def test_a_file_that_is_none_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "points.csv"
    said = {}
    for case in ("missing", "folder", "large", "locked"):
        if case == "folder":
            path.mkdir()
        elif case == "large":
            path.rmdir()
            path.write_text("a,b\n1,2\n", encoding="utf-8")
            monkeypatch.setattr(tables, "LARGEST", 7)
        elif case == "locked":
            monkeypatch.setattr(Path, "open", refuse_to_open)
        with pytest.raises(ConfigError) as caught:
            tables.read_csv(path, "file: p", ConfigError)
        said[case] = str(caught.value)
    assert said == {
        "missing": "file: p: no such file",
        "folder": "file: p: is a folder, not a file",
        "large": "file: p: has more than 0 MB; Parquet files of any size are read",
        "locked": "file: p: cannot be read (Permission denied)",
    }


def refuse_to_open(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_a_parquet_file_is_no_csv_file_of_points(tmp_path: Path) -> None:
    study_rows().to_parquet(tmp_path / "points.csv")
    with pytest.raises(ConfigError, match="is a Parquet file, not CSV"):
        read_points(tmp_path / "points.csv")


TEXTS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "'=1",
    "''@x",
    " =1",
    "\uff1d1+1",
    "-",
    "a=b",
    "'quoted'",
    "-inf",
]


def test_no_text_in_a_csv_file_is_a_formula(tmp_path: Path) -> None:
    frame = pd.DataFrame({"=head": TEXTS, "value": [-1.5] * len(TEXTS), "number": ["-0.5"] * len(TEXTS)})
    write_csv(frame.astype({"=head": "category"}), tmp_path / "a.csv", index=False)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    for cell in (row[0] for row in rows):
        assert cell.lstrip()[:1] not in ("=", "+", "-", "@", "\uff1d"), cell
    assert {row[1] for row in rows[1:]} == {"-1.5"}
    assert {row[2] for row in rows[1:]} == {"-0.5"}
    table = tables.read_csv(tmp_path / "a.csv", "a", ResultError)
    assert table.columns["=head"] == [text.replace("\t", " ").replace("\r", " ") for text in TEXTS]


@given(st.text(max_size=20))
def test_a_guarded_text_comes_back(text: str) -> None:
    shown = guarded(text).strip()
    back = parse_csv(b"a,b\nx,1\n" + f'"{shown.replace(chr(34), 2 * chr(34))}",1\n'.encode(), texts=("a",)).columns[
        "a"
    ][1]
    assert guarded(str(back)) == shown


ALLOWED = {
    "analysis/command/tables.py": {"read_parquet", "to_csv"},
    "analysis/command/table_text.py": {"reader"},
    "sim/results.py": {"to_csv"},  # numbers alone, under names of ours
}
READERS = {
    "read_csv",
    "read_parquet",
    "read_table",
    "read_excel",
    "reader",
    "DictReader",
    "DictWriter",
    "writer",
    "to_csv",
}


def test_nobody_else_reads_or_writes_tables_of_text() -> None:
    root = Path(__file__).parents[2]
    found = {}
    for path in (path for room in ("sim", "analysis") for path in (root / room).rglob("*.py")):
        name = path.relative_to(root).as_posix()
        calls = [
            node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ]
        used = {
            call.attr
            for call in calls
            if isinstance(call, ast.Attribute)
            and call.attr in READERS
            and not (isinstance(call.value, ast.Name) and call.value.id in ("tables", "pq"))
        }
        if used:
            found[name] = used
    assert found == ALLOWED


def test_a_column_twice_in_parquet_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "t.parquet")
    with pytest.raises(ResultError, match=r'^table=t: (two columns are both named "a"|cannot be read)'):
        read_table(tmp_path / "t.parquet", "table=t", ResultError)


def test_an_index_is_written_where_asked_and_a_column_without_numbers_is_missing_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1.5, 2.5], "none": [None, None]}, index=pd.Index([4, 7], name="point"))
    write_csv(frame, tmp_path / "a.csv", index=True)
    back = tables.read_csv(tmp_path / "a.csv", "a", ResultError).frame()
    assert back.dtypes.astype(str).to_dict() == {"point": "int64", "x": "float64", "none": "float64"}
    assert back["point"].tolist() == [4, 7]
