"""What must hold between org designs: the answer may not be built in."""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np
import pytest

import sim
from sim.accounts import COST_LINES, GOVERNANCE_LINES, LINES
from sim.model import CustomerExperienceModel, Replicate, run_replicate
from sim.parameters import Parameters

DESIGNS = ("no_cxo", "responsible_cxo", "accountable_cxo", "ceo_as_cxm")
SMALL = ("population.n_customers=1200", "time.horizon_years=3", "run.seed=11")
LINKS_OFF = tuple(
    f"organisation.links.{link}=false"
    for link in ("quality", "handoffs", "promise", "recovery", "requirement", "operating_cost")
)
FROZEN = tuple(f"organisation.frozen.{part}=true" for part in ("effort", "practices", "initiatives"))


@lru_cache(maxsize=32)
def _model(design: str, *overrides: str) -> tuple[CustomerExperienceModel, Replicate]:
    model = CustomerExperienceModel(sim.compose(f"scenario={design}", *SMALL, *overrides))
    return model, model.run()


def _assert_same_bits(one: Replicate, two: Replicate, last: int | None = None) -> None:
    for table in ("series", "departments", "accounts"):
        mine, theirs = getattr(one, table), getattr(two, table)
        assert mine.keys() == theirs.keys()
        for name in mine:
            assert mine[name][:last].tobytes() == theirs[name][:last].tobytes(), f"{table}: {name}"


def test_identical_vectors_give_identical_bits_whatever_the_design_is_called() -> None:
    accountable = sim.compose("scenario=accountable_cxo", *SMALL)
    renamed = sim.compose("scenario=no_cxo", *SMALL).model_copy(update={"governance": accountable.governance})
    one, two = run_replicate(accountable, 0), run_replicate(renamed, 0)
    _assert_same_bits(one, two)
    assert one.summary == two.summary


@pytest.mark.parametrize("design", DESIGNS[1:])
def test_all_designs_share_the_burn_in_bit_for_bit(design: str) -> None:
    n_burn_in = sim.compose(*SMALL).time.n_burn_in
    base, other = _model("no_cxo")[1], _model(design)[1]
    _assert_same_bits(base, other, last=n_burn_in)
    assert base.before == other.before or all(
        (np.isnan(base.before[name]) and np.isnan(other.before[name])) or base.before[name] == other.before[name]
        for name in base.before
    )
    assert base.series["mean_quality"][-1] != other.series["mean_quality"][-1], "the design never switched on"


@pytest.mark.parametrize("design", DESIGNS[1:])
def test_without_links_to_the_market_customers_are_the_same_bits_and_profit_differs_by_governance(design: str) -> None:
    (base_model, base), (model, other) = _model("no_cxo", *LINKS_OFF), _model(design, *LINKS_OFF)
    for name in base_model.market.state._fields:
        mine, theirs = getattr(base_model.market.state, name), getattr(model.market.state, name)
        assert mine.tobytes() == theirs.tobytes(), name
    governance = sum(other.accounts[line] - base.accounts[line] for line in GOVERNANCE_LINES)
    profit = other.accounts["profit"] - base.accounts["profit"]
    np.testing.assert_allclose(profit, -governance, rtol=0.0, atol=1e-9 * base.accounts["revenue"].max())
    for line in set(LINES) - set(GOVERNANCE_LINES) - {"profit"}:
        assert base.accounts[line].tobytes() == other.accounts[line].tobytes(), line


