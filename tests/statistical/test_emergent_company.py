"""What must emerge between a company and its customers, by the direction and the size theory gives it."""

from __future__ import annotations

from functools import cache

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from sim.market.calibration import calibrate
from sim.model import Replicate
from sim.organisation.status_quo import find_status_quo, status_quo_offer
from sim.parameters import Parameters
from tests.emergent import after_switch, changed, mean_and_error, outcome, paired, preset, replicates

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="too many customers without compilation")

Vector = NDArray[np.float64]

N_REPLICATES = 8
SURE = 4.0
"""Standard errors that a paired difference must be away from zero; a false alarm once in 15,000 normal draws, more
often with few replicates (Student-t, eight: 0.5 %)."""


# ---- spending on quality


def _delivering(gain: float) -> Parameters:
    """Return the base preset of a company that has always specified ``gain`` SD more, and pays what quality costs.

    Unit costs are quoted for the status quo, so they are raised by what the model's own cost of quality adds; the
    constants of the market stay those of the base preset.
    """
    base = changed(preset(), **{"population.n_customers": 2000})
    departments = base.organisation.departments
    raised = {
        name: record.model_copy(update={"base_quality": record.base_quality + gain})
        for name, record in departments.items()
    }
    better = base.model_copy(update={"organisation": base.organisation.model_copy(update={"departments": raised})})
    costs = zip(find_status_quo(base).departments, find_status_quo(better).departments, strict=True)
    factors = [after.rel_unit_cost / before.rel_unit_cost for before, after in costs]
    paid = {
        name: record.model_copy(update={"service_cost_eur": record.service_cost_eur * factor})
        for (name, record), factor in zip(raised.items(), factors, strict=True)
    }
    market = base.market.model_copy(update={"calibration": calibrate(base, status_quo_offer(base))})
    organisation = base.organisation.model_copy(update={"departments": paid})
    return base.model_copy(update={"market": market, "organisation": organisation})


def test_the_level_of_quality_that_pays_best_is_neither_the_least_nor_the_most() -> None:
    """Profit over seven years and customer equity: quality 2 SD up beats none, and 8 SD up is worth less than 4 SD up.

    Failures, leaving and rework have decreasing returns to quality, its cost is quadratic.
    """
    found = {gain: replicates(_delivering(gain), 3) for gain in (0.0, 2.0, 4.0, 8.0)}
    for more, less in ((2.0, 0.0), (4.0, 2.0), (4.0, 8.0)):
        gain, error = mean_and_error(paired(found[more], found[less], outcome("npv_with_equity")))
        assert gain > 6.0 * error, (more, less)


@pytest.mark.slow
def test_the_budget_for_improvement_that_pays_best_is_neither_nothing_nor_the_most() -> None:
    """Ten years' profit of the accountable design without a budget, with the preset's and with five times as much.

    The first money closes the largest gaps; later money meets smaller ones, and effects fade at the same rate.
    """
    found = {}
    for budget in (0.0, 1.0, 5.0):
        changes = {"governance.rel_budget": budget, "population.n_customers": 1500, "time.horizon_years": 10.0}
        found[budget] = replicates(changed(preset("accountable_cxo"), **changes), 24)
    for other in (0.0, 5.0):
        gain, error = mean_and_error(paired(found[1.0], found[other], outcome("npv")))
        assert gain > 3.0 * error, other


# ---- overload


@cache
def _overloaded(floating: bool) -> dict[str, Vector]:
    """Return what half a year of demand raised by half leaves over eight years, same luck, shape (6, 96) each."""
    changes = {
        "population.n_customers": 3000,
        "time.horizon_years": 8.0,
        "organisation.workforce.floating_standards": floating,
    }
    surge = {"organisation.workforce.overload_factor": 1.5, "organisation.workforce.overload_years": 0.5}
    normal, overloaded = changed(preset(), **changes), changed(preset(), **changes, **surge)
    begin = normal.time.n_burn_in
    pairs = replicates(overloaded, 6), replicates(normal, 6)
    return {
        "quality": paired(*pairs, lambda one: one.departments["quality"][begin:].mean(axis=1)),
        "satisfaction": paired(*pairs, after_switch("mean_satisfaction", normal)),
        "revenue": paired(*pairs, after_switch("revenue", normal)) / after_switch("revenue", normal)(pairs[1][0]),
    }


@pytest.mark.parametrize("floating", [True, False])
def test_overload_costs_quality_while_it_lasts(floating: bool) -> None:
    assert np.all(_overloaded(floating)["quality"][:, 1:6] < -0.05)


