"""The regime study: its machinery with invented numbers, the published page, and what must hold in a monopoly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from analysis import regime_environments, regime_parts, regime_report, regime_statistics, regimes
from analysis.regime_environments import (
    EQUAL_WEIGHT,
    MONOPOLY,
    REGIMES,
)
from analysis.regime_ranges import FROZEN, read_axes
from analysis.regime_report import GENERATED, between, read_results
from analysis.regime_statistics import PROFIT
from analysis.regime_tables import all_tables
from sim.parameters import Parameters
from tests.regime_cases import DOCS, FAKE_DESIGNS, ROOT, composed, fake_part


@pytest.fixture
def fake_parts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """Let tasks invent their numbers, and note which were run."""
    done: list[tuple[str, int, int]] = []

    def compute(study: regime_environments.Study, task: regime_parts.Task) -> dict:
        done.append((study.name, task.environment, task.seed_number))
        return fake_part(study, task)

    monkeypatch.setattr(regime_parts, "compute_part", compute)
    monkeypatch.setattr(regimes, "compute_part", compute)
    monkeypatch.setattr(regimes, "build_study", composed)
    return done


@pytest.fixture
def no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave page and picture out where only the results matter."""
    monkeypatch.setattr(regimes, "write_report", lambda folder, publish: "")


def _arguments(folder: Path, *more: str) -> list[str]:
    sizes = [
        "--environments",
        "12",
        "--luck",
        "4",
        "--monopoly",
        "6",
        "--single",
        "0",
        "--customers",
        "1000",
        "--workers",
        "1",
    ]
    return [*sizes, "--folder", str(folder), *more]


def test_a_study_writes_tables_report_picture_and_says_who_is_best(
    tmp_path: Path, fake_parts: list, capsys: pytest.CaptureFixture[str]
) -> None:
    assert regimes.main(_arguments(tmp_path / "run", "--publish", str(tmp_path / "docs"))) == 0
    assert "profit-best" in capsys.readouterr().out
    assert len(fake_parts) == 12 + 4 + 6
    for name in ("regimes.md", "regimes_results.csv", "regimes.png", "regimes.svg"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "docs" / name).read_bytes()
    facts = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert facts["done"] == facts["asked"] == {"regimes": 16, "monopoly": 6}
    page = (tmp_path / "run" / "regimes.md").read_text(encoding="utf-8")
    assert between(page, GENERATED) == all_tables(read_results(tmp_path / "run" / "regimes_results.csv"))
    assert not list((tmp_path / "run").rglob("*.tmp"))


def test_nothing_is_run_twice_and_a_larger_study_goes_on_from_a_smaller_one(
    tmp_path: Path, fake_parts: list, no_page: None
) -> None:
    assert regimes.main(_arguments(tmp_path)) == 0
    first = (tmp_path / "results.parquet").read_bytes()
    fake_parts.clear()
    assert regimes.main(_arguments(tmp_path)) == 0
    assert fake_parts == []
    assert (tmp_path / "results.parquet").read_bytes() == first
    assert regimes.main(_arguments(tmp_path, "--environments", "15")) == 0
    assert sorted(fake_parts) == [("regimes", n, 0) for n in (12, 13, 14)]
    fake_parts.clear()
    assert regimes.main(_arguments(tmp_path, "--seeds", "2")) == 0
    assert sorted(fake_parts) == [("regimes", n, 1) for n in range(4, 12)]


def test_a_damaged_part_is_run_again(tmp_path: Path, fake_parts: list, no_page: None) -> None:
    regimes.main(_arguments(tmp_path))
    first = (tmp_path / "results.parquet").read_bytes()
    parts = sorted((tmp_path / "parts" / "regimes").rglob("*.json"))
    parts[3].write_text(parts[3].read_text(encoding="utf-8")[:100], encoding="utf-8")
    fake_parts.clear()
    regimes.main(_arguments(tmp_path))
    assert len(fake_parts) == 1
    assert (tmp_path / "results.parquet").read_bytes() == first


