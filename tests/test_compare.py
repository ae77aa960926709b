"""Comparisons from outside: stopping, the store, the table from its own files, and the command line."""

from __future__ import annotations

import json
import math
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import sim
from analysis.answer import next_command
from analysis.command import parse_command
from analysis.comparison import Comparison, Stopped, make_comparison, make_table
from analysis.replication import Look, interleave, level_at, look_at, reason_to_stop, replicate_until_known, stage_for
from analysis.request import Request, make_request
from analysis.store import Store, address_of
from sim.errors import ConfigError, ResultError
from sim.outcomes import OUTCOMES
from sim.parameters import Parameters
from tests.conftest import Ending
from tests.fakes import FakeReplicate, fake_replicate

pytestmark = pytest.mark.usefixtures("noisy_model")

REQUEST = Request(scenarios=("no_cxo", "accountable_cxo"), baseline="no_cxo", min_replicates=4, max_replicates=16)


def noisy_replicate(parameters: Parameters, replicate: int) -> FakeReplicate:
    """Invent a replicate whose luck meets the designs differently, so that their differences vary."""
    fake = fake_replicate(parameters, replicate)
    rng = np.random.default_rng([replicate, int(100 * parameters.governance.decision_rights)])
    fake.summary.update({name: value + rng.normal(0.0, 0.5) for name, value in fake.summary.items()})
    return fake


