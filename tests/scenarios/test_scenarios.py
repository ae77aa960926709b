"""The org designs: each a vector of levers with a story, and nothing else."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import sim
from sim.parameters import Governance, Parameters
from sim.parameters.reference import SCENARIOS, list_entries, read_commented
from tests.golden import golden_path, measure_scenario, read_golden

FILES = sorted(SCENARIOS.glob("*.yaml"))
NAMES = [path.stem for path in FILES]
SECTIONS = [
    "How it works",
    "In numbers",
    "Evidence for",
    "Evidence against",
    "What it costs",
    "When it should lose",
    "What would change our mind",
]

# The table of org designs in the specification; a lever that is not named keeps its default.
VECTORS: dict[str, dict[str, float]] = {
    "no_cxo": {},
    "responsible_cxo": {
        "added_cx_weight": 0.10,
        "decision_rights": 0.1,
        "role_held": 1.0,
        "listening": 1.0,
        "talk_gain": 0.7,
        "rel_office": 0.6,
        "rel_budget": 0.3,
        "turnover_per_year": 12 / 27,
        "decision_lag_months": 1.0,
    },
    "accountable_cxo": {
        "added_cx_weight": 0.5,
        "local_weight_offset": 0.4,
        "attribution": 0.5,
        "decision_rights": 0.7,
        "role_held": 1.0,
        "listening": 1.0,
        "talk_gain": 0.7,
        "rel_office": 1.0,
        "rel_budget": 1.0,
        "turnover_per_year": 12 / 35,
        "decision_lag_months": 1.0,
    },
    "ceo_as_cxm": {
        "added_cx_weight": 0.35,
        "local_weight_offset": 0.4,
        "attribution": 0.2,
        "decision_rights": 0.7,
        "role_held": 1.0,
        "listening": 1.0,
        "ceo_involvement": 1.0,
        "talk_gain": 0.0,
        "rel_office": 0.2,
        "rel_distraction": 1.0,
        "rel_budget": 0.7,
        "turnover_per_year": 12 / 60,
        "decision_lag_months": 3.0,
    },
}


def read(path: Path) -> dict[str, Any]:
    """Content of a scenario file."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def vector(name: str) -> Governance:
    """Levers of a scenario."""
    return Governance.model_validate(read(SCENARIOS / f"{name}.yaml")["governance"])


def test_the_four_designs_of_the_question_are_there() -> None:
    assert set(VECTORS) <= set(NAMES)


@pytest.mark.parametrize("name", VECTORS)
def test_levers_are_those_of_the_specification(name: str) -> None:
    expected = Governance().model_dump() | VECTORS[name]
    assert vector(name).model_dump() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_scenario_has_a_story(path: Path) -> None:
    assert path.with_suffix(".md").is_file()


def test_no_story_is_without_its_scenario() -> None:
    assert {path.stem for path in SCENARIOS.glob("*.md")} == set(NAMES)