def test_another_size_or_industry_or_code_has_parts_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def address(industry: str = "auto_insurance", size: int = 1000, name: str = REGIMES) -> str:
        study = composed(name, industry, size)
        return regime_parts.plan_tasks(study, [{"market.competition": 0.5}], 1)[0].address

    addresses = [address(), address("telecom"), address(size=1001), address(name=MONOPOLY)]
    monkeypatch.setattr("sim.identity.code_digest", lambda: "other code")
    addresses.append(address())
    assert len(set(addresses)) == 5


def test_a_bad_environment_is_recorded_and_does_not_lose_the_others(
    tmp_path: Path, fake_parts: list, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    healthy = regime_parts.compute_part

    def break_one(study: regime_environments.Study, task: regime_parts.Task) -> dict:
        if task.environment == 7:
            raise RuntimeError("the status quo does not come to rest")
        if task.environment == 8:
            Parameters.model_validate({"market": {"competition": -1.0}})
        return healthy(study, task)

    monkeypatch.setattr(regime_parts, "compute_part", break_one)
    assert regimes.main(_arguments(tmp_path, "--monopoly", "0")) == 1
    assert "1 tasks failed" in capsys.readouterr().err
    failures = pd.read_csv(tmp_path / "failures.csv").set_index("environment")
    assert failures["status"].to_dict() == {7: "failed", 8: "rejected"}
    assert failures.loc[7, "reason"] == "RuntimeError: the status quo does not come to rest"
    assert "market.competition" in failures.loc[8, "reason"]
    assert failures.loc[7, "replay"].endswith("--customers 1000 --replay 7:0")
    page = (tmp_path / "regimes.md").read_text(encoding="utf-8")
    assert "regimes 14 of 16; 1 failed, 1 rejected" in page

    monkeypatch.setattr(regime_parts, "compute_part", healthy)
    assert regimes.main(_arguments(tmp_path, "--monopoly", "0")) == 0
    assert not (tmp_path / "failures.csv").exists()
    assert len(read_results(tmp_path / "regimes_results.csv")) == 16 * len(FAKE_DESIGNS)


def test_a_study_of_failures_only_says_so(
    tmp_path: Path, fake_parts: list, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def break_all(study: regime_environments.Study, task: regime_parts.Task) -> dict:
        raise RuntimeError("broken")

    monkeypatch.setattr(regime_parts, "compute_part", break_all)
    assert regimes.main(_arguments(tmp_path)) == 2
    assert "no environment was finished" in capsys.readouterr().err


def test_an_interrupt_keeps_what_is_done(
    tmp_path: Path, fake_parts: list, no_page: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    healthy = regime_parts.compute_part

    def interrupt(study: regime_environments.Study, task: regime_parts.Task) -> dict:
        if task.environment == 5:
            raise KeyboardInterrupt
        return healthy(study, task)

    monkeypatch.setattr(regime_parts, "compute_part", interrupt)
    assert regimes.main(_arguments(tmp_path)) == 130
    assert "the same command goes on" in capsys.readouterr().err
    n_done = len(fake_parts)
    monkeypatch.setattr(regime_parts, "compute_part", healthy)
    assert regimes.main(_arguments(tmp_path)) == 0
    assert len(fake_parts) == 22
    assert n_done == 4 * 2 + 1


def test_what_was_written_by_hand_survives_a_rewrite(tmp_path: Path, fake_parts: list) -> None:
    docs = tmp_path / "docs"
    regimes.main(_arguments(tmp_path / "run", "--publish", str(docs)))
    page = docs / "regimes.md"
    mark = regime_report.BY_HAND[0]
    page.write_text(page.read_text(encoding="utf-8").replace(mark, f"{mark}\n\nWhy so."), encoding="utf-8")
    fake_parts.clear()
    assert regimes.main(["--folder", str(tmp_path / "run"), "--rewrite", "--publish", str(docs)]) == 0
    assert fake_parts == []
    assert "Why so." in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--environments", "0"], "--environments: 0 is below 1"),
        (["--seeds", "0"], "--seeds"),
        (["--replay", "seventeen"], "not ENVIRONMENT:SEED"),
        (["--industry", "cheese"], "cheese"),
        (["--customers", "10"], "population.n_customers"),
        (["--rewrite"], "no results of a regime study"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert regimes.main([*arguments, "--folder", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_a_mistake(
    tmp_path: Path, fake_parts: list, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert regimes.main(_arguments(tmp_path / "file" / "run")) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_replay_prints_values_and_outcomes(fake_parts: list, capsys: pytest.CaptureFixture[str]) -> None:
    assert regimes.main(["--replay", "3:1", "--customers", "1000"]) == 0
    assert fake_parts == [("regimes", 3, 1)]
    out = capsys.readouterr().out
    assert "market.competition = " in out
    assert EQUAL_WEIGHT in out


# ---- the published page


needs_page = pytest.mark.skipif(
    not (DOCS / "regimes_results.csv").exists(), reason="the regime study is not published yet"
)


@needs_page
def test_the_published_numbers_are_those_of_the_published_table() -> None:
    page = (DOCS / "regimes.md").read_text(encoding="utf-8")
    assert between(page, GENERATED) == all_tables(read_results(DOCS / "regimes_results.csv"))
    for axis in read_axes(FROZEN):
        assert f"`{axis.parameter}`" in page


@needs_page
def test_the_published_table_is_complete() -> None:
    frame = read_results(DOCS / "regimes_results.csv")
    assert len(regime_statistics.wide(frame[frame["study"] == REGIMES], PROFIT)) >= 2000 - 20
    assert set(frame["design"]) == set(FAKE_DESIGNS)


# ---- the model itself


def _command(folder: Path, *arguments: str) -> list[str]:
    sizes = ["--customers", "1000", "--luck", "0", "--monopoly", "0", "--single", "0", "--folder", str(folder)]
    return [sys.executable, "-m", "analysis.regimes", *sizes, *arguments]


@pytest.mark.slow
def test_a_small_study_is_the_same_after_a_kill_and_with_any_number_of_workers(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = ("--environments", "24", "--workers", "2")
    process = subprocess.Popen(
        _command(killed, *arguments), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 240.0
    while len(list(killed.rglob("*.json"))) < 5 and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    n_kept = len(list((killed / "parts").rglob("*.json")))
    assert 5 <= n_kept < 24
    assert not (killed / "manifest.json").exists()
    for folder, workers in ((killed, "2"), (whole, "1")):
        more = ("--environments", "24", "--workers", workers)
        done = subprocess.run(_command(folder, *more), env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    results = [(folder / "regimes_results.csv").read_bytes() for folder in (killed, whole)]
    assert results[0] == results[1]
    frame = read_results(whole / "regimes_results.csv")
    shares = regime_statistics.best_shares(frame, PROFIT)
    assert shares["share"].sum() == pytest.approx(1.0)
    assert shares["n"].tolist() == [24] * 4
    assert len(frame) == 24 * len(FAKE_DESIGNS)


@pytest.mark.slow
def test_in_a_monopoly_designs_keep_the_same_customers_and_accountability_does_not_pay(tmp_path: Path) -> None:
    """Over 40 draws: retention differs by under .2 points, and accountable <= nobody on profit in at least 95 %."""
    request = ["--environments", "1", "--monopoly", "40", "--luck", "0", "--single", "0", "--customers", "1000"]
    assert regimes.main([*request, "--folder", str(tmp_path)]) == 0
    frame = pd.read_parquet(tmp_path / "results.parquet")
    found = regime_statistics.monopoly(frame[frame["study"] == MONOPOLY])
    assert found.n == 40
    assert found.max_retention_difference < 0.002
    assert found.share_not_above[PROFIT] >= 0.95
    assert found.share_not_above["npv"] >= 0.95