@pytest.fixture
def noisy_model(fake_model: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.simulation.run_one", noisy_replicate)


@pytest.fixture(scope="module")
def designs() -> dict[str, Parameters]:
    small = ("time.horizon_years=1", "time.burn_in_years=1", "run.n_workers=1")
    return {name: sim.compose(f"scenario={name}", *small) for name in REQUEST.scenarios}


@pytest.fixture
def compare(workplace: Path, quiet_logging: None, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ending]:
    """Return a function that runs one command line in this process, in an empty folder."""
    from analysis.compare import main

    def run(*arguments: str) -> Ending:
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return Ending(code, captured.out, captured.err, sorted(str(p) for p in workplace.rglob("*")))

    return run


SMALL = ("time.horizon_years=1", "time.burn_in_years=1", "run.n_workers=1", "min_replicates=4", "max_replicates=8")


# The store


def test_what_was_run_is_not_run_again(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    one = replicate_until_known(REQUEST, designs, first)
    two = replicate_until_known(REQUEST, designs, second)
    assert first.n_run == 2 * one.n_replicates
    assert second.n_run == 0
    pd.testing.assert_frame_equal(one.table, two.table)


def test_a_larger_comparison_runs_only_what_is_missing(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    small = REQUEST.model_copy(update={"max_replicates": 4, "precision": 1e-5})
    large = REQUEST.model_copy(update={"max_replicates": 16, "precision": 1e-5})
    replicate_until_known(small, designs, Store(tmp_path))
    extended, afresh = Store(tmp_path), Store(tmp_path / "other")
    one = replicate_until_known(large, designs, extended)
    two = replicate_until_known(large, designs, afresh)
    assert (extended.n_run, afresh.n_run) == (24, 32)
    pd.testing.assert_frame_equal(one.table, two.table)


def test_a_comparison_that_was_stopped_goes_on_to_the_same_table(
    designs: Mapping[str, Parameters], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = replicate_until_known(REQUEST, designs, Store(tmp_path / "whole"))
    calls = 0

    def interrupted(parameters: Parameters, replicate: int) -> object:
        nonlocal calls
        calls += 1
        if calls == 8:
            raise KeyboardInterrupt
        return noisy_replicate(parameters, replicate)

    monkeypatch.setattr("sim.simulation.run_one", interrupted)
    store = Store(tmp_path / "stopped")
    with pytest.raises(KeyboardInterrupt):
        replicate_until_known(REQUEST, designs, store)
    assert store.n_run == 7
    kept = [sum(store.holds(one, number) for number in range(16)) for one in designs.values()]
    assert kept in ([4, 3], [3, 4])  # interleaved, so balanced
    resumed = Store(tmp_path / "stopped")
    again = replicate_until_known(REQUEST, designs, resumed)
    assert resumed.n_run == 2 * again.n_replicates - 7
    pd.testing.assert_frame_equal(again.table, whole.table)


def test_replicates_kept_are_those_of_one_run_to_the_bit(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    parameters = designs["accountable_cxo"].model_copy(
        update={"run": designs["accountable_cxo"].run.model_copy(update={"n_replicates": 5})}
    )
    direct = sim.simulate(parameters)
    Store(tmp_path).simulate(parameters)
    kept = Store(tmp_path).simulate(parameters)
    assert kept.manifest["content_hash"] == direct.manifest["content_hash"]
    for name in ("series", "accounts", "summary", "before", "departments", "handoffs"):
        pd.testing.assert_frame_equal(getattr(kept, name), getattr(direct, name), check_exact=True)


def test_the_order_of_runs_changes_nothing(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    forward, backward = Store(tmp_path / "forward"), Store(tmp_path / "backward")
    tasks = list(interleave(designs, 6))
    forward.fill(tasks)
    backward.fill(tasks[::-1])
    run = {"n_replicates": 6}
    for one in designs.values():
        six = one.model_copy(update={"run": one.run.model_copy(update=run)})
        pd.testing.assert_frame_equal(forward.gather(six).summary, backward.gather(six).summary, check_exact=True)


def test_the_address_follows_what_changes_a_replicate_and_nothing_else(designs: Mapping[str, Parameters]) -> None:
    base = designs["no_cxo"]

    def moved(**run: object) -> str:
        return address_of(base.model_copy(update={"run": base.run.model_copy(update=run)}))

    address = address_of(base)
    assert moved(n_replicates=99, first_replicate=7, n_workers=3, progress=False, keep_customers=2) == address
    assert moved(seed=1) != address
    assert address_of(designs["accountable_cxo"]) != address


def test_a_damaged_replicate_is_run_again(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    tasks = list(interleave(designs, 2))
    Store(tmp_path).fill(tasks)
    victims = sorted(tmp_path.rglob("*.npz"))
    victims[0].write_bytes(victims[0].read_bytes()[:500])
    victims[1].write_bytes(b"")
    store = Store(tmp_path)
    assert store.fill(tasks) == 2
    assert Store(tmp_path).fill(tasks) == 0


def test_two_processes_may_share_a_store(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    """Both begin before either has kept anything; the later one finds the earlier one's file in its way."""
    one, two = Store(tmp_path), Store(tmp_path)
    task = (designs["no_cxo"], 0)
    one.fill([task])
    result = one.gather(single(designs["no_cxo"]))
    two._keep(result)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["000000.npz"]
    assert Store(tmp_path).fill([task]) == 0


def test_a_store_of_outcomes_keeps_nothing_else_and_travels_without_its_memory(
    designs: Mapping[str, Parameters], tmp_path: Path
) -> None:
    small = single(designs["no_cxo"])
    whole, light = Store(tmp_path), Store(tmp_path, outcomes_only=True)
    expected, found = whole.simulate(small), light.simulate(small)
    pd.testing.assert_frame_equal(found.summary, expected.summary, check_exact=True)
    assert not found.tables.series
    sent = pickle.loads(pickle.dumps(light))
    pd.testing.assert_frame_equal(sent.simulate(small).summary, expected.summary, check_exact=True)
    assert sent.n_run == 0
    files = {path.name: path.stat().st_size for path in tmp_path.rglob("*.npz")}
    assert files["000000-outcomes.npz"] < files["000000.npz"]


def test_a_store_that_cannot_be_written_is_named(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ResultError, match="cannot be written"):
        Store(tmp_path / "file").fill([(designs["no_cxo"], 0)])
    with pytest.raises(ResultError, match="not kept"):
        Store(tmp_path / "empty").gather(designs["no_cxo"])


def single(parameters: Parameters) -> Parameters:
    return parameters.model_copy(update={"run": parameters.run.model_copy(update={"n_replicates": 1})})


def test_replicates_can_be_run_alone(designs: Mapping[str, Parameters]) -> None:
    base = designs["accountable_cxo"]

    def run(**keys: int) -> pd.DataFrame:
        return sim.simulate(base.model_copy(update={"run": base.run.model_copy(update=keys)})).summary

    whole, part = run(n_replicates=6), run(first_replicate=4, n_replicates=2)
    pd.testing.assert_frame_equal(whole.iloc[4:].reset_index(drop=True), part, check_exact=True)
    assert part["replicate"].tolist() == [4, 5]


# Stopping


def a_table(difference: float, half_width: float, p_holm: float = 1.0, p_equivalence: float = 1.0) -> pd.DataFrame:
    row = {
        "design": "a", "headline": True, "difference": difference, "low": difference - half_width,
        "high": difference + half_width, "precision": 1.0, "p_holm": p_holm, "p_equivalence": p_equivalence,
        "replicates_needed": 35.0,
    }  # fmt: skip
    return pd.DataFrame([row, {**row, "headline": False, "low": -1e9}])


@pytest.mark.parametrize(
    ("table", "n_replicates", "reason"),
    [
        (a_table(5.0, 0.9, 0.2), 4, "precise"),
        (a_table(5.0, 3.0, 0.0005), 4, "clear"),
        (a_table(5.0, 3.0, 1.0, 0.0005), 4, "clear"),
        (a_table(5.0, 3.0, 0.02), 4, None),  # a verdict, but not one that ends the comparison early
        (a_table(5.0, 3.0, 0.02), 16, "clear"),
        (a_table(5.0, 3.0, 0.2), 16, "cap"),
    ],
)
def test_when_a_comparison_stops(table: pd.DataFrame, n_replicates: int, reason: str | None) -> None:
    assert reason_to_stop(look_at(table, REQUEST, n_replicates), REQUEST) == reason


def test_a_precise_difference_and_a_clear_one_settle_a_comparison() -> None:
    assert reason_to_stop(Look(4, precise=1, clear=1, settled=2, total=2, expected=4.0), REQUEST) == "precise"


@pytest.mark.parametrize(("needed", "stage"), [(1, 4), (4, 4), (5, 8), (9, 16), (100, 16), (math.inf, 16)])
def test_the_next_number_of_replicates(needed: float, stage: int) -> None:
    assert stage_for(needed, REQUEST) == stage


def test_looking_often_does_not_claim_more_often() -> None:
    """Sequential looks at a difference that is not there: false verdicts stay near 5 %, not at the 14 % of 5 looks."""
    rng, m = np.random.default_rng(12), 4000
    request = REQUEST.model_copy(update={"min_replicates": 10, "max_replicates": 160})
    differences = rng.normal(size=(m, 160))
    claimed, naive = np.zeros(m, dtype=bool), np.zeros(m, dtype=bool)
    for n in (10, 20, 40, 80, 160):
        p_values = stats.ttest_1samp(differences[:, :n], 0.0, axis=1).pvalue
        claimed |= p_values <= level_at(request, n)
        naive |= p_values <= 0.05
    assert claimed.mean() <= 0.054 + 4.0 * math.sqrt(0.05 * 0.95 / m)
    assert naive.mean() > 0.1


class Listener:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.plans: list[tuple[int, str]] = []
        self.done = 0

    def plan(self, to_run: int, note: str) -> None:
        self.plans.append((to_run, note))

    def advance(self, runs: int) -> None:
        self.done += runs


def test_progress_is_told(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    listener = Listener()
    store = Store(tmp_path)
    replicate_until_known(REQUEST.model_copy(update={"precision": 1e-5}), designs, store, listener)
    assert listener.done == store.n_run
    assert listener.plans[0][0] == 8
    assert "headline differences settled" in listener.plans[-1][1]


# The table


@pytest.fixture
def comparison(designs: Mapping[str, Parameters], tmp_path: Path) -> Comparison:
    return replicate_until_known(REQUEST, designs, Store(tmp_path / "store"))


def test_the_table_has_a_row_per_design_and_outcome(comparison: Comparison) -> None:
    table = comparison.table
    assert len(table) == len(OUTCOMES) * len(REQUEST.scenarios)
    assert not table.duplicated(["design", "outcome"]).any()
    theirs = table[table["design"] == "no_cxo"]
    assert theirs[["difference", "low", "high", "p_holm", "variance_reduction"]].isna().all(axis=None)
    assert set(theirs["verdict"]) == {""}
    assert (table[table["design"] != "no_cxo"]["verdict"] != "").all()
    with pytest.raises(KeyError):
        comparison.row("no_cxo", "nonsense")


def test_a_design_compared_with_itself_is_equivalent_in_all(designs: Mapping[str, Parameters]) -> None:
    results = sim.simulate(designs["no_cxo"])
    request = Request(scenarios=("no_cxo", "twin"), baseline="no_cxo")
    table = make_table(request, {"no_cxo": results, "twin": results})
    assert set(table.loc[table["design"] == "twin", "verdict"]) == {"equivalent"}


def test_results_that_are_no_pairs_are_refused(designs: Mapping[str, Parameters]) -> None:
    one, two = (sim.simulate(parameters) for parameters in designs.values())
    other = two.parameters.model_copy(update={"run": two.parameters.run.model_copy(update={"seed": 1})})
    wrong = sim.Results(other, two.tables, two.manifest)
    with pytest.raises(ResultError, match=r"run\.seed"):
        make_comparison(REQUEST, {"no_cxo": one, "accountable_cxo": wrong}, "cap")
    with pytest.raises(ResultError, match="no results of accountable_cxo"):
        make_comparison(REQUEST, {"no_cxo": one}, "cap")


# Requests


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"precision": 3.0}, "precision: 3.0 cannot be used; accepted: 1e-05 to 1"),
        ({"precison": 0.1}, "precison: no such key; did you mean precision?"),
        ({"baseline": "x"}, "baseline: x is not among the scenarios"),
        ({"scenarios": ["no_cxo", "no_cxo"]}, "scenarios: no_cxo is given twice"),
        ({"scenarios": ["no_cxo"]}, "scenarios:"),
        ({"min_replicates": 20, "max_replicates": 10}, "max_replicates: 10 is below min_replicates=20"),
        ({"memo": 3}, "memo:"),
    ],
)
def test_a_request_that_cannot_be_used(values: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        make_request(values)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_rates_are_measured_in_points_and_the_rest_in_shares_of_the_baseline() -> None:
    request = Request()
    assert request.asked_half_width("share", 0.9) == pytest.approx(0.002)
    assert request.asked_half_width("share of encounters", 0.05) == pytest.approx(0.002)
    assert request.effect_that_matters("currency", -2e6) == pytest.approx(2e4)


# The command


def recompute(folder: Path, design: str, baseline: str) -> pd.DataFrame:
    """Redo a design's part of the table from results.csv with pandas and scipy alone."""
    rows = pd.read_csv(folder / "results.csv")
    wide = rows.set_index(["design", "replicate", "outcome"])["value"].unstack("outcome")  # noqa: PD010  no pivot needed
    ours, theirs = wide.loc[design], wide.loc[baseline]
    paired = ours - theirs
    n = len(paired)
    half = stats.t.ppf(0.975, n - 1) * paired.std() / np.sqrt(n)
    return pd.DataFrame(
        {
            "mean": ours.mean(),
            "difference": paired.mean(),
            "low": paired.mean() - half,
            "high": paired.mean() + half,
            "p_value": stats.ttest_rel(ours, theirs).pvalue,
            "variance_reduction": 1.0 - paired.var() / (ours.var() + theirs.var()),
        }
    )


def test_the_table_follows_from_the_results_beside_it(compare: Callable[..., Ending], workplace: Path) -> None:
    ending = compare("folder=out", "memo=false", "attribution=false", "twins=0", *SMALL)
    assert ending.code == 0, ending.err
    table = pd.read_csv(workplace / "out" / "table.csv").set_index(["design", "outcome"])
    parquet = pd.read_parquet(workplace / "out" / "results.parquet")
    pd.testing.assert_frame_equal(parquet, pd.read_csv(workplace / "out" / "results.csv"), check_dtype=False)
    for design in ("responsible_cxo", "accountable_cxo", "ceo_as_cxm"):
        theirs = table.loc[design]
        student = theirs.index[theirs["method"] == "student"]
        assert len(student) == len(OUTCOMES)
        redone = recompute(workplace / "out", design, "no_cxo").loc[student]
        for column in redone:
            np.testing.assert_allclose(theirs.loc[student, column], redone[column], rtol=1e-9, atol=1e-12)


def test_the_command_writes_its_files_and_says_what_it_found(compare: Callable[..., Ending], workplace: Path) -> None:
    ending = compare("folder=out", "memo=false", "attribution=false", "twins=0", *SMALL)
    assert ending.code == 0, ending.err
    assert {"results.csv", "results.parquet", "table.csv", "manifest.json"} <= {
        path.name for path in (workplace / "out").iterdir()
    }
    for words in ("Yearly retention", "95 % interval", "verdict", "Holm", "Files: out", "Next:"):
        assert words in ending.out
    manifest = json.loads((workplace / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["kind"] == "comparison"
    assert set(manifest["content_hashes"]) == set(Request().scenarios)
    again = compare("folder=out", *SMALL)
    assert again.code == 2
    assert "holds something already" in again.err


def test_the_next_command_asks_for_more_certainty_and_keeps_the_rest(compare: Callable[..., Ending]) -> None:
    ending = compare("folder=out", "memo=false", "attribution=false", "twins=0", "market.competition=0.3", *SMALL)
    words = next(line for line in ending.out.splitlines() if line.startswith("Next:")).split()
    assert words[1:4] == ["python", "-m", "analysis.compare"]
    following = parse_command(words[4:])
    assert following.request.max_replicates == 16  # the cap was reached
    assert following.parameters["no_cxo"].market.competition == 0.3
    assert not any(word.startswith("folder=") for word in words)


@pytest.mark.parametrize(
    ("stopped", "verdict", "change"),
    [
        ("cap", "better", "max_replicates=8"),
        ("precise", "cannot tell yet", "precision=0.01"),
        ("clear", "better", "industry="),
    ],
)
def test_the_next_question(comparison: Comparison, stopped: Stopped, verdict: str, change: str) -> None:
    four = {name: first_replicates(results, 4) for name, results in comparison.results.items()}
    table = comparison.table.assign(verdict=verdict)
    command = next_command(Comparison(REQUEST, four, table, stopped), ["population=small", "folder=x"])
    assert command.startswith(f"python -m analysis.compare population=small {change}")


def first_replicates(results: sim.Results, n: int) -> sim.Results:
    parameters = results.parameters
    run = parameters.run.model_copy(update={"n_replicates": n})
    return sim.simulate(parameters.model_copy(update={"run": run}))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("scenario=no_cxo",), "scenario: give the designs as scenarios=[a,b]"),
        (("run.n_replicates=3",), "run.n_replicates: decided by precision"),
        (("precison=0.1",), "did you mean precision?"),
        (("market.compettion=0.1",), "did you mean market.competition?"),
        (("market.competition=99",), "market.competition: 99 is outside 0 to 3"),
        (("scenarios=[no_cxo,accountable]",), "did you mean accountable_cxo?"),
        (("industry=telecom,retail_bank",), "industry: telecom,retail_bank is several values"),
        (("-m",), "--multirun: not an option of a comparison"),
        (("--nonsense",), "see --help"),
        (("--config-dir", "nowhere"), "--config-dir: no folder 'nowhere'"),
        (("hydra.run.dir=x",), "hydra.run.dir: not used by a comparison"),
        (("folder=3",), "folder: 3 is not a folder"),
        (("precision",), "not an override"),
    ],
)
def test_mistakes_are_told_in_one_line(compare: Callable[..., Ending], arguments: tuple[str, ...], words: str) -> None:
    ending = compare(*arguments)
    assert ending.code == 2
    assert words in ending.err
    assert ending.err.count("\n") == 1
    assert ending.files == []


@pytest.mark.parametrize("given", ["[no_cxo,accountable_cxo]", "no_cxo,accountable_cxo", "glob([no_cxo,acc*])"])
def test_scenarios_can_be_listed_or_matched(given: str) -> None:
    command = parse_command([f"scenarios={given}"])
    assert sorted(command.request.scenarios) == ["accountable_cxo", "no_cxo"]
    assert list(command.parameters) == list(command.request.scenarios)


def test_scenarios_of_the_user_are_compared(compare: Callable[..., Ending], workplace: Path) -> None:
    folder = workplace / "own" / "scenarios"
    folder.mkdir(parents=True)
    text = "scenario: {title: A committee}\ngovernance: {attribution: 0.4, decision_rights: 0.3}\n"
    (folder / "committee.yaml").write_text(text, encoding="utf-8")
    assert "A committee" in compare("--config-dir", "own", "--help").out
    asked = ("scenarios=[no_cxo,committee]", "memo=false", "attribution=false", "twins=0", "folder=out", *SMALL)
    (folder / "committee.md").write_text("What would change our mind: a quorum.", encoding="utf-8")
    assert parse_command(["--config-dir", "own", asked[0]]).notes() == {
        "committee": "What would change our mind: a quorum."
    }
    ending = compare("--config-dir", "own", *asked)
    assert ending.code == 0, ending.err
    assert set(pd.read_csv(workplace / "out" / "table.csv")["design"]) == {"no_cxo", "committee"}


def test_help_lists_every_key_and_leaves_nothing(compare: Callable[..., Ending]) -> None:
    ending = compare("--help")
    assert ending.code == 0
    assert all(f"  {name} = " in ending.out for name in Request.model_fields)
    assert ending.files == []


def test_the_configuration_can_be_shown(compare: Callable[..., Ending]) -> None:
    ending = compare("--cfg", "job", "precision=0.05", "market.competition=0.3")
    assert ending.code == 0
    assert "precision: 0.05" in ending.out
    assert "competition: 0.3" in ending.out
    assert ending.files == []


def test_an_interrupt_says_how_to_go_on(compare: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.simulation.run_one", stop)
    ending = compare(*SMALL)
    assert ending.code == 130
    assert ending.err == "interrupted: finished runs are kept; the same command goes on from there\n"


@pytest.mark.slow
def test_a_small_comparison_of_the_model(workplace: Path) -> None:
    root = str(Path(sim.__file__).parents[1])
    arguments = [
        "scenarios=[no_cxo,accountable_cxo]", "population.n_customers=300", "time.burn_in_years=1",
        "time.horizon_years=1", "min_replicates=3", "max_replicates=3", "memo=false", "attribution=false", "twins=0",
    ]  # fmt: skip
    run = partial(
        subprocess.run, [sys.executable, "-m", "analysis.compare", *arguments], capture_output=True, text=True,
        cwd=workplace, env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    first, second = run(), run()
    assert first.returncode == second.returncode == 0, first.stderr
    one, two = (sorted((workplace / "outputs").glob(f"2*/*/{name}")) for name in ("table.csv", "results.csv"))
    assert len(one) == len(two) == 2
    for pair in (one, two):
        assert pair[0].read_bytes() == pair[1].read_bytes()


@pytest.mark.slow
def test_a_whole_comparison_of_the_model_writes_its_memo(workplace: Path) -> None:
    root = str(Path(sim.__file__).parents[1])
    arguments = [
        "scenarios=[no_cxo,accountable_cxo]", "population.n_customers=300", "time.burn_in_years=1",
        "time.horizon_years=1", "min_replicates=3", "max_replicates=3", "attribution_customers=100",
        "attribution_replicates=2", "twins=1", "folder=out",
    ]  # fmt: skip
    words = [sys.executable, "-m", "analysis.compare", *arguments]
    done = subprocess.run(words, capture_output=True, text=True, cwd=workplace, env={**os.environ, "PYTHONPATH": root})
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (workplace / "out").iterdir()}
    assert {"memo.html", "attribution.png", "bridge.svg", "results.csv", "table.csv", "manifest.json"} <= names
    manifest = json.loads((workplace / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == names - {"manifest.json"}
