"""A study beside a comparison: only one that belongs to it is taken, and the memo says what it says, in money."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("SALib")

from analysis.command.numbers import NO_BREAK
from analysis.company.study import Conditions, read_conditions
from analysis.compare.__main__ import main
from analysis.compare.comparison import Comparison
from analysis.compare.verdicts import read_verdicts
from analysis.maps import information
from analysis.maps.table import wide
from analysis.show import memo as memo_room
from analysis.show.explanations import CompanyAnalyses
from analysis.show.memo.build import build
from analysis.show.memo.flips import TITLE, advice
from analysis.study.revenue import initial_revenue
from sim.errors import ConfigError
from tests import study_folders
from tests.memo_cases import explain_all, invent
from tests.study_folders import COMPETITION, FIX

DESIGNS = ("no_cxo", "accountable_cxo")
Change = Callable[[pd.DataFrame, dict[str, Any]], pd.DataFrame]


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return invent(designs=DESIGNS, n_replicates=3)


def parameters_of(comparison: Comparison) -> dict[str, Any]:
    return {name: one.parameters for name, one in comparison.results.items()}


def studied(comparison: Comparison, folder: Path, change: Change | None = None) -> Conditions:
    """Read an invented study, changed before it was written."""
    own = parameters_of(comparison)
    table, manifest = study_folders.table(DESIGNS), study_folders.manifest(own)
    table = change(table, manifest) if change else table
    return read_conditions(study_folders.write(folder / "study", table, manifest), comparison.request, own)


@pytest.fixture(scope="module")
def conditions(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Conditions:
    return studied(comparison, tmp_path_factory.mktemp("studies"))


def put(*path: str, value: object) -> Change:
    """Change the manifest at a path."""

    def change(table: pd.DataFrame, manifest: dict[str, Any]) -> pd.DataFrame:
        inner = manifest
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        return table

    return change


def without(table: pd.DataFrame, manifest: dict[str, Any]) -> pd.DataFrame:
    del manifest["parameters"]["accountable_cxo"]
    return table[table["scenario"] == "no_cxo"]


def each(change: Change) -> Change:
    """Change the parameters of every design."""

    def changed(table: pd.DataFrame, manifest: dict[str, Any]) -> pd.DataFrame:
        for content in manifest["parameters"].values():
            change(table, content)
        return table

    return changed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (each(put("industry", "name", value="telecom")), "its industry is telecom, that of the comparison"),
        (without, "it lacks the design accountable_cxo; there are no_cxo"),
        (put("parameters", "accountable_cxo", "governance", "budget", value=0.123), "has other levers there: govern"),
        (lambda t, _: t.drop(columns="npv_with_equity"), "outcome=npv_with_equity: not in the table"),
        (lambda t, _: t.drop(columns="initial_revenue"), "its table lacks initial_revenue"),
        (lambda t, _: t[t["point"] < 12], "at least 20 needed"),
        (put("kind", value="comparison"), "not a study"),
    ],
    ids=["industry", "design", "levers", "outcome", "revenue", "points", "kind"],
)  # fmt: skip
def test_a_study_that_does_not_belong_is_refused_in_one_line(
    comparison: Comparison, tmp_path: Path, change: Change, said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        studied(comparison, tmp_path, change)
    assert said in str(refused.value)
    assert str(refused.value).startswith(f"study={tmp_path / 'study'}: ")
    assert str(refused.value).count(str(tmp_path)) == 1
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("code", value={"source": "feedfeedfeedfeed"}), "run with another version of the source (feedfeedfeedfeed"),
        (each(put("time", "horizon_years", value=9.0)), "other values than this comparison: time.horizon_years 9"),
        (put("factors", value=[{"key": FIX, "low": 0.2, "high": 2.4}, {"key": COMPETITION, "low": 1.4, "high": 1.5}]),
         "outside what the study varied: market.competition"),
        (lambda t, _: t[(t["point"] > 6) | (t["scenario"] == "no_cxo")], "7 of 240 points laid lack a run"),
    ],
    ids=["source", "settings", "range", "incomplete"],
)  # fmt: skip
def test_in_what_a_study_departs_from_the_comparison_is_said_in_a_sentence(
    comparison: Comparison, tmp_path: Path, change: Change, said: str
) -> None:
    found = studied(comparison, tmp_path, change)
    assert len(found.warnings) == 1
    assert said in found.warnings[0]


def test_size_luck_and_what_is_varied_may_differ(comparison: Comparison, tmp_path: Path) -> None:
    def change(table: pd.DataFrame, manifest: dict[str, Any]) -> pd.DataFrame:
        for content in manifest["parameters"].values():
            content["population"]["n_customers"] = 500
            content["market"]["competition"] = 0.77
            content["run"]["seed"] = 1
        return table

    found = studied(comparison, tmp_path, change)
    assert found.warnings == ()
    assert "500 persons" in found.about()


def test_money_is_the_share_of_revenue_times_the_revenue_of_this_company(
    comparison: Comparison, conditions: Conditions
) -> None:
    revenue = initial_revenue(comparison.baseline.parameters)
    shares = information.information(wide(study_folders.table(DESIGNS)))
    worth = conditions.maps.information
    assert worth.perfect.estimate == pytest.approx(revenue * shares.perfect.estimate)
    expected, found = (one.frame.set_index("factor")["estimate"][FIX] for one in (shares, worth))
    assert found == pytest.approx(revenue * expected)
    # d = 0.1 (x - 1.3), x uniform on (0.2, 2.4): knowing x is worth 0.1 * 1.1 / 4 of the revenue over either choice
    assert found == pytest.approx(0.0275 * revenue, rel=0.15)
    said = re.search(r"worth EUR ([\d.]+) k \(95 % interval ([\d.]+) to ([\d.]+) k\)", advice(conditions))
    assert said is not None
    estimate, low, high = (1e3 * float(text) for text in said.groups())
    assert estimate == pytest.approx(found, abs=600.0)
    assert low < 0.0275 * revenue < high


def test_the_memo_says_when_the_answer_flips_and_leaves_its_first_page_alone(
    comparison: Comparison, conditions: Conditions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.show.memo.writing.draw_all", lambda *_: {})  # the pictures of the comparison itself
    with_study = explain_all(comparison, CompanyAnalyses(conditions))
    plain, told = (
        build(read_verdicts(comparison), explain_all(comparison), {}),
        build(read_verdicts(comparison), with_study, {}),
    )
    titles = [section.title for section in told.sections]
    assert titles.index(TITLE) == titles.index("What drives it") + 1
    assert [section for section in told.sections if section.title != TITLE] == list(plain.sections)
    written = memo_room.write(comparison, with_study, tmp_path)
    page = (tmp_path / "memo.html").read_text(encoding="utf-8").replace(NO_BREAK, " ")
    advised = "Before deciding, go and measure fix effect"
    for words in ("240 points of a Sobol sequence", "two designs", "one seed", advised):
        assert words in page
    assert "nan" not in re.sub(r"data:[^\"]*", "", page).lower().replace("finance", "").replace("governance", "")
    for name in ("winners", "break_even", "boxes", "sensitivity", "information", "regret"):
        assert (tmp_path / f"study_{name}.png").stat().st_size > 5000
    tables = {path.name for path in written if path.suffix == ".csv"}
    assert {"study_winners.csv", "study_information.csv", "study_regret.csv", "study_boxes.csv"} <= tables
    worth = pd.read_csv(tmp_path / "study_information.csv")
    np.testing.assert_allclose(worth["estimate"].iloc[0], conditions.maps.information.perfect.estimate)


def test_a_study_that_cannot_be_used_ends_the_command_before_anything_runs(
    workplace: Path, quiet_logging: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*_: object) -> None:
        raise AssertionError("nothing runs")

    monkeypatch.setattr("sim.simulation.run_one", run)
    assert main(["study=absent"]) == 2
    assert capsys.readouterr().err == "error: study=absent: not a complete result: there is no such folder\n"
    assert main(["study=absent", "memo=false"]) == 2
    assert capsys.readouterr().err == "error: study: what it says goes into the memo, which memo=false leaves out\n"