def test_a_passing_overload_lowers_quality_and_loyalty_for_good_when_standards_float() -> None:
    """Seven years later a tenth or more of the worst loss of quality is left; satisfaction and revenue are lower."""
    lost = _overloaded(floating=True)
    assert np.all(lost["quality"][:, -12:] < 0.1 * lost["quality"].min(axis=1, keepdims=True))
    for name in ("satisfaction", "revenue"):
        change, error = mean_and_error(lost[name][:, -12:].mean(axis=1))
        assert change < -SURE * error, name


def test_a_passing_overload_is_made_good_when_standards_are_fixed() -> None:
    """Quality is back after three years (0.001 SD), satisfaction after seven (0.004)."""
    lost = _overloaded(floating=False)
    assert np.all(np.abs(lost["quality"][:, 36:]) < 0.001)
    assert abs(lost["satisfaction"][:, -12:].mean()) < 0.004


def test_floating_standards_are_what_makes_the_loss_of_revenue_last() -> None:
    """It is deeper in every one of the last three years than with fixed standards, twice as deep in the end.

    With fixed standards it fades as customers turn over, which takes eight years: those who left come back no sooner.
    """
    floating, fixed = _overloaded(floating=True)["revenue"], _overloaded(floating=False)["revenue"]
    for year in (5, 6, 7):
        window = slice(12 * year, 12 * year + 12)
        change, error = mean_and_error((floating - fixed)[:, window].mean(axis=1))
        assert change < -SURE * error
    assert floating[:, -12:].mean() < 2.0 * fixed[:, -12:].mean()


# ---- the rival, and what the accountable design costs first


@cache
def _runs(scenario: str, behaviour: str) -> list[Replicate]:
    return replicates(
        changed(preset(scenario), **{"population.n_customers": 2500, "market.rival.behaviour": behaviour}), N_REPLICATES
    )


def _programme(behaviour: str) -> Vector:
    """Return what the accountable design adds to value, by replicate."""
    ours, theirs = _runs("accountable_cxo", behaviour), _runs("no_cxo", behaviour)
    return paired(ours, theirs, outcome("npv_with_equity"))


def test_a_programme_is_worth_less_once_the_rival_imitates() -> None:
    change, error = mean_and_error(_programme("imitating") - _programme("fixed"))
    assert change < -SURE * error


def test_an_imitating_rival_does_not_matter_to_a_company_that_does_not_improve() -> None:
    """It follows gains only: without a programme the difference is below 1 % of value."""
    change = paired(_runs("no_cxo", "imitating"), _runs("no_cxo", "fixed"), outcome("npv_with_equity")).mean()
    value = np.mean([run.summary["npv_with_equity"] for run in _runs("no_cxo", "fixed")])
    assert abs(change) < 0.01 * value


def _cumulative(ours: list[Replicate], theirs: list[Replicate], parameters: Parameters) -> Vector:
    """Return the cumulative difference of profit after the switch, shape (n_replicates, n_horizon)."""
    return np.cumsum(paired(ours, theirs, after_switch("profit", parameters)), axis=1)


def _check_costs_first(cumulative: Vector) -> None:
    change, error = mean_and_error(cumulative[:, 11])
    assert change < -SURE * error
    for curve in (*cumulative, cumulative.mean(axis=0)):
        if curve[-1] > 0.0:
            assert np.flatnonzero(curve <= 0.0)[-1] >= 11, "paid back within the first year"


def test_the_accountable_design_costs_first_and_pays_later_if_it_pays() -> None:
    """Cumulative profit against the status quo is below zero after a year and, where it ends above, crosses later."""
    parameters = changed(preset(), **{"population.n_customers": 2500})
    _check_costs_first(_cumulative(_runs("accountable_cxo", "fixed"), _runs("no_cxo", "fixed"), parameters))


@pytest.mark.slow
def test_over_fifteen_years_the_accountable_design_falls_first_and_rises_later() -> None:
    """The curve is a J: its lowest point comes after the first year, and it ends above zero in the base preset."""
    changes = {"population.n_customers": 2000, "time.horizon_years": 15.0}
    ours, theirs = (replicates(changed(preset(name), **changes), 8) for name in ("accountable_cxo", "no_cxo"))
    cumulative = _cumulative(ours, theirs, changed(preset(), **changes))
    _check_costs_first(cumulative)
    mean = cumulative.mean(axis=0)
    assert 12 <= int(np.argmin(mean)) < mean.shape[0] - 24
    assert mean[-1] > 0.0
