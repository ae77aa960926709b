"""Factors and designs of studies, against scipy, SALib and counting by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from analysis.study.designs import (
    SAMPLERS,
    balanced_order,
    draw_points,
    latin_hypercube,
    morris,
    points_of,
    problem,
    read_points,
    saltelli,
)
from analysis.study.factors import make_factor, make_factors
from sim.errors import ConfigError

COMPETITION, CHURN = "market.competition", "market.churn_per_year"


def test_one_factor_at_a_time_moves_one_through_its_levels_and_leaves_the_others() -> None:
    size = "organisation.listening.survey_size"
    frame = draw_points("one_at_a_time", make_factors({COMPETITION: [0.2, 0.6], size: [50, 5000]}), 0, 2, 1)
    points = points_of(frame)
    assert points == [{COMPETITION: 0.2}, {COMPETITION: 0.6}, {size: 50}, {size: 5000}]
    assert all(isinstance(point[size], int) for point in points[2:])
    assert len(draw_points("one_at_a_time", make_factors([COMPETITION, CHURN]), 0, 5, 1)) == 10


@pytest.mark.parametrize("design", sorted(SAMPLERS))
def test_a_larger_design_begins_with_the_smaller_one(design: str) -> None:
    small, large = (SAMPLERS[design](n, 3, 7) for n in (5, 19))
    np.testing.assert_array_equal(large[: len(small)], small)
    assert not np.array_equal(SAMPLERS[design](5, 3, 8), small)


@pytest.mark.parametrize("n", [2, 4, 16, 64])
def test_every_stratum_of_a_latin_hypercube_holds_one_point(n: int) -> None:
    for column in latin_hypercube(n, 4, 3).T:
        assert sorted(np.floor(column * n)) == list(range(n))


def test_a_morris_trajectory_moves_one_factor_at_a_time() -> None:
    steps = np.diff(morris(6, 4, 1).reshape(6, 5, 4), axis=1)
    assert (np.count_nonzero(steps, axis=2) == 1).all()
    np.testing.assert_allclose(np.abs(steps).sum(axis=2), 2.0 / 3.0)
    assert (np.count_nonzero(steps, axis=1) == 1).all()


def test_salib_finds_the_indices_of_a_linear_function_on_the_saltelli_points() -> None:
    from SALib.analyze import sobol

    points = saltelli(512, 3, 5)
    weights = np.array([3.0, 2.0, 0.0])
    with np.errstate(all="ignore"):
        found = sobol.analyze(problem(3), points @ weights, calc_second_order=False, seed=1)
    np.testing.assert_allclose(found["S1"], weights**2 / 13.0, atol=0.02)


def test_a_design_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SALib.sample", None)
    monkeypatch.setitem(sys.modules, "SALib.sample.morris", None)
    with pytest.raises(ConfigError, match=r"design: SALib is missing; python -m pip .*\[study\]' installs it"):
        morris(2, 3, 1)


def test_a_grid_holds_every_combination_with_both_ends() -> None:
    frame = draw_points("grid", make_factors({COMPETITION: [0.2, 0.6], "market.rival.behaviour": None}), 0, 3, 1)
    assert sorted(set(frame[COMPETITION])) == [0.2, 0.4, 0.6]
    assert len(frame) == 3 * frame["market.rival.behaviour"].nunique()
    assert sorted(balanced_order("grid", len(frame))) == list(range(len(frame)))


def test_wide_ranges_are_logarithmic_and_counts_are_whole() -> None:
    assert make_factor(COMPETITION, [0.1, 1.0]).value(0.5) == pytest.approx(0.1**0.5)
    assert make_factor(COMPETITION, {"low": 0.1, "high": 1.0, "scale": "linear"}).value(0.5) == pytest.approx(0.55)
    even = make_factor("population.network.mean_degree")
    assert all(even.value(share) % 2 == 0 and isinstance(even.value(share), int) for share in (0.0, 0.33, 0.9))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("market.compettion", "did you mean market.competition?"),
        ({COMPETITION: [0.5, 9.0]}, "9.0 is outside 0 to 3 (ratio)"),
        ({COMPETITION: [0.5, 0.5]}, "low 0.5 is not below high 0.5"),
        ({COMPETITION: {"low": 0.0, "high": 1.0, "scale": "log"}}, "log needs low above 0"),
        ({COMPETITION: {"bottom": 0.0}}, "bottom: no such key"),
        ({COMPETITION: ["much", 1.0]}, "'much' is not a finite number"),
        ({"market.rival.behaviour": ["asleep"]}, "'asleep' is not one of"),
        ("run.seed", "a study sets it itself"),
        ("population.n_customers", "has no plausible range"),
        ({}, "is not a list of keys"),
    ],
)
def test_what_cannot_be_a_factor_is_said_in_one_line(given: object, words: str) -> None:
    with pytest.raises(ConfigError, match=r"^factors") as caught:
        make_factors(given)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_points_from_a_file_have_the_types_of_their_records(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(f"point,{COMPETITION},market.rival.behaviour\n0,1,fixed\n1,0.25,imitating\n", encoding="utf-8")
    points = points_of(read_points(path))
    assert points == [
        {COMPETITION: 1.0, "market.rival.behaviour": "fixed"},
        {COMPETITION: 0.25, "market.rival.behaviour": "imitating"},
    ]
    assert all(isinstance(point[COMPETITION], float) for point in points)


@pytest.mark.parametrize(
    "text", ["", "market.competition\n", "market.competition\n7\n", "a.b\n1\n", "market.competition\n1,2\n"]
)
def test_a_file_that_cannot_be_used_is_said_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        read_points(path)
