"""``import analysis``: comparisons, studies, maps and a company's money as functions that only return."""

from __future__ import annotations

import dataclasses
import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("SALib")

import analysis
import sim
from analysis.command.asking import write_overrides
from analysis.compare.from_python import NOT_HERE, Asked
from analysis.compare.request import Request
from analysis.maps.from_python import read_source
from analysis.study import from_python as studies
from analysis.study.request import StudyRequest
from analysis.study.table import read_study
from sim.config.overrides import parse_overrides
from sim.errors import ConfigError, UserError
from tests import study_folders
from tests.compare_cases import SHORT, noisy_replicate
from tests.conftest import Ending
from tests.fakes import fake_results
from tests.maps_cases import table_of
from tests.memo_cases import invent
from tests.study_cases import COMPETITION

DESIGNS = ("no_cxo", "accountable_cxo")
ROOMS = ("company", "compare", "maps", "study")
MEMO = {"memo", "twins", "attribution", "attribution_customers", "attribution_replicates"}
"""Fields of a comparison that concern its memo."""
HEAVY = ("hydra", "matplotlib", "mesa", "numba", "numpy", "pandas", "pydantic")


def python(code: str) -> str:
    """Run code in a fresh interpreter and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def plain(value: Any) -> Any:
    """Return a parsed value without the marks of the parser."""
    return getattr(value, "text", [plain(one) for one in value] if isinstance(value, list) else value)


# ---- packages that are functions


def test_importing_the_functions_imports_nothing_that_takes_time() -> None:
    code = f"import analysis, sys; {', '.join(f'analysis.{room}.__call__' for room in ROOMS)}"
    assert python(f"{code}; print(sorted(set(sys.modules) & set({HEAVY})))") == "[]"


@pytest.mark.parametrize(
    "code",
    [
        "import analysis; import analysis.study.shapes; from analysis import study",
        "import analysis.study.shapes; from analysis import study; import analysis",
        "from analysis import study; import analysis; import analysis.study.shapes",
        "from analysis.study import shapes; import analysis; from analysis import study",
    ],
)
def test_in_any_order_of_imports_a_room_is_a_package_and_a_function(code: str) -> None:
    said = "print(callable(study), study is analysis.study, 'grid' in analysis.study.shapes.SHAPES)"
    assert python(f"{code}; {said}") == "True True True"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_the_signature_and_the_documentation_of_its_function(room: str) -> None:
    package = getattr(analysis, room)
    function = getattr(package.from_python, room)
    assert inspect.ismodule(package)
    assert inspect.signature(package) == inspect.signature(function)
    assert package.__call__.__doc__ == function.__doc__
    assert room in dir(analysis)
    for name in inspect.signature(package).parameters:
        assert name in function.__doc__


def test_there_is_no_fifth_function() -> None:
    assert sorted(analysis.__all__) == list(ROOMS)
    with pytest.raises(AttributeError, match="no attribute 'fortune'"):
        _ = analysis.fortune


def test_keywords_are_the_keys_of_the_command() -> None:
    assert set(Asked.__annotations__) == set(Request.model_fields) - MEMO
    assert set(NOT_HERE) <= MEMO
    assert set(studies.Asked.__annotations__) == set(StudyRequest.model_fields) - {"title", "settings", "action"}
    for name in (*Asked.__annotations__, *studies.Asked.__annotations__):
        assert f"``{name}``" in f"{analysis.compare.__call__.__doc__}{analysis.study.__call__.__doc__}", name


@pytest.mark.parametrize(
    "value",
    [True, 3, 0.05, 1e-07, "a", "true", "a, b", 'say "so"', "it's\\", "a=b", ["x", "y, z"], [0.1, 2], np.float64(0.3)],
)
def test_keywords_become_overrides_that_mean_the_same(value: object) -> None:
    (override,) = parse_overrides(write_overrides({"key": value}))
    read = override.value()
    assert plain(read) == value
    assert isinstance(plain(read), str) == isinstance(value, str)


# ---- compare


def test_a_comparison_is_returned_and_nothing_else_happens(
    noisy_model: None, workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = analysis.compare(*SHORT, "industry=telecom", scenarios=DESIGNS, min_replicates=4, max_replicates=4)
    assert capsys.readouterr() == ("", "")
    assert list(workplace.iterdir()) == []
    assert found.industry.startswith("Telecom")
    assert found.n_replicates == 4
    runs = {
        name: [
            noisy_replicate(sim.compose(*SHORT, f"scenario={name}", "industry=telecom"), k).summary for k in range(4)
        ]
        for name in DESIGNS
    }
    gain = np.mean([a["npv"] - b["npv"] for a, b in zip(runs["accountable_cxo"], runs["no_cxo"], strict=True)])
    assert found.row("accountable_cxo", "npv")["difference"] == pytest.approx(gain, rel=1e-6)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.stopped_because = "cap"  # type: ignore[misc]


def test_a_store_is_used_again(counted: list[tuple[str, int]], workplace: Path) -> None:
    asked: Asked = {"scenarios": DESIGNS, "max_replicates": 3}
    first = analysis.compare(*SHORT, store="kept", **asked)
    assert len(counted) == 6
    again = analysis.compare(*SHORT, store="kept", **asked)
    assert len(counted) == 6
    pd.testing.assert_frame_equal(first.table, again.table)
    assert [path.name for path in workplace.iterdir()] == ["kept"]


def test_runs_that_exist_are_compared_and_not_run_again(counted: list[tuple[str, int]], workplace: Path) -> None:
    for name in DESIGNS:
        fake_results(sim.compose(*SHORT, f"scenario={name}", "run.n_replicates=3")).save(f"runs/{name}")
    found = analysis.compare("runs=runs", scenarios=DESIGNS)
    assert found.n_replicates == 3
    assert counted == []
    assert [path.name for path in workplace.iterdir()] == ["runs"]


@pytest.mark.parametrize(
    ("overrides", "asked", "said"),
    [
        (("market.competition=9",), {}, "market.competition: 9 is outside 0 to 3"),
        (("scenario=no_cxo",), {}, r"scenario: give the designs as scenarios=\[a,b\]"),
        (("folder=x",), {}, "folder: a function writes none"),
        (("store=x",), {}, "store: give store=FOLDER as a keyword"),
        (("telecom",), {}, "telecom: not an override; give KEY=VALUE"),
        (("--help",), {}, "--help: not an override"),
        (("--config-dir=x",), {}, "--config-dir=x: not an override"),
        ((), {"max_replicate": 3}, "max_replicate: no such key; did you mean max_replicates"),
        ((), {"max_replicates": 1}, "max_replicates: 1 cannot be used"),
        ((), {"scenarios": ["no_cxo", "no_cxo"]}, "scenarios: no_cxo is given twice"),
        ((), {"scenarios": {1, 2}}, "scenarios: a set cannot be used"),
        ((), {"config_dir": "nowhere"}, "no folder 'nowhere'"),
        (("study=x",), {}, "study: what it says goes into the memo"),
    ],
)
def test_mistakes_are_one_line(
    fake_model: None, workplace: Path, overrides: tuple[str, ...], asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError, match=said) as caught:
        analysis.compare(*overrides, **asked)
    assert "\n" not in str(caught.value)
    assert list(workplace.iterdir()) == []


# ---- study


SMALL = {"name": "two_factors", "workers": 1, "scenarios": DESIGNS}


def test_a_study_gives_what_its_command_writes(
    study: Callable[..., Ending], workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factors = {COMPETITION: [0.2, 0.8]}
    found = analysis.study(*SHORT[:2], levels=5, seeds=2, factors=factors, **SMALL)
    assert capsys.readouterr() == ("", "")
    assert list(workplace.iterdir()) == []
    assert len(found.table) == 5 * 2 * 2
    assert sorted(set(found.table[COMPETITION])) == pytest.approx([0.2, 0.35, 0.5, 0.65, 0.8])
    assert found.failures.empty
    written = [f"factors={{{COMPETITION}:[0.2,0.8]}}", "levels=5", "seeds=2", "scenarios=[no_cxo,accountable_cxo]"]
    ended = study("study=two_factors", "engine.workers=1", *SHORT[:2], *written, "folder=by_command")
    assert ended.code == 0, ended.err
    pd.testing.assert_frame_equal(found.table, read_study("by_command"))
    assert found.manifest["replay"].startswith("python -m analysis.study time.horizon_years=1 ")
    assert "store" not in found.manifest["replay"]


def test_a_study_goes_on_where_it_stopped(counted: list[tuple[str, int]], workplace: Path) -> None:
    analysis.study(*SHORT[:2], levels=2, factors=[COMPETITION], store="kept", **SMALL)
    assert len(counted) == 4
    for _ in range(2):
        analysis.study(*SHORT[:2], levels=2, seeds=2, factors=[COMPETITION], store="kept", **SMALL)
        assert len(counted) == 8


@pytest.mark.parametrize(
    ("overrides", "asked", "said"),
    [
        (("engine=slurm",), {}, "engine: "),
        ((), {"name": "regime"}, "study: no option 'regime'"),
        ((), {"levels": 1}, "levels: 1 cannot be used"),
        ((), {"factors": ["market.compettion"]}, "did you mean market.competition"),
        (("action=estimate",), {}, "action: "),
    ],
)
def test_mistakes_in_studies_are_one_line(
    fake_model: None, workplace: Path, overrides: tuple[str, ...], asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        analysis.study(*overrides, workers=1, **asked)
    assert list(workplace.iterdir()) == []


# ---- maps


def crossing() -> pd.DataFrame:
    """Invent a study in which the officer is better exactly where competition is above 0.5."""
    rng = np.random.default_rng(2)
    x = {COMPETITION: rng.random(100), "finance.margin": rng.random(100)}
    shared = rng.normal(size=100)
    return table_of(x, {"no_cxo": shared, "accountable_cxo": shared + x[COMPETITION] - 0.5})


def test_maps_take_a_table_a_file_and_the_name_of_an_industry(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = crossing()
    held.to_parquet("mine.parquet")
    share = float((held.loc[held["scenario"] == "no_cxo", COMPETITION] > 0.5).mean())
    for source in (held, "mine.parquet", Path("mine.parquet")):
        shares = analysis.maps(source).winners.shares.set_index("design")["share"]
        assert shares["accountable_cxo"] == pytest.approx(share)
    published, laid = read_source("telecom")
    assert laid is None
    assert published["point"].nunique() == 2000
    assert capsys.readouterr() == ("", "")
    assert [path.name for path in workplace.iterdir()] == ["mine.parquet"]


def test_maps_of_a_study_know_how_its_points_were_laid() -> None:
    manifest = {"request": {"design": "sobol", "luck": "own"}, "factors": [{"key": COMPETITION}], "n_points": 120}
    found = analysis.maps(studies.StudyResult(crossing(), pd.DataFrame(), manifest))
    assert found.found.laid.design == "sobol"
    assert found.found.n_laid == 120


@pytest.mark.parametrize(
    ("source", "asked", "said"),
    [
        ("telecoms", {}, "industry=telecoms: no study of it is published; did you mean telecom"),
        ("my study.csv", {}, "no such file"),
        (Path("telecom"), {}, "no such file"),
        (crossing(), {"baseline": "no_cx"}, "baseline=no_cx: not in the table; did you mean no_cxo"),
        (crossing(), {"outcome": "nps"}, "outcome=nps: not in the table"),
        (crossing(), {"x": "finance.margn"}, "finance.margn"),
    ],
)
def test_mistakes_in_maps_are_one_line(workplace: Path, source: Any, asked: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        analysis.maps(source, **asked)


def test_without_the_libraries_of_maps_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "analysis.maps.outcome_maps", None)
    with pytest.raises(ConfigError, match=r"is missing; python -m pip install .*\[study\]' installs it"):
        analysis.maps(crossing())


# ---- company


def test_a_study_is_put_into_the_money_of_the_company(workplace: Path) -> None:
    comparison = invent(designs=DESIGNS, n_replicates=3)
    own = {name: one.parameters for name, one in comparison.results.items()}
    held = study_folders.table(DESIGNS)
    study_folders.write(workplace / "study", held, study_folders.manifest(own))
    found = analysis.company(comparison, study="study")
    assert found.tuned is None
    assert found.study is not None
    rows = held[held["scenario"] == "accountable_cxo"].sort_values("point")
    expected = (rows["npv_with_equity"] / rows["initial_revenue"]).to_numpy() * found.study.revenue
    np.testing.assert_allclose(found.study.found.y["accountable_cxo"].to_numpy(), expected)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.study = None  # type: ignore[misc]


def test_mistakes_about_a_company_are_one_line(workplace: Path) -> None:
    comparison = invent(designs=DESIGNS, n_replicates=3)
    with pytest.raises(UserError, match="give study=FOLDER, tuned=FOLDER or both"):
        analysis.company(comparison)
    with pytest.raises(UserError, match="study=nowhere: "):
        analysis.company(comparison, study="nowhere")
    with pytest.raises(UserError, match="tuned=nowhere: "):
        analysis.company(comparison, tuned="nowhere")
