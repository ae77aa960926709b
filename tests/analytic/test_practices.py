"""Practices: coordination against adaptation, against the closed-form losses of docs/evidence.md section 2.2."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from sim.organisation import practices
from sim.parameters.organisation import Coordination

N_STATES = 20_000
"""States of the Monte Carlo checks. The mean loss of 6 departments has a standard error of 0.38-0.45 %, so a
tolerance of 1 % is over 2.2 standard errors; seeds are fixed, and a fresh seed would fail under 3 % of the checks."""


def loss(actions, theta, delta):
    """Write the firm's loss down again: mean over departments of misfit plus delta times mismatch with the others."""
    n = len(theta)
    others = (actions.sum() - actions) / (n - 1)
    return np.mean((actions - theta) ** 2 + delta * (actions - others) ** 2)


def silo_loss(omega, delta, n):
    """L_silo of model.md section 9, unit variance."""
    return ((omega * delta) ** 2 + delta * n / (n - 1)) / (1.0 + omega * delta) ** 2


def talking_loss(omega, delta, n):
    """L_K of evidence.md section 2.2: full talk, unit variance."""
    x = omega * delta * n / (n - 1)
    return (n - 1) / n * (x**2 + delta * (n / (n - 1)) ** 2) / (1.0 + x) ** 2


def central_loss(g, delta, n):
    """L_central of model.md section 9, unit variance."""
    scaled = delta * (n / (n - 1)) ** 2
    return (1.0 - g) + g * (n - 1) / n * scaled / (1.0 + scaled)


def mean_loss(choose, delta, n, seed=3):
    rng = np.random.default_rng(seed)
    total = 0.0
    for theta in rng.normal(size=(N_STATES, n)):
        total += loss(choose(theta, rng), theta, delta)
    return total / N_STATES


def exact_loss(matrix, delta):
    """Return the expected loss of practices that are linear in independent unit draws.

    ``matrix`` holds the practices' answer to each unit draw of theta (first n rows) and of noise (the rest).
    """
    n = matrix.shape[1]
    return sum(loss(row, np.eye(n)[k] if k < n else np.zeros(n), delta) for k, row in enumerate(matrix))


def silo_matrix(omega, delta, talk, n):
    pull = practices.coordination_pull(1.0, omega, delta)
    return np.array([practices.silo_practices(unit, pull, talk) for unit in np.eye(n)])


def central_matrix(g, delta, n):
    zero, units = np.zeros(n), np.eye(n)
    estimates = [practices.estimate_conditions(unit, g, 1.0, zero) for unit in units]
    estimates += [practices.estimate_conditions(zero, g, 1.0, unit) for unit in units]
    return np.array([practices.integrated_practices(estimate, delta) for estimate in estimates])


@pytest.mark.parametrize(("omega", "delta"), [(0.0, 1.0), (0.4, 1.5)])
def test_silo_loss_by_monte_carlo(omega, delta):
    pull = practices.coordination_pull(1.0, omega, delta)
    found = mean_loss(lambda theta, _: practices.silo_practices(theta, pull, 0.0), delta, 6)
    assert found == pytest.approx(silo_loss(omega, delta, 6), rel=0.01)


@pytest.mark.parametrize("g", [0.3, 0.9])
def test_central_loss_by_monte_carlo(g):
    def choose(theta, rng):
        estimate = practices.estimate_conditions(theta, g, 1.0, rng.normal(size=theta.size))
        return practices.integrated_practices(estimate, 1.0)

    assert mean_loss(choose, 1.0, 6) == pytest.approx(central_loss(g, 1.0, 6), rel=0.01)


@given(omega=st.floats(0.0, 3.0), delta=st.floats(0.0, 5.0), n=st.integers(2, 9))
def test_silo_loss_exactly(omega, delta, n):
    assert exact_loss(silo_matrix(omega, delta, 0.0, n), delta) == pytest.approx(silo_loss(omega, delta, n), abs=1e-10)


@given(omega=st.floats(0.0, 3.0), delta=st.floats(0.0, 5.0), n=st.integers(2, 9))
def test_loss_with_full_talk_exactly(omega, delta, n):
    found = exact_loss(silo_matrix(omega, delta, 1.0, n), delta)
    assert found == pytest.approx(talking_loss(omega, delta, n), abs=1e-10)


@given(g=st.floats(0.0, 1.0), delta=st.floats(0.0, 5.0), n=st.integers(2, 9))
def test_central_loss_exactly(g, delta, n):
    assert exact_loss(central_matrix(g, delta, n), delta) == pytest.approx(central_loss(g, delta, n), abs=1e-10)


def test_silos_lose_to_the_centre_above_a_known_interdependence():
    low, high = 0.01, 3.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        silo = exact_loss(silo_matrix(0.0, middle, 0.2, 6), middle)
        if silo < exact_loss(central_matrix(0.5, middle, 6), middle):
            low = middle
        else:
            high = middle
    assert low == pytest.approx(0.574, abs=0.02)


def test_talk_without_a_stake_changes_nothing():
    theta = np.random.default_rng(1).normal(size=7)
    silent = practices.silo_practices(theta, practices.coordination_pull(1.0, 0.0, 2.0), 0.0)
    talking = practices.silo_practices(theta, practices.coordination_pull(1.0, 0.0, 2.0), 1.0)
    np.testing.assert_array_equal(silent, talking)
    np.testing.assert_array_equal(silent, theta)


@pytest.mark.parametrize("omega", [0.1, 0.4, 1.0])
def test_talk_with_a_stake_helps(omega):
    losses = [exact_loss(silo_matrix(omega, 1.5, talk, 6), 1.5) for talk in (0.0, 0.3, 0.6, 1.0)]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] - losses[-1] > 0.01


