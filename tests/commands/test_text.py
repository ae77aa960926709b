"""Text from outside: refused at the door or shown as it is, in every form that is written, and obeyed in none."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import unicodedata
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from pydantic import ValidationError

import sim
from analysis.command.numbers import NO_BREAK
from analysis.command.reading import as_path, checked
from analysis.command.tables import write_csv
from analysis.maps.__main__ import main as maps_main
from analysis.show.markdown import section, table
from analysis.show.memo.content import Bullets, Cell, Code, Memo, Paragraph, Section, Table, make_table
from analysis.show.memo.html import render
from analysis.show.memo.word import write_word
from analysis.show.pictures.frame import canvas
from analysis.show.style import write_figure
from analysis.study.request import StudyRequest
from sim.__main__ import answer
from sim.config.catalogue import Option
from sim.config.help import listing
from sim.config.wording import describe
from sim.errors import ConfigError, UserError
from sim.parameters import Department, Label, Organisation
from sim.storage import write_manifest
from sim.text import plain_text, printable, refusal

HIDDEN = {
    "bell": "A \a bell",
    "null": "a\x00b",
    "escape": "\x1b[31mred\x1b[2J",
    "C1 control": "a\x9b31m",
    "line ends": "two\r\nlines",
    "line separator": "two\u2028lines",
    "direction": "evil\u202egnp.exe",
    "isolate": "a\u2066b\u2069",
    "zero width": "a\u200bb",
    "lone surrogate": "a\ud800b",
    "noncharacter": "a\ufffeb",
    "private": "a\ue000b",
}
"""Refused at the door."""
SHOWN = {
    "tag": "<script>alert(1)</script><b>bold</b>",
    "entity": "a &amp; b &#7; ]]> <!-- c -->",
    "quotes": "\"double\" 'single' `back`",
    "attribute": '" onerror="alert(1)',
    "template": "{{ 7 * 7 }} {% raw %}",
    "mathtext": "$\\frac{1}{2}$ and $x_",
    "formula": '=HYPERLINK("http://a")',
    "plus": "+1+1",
    "at": "@SUM(A1)",
    "cell": "a|b",
    "format": "%s {0} \\n",
    "long word": "w" * 199,
    "right to left": "\u05e9\u05dc\u05d5\u05dd",
    "joined": "\U0001f469\u200d\U0001f4bb",
    "accents": "a\u0301\u0308",
}
"""Taken as they are, and obeyed nowhere."""
ALL = {**HIDDEN, **SHOWN}
each_hidden = pytest.mark.parametrize("text", list(HIDDEN.values()), ids=list(HIDDEN))
each_shown = pytest.mark.parametrize("text", list(SHOWN.values()), ids=list(SHOWN))
each_text = pytest.mark.parametrize("text", list(ALL.values()), ids=list(ALL))


def is_safe(text: str) -> bool:
    """Tell whether a terminal shows a text on one line and obeys nothing in it; joiners within words are safe."""
    return all(c in "\u200c\u200d" or (unicodedata.category(c)[0] not in "C" and c not in "\u2028\u2029") for c in text)


def refused(make: Callable[[], object]) -> str:
    """Return what is said of parameters that cannot be used."""
    with pytest.raises(ValidationError) as caught:
        make()
    return describe(caught.value, {})


@each_hidden
def test_a_title_that_cannot_be_shown_is_refused_with_its_character(text: str) -> None:
    bad = next(c for c in text if not is_safe(c))
    said = refused(lambda: Label(title=text))
    assert said.startswith("title: ")
    assert f"U+{ord(bad):04X}" in said
    assert is_safe(said)


@each_shown
def test_a_title_that_can_be_shown_is_taken_as_it_is(text: str) -> None:
    assert Label(title=text).title == text


@each_hidden
def test_a_name_that_cannot_be_shown_is_refused(text: str) -> None:
    departments = {text: {"sets_promise": True}, "b": {"handles_complaints": True}, "c": {}}
    said = refused(lambda: Organisation(departments=departments))
    assert said.startswith("departments: ")
    assert f"the name {text!r} holds U+" in said or "raw data" in said or "surrogate" in said
    assert is_safe(said)


@pytest.mark.parametrize(("name", "n"), [("", 0), ("n" * 61, 61)])
def test_a_name_has_a_length(name: str, n: int) -> None:
    departments = {name: {"sets_promise": True}, "b": {"handles_complaints": True}, "c": {}}
    assert f"has {n} characters; 1 to 60 fit" in refused(lambda: Organisation(departments=departments))


def test_a_title_has_a_length_and_the_line_end_of_a_yaml_block_is_no_part_of_it() -> None:
    assert Label(title="t" * 200 + "\n").title == "t" * 200
    assert refused(lambda: Label(title="t" * 201)).endswith("it has 201 characters; 0 to 200 fit")
    assert refused(lambda: Department(metric="t" * 201)).endswith("it has 201 characters; 0 to 200 fit")


def test_a_title_of_the_command_line_is_refused_by_key_and_character() -> None:
    with pytest.raises(ConfigError) as caught:
        sim.compose('scenario.title="A \a bell"')
    assert (
        str(caught.value) == 'scenario.title="A \\x07 bell": holds U+0007 BELL, which no value may hold; '
        "did you mean 'scenario.title=\"A bell\"'?"
    )


def test_the_title_of_a_study_and_a_folder_pass_the_same_door() -> None:
    with pytest.raises(ConfigError, match=r"^title: .*it holds U\+202E \(RIGHT-TO-LEFT OVERRIDE\)"):
        checked(StudyRequest, {"title": "a\u202eb"})
    with pytest.raises(ConfigError, match=r"^folder: .*it holds U\+000A \(LINE FEED\)"):
        as_path("folder", "a\nb")


@each_hidden
def test_words_of_a_command_line_are_refused_before_anything_is_done(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    called = []
    code = answer(lambda words: called.append(words) or 0, [f"folder={text}"], "")
    if text == HIDDEN["line ends"]:  # they may divide a list
        assert code == 0
        return
    assert (code, called) == (2, [])
    err = capsys.readouterr().err
    assert err.startswith("error: folder: ")
    assert is_safe(err.removesuffix("\n"))


def test_maps_refuse_a_hidden_character(capsys: pytest.CaptureFixture[str]) -> None:
    assert maps_main(["table=a\x1b[2Jb.csv"]) == 2
    assert (
        capsys.readouterr().err == "error: table: 'table=a\\x1b[2Jb.csv' holds U+001B (ESCAPE), which cannot be shown\n"
    )


@each_text
def test_the_help_lists_names_of_files_and_titles_that_nothing_has_checked(text: str) -> None:
    first, second = listing("Scenarios:", [Option(text, text, Path())]).split("\n")
    assert first == "Scenarios:"
    assert second == f"  {printable(text)}  {printable(text)}"


@each_text
def test_an_error_is_one_line_that_no_terminal_obeys(text: str) -> None:
    message = str(UserError(f"{text}/scenarios/x.yaml: no such file"))
    assert is_safe(message)
    if text in SHOWN.values():
        assert message == f"{text}/scenarios/x.yaml: no such file"


@given(st.text())
def test_printable_text_is_safe_keeps_what_is_safe_and_can_be_encoded(text: str) -> None:
    shown = printable(text)
    assert is_safe(shown)
    assert refusal(shown) is None
    shown.encode()
    assert (shown == text) == (refusal(text) is None)
    assert plain_text(text) == " ".join(shown.split())


def test_a_terminal_of_few_signs_shows_plainer_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="cp1252", write_through=True))
    assert answer(lambda words: print(*words) or 0, ["\u22120.5", "\u201cé\u201d", "\u05e9", "a\u2026"], "") == 0
    assert written.getvalue().decode("cp1252").split() == ["-0.5", "\u201cé\u201d", "?", "a\u2026"]


def memo_of(texts: list[str]) -> Memo:
    """Return a memo with texts in all places a text can have."""
    rows = [(Cell((text, text), "good"), text, Cell((text,))) for text in texts]
    head = tuple(texts)
    wide = make_table(head, [[Cell((text,)) for text in texts]], texts[0])
    sections = tuple(Section(text, (Paragraph(text, "lead"), Bullets((text, text)), Code(text))) for text in texts)
    return Memo(texts[0], texts[-1], (*sections, Section("", (make_table(("a", "b", "c"), rows), wide))))


class Page(html.parser.HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", (data,)))


def test_a_page_shows_every_text_and_holds_no_tag_of_theirs() -> None:
    texts = list(ALL.values())
    page, harmless = Page(render(memo_of(texts))), Page(render(memo_of(["harmless"] * len(texts))))
    assert page.tags == harmless.tags
    words = "".join(page.text).replace(NO_BREAK, " ")
    for text in texts:
        assert printable(text) in words
    assert all(is_safe(part.replace("\n", "")) for part in page.text)


def test_a_word_document_opens_and_shows_every_text(tmp_path: Path) -> None:
    texts = list(ALL.values())
    path = write_word(memo_of(texts), tmp_path / "memo.docx")
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                ET.fromstring(archive.read(name))
    shown = {paragraph.text.replace(NO_BREAK, " ") for paragraph in Document(str(path)).paragraphs}
    cells = {cell.text for row in Document(str(path)).tables[0].rows for cell in row.cells}
    for text in texts:
        assert printable(text) in shown
        assert f"{printable(text)}\n{printable(text)}" in {cell.replace(NO_BREAK, " ") for cell in cells}


CELLS = st.lists(st.text(max_size=8) | st.just("w" * 300), max_size=3).map(lambda lines: Cell(tuple(lines)))
TABLES = st.integers(0, 9).flatmap(
    lambda n: st.builds(
        lambda head, rows, n_text: Table(tuple(head), tuple(map(tuple, rows)), "", n_text),
        st.lists(st.text(max_size=8), min_size=n, max_size=n),
        st.lists(st.lists(CELLS, min_size=n, max_size=n), max_size=3),
        st.integers(0, 2),
    )
)
BLOCKS = (
    TABLES | st.lists(st.text(max_size=9), max_size=2).map(lambda x: Bullets(tuple(x))) | st.text(max_size=9).map(Code)
)


@settings(max_examples=20, deadline=None)
@given(title=st.text(max_size=300), blocks=st.lists(BLOCKS, max_size=3))
def test_a_memo_is_written_whatever_is_empty_in_it(
    tmp_path_factory: pytest.TempPathFactory, title: str, blocks: list[object]
) -> None:
    memo = Memo(title, "", (Section("", tuple(blocks)), Section("", ())))
    path = write_word(memo, tmp_path_factory.mktemp("memo") / "memo.docx")
    whole = [block for block in blocks if isinstance(block, Table) and block.head]
    written = Document(str(path)).tables
    assert [(len(one.columns), len(one.rows)) for one in written] == [(len(t.head), 1 + len(t.rows)) for t in whole]
    assert [tag for tag, _ in Page(render(memo)).tags].count("table") == len(whole)


def test_a_picture_draws_texts_as_they_are(tmp_path: Path) -> None:
    texts = [text for text in SHOWN.values() if len(text) < 60]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the font has not every letter
        with canvas(4.0, texts[0], texts[1]) as figure:
            for row, text in enumerate(texts):
                figure.text(0.1, 0.05 * row, text)
            axes = figure.add_subplot()
            axes.set_yticks(range(len(texts)), texts)
            FigureCanvasAgg(figure)
            write_figure(figure, tmp_path, "texts")
    root = ET.parse(tmp_path / "texts.svg").getroot()
    drawn = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for text in texts:
        assert drawn.count(text) >= 2, text
    kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert kinds.isdisjoint({"script", "b", "foreignObject", "a"})


def test_a_table_of_text_holds_every_text_and_no_formula(tmp_path: Path) -> None:
    write_csv(pd.DataFrame({"reason": pd.Series(ALL.values(), dtype=object), "value": -1.0}), tmp_path / "failures.csv")
    with (tmp_path / "failures.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert len(rows) == 1 + len(ALL)
    for (cell, value), text in zip(rows[1:], ALL.values(), strict=True):
        assert cell.removeprefix("'") == printable(text).removeprefix("'")
        assert cell[0] not in "=+-@\t\r"
        assert value == "-1.0"


@each_text
def test_a_page_in_markdown_takes_no_tag_and_no_cell_from_a_name(text: str) -> None:
    shown = printable(text)
    page = section(shown, f"By far the best is {shown}.", table(["design", "x"], [[shown, "p < 0.001"]]))
    assert Page(page).tags == []
    *_, row = page.splitlines()
    assert len(row.replace("\\|", "").split("|")) == 4
    assert "p < 0.001" in row


def test_a_manifest_keeps_every_title_that_passed_the_door(tmp_path: Path) -> None:
    write_manifest(tmp_path, {"titles": list(SHOWN.values())})
    assert json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["titles"] == list(SHOWN.values())
