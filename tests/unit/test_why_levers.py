"""Attribution: axioms of Shapley, known games, cover of the levers, and real corners."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

import sim
from analysis.compare.comparison import Comparison
from analysis.compare.levers import (
    GROUP_WORDS,
    LEVER_GROUPS,
    NEEDS_A_HOLDER,
    check_cover,
    corner,
    effective,
    moved_levers,
)
from analysis.compare.request import Request
from analysis.compare.verdicts import read_verdicts
from analysis.explain.attribution import Attribution, attribution
from analysis.explain.corners import choose_replicates, make_plan, run_corners, shares_of
from analysis.explain.shapley import shapley_values
from analysis.show.memo.content import Table
from analysis.show.memo.levers import levers_blocks
from analysis.store.replicates import Store
from sim.errors import ResultError
from sim.outcomes import OUTCOMES
from sim.parameters import Governance
from tests.why_cases import run_comparison, with_design

SHORT = ("time.horizon_years=1", "time.burn_in_years=1", "time.periods_per_year=4")


def test_every_group_of_levers_is_explained() -> None:
    assert list(GROUP_WORDS) == list(LEVER_GROUPS)


def game(worth, n_players: int) -> np.ndarray:
    return np.array([worth({k for k in range(n_players) if c >> k & 1}) for c in range(1 << n_players)], dtype=float)


def test_glove_game_has_its_published_values() -> None:
    # One left glove (player 0), two right gloves: Shapley values 2/3, 1/6, 1/6.
    worth = game(lambda s: float(0 in s and len(s) > 1), 3)
    assert shapley_values(worth) == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=1e-15)


def test_airport_game_has_its_published_values() -> None:
    # Littlechild & Owen 1973: each segment of the runway is shared equally by those who need it.
    costs = [1.0, 3.0, 6.0, 10.0]
    worth = game(lambda s: max((costs[k] for k in s), default=0.0), 4)
    assert shapley_values(worth) == pytest.approx([1 / 4, 1 / 4 + 2 / 3, 1 / 4 + 2 / 3 + 3 / 2, 71 / 12 + 1 / 2])


def test_values_are_the_mean_over_all_orders() -> None:
    worth = np.random.default_rng(1).normal(size=(32, 3))
    slow = np.zeros((5, 3))
    orders = list(permutations(range(5)))
    for order in orders:
        before = 0
        for player in order:
            slow[player] += (worth[before | 1 << player] - worth[before]) / len(orders)
            before |= 1 << player
    assert shapley_values(worth) == pytest.approx(slow)


def test_axioms_hold() -> None:
    rng = np.random.default_rng(2)
    worth, other = rng.normal(size=(2, 128))
    dummy = worth[np.arange(128) & ~1]  # player 0 adds nothing to anybody
    assert shapley_values(worth).sum() == pytest.approx(worth[-1] - worth[0], abs=1e-12)
    assert shapley_values(dummy)[0] == pytest.approx(0.0, abs=1e-12)
    assert shapley_values(worth + 2 * other) == pytest.approx(shapley_values(worth) + 2 * shapley_values(other))
    by_size = rng.normal(size=8)[[c.bit_count() for c in range(128)]]  # all players alike
    assert shapley_values(by_size) == pytest.approx(np.full(7, (by_size[-1] - by_size[0]) / 7))


def test_a_number_of_coalitions_that_is_no_power_of_two_is_refused() -> None:
    with pytest.raises(ValueError, match="power of two"):
        shapley_values(np.zeros(5))


def test_every_lever_is_in_exactly_one_group() -> None:
    grouped = [lever for levers in LEVER_GROUPS.values() for lever in levers]
    assert sorted(grouped) == sorted(Governance.model_fields)
    assert len(LEVER_GROUPS) == 7


@pytest.mark.parametrize(
    ("levers", "reason"),
    [
        ((), "rel_budget: must be in exactly one"),
        (("rel_budget", "rel_office"), "rel_office: must be in exactly one"),
        (("rel_budget", "no_such_lever"), "no_such_lever: no lever"),
    ],
)
def test_groups_that_do_not_cover_the_vector_are_refused(levers: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ResultError, match=reason):
        check_cover({**LEVER_GROUPS, "budget": levers})


def test_corners_lead_from_the_baseline_to_the_design() -> None:
    baseline, design = Governance(), sim.compose("scenario=accountable_cxo").governance
    moved = moved_levers(baseline, design)
    assert corner(baseline, design, ()) == baseline
    assert corner(baseline, design, moved) == design
    assert corner(baseline, design, ["budget"]) == baseline.model_copy(update={"rel_budget": design.rel_budget})
    assert "ceo_involvement" not in moved["information and talk"]


def test_levers_that_need_a_holder_change_no_bit_without_one() -> None:
    base = sim.compose("population.n_customers=200", "run.n_replicates=2", "run.n_workers=1")
    pulled = dict.fromkeys(NEEDS_A_HOLDER, 1.0)
    levers = base.governance.model_copy(update=pulled)
    assert effective(levers) == effective(base.governance)
    moved = sim.simulate(base.model_copy(update={"governance": levers}))
    still = sim.simulate(base)
    for table in ("series", "accounts", "departments", "summary"):
        for name, values in getattr(moved.tables, table).items():
            assert np.array_equal(values, getattr(still.tables, table)[name], equal_nan=True), name


def test_every_other_lever_can_act_without_a_holder() -> None:
    held = Governance(role_held=1.0, rel_budget=1.0)
    assert effective(held) == held
    for lever in set(Governance.model_fields) - set(NEEDS_A_HOLDER) - {"role_held"}:
        levers = Governance(**{lever: 0.5})
        assert effective(levers) == levers


@pytest.fixture(scope="module")
def short() -> Comparison:
    return run_comparison("responsible_cxo", overrides=SHORT)


def test_contributions_add_up_to_the_difference_of_the_same_small_runs(short: Comparison) -> None:
    calls = []
    found = attribution(short, "responsible_cxo", progress=lambda done, total: calls.append((done, total)))
    sums = found.frame.groupby("outcome")["contribution"].sum()
    for row in found.total.itertuples():
        assert sums[row.outcome] == pytest.approx(row.total, rel=1e-9, abs=1e-9)
    # The total again, from two plain runs of the same size.
    sizes = ("population.n_customers=200", "run.n_replicates=2", "run.n_workers=1", *SHORT)
    ends = [sim.simulate(sim.compose(f"scenario={name}", *sizes)) for name in ("no_cxo", "responsible_cxo")]
    difference = (ends[1].tables.summary["npv"] - ends[0].tables.summary["npv"]) * 500 / 200
    total = found.total.set_index("outcome").loc["npv"]
    assert total["total"] == pytest.approx(difference.mean())
    assert total["low"] < total["total"] < total["high"]
    main = short.results["responsible_cxo"].tables.summary["npv"] - short.baseline.tables.summary["npv"]
    assert total["main"] == pytest.approx(main.mean())
    # What size does, on the two replicates that the comparison of four has in common with the small runs.
    apart = main[:2] - difference
    low, high = stats.t.interval(0.95, 1, apart.mean(), stats.sem(apart))
    assert total[["size", "size_low", "size_high"]].to_list() == pytest.approx([apart.mean(), low, high])
    assert (found.sampled, found.n_corners, found.n_shared) == (True, 64, 2)
    assert calls[-1] == (found.n_runs, found.n_runs)
    assert found.n_runs <= 2 * 2 * 6  # an order of six groups and its reverse have twelve corners
    assert set(found.frame["outcome"]) == {name for name, outcome in OUTCOMES.items() if outcome.headline}


def test_in_every_replicate_contributions_add_up(short: Comparison) -> None:
    design, baseline = (short.results[name].parameters for name in ("responsible_cxo", "no_cxo"))
    groups = list(moved_levers(baseline.governance, design.governance))
    plan = make_plan(short.request.model_copy(update={"attribution_replicates": 3}), design, baseline, groups)
    names = ["npv", "mean_satisfaction"]
    shares, totals = shares_of(plan, run_corners(plan, sim.simulate, None), names)
    assert shares.shape == (6, 2, 3)
    assert shares.sum(axis=0) == pytest.approx(totals, rel=1e-9)
    small = sim.compose("population.n_customers=200", "run.n_replicates=3", "run.n_workers=1", *SHORT)
    ends = [sim.simulate(small.model_copy(update={"governance": one.governance})) for one in (baseline, design)]
    for row, name in zip(totals, names, strict=True):
        assert row == pytest.approx(ends[1].tables.summary[name] - ends[0].tables.summary[name], rel=1e-12)


def test_on_the_same_replicates_parts_and_size_add_up_to_the_comparison(short: Comparison) -> None:
    same = replace(short, request=short.request.model_copy(update={"attribution_replicates": 4}))
    found = attribution(same, "responsible_cxo", outcomes=["npv", "npv_with_equity"])
    parts = found.frame.groupby("outcome")["contribution"].sum()
    total = found.total.set_index("outcome")
    assert found.n_shared == found.n_replicates == 4
    assert (parts + total["size"]).to_list() == pytest.approx(total["main"].to_list(), rel=1e-9)
    words, table, *_ = levers_blocks(read_verdicts(same), found)
    assert "one random order of 6 groups of levers and its reverse in each of 4 replicates" in getattr(
        words, "text", ""
    )
    assert isinstance(table, Table)
    names = [row[0].lines[0] for row in table.rows]
    assert all(row[0].lines[1:] for row in table.rows[:-3])
    assert names[-3:] == ["Sum of these runs", "Larger market, the same luck (4 replicates)", "The comparison itself"]
    whole = replace(short, request=same.request.model_copy(update={"attribution_customers": 10_000}))
    large = attribution(whole, "responsible_cxo", outcomes=["npv"])
    assert large.n_customers == 500
    assert large.total[["size", "size_low", "size_high"]].iloc[0].to_list() == pytest.approx([0.0] * 3, abs=1e-6)
    table = levers_blocks(read_verdicts(whole), large)[1]
    assert isinstance(table, Table)
    assert not any("Larger market" in row[0].lines[0] for row in table.rows)


def test_runs_are_kept_and_looked_up(short: Comparison, tmp_path) -> None:
    calls = []

    def stop_halfway(done: int, total: int) -> None:
        calls.append((done, total))
        if 2 * done >= total:
            raise KeyboardInterrupt

    first = Store(tmp_path, outcomes_only=True)
    with pytest.raises(KeyboardInterrupt):
        attribution(short, "responsible_cxo", simulate=first.simulate, progress=stop_halfway)
    done, total = calls[-1]
    second, third = (Store(tmp_path, outcomes_only=True) for _ in range(2))
    found = attribution(short, "responsible_cxo", simulate=second.simulate)
    assert (first.n_run, second.n_run) == (done, total - done)
    again = attribution(short, "responsible_cxo", simulate=third.simulate)
    assert third.n_run == 0
    assert found.frame.equals(again.frame)
    assert found.frame.equals(attribution(short, "responsible_cxo").frame)


def played(short: Comparison, worth) -> Attribution:
    """Attribute with a made-up world: profit is a function of the levers, plus luck of the replicate."""
    luck = [1.0, -3.0, 2.0]
    asked = short.request.model_copy(update={"attribution_replicates": 3})

    def simulate(parameters):
        mine = luck[parameters.run.first_replicate]
        value = worth(parameters.governance) + mine * (1.0 + parameters.governance.rel_office)
        return SimpleNamespace(tables=SimpleNamespace(summary={"npv": np.array([value])}))

    return attribution(replace(short, request=asked), "responsible_cxo", simulate=simulate, outcomes=["npv"])


def test_a_budget_is_worth_nothing_without_a_holder_and_both_share_what_they_achieve(short: Comparison) -> None:
    found = played(short, lambda levers: 40.0 * levers.role_held * levers.rel_budget - 10.0 * levers.rel_office)
    frame = found.frame.set_index("group")
    scale = 500 / 200
    assert frame.loc["budget", "contribution"] == pytest.approx(scale * 6.0)  # half of 40 * 0.3
    assert frame.loc["holder and timing", "contribution"] == pytest.approx(scale * 6.0)
    assert frame.loc["office and distraction", "contribution"] == pytest.approx(scale * -6.0)
    assert frame.loc["incentives", "contribution"] == pytest.approx(0.0, abs=1e-12)


def test_intervals_are_paired_so_shared_luck_cancels(short: Comparison) -> None:
    frame = played(short, lambda levers: 5.0 * levers.added_cx_weight).frame.set_index("group")
    steady, lucky = frame.loc["incentives"], frame.loc["office and distraction"]
    assert steady["high"] - steady["low"] == pytest.approx(0.0, abs=1e-9)
    # The office multiplies luck: t(0.975, 2) = 4.302653, by hand.
    half = 4.302652729911275 * np.std([0.6, -1.8, 1.2], ddof=1) / np.sqrt(3) * 500 / 200
    assert lucky["high"] - lucky["low"] == pytest.approx(2 * half)


def test_the_same_vectors_have_nothing_to_share(short: Comparison) -> None:
    same = with_design(short, "twin", short.baseline)
    found = attribution(same, "twin")
    assert found.frame.empty
    assert found.n_runs == found.n_replicates == 2  # one vector, once in each replicate
    assert (found.total["total"] == 0.0).all()


def test_a_design_that_differs_in_more_than_levers_is_refused(short: Comparison) -> None:
    design = short.results["responsible_cxo"]
    changed = design.parameters.model_copy(
        update={"finance": design.parameters.finance.model_copy(update={"margin": 0.5})}
    )
    other = type(design)(changed, design.tables, design.manifest)
    with pytest.raises(ResultError, match="only levers may"):
        attribution(with_design(short, "other", other), "other")
    with pytest.raises(ResultError, match="not in this comparison"):
        attribution(short, "nobody")
    with pytest.raises(ResultError, match="no such outcome"):
        attribution(short, "responsible_cxo", outcomes=["joy"])


def test_few_corners_are_all_run(short: Comparison) -> None:
    # Budget and holder: 4 coalitions, of which budget without holder acts like none; an order and its reverse have 4.
    baseline = short.baseline.parameters
    moved = {"role_held": 1.0, "rel_budget": 0.3}
    levers = baseline.governance.model_copy(update=moved)
    groups = list(moved_levers(baseline.governance, levers))
    plan = make_plan(short.request, baseline.model_copy(update={"governance": levers}), baseline, groups)
    assert (groups, plan.orders, len(plan.vectors)) == (["budget", "holder and timing"], [], 3)
    assert len(plan.runs()) == 3 * 2


def test_where_nobody_holds_the_role_fewer_runs_are_needed() -> None:
    # Seven groups: an order and its reverse have 14 corners; corners that act alike are run once.
    design, baseline = (sim.compose(f"scenario={name}") for name in ("accountable_cxo", "no_cxo"))
    groups = list(moved_levers(baseline.governance, design.governance))
    plan = make_plan(Request(), design, baseline, groups)
    assert len(groups) == 7
    assert len(plan.orders) == len(plan.replicates) == 20
    assert all(len(plan.coalitions(position)) == 14 for position in range(20))
    assert 20 * 7 < len(plan.runs()) < 20 * 14
    assert len(plan.runs()) == len(set(plan.runs()))


def test_sizes_follow_the_work() -> None:
    assert choose_replicates(20, 14, 84, n_designs=3) == 20
    assert choose_replicates(40, 8, 84, n_designs=3) == 37
    assert choose_replicates(100, 14, 364, n_designs=8) == 3
    assert choose_replicates(2, 14, 3640, n_designs=3) == 2
