"""The solved status quo is the industry's: share satisfied, churn and a steady share of the market."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

import sim
from sim.market import calibration
from sim.market.calibration import calibrate
from sim.market.market import Market
from sim.organisation.status_quo import status_quo_offer
from sim.parameters import Calibration, Parameters
from tests.markets import parameters_with

needs_jit = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="too many customers without compilation")

INDUSTRIES = ("auto_insurance", "manufacturer", "retail_bank", "telecom", "ecommerce")
N_CUSTOMERS = 60_000
N_YEARS = 7
SEED = 7


class History(NamedTuple):
    """A market that lives under the status quo, by year."""

    parameters: Parameters
    share_satisfied: NDArray[np.float64]
    churn_per_year: NDArray[np.float64]
    """From the probabilities of leaving, without the luck of who leaves."""
    rel_active: NDArray[np.float64]
    """Customers of ours over those of the initial share."""
    satisfied_at_start: float
    """Share satisfied before the first journey."""


@cache
def _live(industry: str) -> History:
    parameters = sim.compose(
        f"industry={industry}", "scenario=no_cxo", f"population.n_customers={N_CUSTOMERS}", "time.periods_per_year=12"
    )
    offer = status_quo_offer(parameters)
    market = Market(parameters, calibrate(parameters, offer), offer, SEED)
    satisfied_at_start = float((market.state.satisfaction[market.state.ours == 1] > 0.0).mean())
    flows = [market.step(offer, period) for period in range(12 * N_YEARS)]
    satisfied, expected, active = (
        np.array([getattr(one, name) for one in flows]).reshape(N_YEARS, 12).sum(axis=1)
        for name in ("satisfied", "expected_churn", "active")
    )
    return History(
        parameters,
        satisfied / active,
        1.0 - (1.0 - expected / active) ** 12,
        active / 12.0 / (parameters.population.initial_share * N_CUSTOMERS),
        satisfied_at_start,
    )


@needs_jit
@pytest.mark.parametrize("industry", INDUSTRIES)
def test_the_status_quo_satisfies_the_share_of_customers_that_the_industry_has(industry: str) -> None:
    """Over seven years within 1.5 points: 4 standard errors (0.37 points) at 12,000 customers of ours, the fewest."""
    history = _live(industry)
    target = history.parameters.experience.perception.share_satisfied
    assert history.share_satisfied.mean() == pytest.approx(target, abs=0.015)


@needs_jit
@pytest.mark.parametrize("industry", INDUSTRIES)
def test_the_status_quo_loses_customers_at_the_rate_of_the_industry(industry: str) -> None:
    """Over seven years within 4 %: at least 4 standard errors (the spread of hazards between persons is its mean)."""
    history = _live(industry)
    assert history.churn_per_year.mean() == pytest.approx(history.parameters.market.churn_per_year, rel=0.04)


@needs_jit
@pytest.mark.parametrize("industry", INDUSTRIES)
def test_the_status_quo_keeps_its_share_of_the_market_for_seven_years(industry: str) -> None:
    """Every year within 4 % of the start: 4 standard errors (0.8 % at the start, 1 % after years of turnover)."""
    np.testing.assert_allclose(_live(industry).rel_active, 1.0, atol=0.04)


@needs_jit
@pytest.mark.parametrize("industry", INDUSTRIES)
def test_the_population_starts_as_satisfied_as_it_stays(industry: str) -> None:
    """Within 2 points: 4 standard errors (0.5 points) of a difference of mostly the same persons."""
    history = _live(industry)
    assert history.share_satisfied[-1] == pytest.approx(history.satisfied_at_start, abs=0.02)


@needs_jit
@pytest.mark.parametrize("industry", ["auto_insurance", "ecommerce"])
def test_the_rival_satisfies_as_much_as_we_would_at_its_quality_after_years(industry: str) -> None:
    """The slope is that of lasting quality, within 15 %: years 8 to 10 of two markets with quality 0.5 apart.

    The standard error of what they show is 2 % of it; the rest is what pilots of three years can know.
    """
    parameters = sim.compose(f"industry={industry}", "scenario=no_cxo", "population.n_customers=20000")
    offer = status_quo_offer(parameters)
    constants = calibrate(parameters, offer)
    markets = [Market(parameters, constants, offer, SEED) for _ in range(2)]
    offers = [offer, offer._replace(quality=offer.quality + 0.5)]
    levels = np.zeros((10, 2))
    for period in range(12 * 10):
        for index in range(2):
            markets[index].step(offers[index], period)
            ours = markets[index].state.ours == 1
            personal = (1.0 + constants.personal_amplification) * markets[index].state.personal_satisfaction[ours]
            levels[period // 12, index] = float(np.mean(markets[index].state.satisfaction[ours] - personal))
    gains = (levels[:, 1] - levels[:, 0]) / 0.5
    assert constants.satisfaction_slope == pytest.approx(gains[7:].mean(), rel=0.15)


@needs_jit
def test_the_solve_is_a_pure_function_of_the_parameters() -> None:
    parameters = parameters_with()
    offer = status_quo_offer(parameters)
    first = calibrate(parameters, offer)
    calibration._solve.cache_clear()
    assert calibrate(parameters, offer) == first


@needs_jit
def test_one_solve_serves_every_design_size_and_seed() -> None:
    calibration._solve.cache_clear()
    changes = {
        "no_cxo": "run.seed=5",
        "responsible_cxo": "population.n_customers=700",
        "accountable_cxo": "time.horizon_years=3",
        "ceo_as_cxm": "finance.margin=0.5",
    }
    found = []
    for scenario, change in changes.items():
        parameters = sim.compose(f"scenario={scenario}", change)
        found.append(calibrate(parameters, status_quo_offer(parameters)))
    assert all(one == found[0] for one in found)
    assert calibration._solve.cache_info().misses == 1


@needs_jit
def test_another_market_is_solved_anew() -> None:
    plain, loyal = (parameters_with(**{"market.churn_per_year": churn}) for churn in (0.12, 0.06))
    solved = [calibrate(parameters, status_quo_offer(parameters)) for parameters in (plain, loyal)]
    assert solved[0].baseline_hazard_per_year > 1.5 * solved[1].baseline_hazard_per_year


def test_given_constants_are_used_as_they_are() -> None:
    given = Calibration(satisfaction_intercept=0.123, baseline_hazard_per_year=0.456)
    parameters = parameters_with(**{"market.calibration": given.model_dump()})
    misses = calibration._solve.cache_info().misses
    assert calibrate(parameters, status_quo_offer(parameters)) == given
    assert calibration._solve.cache_info().misses == misses
