"""Designs and points of a study that no scenario and no range holds: variants, fixed values, one factor at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import sim
from analysis.command.designs import DESIGNS
from analysis.maps.published import frozen_points
from analysis.study.command import parse_command
from analysis.study.designs import points_of
from analysis.study.points import Basis
from analysis.study.table import read_study
from tests.conftest import Ending
from tests.fakes import fake_replicate
from tests.study_cases import COMPETITION, HANDOFF, SMALL

STUDIES = Path(__file__).parents[2] / "conf" / "study"
CONTROL = "accountable_cxo_equal_local_weight"
VARIANT = "variants={half: {scenario: accountable_cxo, governance.decision_rights: 0.35}}"


def test_a_variant_runs_under_its_own_name_with_its_own_levers(study: Callable[..., Ending]) -> None:
    ended = study(*SMALL, "levels=2", "scenarios=[no_cxo,accountable_cxo]", VARIANT, "folder=a")
    assert ended.code == 0, ended.err
    assert "4 points on a grid x 3 designs x 1 seed = 12 runs" in ended.out
    table = read_study("a")
    assert (table.groupby("point")["scenario"].apply(set) == {"no_cxo", "accountable_cxo", "half"}).all()
    kept = json.loads(Path("a/manifest.json").read_text(encoding="utf-8"))["parameters"]
    assert kept["half"]["scenario"]["name"] == "half"
    assert kept["half"]["governance"]["decision_rights"] == 0.35
    changed = {"scenario": None, "governance": {**kept["half"]["governance"], "decision_rights": 0.7}}
    expected = {"scenario": None, "governance": kept["accountable_cxo"]["governance"]}
    assert {**kept["half"], **changed} == {**kept["accountable_cxo"], **expected}


def test_fixed_values_take_the_place_of_those_of_every_point(study: Callable[..., Ending]) -> None:
    ended = study(*SMALL, "scenarios=[no_cxo]", f"fixed.{COMPETITION}=0", "fixed.market.tenure_effect=0.25", "folder=a")
    assert ended.code == 0, ended.err
    table = read_study("a")
    assert (table[COMPETITION] == 0.0).all()
    assert table[HANDOFF].nunique() == 3
    row = table.iloc[5]
    asked = sim.compose(
        "scenario=no_cxo", "population=small", "time.horizon_years=1", "time.burn_in_years=1", f"{COMPETITION}=0",
        "market.tenure_effect=0.25", f"{HANDOFF}={row[HANDOFF]}", f"run.seed={20_261_122 + 1_000 * row['point']}",
    )  # fmt: skip
    assert row["npv"] == np.float32(fake_replicate(asked, 0).summary["npv"])


def test_one_factor_at_a_time_leaves_the_others_as_the_scenario_has_them(study: Callable[..., Ending]) -> None:
    words = ("design=one_at_a_time", "levels=2", f"factors=[{COMPETITION},{HANDOFF}]", "luck=common", "folder=a")
    assert study(*SMALL, "scenarios=[no_cxo]", *words).code == 0
    table = read_study("a")
    assert table[COMPETITION].isna().to_list() == [False, False, True, True]
    assert pd.read_csv("a/points.csv", index_col="point")[HANDOFF].isna().to_list() == [True, True, False, False]
    asked = sim.compose(
        "scenario=no_cxo", "population=small", "time.horizon_years=1", "time.burn_in_years=1",
        f"{HANDOFF}={table[HANDOFF][3]}", "run.seed=20261122",
    )  # fmt: skip
    assert table["npv"][3] == np.float32(fake_replicate(asked, 0).summary["npv"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fixed.market.compettion=0"], "fixed: market.compettion: no such key; did you mean market.competition?"),
        (["fixed.market.competition=9"], "fixed.market.competition: 9 is outside 0 to 3 (ratio)"),
        (["fixed.run.seed=1"], "fixed.run.seed: a study sets it itself"),
        (["variants={half: {governance.role_held: 1}}"], "variants.half: scenario: missing"),
        (["variants={no_cxo: {scenario: accountable_cxo}}"], "scenarios: no_cxo is given twice"),
        (["variants={half: {scenario: nobody}}"], "scenario: no option 'nobody'; choose from "),
        (
            ["variants={half: {scenario: no_cxo, market.competition: 1}}"],
            "variants.half.market.competition: a variant changes levers only (governance.KEY)",
        ),
        (["variants={half: {scenario: no_cxo, governance.role_held: 7}}"], "governance.role_held: 7 is outside 0 to 1"),
    ],
)
def test_mistakes_are_one_line(study: Callable[..., Ending], words: list[str], said: str) -> None:
    ended = study(*SMALL, *words)
    assert ended.code == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1
    assert ended.files == []


@pytest.mark.parametrize("name", ["registered_signs", "one_at_a_time"])
def test_the_control_differs_from_the_accountable_design_in_the_local_weight_only(name: str) -> None:
    parameters = parse_command([f"study={name}"]).parameters
    control, accountable, nobody = (parameters[one].governance for one in (CONTROL, "accountable_cxo", "no_cxo"))
    assert control.local_weight_offset == nobody.local_weight_offset < accountable.local_weight_offset
    assert control.model_copy(update={"local_weight_offset": accountable.local_weight_offset}) == accountable


def test_the_monopoly_study_switches_off_what_loyalty_could_earn() -> None:
    asked = yaml.safe_load((STUDIES / "monopoly.yaml").read_text(encoding="utf-8"))
    market = ("competition", "spend_effect", "price_effect", "acquisition.expectation_effect")
    delivery = ("rework_cost_eur", "recovery_cost_eur")
    assert asked["fixed"] == dict.fromkeys(
        [
            *(f"market.{name}" for name in (*market, "acquisition.imitation_per_year")),
            *(f"organisation.delivery.{name}" for name in delivery),
        ],
        0,
    )


@pytest.mark.parametrize("industry", ["auto_insurance", "telecom"])
def test_points_of_all_ranges_are_valid_and_differ_between_designs_in_the_levers_only(industry: str) -> None:
    designs = {name: sim.compose(f"scenario={name}", f"industry={industry}") for name in DESIGNS}
    basis = Basis.of(designs, common_luck=False)
    for values in points_of(frozen_points(64))[::16]:
        found = {name: basis.parameters_of(name, values) for name in DESIGNS}
        shared = found[DESIGNS[0]]
        for name, parameters in found.items():
            assert parameters.governance == designs[name].governance
            same = {"scenario": shared.scenario, "governance": shared.governance}
            assert parameters.model_copy(update=same) == shared
        assert shared.journeys == designs[DESIGNS[0]].journeys
        biases = {department.knowledge_bias for department in shared.organisation.departments.values()}
        assert biases == {values["organisation.departments.*.knowledge_bias"]}
        assert shared.market.competition == values[COMPETITION]
