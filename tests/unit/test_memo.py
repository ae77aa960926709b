"""The memo claims what its verdicts allow, shows all it should, and survives any text and any number."""

from __future__ import annotations

import html.parser
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from analysis.command.numbers import MINUS, NO_BREAK, plain_text, scale_of, short_titles
from analysis.compare.comparison import Comparison
from analysis.compare.deciding import DECIDES, OTHER
from analysis.compare.verdicts import read_verdicts
from analysis.show import memo as memo_room
from analysis.show.explanations import Explanations, Origin
from analysis.show.memo.answer import answer
from analysis.show.memo.build import build
from analysis.show.memo.content import Memo
from analysis.show.memo.doubts import HEADING, bullets_under
from analysis.show.memo.html import render
from analysis.show.memo.question import disagreement
from analysis.show.memo.word import write_word
from tests.memo_cases import DESIGNS, explain_all, invent, with_industry, with_row, with_title

VERDICTS = {
    "better": {"difference": 40_000.0, "low": 20_000.0, "high": 60_000.0},
    "worse": {"difference": -40_000.0, "low": -60_000.0, "high": -20_000.0},
    "equivalent": {"difference": 100.0, "low": -300.0, "high": 500.0},
    "cannot tell yet": {"difference": 15_000.0, "low": -5_000.0, "high": 35_000.0},
}
CLAIMS = {
    "better": "is better than",
    "worse": r"is worse than|are worse than",
    "equivalent": r"is equivalent to|are equivalent to",
    "cannot tell yet": r"cannot yet be told apart from|can yet be told apart from",
}
SECTIONS = [
    "The question", "The answer", "The table", "Four pictures", "Over time", "What drives it",
    "What would change our mind", "Assumptions with sources", "Limits", "How to reproduce", "Annex",
]  # fmt: skip
NASTY = "<script>alert('x')</script> & \"quotes\" \x00\x07\u202e$a_1$ \ud800 \ufffe end"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return invent()


@pytest.fixture(scope="module")
def explanations(comparison: Comparison) -> Explanations:
    return explain_all(comparison)


def judged(comparison: Comparison, verdicts: dict[str, str], outcome: str) -> Comparison:
    """Put verdicts with fitting numbers into the table."""
    for place, (design, verdict) in enumerate(verdicts.items()):
        numbers = {name: value + 10.0 * place for name, value in VERDICTS[verdict].items()}
        comparison = with_row(comparison, design, outcome, verdict=verdict, smallest_effect=1000.0, **numbers)
    return comparison


def all_alike(comparison: Comparison, verdict: str, outcome: str) -> Comparison:
    return judged(comparison, dict.fromkeys(comparison.designs, verdict), outcome)


@pytest.mark.parametrize("outcome", [DECIDES, OTHER])
@pytest.mark.parametrize("verdict", list(VERDICTS))
def test_the_answer_claims_what_the_verdict_says_and_nothing_else(
    comparison: Comparison, verdict: str, outcome: str
) -> None:
    other = OTHER if outcome == DECIDES else DECIDES
    # the other profit is undecided throughout, so that every further claim comes from this one
    text = answer(read_verdicts(all_alike(all_alike(comparison, "cannot tell yet", other), verdict, outcome)))
    sentence = re.split(r"\. (?=By )", text)[0 if outcome == DECIDES else 1]
    assert re.search(CLAIMS[verdict], sentence), sentence
    for kind, words in CLAIMS.items():
        if kind != verdict:
            assert not re.search(words, sentence), sentence


@pytest.mark.parametrize("design", DESIGNS[1:])
@pytest.mark.parametrize("verdict", list(VERDICTS))
def test_one_design_alone_gets_its_own_verdict(design: str, verdict: str) -> None:
    alone = invent(designs=("no_cxo", design), n_replicates=3)
    text = answer(read_verdicts(all_alike(all_alike(alone, verdict, DECIDES), verdict, OTHER)))
    assert len(re.findall(CLAIMS[verdict], text)) == 2, text
    assert all(not re.search(words, text) for kind, words in CLAIMS.items() if kind != verdict), text


