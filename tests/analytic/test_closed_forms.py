"""The customers' rules against closed forms and published results, computed here without the code under test."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest
from scipy import integrate, stats

from sim.accounts import lifetime_value
from sim.market.kernels.experience import valued_disconfirmation
from sim.market.rules import build_rules, kalman_gains
from sim.parameters import Calibration
from tests.markets import market_of, parameters_with, plain_offer

needs_jit = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="too many customers without compilation")


@pytest.mark.parametrize("prior", [0.5, 1.0, 4.0, 10.0])
def test_learning_is_hyperbolic_without_drift(prior: float) -> None:
    gains = kalman_gains(prior, 0.0, 200)
    contacts = np.arange(1, 201)
    np.testing.assert_allclose(gains, 1.0 / (contacts + 1.0 / prior), rtol=1e-12)


@pytest.mark.parametrize("drift", [0.01, 0.03, 0.1])
def test_learning_ends_at_the_rate_of_the_steady_gain_with_drift(drift: float) -> None:
    steady = (-drift + math.sqrt(drift**2 + 4.0 * drift)) / 2.0
    gains = kalman_gains(4.0, drift, 256)
    error = np.cumprod(1.0 - gains)
    rate = math.log(error[255] / error[155]) / 100.0
    assert rate == pytest.approx(math.log(1.0 - steady), rel=1e-9)


@pytest.mark.parametrize("loss_aversion", [1.0, 1.5, 2.0, 2.5])
@pytest.mark.parametrize("spread", [0.5, 1.0, 2.0])
def test_mean_disconfirmation_without_zone_is_that_of_the_folded_normal(loss_aversion: float, spread: float) -> None:
    parameters = parameters_with(
        **{
            "experience.perception.loss_aversion": loss_aversion,
            "experience.perception.zone_lower": 0.0,
            "experience.perception.zone_upper": 0.0,
        }
    )
    perceiving = build_rules(parameters, Calibration()).perceiving
    differences = spread * stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    mean = np.mean([valued_disconfirmation(difference, perceiving) for difference in differences])
    expected = -(loss_aversion - 1.0) * spread / math.sqrt(2.0 * math.pi)
    assert mean == pytest.approx(expected, rel=0.02, abs=1e-4)


@needs_jit
@pytest.mark.parametrize("n_handoffs", [2, 4, 6])
def test_a_journey_survives_its_handoffs_independently(n_handoffs: int) -> None:
    """Share of journeys with a failed hand-off is 1 - (1 - h)^H; false alarm below 1e-5 (4.5 standard errors)."""
    h = 0.05
    names = ["sales", "operations", "support"]
    steps = [{"department": names[k % 3], "channels": {"phone": 1.0}} for k in range(n_handoffs + 1)]
    parameters = parameters_with(
        **{
            "journeys": {"claim": {"rate_per_year": 6.0, "steps": steps}},
            "population.n_customers": 20_000,
            "population.initial_share": 0.5,
        }
    )
    offer = plain_offer(3, handoff_failure=np.full((2, 3, 3), h))
    flows = market_of(parameters, offer, baseline_hazard_per_year=0.2).step(offer, 0)
    expected = 1.0 - (1.0 - h) ** n_handoffs
    n = flows.journeys[0]
    assert n > 3000
    share = flows.journeys_handoff_failed[0] / n
    assert share == pytest.approx(expected, abs=4.5 * math.sqrt(expected * (1.0 - expected) / n))
    assert flows.handoff_attempts.sum() == n * n_handoffs


@needs_jit
def test_without_frailty_tenure_is_geometric_and_customers_are_worth_the_formula() -> None:
    """Tenure and present value of customers who leave at a constant rate, within 1 %.

    40,000 customers at a yearly retention of 0.8: the standard error of the mean tenure is 0.5 % of it and that of
    present value 0.3 %; the seed is fixed, and the false alarm rate over seeds below 5 %.
    """
    retention, rate, margin = 0.8, 0.10, 100.0
    hazard = -math.log(retention)
    parameters = parameters_with(
        **{
            "market.frailty.variance": 0.0,
            "market.tenure_effect": 0.0,
            "market.competition": 0.0,
            "market.switching_cost": 0.0,
            "market.acquisition.innovation_per_year": 0.0,
            "market.acquisition.imitation_per_year": 0.0,
            "population.n_customers": 50_000,
            "population.initial_share": 0.8,
            "time.periods_per_year": 4,
        }
    )
    offer = plain_offer(3)
    market = market_of(parameters, offer, seed=2, baseline_hazard_per_year=hazard)
    tenures = market.state.tenure[market.state.ours == 1]
    leaving = 1.0 - math.exp(-hazard / 4.0)
    assert tenures.mean() == pytest.approx((1.0 - leaving) / leaving, rel=0.01)
    started = float(market.state.ours.sum())
    value, discount = 0.0, 1.0
    for year in range(45):
        value += margin * discount * float(market.state.ours.sum()) / started
        discount /= 1.0 + rate
        for quarter in range(4):
            market.step(offer, 4 * year + quarter)
    formula = margin * (1.0 + rate) / (1.0 + rate - retention)
    assert value == pytest.approx(formula, rel=0.01)
    worth = lifetime_value(np.array([margin]), np.array([retention]), rate)[0]
    assert worth == pytest.approx(sum(margin * (retention / (1.0 + rate)) ** year for year in range(400)), rel=1e-9)


def test_elasticity_of_lifetime_value_to_retention_is_the_published_one() -> None:
    """About 2.2, 3.7 and 5.5 at retention 0.6, 0.8 and 0.9 and 10 % discount (Gupta, Lehmann & Stuart 2004)."""
    step = 1e-6
    for retention, published in ((0.6, 1.2), (0.8, 2.67), (0.9, 4.5)):
        low, high = lifetime_value(np.ones(2), np.array([retention, retention * (1.0 + step)]), 0.10)
        assert (high - low) / low / step == pytest.approx(published, rel=0.01)


@needs_jit
def test_adoption_on_a_complete_network_follows_the_bass_curve() -> None:
    """Mean of 20 runs of 5,000 people within 0.02 of the solution of the Bass equation, everywhere.

    The spread of one run is at most 0.007 early on, that of the mean of 20 runs 0.0016: the bound is there for bias.
    """
    p, q = 0.03, 0.38
    parameters = parameters_with(
        **{
            "population.n_customers": 5000,
            "population.initial_share": 0.0,
            "population.network.topology": "complete",
            "market.acquisition.innovation_per_year": p,
            "market.acquisition.imitation_per_year": q,
            "market.acquisition.expectation_effect": 0.0,
            "market.acquisition.count_all_customers": True,
            "experience.word_of_mouth.strength": 0.0,
            "journeys.purchase.rate_per_year": 0.001,
        }
    )
    offer = plain_offer(3)
    n_periods = 20 * 12
    curves = np.empty((20, n_periods))
    for run in range(20):
        market = market_of(parameters, offer, seed=100 + run, baseline_hazard_per_year=0.0, advertising_scale=1.0)
        for period in range(n_periods):
            market.step(offer, period)
            curves[run, period] = market.state.ours.mean()
    times = np.arange(1, n_periods + 1) / 12.0
    bass = integrate.solve_ivp(lambda _, f: (p + q * f) * (1.0 - f), (0.0, 20.0), [0.0], t_eval=times, rtol=1e-9).y[0]
    closed = (1.0 - np.exp(-(p + q) * times)) / (1.0 + q / p * np.exp(-(p + q) * times))
    np.testing.assert_allclose(bass, closed, rtol=0.0, atol=1e-5)
    assert np.max(np.abs(curves.mean(axis=0) - closed)) < 0.02


@needs_jit
@pytest.mark.parametrize("distribution", ["gamma", "beta"])
def test_aggregate_retention_rises_with_the_age_of_a_cohort_under_frailty(distribution: str) -> None:
    """Churn of a gamma-frail cohort after t years is that of the Pareto law; beta-frail cohorts also thin out."""
    variance, hazard = 0.5, 0.25
    parameters = parameters_with(
        **{
            "market.frailty.variance": variance,
            "market.frailty.distribution": distribution,
            "market.tenure_effect": 0.0,
            "market.competition": 0.0,
            "market.switching_cost": 0.0,
            "population.n_customers": 40_000,
        }
    )
    offer = plain_offer(3)
    market = market_of(parameters, offer, seed=3, baseline_hazard_per_year=hazard)
    table = market.rules.moving.frailty_table
    assert table.mean() == pytest.approx(1.0, abs=1e-12)
    market.state.ours[:] = 1
    market.state.tenure[:] = 0
    market.state.frailty[:] = table[np.arange(40_000) % table.shape[0]]
    yearly = []
    for year in range(6):
        cohort = market.state.tenure >= 12 * year
        before = float((cohort & (market.state.ours == 1)).sum())
        for month in range(12):
            market.step(offer, 12 * year + month)
        yearly.append(1.0 - float(((market.state.tenure >= 12 * (year + 1)) & (market.state.ours == 1)).sum()) / before)
    assert yearly[0] > yearly[2] > yearly[5]
    if distribution == "gamma":
        survival = [(1.0 + variance * hazard * year) ** (-1.0 / variance) for year in range(7)]
        expected = [1.0 - survival[year + 1] / survival[year] for year in range(6)]
        np.testing.assert_allclose(yearly, expected, atol=0.012)
