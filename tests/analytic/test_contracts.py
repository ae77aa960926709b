"""Contracts: efforts, free riding, gaming and risk against theory (Holmstrom 1982; Holmstrom & Milgrom 1991)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from sim.organisation import contracts
from sim.organisation.contracts import Contract, Response
from sim.organisation.promise import over_promise
from sim.parameters.governance import Governance
from sim.parameters.organisation import Contracts, Listening, Promise
from tests.fake_market import build_company, run_period
from tests.markets import parameters_with

INCENTIVES = st.floats(0.0, 2.0)
SUBSTITUTION = st.floats(0.0, 0.95)


def surplus_of_agent(efforts, local, experience, kappa):
    """Write the department's problem down again."""
    e, c = efforts
    return local * e + experience * c - 0.5 * (e * e + c * c + 2.0 * kappa * e * c)


@given(local=INCENTIVES, experience=INCENTIVES, kappa=SUBSTITUTION)
def test_interior_efforts_solve_the_linear_system(local, experience, kappa):
    expected = np.linalg.solve([[1.0, kappa], [kappa, 1.0]], [local, experience])
    if expected.min() <= 1e-6:
        return
    np.testing.assert_allclose(contracts.best_efforts(local, experience, kappa), expected, rtol=1e-9, atol=1e-9)


@settings(max_examples=40)
@given(local=INCENTIVES, experience=INCENTIVES, kappa=SUBSTITUTION)
def test_efforts_are_never_negative_and_no_constrained_effort_does_better(local, experience, kappa):
    found = contracts.best_efforts(local, experience, kappa)
    assert min(found) >= 0.0
    best = minimize(
        lambda x: -surplus_of_agent(x, local, experience, kappa), x0=[0.5, 0.5], bounds=[(0, None), (0, None)]
    )
    assert surplus_of_agent(found, local, experience, kappa) >= -best.fun - 1e-7


@pytest.mark.parametrize(("local", "experience"), [(1.0, 0.1), (0.1, 1.0), (0.0, 0.5), (0.5, 0.0)])
def test_corner_efforts_agree_with_a_brute_grid(local, experience):
    grid = np.linspace(0.0, 1.5, 301)
    e, c = np.meshgrid(grid, grid, indexing="ij")
    value = surplus_of_agent((e, c), local, experience, 0.8)
    row, column = np.unravel_index(value.argmax(), value.shape)
    np.testing.assert_allclose(
        contracts.best_efforts(local, experience, 0.8), (grid[row], grid[column]), atol=0.5 * (grid[1] - grid[0]) + 1e-9
    )


@pytest.mark.parametrize(
    ("kappa", "rho", "noises"),
    [(0.3, 1.0, (0.3, 0.6)), (0.0, 1.0, (1.0, 0.5)), (0.5, 0.5, (0.4, 0.4)), (0.2, 2.0, (0.7, 0.3))],
)
def test_weights_that_maximise_total_surplus_are_those_of_holmstrom_and_milgrom(kappa, rho, noises):
    value = np.array([1.0, 0.8])
    cost, sigma = np.array([[1.0, kappa], [kappa, 1.0]]), np.diag(np.square(noises))
    theory = np.linalg.solve(np.eye(2) + rho * cost @ sigma, value)
    rules = Contracts(
        effort_substitution=kappa,
        risk_aversion=rho,
        local_noise_sd=noises[0],
        intrinsic_motivation=0.0,
        gaming_cost=1e6,
    )

    def total_surplus(local, weight):
        effort, experience_effort = contracts.best_efforts(local, weight, kappa)
        paid = contracts.effort_cost(Response(effort, experience_effort, 0.0), rules)
        risk = contracts.risk_premium(Contract(local, weight, 1.0, weight), 1, rules, noises[1])
        return value @ (effort, experience_effort) - paid - risk

    # Two rounds of a grid of 61 x 61: the second is within 0.2 % of the weights.
    centre, width = np.array([0.75, 0.6]), 0.75
    for _ in range(2):
        axes = [np.linspace(max(0.0, m - width), m + width, 61) for m in centre]
        table = np.array([[total_surplus(a, b) for b in axes[1]] for a in axes[0]])
        row, column = np.unravel_index(table.argmax(), table.shape)
        centre, width = np.array([axes[0][row], axes[1][column]]), 0.05
    np.testing.assert_allclose(centre, theory, rtol=0.01)


@pytest.mark.parametrize("n", [2, 3, 5, 9])
@pytest.mark.parametrize(("local", "kappa"), [(0.0, 0.6), (1.0, 0.0)])
def test_a_pooled_score_invites_free_riding_in_proportion_to_the_team(n, local, kappa):
    rules = Contracts(intrinsic_motivation=0.0, effort_substitution=kappa)
    alone = contracts.respond_to(local, contracts.shared_weight(0.4, 0.0, 1), rules).experience_effort
    team = contracts.respond_to(local, contracts.shared_weight(0.4, 0.0, n), rules).experience_effort
    assert team / alone == pytest.approx(1.0 / n, rel=1e-12)


def test_an_attributed_score_leaves_no_free_riding():
    assert contracts.shared_weight(0.4, 1.0, 9) == 0.4