def test_the_answer_has_two_sentences_with_intervals(comparison: Comparison) -> None:
    text = answer(read_verdicts(comparison))
    assert len(re.split(r"\.\s+(?=By )", text)) == 2
    assert text.count("95 % interval") == 2


@pytest.mark.parametrize("better", [(), ("accountable_cxo",), ("accountable_cxo", "ceo_as_cxm")])
def test_nothing_is_called_better_unless_its_verdict_is(comparison: Comparison, better: tuple[str, ...]) -> None:
    verdicts = {design: "better" if design in better else "cannot tell yet" for design in comparison.designs}
    text = answer(read_verdicts(all_alike(judged(comparison, verdicts, DECIDES), "worse", OTHER))).split(". By ")[0]
    names = short_titles(comparison.titles)
    claimed = [design for design in comparison.designs if f"{names[design]}\u201d is better" in text]
    assert set(claimed) == set(better)
    assert ("no design is shown" in text or "none of" in text) == (not better)


def test_a_design_that_leads_by_estimate_only_is_not_preferred_to_one_that_is_better(comparison: Comparison) -> None:
    moved = judged(
        comparison, dict(zip(comparison.designs, ["worse", "better", "cannot tell yet"], strict=True)), DECIDES
    )
    moved = with_row(moved, "ceo_as_cxm", DECIDES, difference=90_000.0, low=-1_000.0, high=181_000.0)
    first = answer(read_verdicts(moved)).split(". By ")[0]
    assert "Accountable chief experience officer\u201d is better than" in first
    assert "\u201cThe CEO is the customer experience manager\u201d is not yet decided" in first
    assert "\u201cThe CEO is the customer experience manager\u201d has a higher estimate all the same" in first


def test_an_interval_without_zero_that_does_not_survive_correction_is_explained(comparison: Comparison) -> None:
    moved = all_alike(comparison, "cannot tell yet", DECIDES)
    for design in moved.designs:
        moved = with_row(moved, design, DECIDES, low=1_000.0, high=29_000.0)
    assert "after correction for the number of comparisons" in answer(read_verdicts(moved))


@pytest.mark.parametrize(
    ("decides", "other", "words"),
    [
        ("better", "worse", "disagree outright"),
        ("better", "better", "same verdict on every design"),
        ("better", "cannot tell yet", "do not give the same verdict"),
        ("cannot tell yet", "cannot tell yet", "Neither tells of any design yet"),
    ],
)
def test_it_says_whether_the_two_profits_agree(comparison: Comparison, decides: str, other: str, words: str) -> None:
    assert words in disagreement(read_verdicts(all_alike(all_alike(comparison, decides, DECIDES), other, OTHER)))


def test_it_says_that_the_two_profits_rank_differently(comparison: Comparison) -> None:
    moved = all_alike(all_alike(comparison, "better", DECIDES), "worse", OTHER)
    assert "rank differently" in disagreement(read_verdicts(moved))
    assert "\u201cNobody owns customer experience\u201d" in disagreement(read_verdicts(moved))


def texts_of(memo: Memo) -> str:
    return "\n".join(memo.texts())


def test_the_sections_come_in_order_and_all_parts_are_there(comparison: Comparison, explanations: Explanations) -> None:
    memo = build(read_verdicts(comparison), explanations, {})
    assert [section.title for section in memo.sections] == [name for name in SECTIONS if name != "Four pictures"]
    text = texts_of(memo)
    for words in (
        "Customer 17",
        "incentives",
        "Stay under it only",
        "Specification",
        "market.satisfaction_effect",
        "V26",
    ):
        assert words in text
    assert "0123456789abcdef" in text
    assert "numpy 2.4.6" in text
    assert "run.seed=" in text
    assert "Journeys that cross departments fail no more often" in text