def test_the_example_of_talk_with_a_stake():
    assert exact_loss(silo_matrix(0.4, 1.5, 0.0, 6), 1.5) == pytest.approx(0.844, abs=0.001)
    assert exact_loss(silo_matrix(0.4, 1.5, 1.0, 6), 1.5) == pytest.approx(0.755, abs=0.001)


@given(omega=st.floats(0.0, 5.0), talk=st.floats(0.0, 1.0), seed=st.integers(0, 10_000))
def test_silo_practices_solve_their_joint_equation(omega, talk, seed):
    theta, delta = np.random.default_rng(seed).normal(size=5), 1.3
    found = practices.silo_practices(theta, practices.coordination_pull(1.0, omega, delta), talk)
    others = (found.sum() - found) / 4
    np.testing.assert_allclose(found, (theta + omega * delta * talk * others) / (1.0 + omega * delta), atol=1e-12)


@pytest.mark.parametrize("delta", [0.0, 0.7, 3.0])
def test_integrated_practices_minimise_the_loss(delta):
    estimate = np.random.default_rng(2).normal(size=5)
    best = minimize(lambda actions: loss(actions, estimate, delta), np.zeros(5), tol=1e-14)
    np.testing.assert_allclose(practices.integrated_practices(estimate, delta), best.x, atol=1e-5)


@given(omega=st.floats(0.0, 3.0), talk=st.floats(0.0, 1.0), n=st.integers(2, 9))
def test_expected_spread_is_the_sum_over_unit_draws(omega, talk, n):
    matrix = silo_matrix(omega, 1.2, talk, n)
    spread = practices.expected_spread(practices.coordination_pull(1.0, omega, 1.2), talk, n)
    assert spread.misfit == pytest.approx(((matrix[:, 0] - np.eye(n)[0]) ** 2).sum(), abs=1e-12)
    assert spread.mismatch == pytest.approx(((matrix[:, 0] - matrix[:, 1]) ** 2).sum(), abs=1e-12)


def test_an_estimate_has_the_reliability_it_claims():
    # 50,000 states: standard error of a variance 0.6 %.
    rng, g, sd = np.random.default_rng(5), 0.4, 2.0
    theta = sd * rng.normal(size=50_000)
    estimate = practices.estimate_conditions(theta, g, sd, rng.normal(size=50_000))
    assert estimate.var() == pytest.approx(g * sd**2, rel=0.03)
    assert (theta - estimate).var() == pytest.approx((1.0 - g) * sd**2, rel=0.03)
    assert np.cov(theta - estimate, estimate)[0, 1] == pytest.approx(0.0, abs=0.05)


def test_old_information_is_a_less_reliable_fresh_signal():
    # The lagged form: theta a quarter of a year ago, seen with reliability g and discounted; 50,000 states.
    rng, g, lag, memory = np.random.default_rng(6), 0.6, 0.25, 0.8
    kept = np.exp(-lag / memory)
    before = rng.normal(size=50_000)
    now = kept * before + np.sqrt(1.0 - kept**2) * rng.normal(size=50_000)
    lagged = kept * (g * before + np.sqrt(g * (1.0 - g)) * rng.normal(size=50_000))
    dated = practices.dated_reliability(g, lag, memory)
    assert lagged.var() == pytest.approx(dated, rel=0.03)
    assert np.cov(lagged, now)[0, 1] == pytest.approx(dated, rel=0.03)
    assert practices.dated_reliability(g, 0.0, memory) == g


def test_authority_blends_from_silo_to_centre():
    silo, centre = np.array([0.0, 2.0, 4.0]), np.array([1.0, 1.0, 1.0])
    np.testing.assert_allclose(practices.practices_in_force(silo, centre, 0.25), [0.25, 1.75, 3.25])
    np.testing.assert_array_equal(practices.practices_in_force(silo, centre, 0.0), silo)


def test_mismatch_fails_handoffs_in_both_directions_and_never_within_a_department():
    rules = Coordination(handoff_failure=0.02, mismatch_failure=0.01, interdependence=2.0)
    failures = practices.handoff_failures(np.array([0.0, 1.0, 30.0]), rules)
    assert failures[0, 1] == failures[1, 0] == pytest.approx(0.04)
    assert failures[0, 2] == 0.9
    np.testing.assert_array_equal(np.diag(failures), 0.0)


def test_expected_handoff_failure_is_the_mean_over_states():
    # 20,000 states of 6 departments: standard error of the mean about 0.3 %.
    rules = Coordination()
    pull = practices.coordination_pull(1.0, 0.3, 1.0)
    rng = np.random.default_rng(8)
    total = sum(
        practices.handoff_failures(practices.silo_practices(t, pull, 0.5), rules)[0, 1]
        for t in rng.normal(size=(N_STATES, 6))
    )
    expected = practices.expected_handoff_failure(practices.expected_spread(pull, 0.5, 6).mismatch, rules)
    assert total / N_STATES == pytest.approx(expected, rel=0.01)


def test_departments_paid_only_on_the_score_still_have_practices():
    theta = np.array([1.0, -1.0, 3.0])
    assert practices.coordination_pull(0.0, 0.5, 1.0) == 1.0
    np.testing.assert_allclose(practices.silo_practices(theta, 1.0, 1.0), 1.0)
    np.testing.assert_allclose(practices.silo_practices(theta, 1.0, 0.5), 0.0)
    assert practices.coordination_pull(0.0, 0.0, 1.0) == 0.0


@pytest.mark.parametrize(("pull", "talk", "n"), [(1.1, 0.0, 3), (0.5, -0.1, 3), (0.5, 0.5, 1)])
def test_impossible_practices_are_refused(pull, talk, n):
    with pytest.raises(ValueError, match=r"must be between|at least two"):
        practices.silo_loadings(pull, talk, n)