@given(weight=st.floats(0.0, 1.0), cost=st.floats(0.3, 10.0))
def test_gaming_is_weight_over_its_cost(weight, cost):
    grid = np.linspace(0.0, 4.0, 4001)
    best = grid[(weight * grid - 0.5 * cost * grid**2).argmax()]
    assert contracts.gaming_level(weight, cost) == pytest.approx(best, abs=1e-3)
    assert contracts.gaming_level(weight, cost) == weight / cost


def test_gaming_answers_to_the_weight_and_not_to_intrinsic_motivation():
    tempted = contracts.respond_to(1.0, 0.3, Contracts(intrinsic_motivation=0.5, gaming_cost=2.0))
    assert tempted.gaming == pytest.approx(0.15)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_attribution_multiplies_noise_because_the_survey_is_split(alpha):
    # Own scores have n times the variance of their mean. 200,000 draws: the variance is within 1 % (3 standard errors).
    n, pooled_sd, rng = 6, 0.6, np.random.default_rng(7)
    own = rng.normal(0.0, pooled_sd * np.sqrt(n), (200_000, n))
    noise = alpha * own[:, 0] + (1.0 - alpha) * own.mean(axis=1)
    rules = Contracts(risk_aversion=2.0, local_noise_sd=0.0)
    premium = contracts.risk_premium(Contract(1.0, 0.5, alpha, 0.0), n, rules, pooled_sd)
    assert premium == pytest.approx(0.5 * 2.0 * 0.25 * noise.var(), rel=0.01)


def test_noise_of_the_score_falls_with_the_root_of_the_survey():
    rules = Contracts(kpi_noise_sd=0.6)
    assert contracts.kpi_noise(rules, Listening(survey_size=400)) == pytest.approx(0.6)
    assert contracts.kpi_noise(rules, Listening(survey_size=1600)) == pytest.approx(0.3)


def test_effort_cost_is_the_quadratic_form_with_gaming():
    rules = Contracts(effort_substitution=0.3, gaming_cost=4.0)
    assert contracts.effort_cost(Response(1.0, 0.5, 0.2), rules) == pytest.approx(
        0.5 * (1 + 0.25 + 0.3) + 0.5 * 4 * 0.04
    )


def test_a_contract_is_the_levers_and_nothing_else():
    levers = Governance(added_cx_weight=0.5, local_weight_offset=0.4, attribution=0.5)
    contract = contracts.write_contract(levers, Contracts(base_cx_weight=0.05), 8)
    assert contract == pytest.approx((1.0 - 0.4 * 0.55, 0.55, 0.5, 0.55 * (0.5 + 0.5 / 8)))


def test_the_local_weight_never_falls_below_zero():
    levers = Governance(added_cx_weight=1.0, local_weight_offset=1.0)
    assert contracts.write_contract(levers, Contracts(base_cx_weight=0.5), 4).local_weight == 0.0


@given(local=st.floats(0.1, 1.0), weight=st.floats(0.0, 1.0))
def test_a_stake_in_the_score_restrains_over_promising(local, weight):
    rules = Promise(temptation=0.3, resistance=1.0, accountability=2.0)
    assert over_promise(local, weight, rules) == pytest.approx(0.3 * local / (1.0 + 2.0 * weight))
    assert over_promise(local, weight + 0.1, rules) < over_promise(local, weight, rules)


@pytest.mark.parametrize("periods_per_year", [4, 12, 52])
def test_behaviour_covers_63_percent_of_a_new_contract_after_the_culture_lag(periods_per_year):
    parameters = parameters_with(
        **{
            "time.periods_per_year": periods_per_year,
            "time.burn_in_years": 1.0,
            "organisation.contracts.culture_years": 1.5,
            "governance.added_cx_weight": 0.5,
            "governance.local_weight_offset": 0.4,
            "governance.attribution": 1.0,
        }
    )
    company, start = build_company(parameters), 0.05 / 3
    for period in range(round(2.5 * periods_per_year)):
        run_period(company, parameters, period)
    (first, *_) = company.departments
    assert (first.shared_weight - start) / (0.55 - start) == pytest.approx(1.0 - np.exp(-1.0), rel=1e-9)
    assert (1.0 - first.local_weight) / (0.4 * 0.55) == pytest.approx(1.0 - np.exp(-1.0), rel=1e-9)


def test_without_culture_lag_behaviour_is_the_contract_at_once():
    parameters = parameters_with(
        **{
            "time.burn_in_years": 1.0,
            "organisation.contracts.culture_years": 0.0,
            "governance.added_cx_weight": 0.5,
            "governance.attribution": 1.0,
        }
    )
    company = build_company(parameters)
    for period in range(13):
        run_period(company, parameters, period)
    # C^-1 b for kappa = .3, b = (1, .55 + .30), written out.
    expected = ((1.0 - 0.3 * 0.85) / 0.91, (0.85 - 0.3) / 0.91, 0.55 / 3.0)
    for department in company.departments:
        assert department.response == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: contracts.shared_weight(0.5, 1.1, 3), "attribution"),
        (lambda: contracts.shared_weight(0.5, 0.5, 0), "department"),
        (lambda: contracts.best_efforts(-0.1, 0.5, 0.3), "incentives"),
        (lambda: contracts.best_efforts(1.0, 0.5, 1.0), "substitution"),
        (lambda: contracts.gaming_level(0.5, 0.0), "gaming"),
    ],
)
def test_impossible_contracts_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
