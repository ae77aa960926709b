"""Points of a study: the parameters, seeds and addresses of their runs, and tasks made of them."""

from __future__ import annotations

import json

import sim
from analysis.study.points import Basis, changed_groups
from analysis.study.work import tasks_of
from sim.identity import content_hash
from tests.study_cases import COMPETITION


def test_an_address_is_the_content_hash_of_the_parameters_that_run() -> None:
    parameters = {name: sim.compose(f"scenario={name}") for name in ("no_cxo", "accountable_cxo")}
    values = {
        COMPETITION: 0.4, "organisation.departments.*.rel_capacity": 1.1, "population.network.mean_degree": 6,
        "governance.decision_rights": 0.5, "market.rival.behaviour": "fixed",
    }  # fmt: skip
    for varied in (values, {COMPETITION: 0.4}, {}):
        basis = Basis.of(parameters, common_luck=False)
        *_, last = basis.addressed([varied] * 3, 2, list(parameters))
        assert len(last.runs) == 4
        for run in last.runs:
            one = basis.parameters_of(run.scenario, varied)
            seeded = one.run.model_copy(update={"seed": basis.seed_of(2, run.seed), "n_workers": 7})
            assert run.address == content_hash(one.model_copy(update={"run": seeded}))
            assert one.scenario.name == run.scenario


def test_scenarios_of_a_point_meet_the_same_seed_and_points_different_ones() -> None:
    parameters = {"no_cxo": sim.compose()}
    own, common = (Basis.of(parameters, common_luck=common) for common in (False, True))
    assert own.seed_of(3, 1) != own.seed_of(2, 1) != own.seed_of(2, 0)
    assert common.seed_of(3, 1) == common.seed_of(2, 1) != common.seed_of(2, 0)


def test_changing_values_leaves_the_basis_alone() -> None:
    content = sim.compose().model_dump(mode="json")
    before = json.dumps(content)
    changed = changed_groups(content, {"organisation.departments.*.rel_capacity": 2.0})
    assert {one["rel_capacity"] for one in changed["organisation"]["departments"].values()} == {2.0}
    assert json.dumps(content) == before


def test_a_task_holds_whole_points() -> None:
    basis = Basis.of({"no_cxo": sim.compose()}, common_luck=False)
    points = list(basis.addressed([{COMPETITION: 0.1 * k} for k in range(1, 8)], 3, ["no_cxo"]))
    tasks = tasks_of(points, 7)
    assert [len(task.points) for task in tasks] == [2, 2, 2, 1]
    assert [one for task in tasks for one in task.points] == points
    assert [len(task.points) for task in tasks_of(points, 1)] == [1] * 7
