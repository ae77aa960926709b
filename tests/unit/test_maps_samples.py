"""Samples that lack points: indices come from what is whole of them, or not at all, and words say so."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.show.maps import report, sensitivity_picture

pytest.importorskip("sklearn")
pytest.importorskip("SALib")

from analysis.maps import sensitivity
from analysis.maps.outcome_maps import analyse
from analysis.maps.sample import Laid, laid_out, sample_of
from analysis.maps.table import Wide, wide
from analysis.study.designs import draw_points
from analysis.study.factors import Factor
from sim.errors import ResultError
from sim.storage import write_manifest
from tests.maps_cases import table_of

NAMES = ("market.competition", "finance.margin", "market.churn_per_year")
SLOPES = np.array([1.0, -2.0, 0.5])


def studied(points: pd.DataFrame, d: np.ndarray, gone: set[int], laid: Laid | None = None) -> Wide:
    """A study in which design ``b`` less ``a`` is ``d``, and ``b`` lacks its run at some points."""
    table = table_of({name: points[name].to_numpy() for name in points}, {"a": np.zeros(len(d)), "b": d})
    return wide(table[~(table["point"].isin(gone) & (table["scenario"] == "b"))], baseline="a", laid=laid)


def plane(points: pd.DataFrame) -> np.ndarray:
    return points.to_numpy(dtype=float) @ SLOPES


def drawn(design: str, n: int) -> pd.DataFrame:
    return draw_points(design, [Factor(name) for name in NAMES], n, 4, 1)


def laid(design: str, points: pd.DataFrame, luck: str = "common") -> Laid:
    return Laid(design, tuple(points.columns), len(points), luck)


@pytest.mark.parametrize("told", [True, False], ids=["manifest", "structure"])
def test_trajectories_that_lack_a_point_are_left_out(told: bool) -> None:
    points = drawn("morris", 10)
    found = studied(points, plane(points), {5, 30}, laid("morris", points) if told else None)
    one = sensitivity.sensitivity(found, "b", "a")
    assert one.kind == "morris"
    assert one.n_points == 32  # eight of ten trajectories of four points
    index = one.frame.set_index("factor")["index"]
    np.testing.assert_allclose(index[list(NAMES)], np.abs(SLOPES))
    said = " ".join(found.warnings)
    assert "2 of 40 points laid lack a run of some design" in said
    assert "8 of 10 Morris trajectories that are whole" in said
    assert "too narrow" in said


@pytest.mark.parametrize("told", [True, False], ids=["manifest", "structure"])
def test_a_saltelli_sample_that_lacks_points_gives_the_indices_of_its_whole_base_points(told: bool) -> None:
    from SALib.analyze import sobol

    points = drawn("saltelli", 64)
    d = plane(points)
    gone = {5 * base + 2 for base in range(16, 64)}
    found = studied(points, d, gone, laid("saltelli", points) if told else None)
    one = sensitivity.sensitivity(found, "b", "a")
    assert one.kind == "sobol"
    problem = {"num_vars": 3, "names": list(NAMES), "bounds": [[0.0, 1.0]] * 3}
    expected = sobol.analyze(problem, d[:80], calc_second_order=False, num_resamples=200, seed=sensitivity.SEED)
    np.testing.assert_allclose(one.frame.set_index("factor")["index"][list(NAMES)], expected["ST"])
    assert "16 of 64 base points of a Saltelli sample that are whole" in " ".join(found.warnings)


def test_an_aborted_study_keeps_its_last_trajectory_out() -> None:
    points = drawn("morris", 12)
    found = studied(points, plane(points), set(range(30, 48)), laid("morris", points))
    assert sensitivity.sensitivity(found, "b", "a").n_points == 28
    assert "7 of 12 Morris trajectories" in " ".join(found.warnings)


def test_too_few_whole_trajectories_give_no_indices_but_words(tmp_path: Path) -> None:
    points = drawn("morris", 10)
    found = studied(points, plane(points), {4 * k for k in range(7)}, laid("morris", points))
    one = sensitivity.sensitivity(found, "b", "a")
    assert one.kind == "none"
    assert one.frame.empty
    assert "No indices are told: only 3 of 10 Morris trajectories are whole" in " ".join(found.warnings)
    assert "too little of the sample" in sensitivity_picture.sentence(one)
    assert len(sensitivity_picture.draw([one], tmp_path)) == 2
    maps = analyse(found)
    assert "No index." in report.summary(maps)
    assert "No indices are told" in report.lead(maps).replace("\n", " ")


def test_not_one_whole_trajectory_is_not_taken_for_a_random_sample() -> None:
    points = drawn("morris", 10)
    found = studied(points, plane(points), {4 * k + k % 4 for k in range(10)}, laid("morris", points))
    assert sensitivity.sensitivity(found, "b", "a").kind == "none"
    assert "only 0 of 10" in " ".join(found.warnings)


def test_choices_rounded_values_and_factors_that_never_vary_are_no_obstacle_where_the_manifest_speaks() -> None:
    factors = [
        Factor("market.competition"),
        Factor("market.rival.behaviour", scale="choice", values=("fixed", "trend")),
        Factor("organisation.listening.survey_size", 1.0, 2.0, multiple=1),
        Factor("finance.margin", 0.9, 1.1, multiple=1),
    ]
    points = draw_points("morris", factors, 12, 4, 1)
    x = points["market.competition"].to_numpy(dtype=float)
    d = 3.0 * x + 2.0 * (points["market.rival.behaviour"] == "trend").to_numpy(dtype=float)
    assert set(points["finance.margin"]) == {1}
    found = studied(points, d, set(), laid("morris", points))
    one = sensitivity.sensitivity(found, "b", "a")
    assert one.kind == "morris"
    index = one.frame.set_index("factor")["index"].to_dict()
    assert index == pytest.approx(
        {"market.competition": 3.0, "market.rival.behaviour": 2.0, "organisation.listening.survey_size": 0.0}
    )


def test_own_luck_is_told_of_where_indices_would_take_it_for_an_effect() -> None:
    points = drawn("saltelli", 8)
    for luck, said in (("own", True), ("common", False)):
        found = studied(points, plane(points), set(), laid("saltelli", points, luck))
        assert ("luck of its own" in " ".join(found.warnings)) == said


def test_whole_samples_of_independent_points_need_no_words() -> None:
    for design in ("sobol", "latin_hypercube"):
        points = drawn(design, 64)
        assert studied(points, plane(points), set(), laid(design, points)).warnings == []


def test_a_full_grid_is_not_taken_for_trajectories() -> None:
    levels = list(itertools.product(range(4), repeat=3))
    assert sample_of(pd.DataFrame(levels, columns=list(NAMES), dtype=float)).kind == "rank"


def test_how_points_were_laid_is_read_from_the_manifest_beside_the_table(tmp_path: Path) -> None:
    assert laid_out(tmp_path) == Laid()
    (tmp_path / "table.parquet").write_bytes(b"")
    request = {"design": "morris", "luck": "common"}
    write_manifest(
        tmp_path, {"kind": "study", "request": request, "factors": [{"key": name} for name in NAMES], "n_points": 40}
    )
    assert laid_out(tmp_path) == Laid("morris", NAMES, 40, "common")
    (tmp_path / "table.parquet").write_bytes(b"other")
    with pytest.raises(ResultError, match="truncated or changed"):
        laid_out(tmp_path)