@pytest.mark.parametrize("design", DESIGNS[1:])
def test_with_the_organisation_frozen_too_profit_differs_by_the_office_and_politics_alone(design: str) -> None:
    base, other = _model("no_cxo", *LINKS_OFF, *FROZEN)[1], _model(design, *LINKS_OFF, *FROZEN)[1]
    expected = sum(other.accounts[line] - base.accounts[line] for line in ("office", "influence", "distraction"))
    profit = other.accounts["profit"] - base.accounts["profit"]
    np.testing.assert_allclose(profit, -expected, rtol=0.0, atol=1e-9 * base.accounts["revenue"].max())
    assert np.all(other.accounts["initiatives"] == 0.0)
    assert base.accounts["incentive_pay"].tobytes() == other.accounts["incentive_pay"].tobytes()
    n_burn_in = sim.compose(*SMALL).time.n_burn_in
    assert other.accounts["office"][n_burn_in:].min() > 0.0
    if design == "ceo_as_cxm":
        assert other.accounts["distraction"][n_burn_in:].min() > 0.0
    else:
        assert np.all(other.accounts["distraction"] == 0.0)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_decision_rights_without_interdependence_never_raise_quality(seed: int) -> None:
    """With nothing to coordinate, integrating only costs fit to local conditions."""
    fixed = (
        "organisation.coordination.interdependence=0",
        "organisation.frozen.initiatives=true",
        "organisation.workforce.hold_load=1",
        "governance.role_held=1",
        "governance.listening=1",
        f"run.seed={seed}",
    )
    quality = [
        run_replicate(sim.compose("scenario=no_cxo", *SMALL, *fixed, f"governance.decision_rights={rights}"), 0)
        .departments["quality"]
        for rights in (0.0, 0.4, 1.0)
    ]  # fmt: skip
    for low, high in itertools.pairwise(quality):
        assert np.all(high <= low + 1e-12)
    assert quality[2].sum() < quality[0].sum()


@pytest.mark.parametrize("design", DESIGNS)
def test_cash_adds_up_and_customers_are_conserved_every_period(design: str) -> None:
    result = _model(design)[1]
    accounts, series = result.accounts, result.series
    total = accounts["revenue"] - sum(accounts[line] for line in COST_LINES)
    np.testing.assert_allclose(accounts["profit"], total, rtol=0.0, atol=1e-9 * accounts["revenue"].max())
    moved = series["n_active"][:-1] - series["new_churned"][:-1] + series["new_acquired"][:-1]
    np.testing.assert_array_equal(series["n_active"][1:], moved)
    for line in COST_LINES:
        assert np.all(accounts[line] >= 0.0), line


@pytest.mark.parametrize("design", DESIGNS)
def test_the_gaps_of_every_department_add_up_every_period(design: str) -> None:
    departments = _model(design)[1].departments
    links = ("knowledge_gap", "specification_gap", "delivery_gap", "perception_gap")
    chain = sum(departments[name] for name in links)
    np.testing.assert_allclose(chain, departments["service_gap"], rtol=0.0, atol=1e-12)


@pytest.mark.parametrize("n_threads", [2, 4])
def test_threads_change_no_bit_of_a_whole_run(n_threads: int) -> None:
    def run(threads: int) -> Replicate:
        overrides = ("population.n_customers=6000", "time.horizon_years=0.5", f"run.n_threads={threads}")
        return run_replicate(sim.compose("scenario=accountable_cxo", *overrides), 0)

    _assert_same_bits(run(1), run(n_threads))


def test_replicates_differ_and_each_is_reproducible() -> None:
    parameters = sim.compose(*SMALL)
    first, again, second = run_replicate(parameters, 0), run_replicate(parameters, 0), run_replicate(parameters, 1)
    _assert_same_bits(first, again)
    assert first.summary["npv"] != second.summary["npv"]


def test_every_outcome_is_a_number_in_every_design_and_industry() -> None:
    industries = ("auto_insurance", "manufacturer", "retail_bank", "telecom", "ecommerce")
    for industry, design in zip(industries, itertools.cycle(DESIGNS[::-1]), strict=False):
        parameters = sim.compose(f"industry={industry}", f"scenario={design}", *SMALL)
        summary = run_replicate(parameters, 0).summary
        assert all(np.isfinite(value) for value in summary.values()), (industry, design)


def test_parameters_of_a_run_are_not_changed_by_running_it() -> None:
    parameters: Parameters = sim.compose("scenario=ceo_as_cxm", *SMALL)
    before = parameters.model_dump_json()
    run_replicate(parameters, 0)
    assert parameters.model_dump_json() == before
