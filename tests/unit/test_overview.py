"""The overview picture: both files, the same bytes for the same numbers, and a title the numbers support."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import sim
from analysis.show.overview import draw, summarise
from analysis.show.style import DESIGN_COLOURS, colour_of, mean_band, spread
from sim.config.catalogue import list_scenarios
from sim.results import Results
from tests.fakes import fake_results


def invent(*overrides: str) -> Results:
    return fake_results(sim.compose("time.horizon_years=2", "run.n_replicates=3", *overrides))


def with_change(results: Results, outcome: str, change: np.ndarray) -> Results:
    """Return results whose outcome changed by the given amounts since the burn-in."""
    tables = results.tables
    summary = {**tables.summary, outcome: tables.before[outcome] + change}
    return Results(results.parameters, type(tables)(**{**vars(tables), "summary": summary}), results.manifest)


def test_both_files_are_written_and_reproducible(tmp_path: Path) -> None:
    results = invent("scenario=accountable_cxo")
    (tmp_path / "again").mkdir()
    first, second = draw(results, tmp_path), draw(results, tmp_path / "again")
    assert [path.name for path in first] == ["overview.png", "overview.svg"]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("override", ["run.n_replicates=1", "time.periods_per_year=4", "time.horizon_years=0.25"])
def test_small_and_coarse_runs_are_drawn(override: str, tmp_path: Path) -> None:
    draw(invent(override), tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ([0.5, 0.6, 0.55], "satisfaction rose by 0.55 [0.43, 0.67]"),
        ([-0.5, -0.6, -0.55], "satisfaction fell by 0.55 [0.43, 0.67]"),
        ([-0.5, 0.6, 0.1], "satisfaction did not change measurably [-1.30, +1.43]"),
    ],
)
def test_the_title_says_what_the_interval_supports(change: list[float], words: str) -> None:
    results = with_change(invent(), "mean_satisfaction", np.array(change))
    assert summarise(results).startswith(words)


def test_one_replicate_claims_no_interval() -> None:
    assert "(one replicate)" in summarise(invent("run.n_replicates=1"))


def test_every_design_has_a_colour_of_its_own() -> None:
    names = [option.name for option in list_scenarios()]
    assert set(names) <= set(DESIGN_COLOURS)
    assert len({colour_of(name) for name in names}) == len(names)
    assert colour_of("a design of mine") == colour_of("a design of mine")


def test_the_band_is_a_student_t_interval() -> None:
    mean, low, high = mean_band(np.array([[1.0, 2.0], [3.0, 2.0]]))
    assert mean == pytest.approx([2.0, 2.0])
    assert high - mean == pytest.approx([12.706, 0.0], rel=1e-4)
    assert mean - low == pytest.approx(high - mean)


@pytest.mark.parametrize("heights", [[0.0, 0.0, 0.0], [0.0, 0.5, 0.9, 3.0], [1.0], [0.0, 2.0, 2.1, 2.2]])
def test_labels_do_not_touch_and_keep_their_order(heights: list[float]) -> None:
    moved = spread(heights, 1.0)
    assert all(after - before >= 1.0 - 1e-9 for before, after in pairwise(moved))
    assert sum(moved) == pytest.approx(sum(heights))
