"""Feasible sets as data, and the command that tunes: what it leaves, resuming, mistakes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import sim
from analysis.compare.levers import NEEDS_A_HOLDER
from analysis.mandate.__main__ import main
from analysis.mandate.feasible import FeasibleSet, feasible_set
from analysis.mandate.judging import pairs
from analysis.mandate.result import read_tuned
from analysis.show.mandate.text import sentences
from sim.config.catalogue import list_scenarios
from sim.errors import ConfigError, ResultError
from sim.installation import install_command
from sim.parameters import Governance, Parameters
from sim.parameters.reference import SCENARIOS, read_commented
from tests.conftest import Ending
from tests.fakes import FakeReplicate, fake_replicate
from tests.tuned_cases import compose_once

pytest.importorskip("optuna", reason="tuning needs the extra [study]")

NAMES = ("no_cxo", "responsible_cxo", "accountable_cxo", "ceo_as_cxm")
SMALL = ("time.horizon_years=1", "time.burn_in_years=1", "run.n_workers=1", "training_seeds=3", "held_out_seeds=4")


# Feasible sets


@pytest.mark.parametrize("name", NAMES)
def test_every_lever_of_a_design_is_free_or_fixed_with_a_reason(name: str) -> None:
    one = feasible_set(name, compose_once(f"scenario={name}").governance)
    free = {lever.name: lever.reason for lever in one.free}
    assert {*free, *(one.fixed or {})} == set(Governance.model_fields)
    assert all(len(reason) > 10 for reason in [*free.values(), *(one.fixed or {}).values()])
    assert free


@pytest.mark.parametrize("name", NAMES)
def test_ranges_are_those_behind_the_values_of_the_scenario(name: str) -> None:
    plausible = {item.key.partition(".")[2]: item.plausible for item in read_commented(SCENARIOS / f"{name}.yaml")}
    for lever in feasible_set(name, compose_once(f"scenario={name}").governance).free:
        if lever.name in plausible:
            assert [lever.low, lever.high] == [float(end) for end in plausible[lever.name].split(" to ")], lever.name
        else:
            assert lever.preset == getattr(Governance(), lever.name)


def test_what_makes_a_design_is_never_free() -> None:
    for option in list_scenarios():
        free = {
            lever.name for lever in feasible_set(option.name, compose_once(f"scenario={option.name}").governance).free
        }
        assert not free & {"role_held", "ceo_involvement", "turnover_per_year"}
        # What the model charges nothing for, or only charges for, has no best value.
        assert not free & {
            "listening",
            "base_talk",
            "talk_gain",
            "rel_office",
            "rel_distraction",
            "decision_lag_months",
        }


def test_a_design_without_a_file_has_nothing_free() -> None:
    one = feasible_set("of_my_own", Governance(role_held=1.0))
    assert one == FeasibleSet("of_my_own", Governance(role_held=1.0))
    assert one.vector({}) == one.levers
    with pytest.raises(ValueError, match="not in the feasible set"):
        one.vector({"rel_budget": 1.0})


BROKEN = [
    ("free: [a]", "free: ['a'] is no list"),
    ("fre: {}", "takes the parts free and fixed only"),
    ("free: {rel_budgt: {range: [0, 1], reason: x}}", "free.rel_budgt: no lever of an org design; did you mean"),
    ("free: {rel_budget: [0, 1]}", "free.rel_budget: takes range: [low, high] and reason"),
    ("free: {rel_budget: {range: [0], reason: x}}", "free.rel_budget.range: [0] is not [low, high]"),
    ("free: {rel_budget: {range: [1, 0], reason: x}}", "low 1 is not below high 0"),
    ("free: {rel_budget: {range: [0, 9], reason: x}}", "0 to 9 goes beyond what is accepted, 0 to 5 (ratio)"),
    ("free: {rel_budget: {range: [0.5, 1], reason: x}}", "0.5 to 1 leaves out the preset, 0.3"),
    ("free: {rel_budget: {range: [0, 1], reason: x}}\nfixed: {rel_budget: x}", "rel_budget: is both free and fixed"),
    ("free: {", "not valid YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_a_broken_feasible_set_is_refused_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "feasible").mkdir()
    (tmp_path / "feasible" / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        feasible_set("mine", Governance(role_held=1.0, rel_budget=0.3), tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", NEEDS_A_HOLDER)
def test_a_lever_that_nobody_can_pull_is_not_free(name: str, tmp_path: Path) -> None:
    (tmp_path / "feasible").mkdir()
    (tmp_path / "feasible" / "no_cxo.yaml").write_text(f"free: {{{name}: {{range: [0, 1], reason: x}}}}")
    with pytest.raises(ConfigError, match="changes nothing where nobody holds the role"):
        feasible_set("no_cxo", Governance(), tmp_path)


# The command


@pytest.fixture
def tuned(
    workplace: Path, quiet_logging: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ending]:
    """Return a function that runs one command line of invented runs in this process, in an empty folder."""
    monkeypatch.setattr(sim, "compose", compose_once, raising=False)
    monkeypatch.setattr("sim.simulation.run_one", parabolic_replicate)
    monkeypatch.setattr("analysis.show.mandate.picture.draw", leave_an_empty_picture)

    def run(*arguments: str) -> Ending:
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return Ending(code, captured.out, captured.err, sorted(str(path) for path in Path().rglob("*")))

    return run


def leave_an_empty_picture(_: object, folder: Path) -> None:
    """Stand in for the picture, which takes longer than all else of a tuning of invented runs."""
    (folder / "tuned.png").touch()


def parabolic_replicate(parameters: Parameters, replicate: int) -> FakeReplicate:
    """Invent a replicate whose profit is best at a weight of 0.3 and falls with its square."""
    fake = fake_replicate(parameters, replicate)
    fake.summary["npv_with_equity"] += 1e6 * (1.0 - (parameters.governance.added_cx_weight - 0.3) ** 2)
    return fake


def tables_of(folder: str) -> dict[str, str]:
    names = ("trials", "levers", "runs", "gains", "pairs")
    return {name: (Path(folder) / f"{name}.csv").read_text(encoding="utf-8") for name in names}


def test_the_command_tunes_judges_and_leaves_what_can_be_read_back(tuned: Callable[..., Ending]) -> None:
    pair = "scenarios=[no_cxo,accountable_cxo]"
    ended = tuned(pair, "trials=24", *SMALL, "folder=out")
    assert ended.code == 0, ended.err
    assert "24 trials on 3 seeds, judged on 4 others: 160 runs at most" in ended.out
    assert "Accountable CXO" in ended.out or "An accountable CXO" in ended.out
    found = read_tuned("out")
    assert found.designs == ("no_cxo", "accountable_cxo")
    weight = found.levers[found.levers["lever"] == "added_cx_weight"].set_index("design")
    assert weight.loc["no_cxo", "tuned"] == pytest.approx(0.2, abs=0.02)  # the bound
    assert weight.loc["accountable_cxo", "tuned"] == pytest.approx(0.3, abs=0.05)
    assert (pd.read_csv("out/gains.csv")["held_out"] > 0.0).all()
    written = sentences(found)
    assert all(f"* {sentence}" in ended.out for sentence in written)
    pd.testing.assert_frame_equal(pairs(found), pd.read_csv("out/pairs.csv"))
    page = Path("out/summary.md").read_text(encoding="utf-8")
    assert "![Tuned against tuned](tuned.png)" in page
    assert "nan" not in page.lower()
    assert Path("out/tuned.png").exists()
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    assert manifest["request"]["trials"] == 24
    assert manifest["environment"]["optuna"]


def test_a_tuning_that_is_stopped_goes_on_with_the_same_tables(
    tuned: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("scenarios=[no_cxo,accountable_cxo]", "trials=10", "batch=4", *SMALL)
    assert tuned(*words, "store=whole", "folder=a").code == 0
    done = []

    def stop(parameters: Parameters, replicate: int) -> FakeReplicate:
        done.append(1)
        if len(done) == 40:
            raise KeyboardInterrupt
        return parabolic_replicate(parameters, replicate)

    monkeypatch.setattr("sim.simulation.run_one", stop)
    ended = tuned(*words, "store=cut", "folder=b")
    assert ended.code == 130
    assert "the same command goes on" in ended.err
    assert not Path("b").exists()
    ended = tuned(*words, "store=cut", "folder=b")
    assert ended.code == 0
    assert len(done) == len(list(Path("whole").rglob("*.npz"))) + 1  # nothing but the run in flight was done twice
    assert tables_of("a") == tables_of("b")
    assert "0 runs were new" in tuned(*words, "store=cut", "folder=c").out


def test_a_setting_that_breaks_the_model_is_counted_and_not_chosen(
    tuned: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_above(parameters: Parameters, replicate: int) -> FakeReplicate:
        if parameters.governance.added_cx_weight > 0.55:
            raise ArithmeticError("no customers left")
        return parabolic_replicate(parameters, replicate)

    monkeypatch.setattr("sim.simulation.run_one", break_above)
    ended = tuned("scenarios=[no_cxo,accountable_cxo]", "trials=16", *SMALL, "folder=a")
    assert ended.code == 1
    assert "trials failed and count as no setting" in ended.out
    assert "ArithmeticError: no customers left" in ended.out
    trials = read_tuned("a").trials
    assert trials.loc[trials["failure"] != "", "mean"].isna().all()
    assert not (trials["chosen"] & (trials["failure"] != "")).any()
    monkeypatch.setattr("sim.simulation.run_one", lambda *_: 1 / 0)
    ended = tuned("scenarios=[no_cxo,accountable_cxo]", "store=new", *SMALL)
    assert (ended.code, ended.err) == (2, "error: no_cxo: cannot be run: ZeroDivisionError: division by zero\n")


def test_a_scenario_of_ones_own_brings_its_own_feasible_set(tuned: Callable[..., Ending]) -> None:
    for place, text in (
        ("mine/scenarios/committee.yaml", "scenario: {title: A committee}\ngovernance: {attribution: 0.4}\n"),
        ("mine/feasible/committee.yaml", "free: {attribution: {range: [0.1, 0.6], reason: they trace scores}}\n"),
        ("mine/scenarios/board.yaml", "scenario: {title: The board}\ngovernance: {attribution: 0.2}\n"),
    ):
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        Path(place).write_text(text, encoding="utf-8")
    ended = tuned("--config-dir", "mine", "scenarios=[committee,board]", "trials=4", *SMALL, "folder=out")
    assert ended.code == 0, ended.err
    assert "committee        free: attribution 0.1 to 0.6" in ended.out
    assert "board            free: nothing, for there is no feasible/board.yaml" in ended.out
    assert "Board has no free lever." in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["trails=3"], "trails: no such key; did you mean trials?"),
        (["trials=0"], "trials: 0 cannot be used; accepted: 1 to 100000 (trials)"),
        (["outcome=npw"], "outcome: no outcome npw; did you mean npv?"),
        (["outcome=cost_to_serve"], "outcome: more of cost_to_serve is not better"),
        (["scenarios=[no_cxo]"], "scenarios: "),
        (["scenarios=[no_cxo,no_cxo]"], "scenarios: no_cxo is given twice"),
        (["scenario=no_cxo"], "scenario: give the designs as scenarios=[a,b]"),
        (["governance.attribution=0.3"], "governance.attribution: a lever of the designs"),
        (["trials=1,2"], "trials: 1,2 is several values"),
        (["run.n_replicates=3"], "run.n_replicates: give training_seeds=N"),
        (["--multirun"], "--multirun: not an option of a tuning"),
        (["folder=full"], "folder: full holds something already"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(words: list[str], said: str, tuned: Callable[..., Ending]) -> None:
    Path("full").mkdir()
    Path("full/file").touch()
    ended = tuned(*words)
    assert ended.code == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1


def test_help_names_every_key_and_cfg_shows_what_is_free(tuned: Callable[..., Ending]) -> None:
    shown = tuned("--help").out
    for key in ("trials", "training_seeds", "held_out_seeds", "search_seed", "feasible/NAME.yaml"):
        assert key in shown
    shown = tuned("--cfg", "job", *SMALL).out
    assert "added_cx_weight" in shown
    assert "training_seeds: 3" in shown


def test_without_the_library_one_line_says_what_to_install(
    tuned: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    ended = tuned("scenarios=[no_cxo,accountable_cxo]", *SMALL)
    assert ended.code == 2
    assert ended.err == f"error: optuna is missing; {install_command('study')} installs it\n"


def test_a_folder_that_is_no_tuning_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="there is no such folder"):
        read_tuned(tmp_path / "none")


@pytest.mark.slow
def test_real_runs_give_the_same_tables_on_two_processes(
    workplace: Path, quiet_logging: None, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (
        "scenarios=[no_cxo,accountable_cxo]", "population.n_customers=300", "time.horizon_years=1",
        "time.burn_in_years=1", "trials=4", "batch=4", "training_seeds=2", "held_out_seeds=2",
    )  # fmt: skip
    for n_workers in (1, 2):
        assert main([*words, f"run.n_workers={n_workers}", f"store=s{n_workers}", f"folder=f{n_workers}"]) == 0
    assert tables_of("f1") == tables_of("f2")
    assert (read_tuned("f1").trials["failure"] == "").all()
