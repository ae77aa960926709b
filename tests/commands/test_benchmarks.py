"""The benchmarks: parts that run in a moment do, and what is published of them is in step with what was measured."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from benchmarks import __main__ as command
from benchmarks import machine, memory, networks, report, roofline, speed
from benchmarks.timing import Task, take_turns
from benchmarks.workload import workload
from tests.readme_output import PARTS, README, find_part


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    return json.loads((command.FOLDER / "results.json").read_text(encoding="utf-8"))


def test_turns_are_taken_and_the_first_is_not_counted() -> None:
    order: list[str] = []
    ticks = iter(range(1000))
    tasks = {name: Task(lambda name=name: order.append(name), 2.0, lambda: float(next(ticks))) for name in "ab"}
    found = take_turns(tasks, 3)
    assert "".join(order) == "ab" * 4
    assert found["a"].best == found["a"].median == 0.5
    assert found["b"].rate == 2.0
    with pytest.raises(ValueError, match="below 1"):
        take_turns(tasks, 0)


def test_speed_says_who_did_what_and_what_was_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.speed.PERSONS_A_ROUND", 600)
    monkeypatch.setattr("benchmarks.c_market.compiler", lambda: None)
    speed.CMarket.__init__.__globals__["library"].cache_clear()
    rows = speed.measure_size(300, rounds=1, largest_mesa=300)
    assert [row["what"] for row in rows] == [speed.ENGINE, speed.ENGINE_2, speed.MESA, speed.MESA_OWN]
    assert all(0.0 < row["median"] <= row["best"] < math.inf for row in rows)


def test_memory_counts_every_array_of_a_person_once() -> None:
    market = workload(500).market()
    state = sum(column.nbytes for column in market.state)
    persons, network = memory.held_bytes(market)
    assert persons == state + market.codes.nbytes + market.telling.nbytes + market._place.nbytes
    assert network == market.network.first.nbytes + market.network.neighbours.nbytes


def test_work_is_counted_as_the_market_does_it() -> None:
    work = workload(2_000)
    counts = roofline.count_work(work)
    market, encounters, active = work.market(), 0.0, 0.0
    for period in range(roofline.PERIODS):
        flows = market.step(work.offer, period)
        encounters, active = encounters + flows.encounters.sum(), active + flows.active
    assert counts["encounters"] == encounters / (2_000 * roofline.PERIODS)
    assert counts["customers"] == active / (2_000 * roofline.PERIODS)
    assert counts["messages"] <= counts["told"]
    assert counts["interested"] <= 1.0 - counts["customers"]


def test_networks_of_all_topologies_are_drawn() -> None:
    assert {row["what"] for row in networks.measure_size(300, 1)} == set(networks.TOPOLOGIES)


def test_parts_of_another_machine_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(command.PARTS, "networks", lambda _quick, _full: {"rows": []})
    same = command.measure_parts(["networks"], True, False, {"machine": machine.describe(), "parts": {"limits": {}}})
    other = command.measure_parts(["networks"], True, False, {"machine": {}, "parts": {"limits": {}}})
    assert set(same["parts"]) == {"limits", "networks"}
    assert set(other["parts"]) == {"networks"}


def test_a_part_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["speeed"])
    assert "no part 'speeed'" in capsys.readouterr().err


def test_the_tables_are_those_of_the_published_numbers(published: dict[str, Any]) -> None:
    assert (command.FOLDER / "results.md").read_text(encoding="utf-8") == report.as_markdown(published)


def test_the_readme_shows_the_published_numbers() -> None:
    assert find_part(README.read_text(encoding="utf-8"), "speed").group(2).strip() == PARTS["speed"]()


def test_published_numbers_are_complete_and_not_quick(published: dict[str, Any]) -> None:
    assert set(published["parts"]) == {*command.PARTS, "roofline"}
    assert not any(part.get("quick") for part in published["parts"].values())
