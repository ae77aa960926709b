"""The parameter reference agrees with the records, and every source it cites is listed in docs/evidence.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sim.parameters import Parameters
from sim.parameters.reference import (
    DOCUMENT,
    INDUSTRIES,
    ROOT,
    SCENARIOS,
    list_entries,
    list_groups,
    read_commented,
    render_reference,
)

EVIDENCE = ROOT / "docs" / "evidence.md"
LISTED = re.compile(r"^\| ((?:V\d+|S\d{3}|H\d+|HM91|HSW94|Holmstrom 1982)) \|", re.MULTILINE)
CITED = re.compile(r"\b(V\d+|S\d{3}|H\d+|HM91|HSW94|Holmstrom 1982)\b")
WORDS = re.compile(
    r"\b(assumption|R|A|C|unit of the scale|convention|experiment|industry preset|solved|name|fixed bonus pool)\b"
)


def all_sources() -> dict[str, str]:
    """Every source statement of records, industries and scenarios, by where it stands."""
    found = {entry.key: entry.source for entry in list_entries()}
    for path in (*INDUSTRIES.glob("*.yaml"), *SCENARIOS.glob("*.yaml")):
        found |= {f"{path.name}: {item.key}": item.source for item in read_commented(path)}
    return found


def flatten(content: dict[str, Any], prefix: str = "") -> set[str]:
    """Dotted keys of nested mappings, without the names that a user gives."""
    keys: set[str] = set()
    for name, value in content.items():
        key = f"{prefix}{name}"
        named = key in {"population.segments", "journeys", "organisation.departments", "experience.channels"}
        if isinstance(value, dict) and value and not named:
            keys |= flatten(value, f"{key}.")
        elif not named:
            keys.add(key)
    return keys


def test_the_document_is_in_step_with_the_records() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == render_reference(), "run: python -m sim.parameters.reference"


def test_every_key_of_a_run_is_in_the_reference() -> None:
    content = Parameters().model_dump(exclude={"status_quo"})
    content["market"].pop("calibration")
    missing = flatten(content) - {entry.key for entry in list_entries()}
    assert not missing


def test_records_inside_mappings_rows_and_options_are_in_the_reference() -> None:
    keys = {entry.key for entry in list_entries()}
    assert {
        "population.segments.<name>.share",
        "journeys.<name>.rate_per_year",
        "journeys.<name>.steps.<number>.department",
        "experience.channels.<name>.rel_cost",
        "organisation.departments.<name>.metric",
        "market.calibration.mean_quality",
    } <= keys


def test_no_key_appears_twice() -> None:
    keys = [entry.key for entry in list_entries()]
    assert len(keys) == len(set(keys))


def test_every_group_says_what_it_holds() -> None:
    assert all(meaning for _, meaning, _ in list_groups())


@pytest.mark.parametrize("part", ["unit", "accepted", "meaning", "source"])
def test_no_part_of_an_entry_is_empty(part: str) -> None:
    assert [entry.key for entry in list_entries() if not getattr(entry, part)] == []


def test_defaults_lie_in_the_plausible_range() -> None:
    outside = []
    for entry in list_entries():
        if entry.plausible:
            low, high = (float(end) for end in entry.plausible.split(" to "))
            if not low <= float(entry.default) <= high:
                outside.append(entry.key)
    assert outside == []


def test_plausible_ranges_are_accepted() -> None:
    outside = []
    for entry in list_entries():
        if entry.plausible:
            low, high = (float(end) for end in entry.plausible.split(" to "))
            lowest, highest = (float(end) for end in entry.accepted.split(" to "))
            if not lowest <= low < high <= highest:
                outside.append(entry.key)
    assert outside == []


def test_every_source_carries_a_mark_or_a_word_that_is_explained() -> None:
    sources = all_sources().items()
    unknown = [where for where, source in sources if not (CITED.search(source) or WORDS.search(source))]
    assert unknown == []


def test_every_mark_that_is_cited_is_listed() -> None:
    listed = set(LISTED.findall(EVIDENCE.read_text(encoding="utf-8")))
    cited = {mark for source in all_sources().values() for mark in CITED.findall(source)}
    for path in SCENARIOS.glob("*.md"):
        cited |= set(CITED.findall(path.read_text(encoding="utf-8")))
    assert cited - listed == set()


def test_the_literature_list_has_no_holes() -> None:
    listed = LISTED.findall(EVIDENCE.read_text(encoding="utf-8"))
    assert len(listed) == len(set(listed))
    assert {f"V{number}" for number in range(1, 97)} <= set(listed)
    assert {f"S{number:03d}" for number in range(5)} <= set(listed)


def test_tables_have_as_many_cells_as_their_header() -> None:
    width = 0
    for line in render_reference().splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not (width and cells) or cells == width, line
        width = cells


@pytest.mark.parametrize(
    "line",
    [
        "competition: 0.7",
        "competition: 0.7  # ratio",
        "competition: 0.7  # ratio; 0 to 1",
        "competition: 1  # ; 0 to 1; A",
    ],
)
def test_a_value_without_a_full_comment_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "market.yaml"
    path.write_text(f"market:\n  {line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"market\.yaml, line 2: market\.competition needs a comment"):
        read_commented(path)


def test_a_commented_file_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "some.yaml"
    content = "a:\n  b: 1  # ratio; 0 to 2; A, why; not\n  c:\n    - {d: 1, e: 2}  # share; sum 1; V1\n"
    path.write_text(content, encoding="utf-8")
    assert [tuple(item) for item in read_commented(path)] == [
        ("a.b", "1", "ratio", "0 to 2", "A, why; not"),
        ("a.c.0", "{d: 1, e: 2}", "share", "sum 1", "V1"),
    ]
