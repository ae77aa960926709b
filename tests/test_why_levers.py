"""Attribution: axioms of Shapley, known games, cover of the levers, and real corners."""

from __future__ import annotations

from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pytest

import sim
from analysis.comparison import Comparison
from analysis.why.attribution import attribution, choose_replicates
from analysis.why.levers import LEVER_GROUPS, NEEDS_A_HOLDER, check_cover, corner, effective, moved_levers
from analysis.why.shapley import shapley_values
from sim.errors import ResultError
from sim.outcomes import OUTCOMES
from sim.parameters import Governance
from tests.why_cases import run_comparison, with_design

SHORT = ("time.horizon_years=1", "time.burn_in_years=1", "time.periods_per_year=4")


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
    difference = ends[1].tables.summary["npv"] - ends[0].tables.summary["npv"]
    total = found.total.set_index("outcome").loc["npv"]
    assert total["total"] == pytest.approx(difference.mean() * 500 / 200)
    assert total["low"] < total["total"] < total["high"]
    main = short.results["responsible_cxo"].tables.summary["npv"] - short.baseline.tables.summary["npv"]
    assert total["main"] == pytest.approx(main.mean())
    assert (found.n_corners, found.n_runs) == (64, 36)
    assert calls[-1] == (36, 36)
    assert set(found.frame["outcome"]) == {name for name, outcome in OUTCOMES.items() if outcome.headline}


def played(short: Comparison, worth) -> SimpleNamespace:
    """Attribute with a made-up world: profit is a function of the levers, plus luck shared by replicate."""
    luck = np.array([1.0, -3.0, 2.0])

    def simulate(parameters):
        values = worth(parameters.governance) + luck * (1.0 + parameters.governance.rel_office)
        return SimpleNamespace(tables=SimpleNamespace(summary={"npv": values}))

    return attribution(short, "responsible_cxo", simulate=simulate, outcomes=["npv"])


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
    assert found.n_runs == 1
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


def test_sizes_follow_the_work() -> None:
    assert choose_replicates(4, 72, 84, n_designs=3) == 4
    assert choose_replicates(40, 8, 84, n_designs=3) == 37
    assert choose_replicates(100, 128, 84, n_designs=8) == 3
    assert choose_replicates(2, 128, 364, n_designs=3) == 2
