"""The frozen ranges: in step with the parameter records, and drawn as they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.maps.published import frozen_points
from analysis.study import ranges
from analysis.study.factors import frozen_factors
from analysis.study.ranges import Axis, collect_axes, differences, read_axes
from sim.errors import UserError


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
    ranges.write_axes(axes, tmp_path / "ranges.csv")
    frozen = read_axes(tmp_path / "ranges.csv")
    assert said in "; ".join(differences(frozen, collect_axes()))
    monkeypatch.setattr(ranges, "read_axes", lambda: frozen)
    with pytest.raises(UserError, match="not those frozen"):
        ranges.checked_axes()


def test_another_order_of_parameters_is_noticed() -> None:
    axes = read_axes()
    assert "order" in differences([*axes[1:], axes[0]], axes)[0]


def test_unreadable_ranges_are_a_mistake_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.csv: no such file"):
        read_axes(tmp_path / "nothing.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"other\.csv: no frozen ranges"):
        read_axes(tmp_path / "other.csv")


@pytest.mark.parametrize("axis", read_axes(), ids=lambda axis: axis.parameter)
def test_every_factor_stays_inside_its_range_and_is_spread_as_it_says(axis: Axis) -> None:
    factor = next(one for one in frozen_factors() if one.key == axis.parameter)
    values = [factor.value(float(share)) for share in np.linspace(0.0, 1.0 - 1e-12, 201)]
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
        assert factor.value(0.5) == pytest.approx(middle, rel=1e-9, abs=1e-12)
    assert (axis.scale == "log") == (axis.low > 0.0 and axis.high / axis.low >= 5.0)


def test_the_points_are_those_that_were_published() -> None:
    """Results are published without the points, which must be found again: known answers of the sequence."""
    first = frozen_points(3)
    answers = [[0.940735809224, 0.223150136881], [0.277400381621, 0.464848607406], [0.163487604278, 0.417201945372]]
    np.testing.assert_allclose(first[["market.competition", "population.network.homophily"]], answers, rtol=1e-9)
    assert list(first.columns) == pd.read_csv(ranges.FROZEN)["parameter"].to_list()
