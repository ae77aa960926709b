"""The environments of the regime study: frozen ranges, the sequence, and parameters that differ in levers only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import regime_ranges
from analysis.regime_environments import (
    ACCOUNTABLE,
    BASELINE,
    DESIGNS,
    EQUAL_WEIGHT,
    MONOPOLY,
    MONOPOLY_VALUES,
    REGIMES,
    draw_environments,
    draw_shares,
    environment_parameters,
    luck_of,
)
from analysis.regime_ranges import Axis, collect_axes, differences, read_axes
from sim.errors import UserError
from sim.parameters import Parameters
from tests.regime_cases import FAKE_DESIGNS, composed


def test_the_frozen_ranges_are_those_of_the_parameter_records() -> None:
    """Whoever changes a plausible range must freeze it again, and run the study again."""
    assert differences(read_axes(), collect_axes()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"high": 9.0}, "now"),
        ({"scale": "log"}, "now"),
        ({"parameter": "market.nothing"}, "no longer a range"),
    ],
)
def test_a_changed_range_is_noticed_and_stops_the_study(
    change: dict, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    axes = read_axes()
    position = next(n for n, axis in enumerate(axes) if axis.scale == "linear")
    axes[position] = replace(axes[position], **change)
    regime_ranges.write_axes(axes, tmp_path / "ranges.csv")
    frozen = read_axes(tmp_path / "ranges.csv")
    assert said in "; ".join(differences(frozen, collect_axes()))
    monkeypatch.setattr(regime_ranges, "read_axes", lambda: frozen)
    with pytest.raises(UserError, match="not those frozen"):
        regime_ranges.checked_axes()


def test_another_order_of_parameters_is_noticed() -> None:
    axes = read_axes()
    assert "order" in differences([*axes[1:], axes[0]], axes)[0]


def test_unreadable_ranges_are_a_mistake_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_axes(tmp_path / "nothing.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UserError, match="cannot be read"):
        read_axes(tmp_path / "other.csv")


@pytest.mark.parametrize("axis", read_axes(), ids=lambda axis: axis.parameter)
def test_every_axis_stays_inside_its_range_and_is_spread_as_it_says(axis: Axis) -> None:
    shares = np.linspace(0.0, 1.0 - 1e-12, 201)
    values = [axis.value(float(share)) for share in shares]
    if axis.scale == "choice":
        counts = pd.Series(values).value_counts(normalize=True)
        assert set(counts.index) == set(axis.rounding.split("|"))
        assert counts.max() - counts.min() < 0.01
        return
    assert min(values) >= axis.low
    assert max(values) <= axis.high
    if axis.rounding == "even":
        assert all(value % 2 == 0 for value in values)
    elif axis.rounding == "none":
        middle = np.sqrt(axis.low * axis.high) if axis.scale == "log" else 0.5 * (axis.low + axis.high)
        assert axis.value(0.5) == pytest.approx(middle, rel=1e-9, abs=1e-12)
    assert (axis.scale == "log") == (axis.low > 0.0 and axis.high / axis.low >= 5.0)


def test_a_longer_sequence_starts_like_a_shorter_one_and_fills_every_axis_evenly() -> None:
    n_axes = len(read_axes())
    short, long = draw_shares(100, n_axes), draw_shares(1024, n_axes)
    np.testing.assert_array_equal(short, long[:100])
    counts = np.stack([np.histogram(long[:, k], bins=16, range=(0.0, 1.0))[0] for k in range(n_axes)])
    assert np.all(counts == 64)


def test_the_sequence_is_the_one_that_was_published() -> None:
    """Results are published without the environments, which must be found again: known answers of the sequence."""
    first = draw_environments(3, read_axes())
    known = [[environment["market.competition"], environment["population.network.homophily"]] for environment in first]
    answers = [[0.940735809224, 0.223150136881], [0.277400381621, 0.464848607406], [0.163487604278, 0.417201945372]]
    np.testing.assert_allclose(known, answers, rtol=1e-9)


@pytest.fixture(scope="module")
def environments() -> list[dict]:
    return draw_environments(64, read_axes())


@pytest.mark.parametrize("industry", ["auto_insurance", "telecom"])
def test_environments_are_valid_in_full_and_differ_between_designs_in_the_levers_only(
    industry: str, environments: list[dict]
) -> None:
    study = composed(REGIMES, industry, 1000)
    for number in range(0, 64, 8):
        designs = environment_parameters(study, environments[number], number, 1)
        assert set(designs) == set(FAKE_DESIGNS)
        shared = designs[BASELINE]
        for name, parameters in designs.items():
            assert parameters == Parameters.model_validate(parameters.model_dump())
            assert parameters.governance == study.designs[name].governance
            same = {"scenario": shared.scenario, "governance": shared.governance}
            assert parameters.model_copy(update=same) == shared
        assert shared.run.seed == luck_of(number, 1)
        assert shared.journeys == study.base.journeys
        biases = {department.knowledge_bias for department in shared.organisation.departments.values()}
        assert biases == {environments[number]["organisation.departments.*.knowledge_bias"]}
        assert shared.market.competition == environments[number]["market.competition"]


def test_the_control_differs_from_the_accountable_design_in_the_local_weight_only() -> None:
    study = composed(REGIMES, "auto_insurance", 1000)
    control, accountable = study.designs[EQUAL_WEIGHT].governance, study.designs[ACCOUNTABLE].governance
    assert control.local_weight_offset == 0.0 < accountable.local_weight_offset
    assert control.model_copy(update={"local_weight_offset": accountable.local_weight_offset}) == accountable


def test_every_environment_has_luck_of_its_own() -> None:
    seeds = {luck_of(environment, seed) for environment in range(500) for seed in range(4)}
    assert len(seeds) == 2000


def test_the_monopoly_study_switches_off_what_loyalty_could_earn(environments: list[dict]) -> None:
    study = composed(MONOPOLY, "auto_insurance", 1000)
    assert set(study.designs) == set(DESIGNS)
    parameters = environment_parameters(study, environments[5], 5, 0)[ACCOUNTABLE]
    content = parameters.model_dump()
    for key, value in MONOPOLY_VALUES.items():
        inner = content
        for part in key.split("."):
            inner = inner[part]
        assert inner == value == 0.0
    assert parameters.market.satisfaction_effect == environments[5]["market.satisfaction_effect"]


def test_an_unknown_key_is_refused() -> None:
    study = composed(REGIMES, "auto_insurance", 1000)
    with pytest.raises(KeyError, match="market"):
        environment_parameters(study, {"market.nothing": 1.0}, 0, 0)