def test_golden_results_come_for_all_scenarios_or_for_none() -> None:
    golden = {path.name.removesuffix(".expected.csv") for path in SCENARIOS.glob("*.expected.csv")}
    assert golden in (set(), set(NAMES))


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_scenario_holds_a_title_and_levers_only(path: Path) -> None:
    content = read(path)
    assert set(content) == {"scenario", "governance"}
    assert set(content["scenario"]) == {"title"}
    assert content["scenario"]["title"]
    assert set(content["governance"]) <= set(Governance.model_fields)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_scenario_names_only_the_levers_it_moves(path: Path) -> None:
    defaults = Governance().model_dump()
    assert [lever for lever, value in read(path)["governance"].items() if value == defaults[lever]] == []


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_lever_carries_its_unit_and_a_range_around_it(path: Path) -> None:
    units = {entry.key: entry.unit for entry in list_entries()}
    for item in read_commented(path):
        assert item.unit == units[item.key], item.key
        if item.key.startswith("governance."):
            low, high = (float(end) for end in item.plausible.split(" to "))
            assert low <= float(item.value) <= high, item.key


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_the_header_says_question_baseline_sources_and_command(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    header = text.partition("\nscenario:")[0]
    assert header.startswith("# @package _global_\n")
    for word in ("# Question:", "# Baseline:", "# Sources:", f"python -m sim scenario={path.stem}"):
        assert word in header
    assert all(line.startswith("#") for line in header.strip().splitlines())


@pytest.mark.parametrize("name", NAMES)
def test_the_story_has_its_sections(name: str) -> None:
    headings = re.findall(r"^## (.+)$", (SCENARIOS / f"{name}.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(SECTIONS)


@pytest.mark.parametrize("name", NAMES)
def test_the_story_cites_evidence_on_both_sides(name: str) -> None:
    text = (SCENARIOS / f"{name}.md").read_text(encoding="utf-8")
    for heading in ("Evidence for", "Evidence against"):
        section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        assert re.search(r"\bV\d+\b", section), heading


def numbers(levers: Governance) -> dict[str, str]:
    """What the story's table must say: the closed forms at the defaults with six departments."""
    organisation = Parameters().organisation
    contracts, executives, costs = organisation.contracts, organisation.executives, organisation.costs
    weight = contracts.base_cx_weight + levers.added_cx_weight
    local = 1.0 - levers.local_weight_offset * weight
    motive = weight * (levers.attribution + (1.0 - levers.attribution) / 6)
    kappa, care = contracts.effort_substitution, contracts.intrinsic_motivation
    experience = (motive + care - kappa * local) / (1.0 - kappa**2)
    task = (local - kappa * (motive + care)) / (1.0 - kappa**2)
    closed = 1.0 - math.exp(-experience / organisation.delivery.effort_scale)
    attention = 1.0 - levers.ceo_involvement * (1.0 - executives.ceo_attention)
    holder = levers.role_held * executives.talent_mean * levers.listening * attention
    rules = organisation.promise
    promise = rules.temptation * local / (rules.resistance + rules.accountability * motive)
    spent = (
        levers.rel_office * costs.office_share
        + levers.rel_distraction * costs.distraction_share
        + levers.rel_budget * costs.initiatives_share
    )
    stays = math.exp(-2.0 * levers.turnover_per_year)
    authority = levers.decision_rights * executives.commitment_mean * executives.initial_credibility
    return {
        "effort on experience": f"{experience:.2f}",
        "effort on the own task": f"{task:.2f}",
        "known gap that is specified away": f"{closed:.0%}".replace("%", " %"),
        "reliability of what is known about customers": f"{max(organisation.listening.base_information, holder):.2f}",
        "authority in force at the start": f"{authority:.2f}",
        "over-promise (SD)": f"{promise:.2f}",
        "office, distraction and CX budget (share of revenue)": f"{100 * spent:.2f} %",
        "same holder still there after two years": f"{100 * stays:.0f} %" if levers.role_held else "none",
    }


@pytest.mark.parametrize("name", VECTORS)
def test_the_numbers_of_the_story_follow_from_the_levers(name: str) -> None:
    text = (SCENARIOS / f"{name}.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    expected, status_quo = numbers(vector(name)), numbers(Governance())
    assert rows[2:] == [[quantity, value, status_quo[quantity]] for quantity, value in expected.items()]


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_composes(name: str) -> None:
    parameters = sim.compose(f"scenario={name}")
    assert parameters.scenario.name == name
    assert parameters.scenario.title == read(SCENARIOS / f"{name}.yaml")["scenario"]["title"]
    assert parameters.governance == vector(name)
    assert parameters.status_quo == Governance()


def test_scenarios_differ_in_levers_only() -> None:
    def rest(name: str) -> Parameters:
        return sim.compose(f"scenario={name}").model_copy(update={"governance": None, "scenario": None})

    first = rest(NAMES[0])
    assert all(rest(name) == first for name in NAMES[1:])


@pytest.mark.parametrize("name", [name for name in NAMES if golden_path(name).is_file()])
def test_results_are_the_golden_ones(name: str) -> None:
    expected, found = read_golden(golden_path(name)), measure_scenario(name)
    assert list(found) == list(expected)
    for outcome, pair in expected.items():
        assert found[outcome] == pytest.approx(pair, rel=1e-6, abs=1e-9, nan_ok=True), outcome
