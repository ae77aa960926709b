"""Comparisons: when they stop, the table, the next question, and requests that cannot be used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import sim
from analysis.compare.comparison import Comparison, Stopped, make_comparison, make_table
from analysis.compare.replication import (
    Look,
    interleave,
    level_at,
    look_at,
    reason_to_stop,
    replicate_until_known,
    stage_for,
    with_replicates,
)
from analysis.compare.request import Request, make_request
from analysis.show.comparison.terminal import next_command
from analysis.store.replicates import Store
from sim.errors import ConfigError, ResultError
from sim.outcomes import OUTCOMES
from sim.parameters import Parameters
from tests.compare_cases import REQUEST

pytestmark = pytest.mark.usefixtures("noisy_model")


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
        (a_table(5.0, 3.0, 0.001), 15, "clear"),  # Haybittle and Peto: one in a thousand at every look but the last
        (a_table(5.0, 3.0, 0.0011), 15, None),
        (a_table(5.0, 3.0, 1.0, 0.0011), 15, None),
        (a_table(5.0, 3.0, 0.05), 16, "clear"),
        (a_table(5.0, 3.0, 0.0501), 16, "cap"),
        (a_table(5.0, 1.0, 0.2), 4, "precise"),
        (a_table(5.0, 3.0, 0.02), 16, "clear"),
        (a_table(5.0, 3.0, 0.2), 16, "cap"),
    ],
)
def test_when_a_comparison_stops(table: pd.DataFrame, n_replicates: int, reason: str | None) -> None:
    assert reason_to_stop(look_at(table, REQUEST, n_replicates), REQUEST) == reason


def test_a_precise_difference_and_a_clear_one_settle_a_comparison() -> None:
    assert reason_to_stop(Look(4, precise=1, clear=1, settled=2, total=2, expected=4.0), REQUEST) == "precise"


def test_a_look_counts_headline_differences_by_what_is_known_of_them() -> None:
    precise, clear = a_table(5.0, 0.5, 0.2), a_table(5.0, 3.0, 0.0001).assign(replicates_needed=99.0)
    both, neither = a_table(5.0, 0.5, 0.0001), a_table(5.0, 3.0, 0.2)
    lopsided = a_table(5.0, 0.5, 0.2).assign(low=1.0, replicates_needed=12.0)  # its longer side is not precise
    other_side = a_table(5.0, 0.5, 0.2).assign(high=9.0, replicates_needed=20.0)
    baseline, undefined = neither.assign(design="no_cxo"), neither.assign(difference=math.nan, replicates_needed=500.0)
    table = pd.concat([precise, clear, both, neither, lopsided, other_side, baseline, undefined])
    found = look_at(table, REQUEST, 4)
    assert found == Look(4, precise=2, clear=2, settled=3, total=6, expected=35.0)
    assert look_at(pd.concat([precise, clear]), REQUEST, 4).expected == 4.0
    assert look_at(neither.assign(replicates_needed=2.0), REQUEST, 4).expected == 4.0


def test_a_stricter_request_is_strict_at_every_look() -> None:
    strict = REQUEST.model_copy(update={"confidence": 0.9995})
    assert level_at(strict, 4) == level_at(strict, 16) == pytest.approx(0.0005)
    assert (level_at(REQUEST, 15), level_at(REQUEST, 16), level_at(REQUEST, 17)) == (
        0.001,
        REQUEST.level,
        REQUEST.level,
    )


def test_tasks_are_in_balance_wherever_they_are_stopped(designs: dict[str, Parameters]) -> None:
    found = [(task.scenario.name, number) for task, number in interleave(designs, 3)]
    assert found == [(name, number) for number in range(3) for name in REQUEST.scenarios]
    run = with_replicates(designs["no_cxo"].model_copy(), 7).run
    assert (run.n_replicates, run.first_replicate) == (7, 0)


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


def test_replicates_double_up_to_the_cap(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    listener, request = Listener(), REQUEST.model_copy(update={"precision": 1e-5, "max_replicates": 14})
    found = replicate_until_known(request, designs, Store(tmp_path), listener)
    assert (found.n_replicates, found.stopped_because, listener.done) == (14, "cap", 28)
    assert [note.split(" after ")[-1] for _, note in listener.plans] == [
        "4 replicates each to begin with", "4 replicates", "8 replicates"
    ]  # fmt: skip
    # Of 28 runs in all 8 are done after the first look and 16 after the second; no number would be enough.
    assert [to_run for to_run, _ in listener.plans] == [8, 20, 12]


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


def test_more_precision_is_not_asked_for_below_a_cap_that_would_stop_it(comparison: Comparison) -> None:
    four = {name: first_replicates(results, 4) for name, results in comparison.results.items()}
    request = REQUEST.model_copy(update={"max_replicates": 4})
    table = comparison.table.assign(verdict="cannot tell yet")
    command = next_command(Comparison(request, four, table, "precise"), ["max_replicates=4"])
    assert command.endswith("analysis.compare precision=0.01 max_replicates=16")


def first_replicates(results: sim.Results, n: int) -> sim.Results:
    parameters = results.parameters
    run = parameters.run.model_copy(update={"n_replicates": n})
    return sim.simulate(parameters.model_copy(update={"run": run}))


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


def test_a_comparison_never_begins_with_more_replicates_than_it_may_have() -> None:
    usual = Request().min_replicates
    assert make_request({"max_replicates": 5}).min_replicates == 5
    assert make_request({"max_replicates": usual + 1}).min_replicates == usual
    assert make_request({"max_replicates": usual + 1, "min_replicates": 3}).min_replicates == 3


def test_rates_are_measured_in_points_and_the_rest_in_shares_of_the_baseline() -> None:
    request = Request()
    assert request.asked_half_width("share", 0.9) == pytest.approx(0.002)
    assert request.asked_half_width("share of encounters", 0.05) == pytest.approx(0.002)
    assert request.effect_that_matters("currency", -2e6) == pytest.approx(2e4)
