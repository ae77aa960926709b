"""Studies of invented runs: what runs, what is kept, resumed and extended, and what fails."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import sim
from analysis.store import parts as store_module
from analysis.study.__main__ import main
from analysis.study.table import best_shares, read_study
from sim.outcomes import OUTCOMES
from tests.conftest import Ending
from tests.fakes import FakeReplicate, fake_replicate
from tests.study_cases import COMPETITION, HANDOFF, SMALL, addresses
from tests.waiting import running, wait_until


def failing_replicate(parameters: sim.Parameters, replicate: int) -> FakeReplicate:
    """Fail where many can leave and somebody has the decision rights."""
    if parameters.market.competition > 1.0 and parameters.governance.decision_rights == 0.7:
        raise ArithmeticError("no customers\n\x1b[31mleft")
    return fake_replicate(parameters, replicate)


def test_a_study_runs_all_designs_on_the_same_seeds_and_leaves_its_table(study: Callable[..., Ending]) -> None:
    ended = study(*SMALL, "seeds=2", "folder=out")
    assert ended.code == 0, ended.err
    assert "9 points on a grid x 4 designs x 2 seeds = 72 runs" in ended.out
    assert "Estimate: " in ended.out
    table = read_study("out")
    keys = ["study", "point", "seed", "scenario", "address"]
    assert list(table.columns) == [*keys, COMPETITION, HANDOFF, "initial_revenue", *OUTCOMES]
    assert len(table) == 72
    assert (table.groupby(["point", "seed"])["scenario"].nunique() == 4).all()
    assert (table.dtypes[list(OUTCOMES)] == np.float32).all()
    points = pd.read_csv(Path("out") / "points.csv", index_col="point")
    np.testing.assert_allclose(points.loc[table["point"], COMPETITION], table[COMPETITION])
    row = table.iloc[17]
    asked = sim.compose(
        f"scenario={row['scenario']}", "population=small", "time.horizon_years=1", "time.burn_in_years=1",
        f"{COMPETITION}={row[COMPETITION]}", f"{HANDOFF}={row[HANDOFF]}", "run.n_replicates=1",
        f"run.seed={20_261_122 + 1_000 * row['point'] + row['seed']}",
    )  # fmt: skip
    assert row["npv"] == np.float32(fake_replicate(asked, 0).summary["npv"])
    assert json.loads(Path("out/manifest.json").read_text())["n_done"] == 72


def test_the_same_command_runs_nothing_again_and_a_larger_one_what_is_new(
    study: Callable[..., Ending], counted: list
) -> None:
    study(*SMALL, "scenarios=[no_cxo,accountable_cxo]", "folder=a")
    assert len(counted) == 18
    study(*SMALL, "scenarios=[no_cxo,accountable_cxo]", "folder=b")
    assert len(counted) == 18
    pd.testing.assert_frame_equal(read_study("a"), read_study("b"))
    study(*SMALL, "scenarios=[no_cxo,accountable_cxo]", "seeds=2", "folder=c")
    assert len(counted) == 36
    study(*SMALL, "seeds=2", "folder=d")
    assert len(counted) == 72 == len(set(counted))
    assert len(addresses(Path("outputs"))) == 72
    study("study=regimes", "points=3", *SMALL[1:], "folder=e")
    study("study=regimes", "points=5", *SMALL[1:], "folder=f")
    assert len(counted) == 72 + 20
    small, large = read_study("e"), read_study("f")
    pd.testing.assert_frame_equal(small, large[large["point"] < 3])


def test_a_study_that_is_stopped_goes_on_with_the_same_table(
    study: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert study(*SMALL, "store=whole", "folder=a").code == 0
    done = []

    def stop(parameters: sim.Parameters, replicate: int) -> object:
        done.append(1)
        if len(done) > 21:
            raise KeyboardInterrupt
        return fake_replicate(parameters, replicate)

    with monkeypatch.context() as patch:
        patch.setattr("sim.simulation.run_one", stop)
        ended = study(*SMALL, "store=cut", "folder=b", "engine.runs_per_task=8")
    assert ended.code == 130
    assert "the same command goes on" in ended.err
    kept = len(addresses(Path("cut")))
    assert 0 < kept <= 21
    gathered = study(*SMALL, "store=cut", "folder=part", "action=gather")
    assert gathered.code == 0
    assert len(read_study("part")) == kept
    assert study(*SMALL, "store=cut", "folder=b").code == 0
    pd.testing.assert_frame_equal(read_study("a"), read_study("b"))


def test_runs_that_fail_are_noted_with_a_command_that_runs_them_again(
    study: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sim.simulation.run_one", failing_replicate)
        ended = study(*SMALL, "folder=a")
        assert ended.code == 1
        assert "6 runs failed, the first: ArithmeticError: no customers [31mleft" in ended.out
        failed = pd.read_csv("a/failures.csv")
        assert set(failed["scenario"]) == {"accountable_cxo", "ceo_as_cxm"}
        words = failed["replay"].iloc[0].split()
        assert words[:3] == ["python", "-m", "analysis.study"]
        with pytest.raises(ArithmeticError, match="no customers"):
            main(words[3:])
        note = json.loads(Path(words[-1]).read_text())
        assert "failing_replicate" in note["traceback"]
    assert main(words[3:]) == 0  # the cause is mended
    assert "npv_with_equity" in capsys.readouterr().out
    ended = study(*SMALL, "folder=b")
    assert ended.code == 0
    assert "30 there already, 6 to do" in ended.out
    assert len(read_study("b")) == 36
    assert not list(Path("outputs").rglob("failures/*.json"))


def test_points_that_contradict_themselves_are_rejected_and_not_tried_again(
    study: Callable[..., Ending], counted: list
) -> None:
    factors = "factors={experience.memory.peak_weight: [0.1, 0.5], journeys.crash.rate_per_year: {values: [0.1, 200]}}"
    words = ("study=two_factors", *SMALL[1:], "industry=auto_insurance", factors, "levels=2")
    ended = study(*words, "folder=a")
    assert ended.code == 0, ended.err
    assert "8 runs rejected" in ended.out
    assert len(counted) == 8
    again = study(*words, "folder=b")
    assert "16 runs; 16 there already, 0 to do" in again.out
    note = next(Path("outputs").rglob("failures/*.json"))
    assert main(["--replay", str(note)]) == 2


def test_a_full_disk_ends_the_study_in_one_line_and_the_rest_is_kept(
    study: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    write = pq.write_table

    def fill(*arguments: object, **options: object) -> None:
        written.append(1)
        if len(written) > 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(store_module.pq, "write_table", fill)
        ended = study(*SMALL, "folder=a", "engine.runs_per_task=4")
    assert ended.code == 2
    assert ended.err == "error: store: outputs/.studies: cannot be written: No space left on device\n"
    assert not list(Path("outputs").rglob("*.tmp"))
    assert len(addresses(Path("outputs"))) == 12
    assert study(*SMALL, "folder=a").code == 0
    assert len(read_study("a")) == 36


def test_the_share_of_points_counts_whole_points_only() -> None:
    table = pd.DataFrame(
        {
            "point": [0, 0, 1, 1, 2, 2, 3],
            "scenario": ["a", "b"] * 3 + ["a"],
            "npv_with_equity": [1.0, 2.0, 3.0, 1.0, 0.0, 4.0, 9.0],
        }
    )
    assert best_shares(table).to_dict() == pytest.approx({"a": 1 / 3, "b": 2 / 3})


@pytest.mark.slow
def test_a_study_whose_driver_is_killed_goes_on_with_the_same_table(
    workplace: Path, quiet_logging: None, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ("study=two_factors", "scenarios=[no_cxo,accountable_cxo]", "population.n_customers=500")
    words = (*sizes, "time.horizon_years=1", "time.burn_in_years=1", "seeds=2", "engine.runs_per_task=4")
    python = [sys.executable, "-m", "analysis.study", *words]
    places = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    cut, silent = [*python, "engine.workers=2", "store=cut"], subprocess.DEVNULL
    with running(cut, stdout=silent, stderr=silent, env=places) as driver:
        wait_until(lambda: len(list(Path("cut").rglob("*.parquet"))) >= 4 or driver.poll() is not None, "four parts")
    kept = len(addresses(Path("cut")))
    assert 0 < kept < 36
    for store in ("cut", "whole"):
        assert main([*words, "engine.workers=1", f"store={store}", f"folder={store}_out"]) == 0
        there = int(capsys.readouterr().out.split(" there already")[0].split()[-1])
        assert kept <= there < 36 if store == "cut" else there == 0  # a worker may end the task it was at
    pd.testing.assert_frame_equal(read_study("cut_out"), read_study("whole_out"))
    assert len(addresses(Path("cut"))) == len(set(addresses(Path("cut")))) == 36
