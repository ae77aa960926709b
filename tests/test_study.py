"""Studies: what is kept, resumed, extended and shared, with invented runs; the command and its mistakes."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import sim
from analysis.study import store as store_module
from analysis.study.__main__ import main
from analysis.study.command import options, parse_command
from analysis.study.engines.local import LocalEngine
from analysis.study.points import Basis, changed_groups
from analysis.study.store import MEASURED, StudyStore
from analysis.study.table import best_shares, read_study
from analysis.study.work import tasks_of
from sim.errors import ResultError
from sim.identity import content_hash
from sim.outcomes import OUTCOMES
from tests.conftest import Ending
from tests.fakes import FakeReplicate, fake_replicate
from tests.study_jobs import die_always, die_once

SMALL = ("study=two_factors", "time.horizon_years=1", "time.burn_in_years=1", "engine.workers=1")
COMPETITION = "market.competition"
HANDOFF = "organisation.coordination.handoff_failure"
compose_once = lru_cache(sim.compose)
"""Parameters are frozen, and composing them is most of what a study of invented runs does."""


@pytest.fixture
def study(
    workplace: Path,
    quiet_logging: None,
    fake_model: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Ending]:
    """Return a function that runs one command line in this process, in an empty folder."""
    monkeypatch.setattr(sim, "compose", compose_once, raising=False)

    def run(*arguments: str) -> Ending:
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return Ending(code, captured.out, captured.err, sorted(str(path) for path in Path().rglob("*")))

    return run


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, fake_model: None) -> list[tuple[str, int]]:
    """Note the scenario and the seed of every run."""
    done: list[tuple[str, int]] = []

    def run(parameters: sim.Parameters, replicate: int) -> object:
        done.append((parameters.scenario.name, parameters.run.seed))
        return fake_replicate(parameters, replicate)

    monkeypatch.setattr("sim.simulation.run_one", run)
    return done


def failing_replicate(parameters: sim.Parameters, replicate: int) -> FakeReplicate:
    """Fail where many can leave and somebody has the decision rights."""
    if parameters.market.competition > 1.0 and parameters.governance.decision_rights == 0.7:
        raise ArithmeticError("no customers left")
    return fake_replicate(parameters, replicate)


def addresses(folder: Path) -> list[str]:
    """Return the addresses in all parts below a folder."""
    parts = folder.rglob("*.parquet")
    return [a for part in parts for a in pq.read_table(part, columns=["address"]).column("address").to_pylist()]


# Points and addresses


def test_an_address_is_the_content_hash_of_the_parameters_that_run() -> None:
    parameters = {name: sim.compose(f"scenario={name}") for name in ("no_cxo", "accountable_cxo")}
    values = {
        COMPETITION: 0.4, "organisation.departments.*.rel_capacity": 1.1, "population.network.mean_degree": 6,
        "governance.decision_rights": 0.5, "market.rival.behaviour": "fixed",
    }  # fmt: skip
    for varied in (values, {COMPETITION: 0.4}, {}):
        basis = Basis.of(parameters, common_luck=False)
        *_, last = basis.addressed([varied] * 3, 2, list(parameters))
        assert len(last.runs) == 4
        for run in last.runs:
            one = basis.parameters_of(run.scenario, varied)
            seeded = one.run.model_copy(update={"seed": basis.seed_of(2, run.seed), "n_workers": 7})
            assert run.address == content_hash(one.model_copy(update={"run": seeded}))
            assert one.scenario.name == run.scenario


def test_scenarios_of_a_point_meet_the_same_seed_and_points_different_ones() -> None:
    parameters = {"no_cxo": sim.compose()}
    own, common = (Basis.of(parameters, common_luck=common) for common in (False, True))
    assert own.seed_of(3, 1) != own.seed_of(2, 1) != own.seed_of(2, 0)
    assert common.seed_of(3, 1) == common.seed_of(2, 1) != common.seed_of(2, 0)


def test_changing_values_leaves_the_basis_alone() -> None:
    content = sim.compose().model_dump(mode="json")
    before = json.dumps(content)
    changed = changed_groups(content, {"organisation.departments.*.rel_capacity": 2.0})
    assert {one["rel_capacity"] for one in changed["organisation"]["departments"].values()} == {2.0}
    assert json.dumps(content) == before


def test_a_task_holds_whole_points() -> None:
    basis = Basis.of({"no_cxo": sim.compose()}, common_luck=False)
    points = list(basis.addressed([{COMPETITION: 0.1 * k} for k in range(1, 8)], 3, ["no_cxo"]))
    tasks = tasks_of(points, 7)
    assert [len(task.points) for task in tasks] == [2, 2, 2, 1]
    assert [one for task in tasks for one in task.points] == points
    assert [len(task.points) for task in tasks_of(points, 1)] == [1] * 7


# The command


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
        assert "6 runs failed, the first: ArithmeticError: no customers left" in ended.out
        failed = pd.read_csv("a/failures.csv")
        assert set(failed["scenario"]) == {"accountable_cxo", "ceo_as_cxm"}
        words = failed["replay"].iloc[0].split()
        assert words[:3] == ["python", "-m", "analysis.study"]
        with pytest.raises(ArithmeticError, match="no customers left"):
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
    assert ended.err == "error: outputs/.studies: cannot be written: No space left on device\n"
    assert not list(Path("outputs").rglob("*.tmp"))
    assert len(addresses(Path("outputs"))) == 12
    assert study(*SMALL, "folder=a").code == 0
    assert len(read_study("a")) == 36


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["study=regime"], "study: no option 'regime'; choose from "),
        (["engine=cloud"], "engine: no option 'cloud'; choose from local, ray, slurm"),
        (["engine.worker=2"], "engine.worker: no such key; did you mean engine.workers?"),
        (["engine.workers=-1"], "engine.workers: -1 cannot be used; accepted: 0 to 4096 (processes)"),
        (["engine=ray", "engine.address=head"], "engine.address: 'head' is neither auto nor host:port"),
        (["seeds=0"], "seeds: 0 cannot be used; accepted: 1 to 1000 (seeds)"),
        (["points=0"], "points: 0 is below 1"),
        (["pionts=7"], "pionts: no such key; did you mean points?"),
        (["design=spiral"], "design: 'spiral' cannot be used; accepted: one of grid, "),
        (["design=csv"], "file: missing; design=csv takes its points from file=PATH"),
        (["design=csv", "file=absent.csv"], "file: absent.csv cannot be read (FileNotFoundError)"),
        (["scenario=no_cxo"], "scenario: give the designs as scenarios=[a,b]"),
        (["scenarios=[no_cxo,no_cxo]"], "scenarios: no_cxo is given twice"),
        (["scenarios=[nobody]"], "scenario: no option 'nobody'; choose from "),
        (["run.n_replicates=3"], "run.n_replicates: give seeds=N"),
        (["market.competition=0.1,0.2"], "make it a factor: factors=[market.competition]"),
        (["market.competition=9"], "market.competition: 9 is outside 0 to 3 (ratio)"),
        (["factors=[market.compettion]"], "did you mean market.competition?"),
        (["factors.market.competition=[0,1]"], "factors.market.competition: this study varies ranges"),
        (["factors={population.segments.pirates.share: [0.1, 0.2]}"], "not set in this industry"),
        (["-m"], "--multirun: not an option of a study"),
        (["--cfg", "hydra"], "--cfg hydra: not used by a study"),
        (["--replay", "absent.json"], "--replay: absent.json cannot be read (FileNotFoundError)"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(study: Callable[..., Ending], words: list[str], message: str) -> None:
    ended = study(*words)
    assert ended.code == 2
    assert message in ended.err
    assert ended.err.count("\n") == 1
    assert ended.files == []


@pytest.mark.parametrize("name", sorted(options("study", None)))
def test_every_ready_study_can_be_asked_for_and_opens_with_its_command(name: str) -> None:
    path = options("study", None)[name]
    opening = path.read_text(encoding="utf-8").splitlines()[0]
    words = opening.removeprefix("# python -m analysis.study ").split()
    command = parse_command(words)
    assert command.name == name
    assert command.request.title
    assert next(iter(command.parameters.values())).population.n_customers == 2_000


def test_help_names_studies_engines_and_keys(study: Callable[..., Ending]) -> None:
    ended = study("--help")
    assert ended.code == 0
    for word in ("regimes", "two_factors", "local", "engine.workers", "seeds = 1", "--replay"):
        assert word in ended.out


def test_the_configuration_can_be_shown(study: Callable[..., Ending]) -> None:
    shown = study(*SMALL, "--cfg", "job").out
    assert "design: grid" in shown
    assert "n_customers: 2000" in shown


def test_a_study_of_ones_own(study: Callable[..., Ending], tmp_path: Path) -> None:
    (tmp_path / "mine" / "study").mkdir(parents=True)
    text = "title: Mine\ndesign: latin_hypercube\npoints: 4\nfactors:\n  market.competition: [0.2, 0.8]\n"
    (tmp_path / "mine" / "study" / "own.yaml").write_text(text, encoding="utf-8")
    ended = study("study=own", *SMALL[1:], "--config-dir", str(tmp_path / "mine"), "folder=a", "scenarios=[no_cxo]")
    assert ended.code == 0, ended.err
    assert read_study("a")[COMPETITION].between(0.2, 0.8).all()


# Store and engine


def rows(n: int, first: int = 0) -> list[dict]:
    """Invent rows of a part."""
    return [
        {"address": f"{first + k:064d}", "scenario": "no_cxo", "seed": k, **dict.fromkeys(MEASURED, 1.5)}
        for k in range(n)
    ]


def test_a_damaged_part_counts_as_missing(tmp_path: Path) -> None:
    store = StudyStore(tmp_path)
    store.prepare({"study": "mine"})
    store.keep("whole", rows(3))
    store.keep("cut", rows(2, 3))
    path = store.part_path("cut")
    path.write_bytes(path.read_bytes()[:-9])
    assert store.known() == {row["address"] for row in rows(3)}
    assert not store.holds("cut")
    assert list(store.read({rows(1)[0]["address"], rows(1, 3)[0]["address"]}).index) == [rows(1)[0]["address"]]


def test_a_part_is_claimed_by_one_process_at_a_time(tmp_path: Path) -> None:
    store = StudyStore(tmp_path)
    store.prepare({})
    with store.claim("part", patient=False) as ours:
        assert ours
        with StudyStore(tmp_path).claim("part", patient=False) as theirs:
            assert not theirs
    with store.claim("part", patient=True) as ours:
        assert ours


def test_a_store_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ResultError, match="cannot be written: Not a directory"):
        StudyStore(tmp_path / "file").prepare({})


def test_a_hundred_thousand_runs_are_read_in_seconds(tmp_path: Path) -> None:
    store = StudyStore(tmp_path)
    store.prepare({})
    for part in range(20):
        store.keep(str(part), rows(100, 100 * part))
    begun = time.process_time()
    assert len(store.read({row["address"] for row in rows(2_000)})) == 2_000
    assert 50 * (time.process_time() - begun) < 60.0  # a fiftieth of the parts; an idle machine takes a tenth


def test_the_share_of_points_counts_whole_points_only() -> None:
    table = pd.DataFrame(
        {
            "point": [0, 0, 1, 1, 2, 2, 3],
            "scenario": ["a", "b"] * 3 + ["a"],
            "npv_with_equity": [1.0, 2.0, 3.0, 1.0, 0.0, 4.0, 9.0],
        }
    )
    assert best_shares(table).to_dict() == pytest.approx({"a": 1 / 3, "b": 2 / 3})


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    answers = dict(LocalEngine(2).run(partial(die_once, str(tmp_path)), range(8)))
    assert answers == {number: number * number for number in range(8)}


def test_a_job_that_kills_its_process_each_time_takes_no_other_along() -> None:
    answers = dict(LocalEngine(2).run(die_always, range(8)))
    assert answers == {number: None if number == 3 else number * number for number in range(8)}


@pytest.mark.parametrize(("engine", "library"), [("slurm", "submitit"), ("ray", "ray")])
def test_an_engine_without_its_library_says_what_to_install(
    study: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch, engine: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    ended = study(*SMALL, f"engine={engine}")
    assert ended.code == 2
    assert f"install it with: python -m pip install -e '.[{engine}]'" in ended.err
    assert ended.err.count("\n") == 1
    assert ended.files == []


@pytest.mark.slow
def test_job_arrays_give_what_processes_give(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    from analysis.study.engines.slurm import SlurmEngine

    engine = SlurmEngine(2, 5, "", "local", tmp_path / "jobs")
    answers = dict(engine.run(partial(die_once, str(tmp_path)), range(4)))
    assert answers == {number: number * number for number in range(4)}


@pytest.mark.slow
def test_a_study_whose_driver_is_killed_goes_on_with_the_same_table(
    workplace: Path, quiet_logging: None, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ("study=two_factors", "scenarios=[no_cxo,accountable_cxo]", "population.n_customers=500")
    words = (*sizes, "time.horizon_years=1", "time.burn_in_years=1", "seeds=2", "engine.runs_per_task=4")
    python = [sys.executable, "-m", "analysis.study", *words]
    places = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    driver = subprocess.Popen(
        [*python, "engine.workers=2", "store=cut"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=places
    )
    waited = time.monotonic()
    while len(list(Path("cut").rglob("*.parquet"))) < 4 and driver.poll() is None and time.monotonic() - waited < 120:
        time.sleep(0.05)
    driver.kill()
    driver.wait()
    kept = len(addresses(Path("cut")))
    assert 0 < kept < 36
    for store in ("cut", "whole"):
        assert main([*words, "engine.workers=1", f"store={store}", f"folder={store}_out"]) == 0
        there = int(capsys.readouterr().out.split(" there already")[0].split()[-1])
        assert kept <= there < 36 if store == "cut" else there == 0  # a worker may end the task it was at
    pd.testing.assert_frame_equal(read_study("cut_out"), read_study("whole_out"))
    assert len(addresses(Path("cut"))) == len(set(addresses(Path("cut")))) == 36