def test_parts_that_were_switched_off_are_left_out(comparison: Comparison) -> None:
    memo = build(read_verdicts(comparison), Explanations(), {})
    titles = [section.title for section in memo.sections]
    assert "What drives it" not in titles
    assert titles[:3] == SECTIONS[:3]


@pytest.mark.parametrize("n_replicates", [1, 2])
def test_nothing_unknown_and_no_negative_zero_is_printed(n_replicates: int, tmp_path: Path) -> None:
    few = invent(n_replicates=n_replicates)
    memo = build(read_verdicts(few), explain_all(few), {})
    text = texts_of(memo)
    assert not re.search(r"\b(nan|NaN|inf|None)\b", text)
    assert not re.search(rf"[-{MINUS}]0(\.0+)?(?![\d.,])", text)
    if n_replicates == 1:
        assert "one replicate" in text


def test_verdicts_of_the_table_are_shown_with_the_colour_of_their_words(
    comparison: Comparison, explanations: Explanations
) -> None:
    moved = judged(comparison, dict(zip(comparison.designs, ["better", "worse", "equivalent"], strict=True)), DECIDES)
    page = render(build(read_verdicts(moved), explanations, {}))
    for verdict, tone in {"better": "good", "worse": "bad", "equivalent": "same"}.items():
        assert f'<span class="verdict {tone}">{verdict}</span>' in page


class Page(html.parser.HTMLParser):
    """What a browser would see of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [
            value or "" for name, value in attributes if name in ("src", "href", "srcset", "data", "poster")
        ]
        assert not any(name.startswith("on") for name, _ in attributes)
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def written(comparison: Comparison, explanations: Explanations, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("memo")
    nasty = with_industry(with_title(comparison, "ceo_as_cxm", NASTY), f"Trade {NASTY}")
    paths = memo_room.write(
        nasty, replace(explanations, origin=Origin(notes={"ceo_as_cxm": f"## {HEADING}\n* {NASTY}\n"})), folder
    )
    assert all(path.exists() for path in paths)
    return folder


def test_the_page_stands_alone_and_is_well_formed(written: Path) -> None:
    text = (written / "memo.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert page.tags.count("img") >= 7
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert not {"script", "link", "iframe", "object", "base"} & set(page.tags)
    assert not re.search(r"url\(|@import|https?://", text)
    assert "@page" in text


def test_text_of_the_user_is_escaped(written: Path) -> None:
    text = (written / "memo.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "&amp;" in text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202e\ud800-\udfff\ufffe]", text)


def test_the_word_document_opens_and_says_the_same(written: Path, tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    document = docx.Document(str(written / "memo.docx"))
    headings = [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Heading 1"]
    assert headings == SECTIONS
    assert any("<script>" in paragraph.text for paragraph in document.paragraphs)
    assert len(document.inline_shapes) >= 7
    with zipfile.ZipFile(written / "memo.docx") as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                root = ET.fromstring(archive.read(name))
                assert not [node for node in root.iter() if node.get("TargetMode") == "External"]


def test_page_and_document_hold_every_text_of_the_content(
    comparison: Comparison, explanations: Explanations, tmp_path: Path
) -> None:
    docx = pytest.importorskip("docx")
    memo = build(read_verdicts(comparison), explanations, {})
    document = docx.Document(str(write_word(memo, tmp_path / "memo.docx")))
    words = {paragraph.text for paragraph in document.paragraphs}
    words |= {
        line for table in document.tables for row in table.rows for cell in row.cells for line in cell.text.split("\n")
    }
    import html

    words = {text.replace(NO_BREAK, " ") for text in words}  # where no line is to end is a matter of the page
    page = html.unescape(render(memo)).replace(NO_BREAK, " ")
    for text in memo.texts():
        assert text in words or not text, text
        assert text in page


def test_the_story_of_a_design_counts_only_for_that_design(comparison: Comparison) -> None:
    lone = invent("governance.added_cx_weight=0.31", designs=("no_cxo", "ceo_as_cxm"), n_replicates=2)
    assert "Decisions about interfaces" in texts_of(build(read_verdicts(comparison), Explanations(), {}))
    assert "Decisions about interfaces" not in texts_of(build(read_verdicts(lone), Explanations(), {}))


def test_notes_of_the_user_take_the_place_of_ours(comparison: Comparison) -> None:
    notes = {"no_cxo": f"# Mine\n## {HEADING}\n\n- if `pigs` **fly**\n  high\n- [or](x.md) not\n\n## More\n- no"}
    assert bullets_under(notes["no_cxo"], HEADING) == ["if pigs fly high", "or not"]
    text = texts_of(build(read_verdicts(comparison), Explanations(origin=Origin(notes=notes)), {}))
    assert "if pigs fly high" in text
    assert "Journeys that cross departments" not in text


def test_an_industry_of_the_user_shows_the_values_it_ran_with() -> None:
    own = invent("finance.margin=0.37", designs=("no_cxo", "ceo_as_cxm"), n_replicates=2)
    rows = {
        row[0].lines[-1]: row
        for section in build(read_verdicts(own), Explanations(), {}).sections
        for row in assumption_rows(section)
    }
    value, plausible = (rows["finance.margin"][column].lines[0] for column in (1, 2))
    assert value.startswith("0.37")
    assert plausible == "0.1 to 0.6", "the range of the record, for the value is not the preset's"


def assumption_rows(section: object) -> list:
    if section.title != "Assumptions with sources":
        return []
    return [row for block in section.blocks if hasattr(block, "rows") for row in block.rows]


def test_more_designs_than_columns_are_listed_below_each_other(
    comparison: Comparison, explanations: Explanations
) -> None:
    names = [f"copy_{number}" for number in range(5)]
    results = {**comparison.results, **dict.fromkeys(names, comparison.results["ceo_as_cxm"])}
    from analysis.compare.comparison import make_comparison

    request = comparison.request.model_copy(update={"scenarios": (*comparison.request.scenarios, *names)})
    many = make_comparison(request, results, "cap")
    table = next(
        section for section in build(read_verdicts(many), Explanations(), {}).sections if section.title == "The table"
    ).blocks[0]
    assert len(table.head) == 4
    assert len(table.rows) == 7 * 8


def test_the_leading_design_follows_the_estimates(comparison: Comparison) -> None:
    for design in comparison.designs:
        assert read_verdicts(with_row(comparison, design, DECIDES, difference=1e12)).leader() == design


@pytest.mark.parametrize(
    ("unit", "value", "change", "words"),
    [
        ("currency", 53_000.0, True, "EUR +53.0 k"),
        ("currency", -1_234_567.0, True, f"EUR {MINUS}1.23 m"),
        ("currency", 0.0, True, "EUR 0"),
        ("currency", np.nan, True, "n/a"),
        ("currency", 999.7, False, "EUR 1,000"),
        ("share", 0.0069, True, "+0.69 pp"),
        ("share of journeys", 0.1403, False, "14.0 %"),
        ("customers", 3066.4, False, "3,066"),
        ("satisfaction units", -0.001, True, "0.00 units"),
        ("points", 10.54, True, "+10.5 points"),
    ],
)
def test_numbers_are_written_for_people(unit: str, value: float, change: bool, words: str) -> None:
    assert scale_of(unit, "EUR", (value,), change=change).full(value, signed=change) == words


def test_text_is_made_plain() -> None:
    assert plain_text(NASTY) == "<script>alert('x')</script> & \"quotes\" $a_1$ end"


def test_designs_of_the_same_short_title_keep_their_names() -> None:
    assert short_titles({"a": "Same, one", "b": "Same, two", "c": ""}) == {"a": "a", "b": "b", "c": "c"}
