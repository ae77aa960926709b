"""Practices, misfit and mismatch: coordination against adaptation.

Department d runs a practice ``a_d`` while its local conditions ask for ``theta_d``. The firm loses
``mean (a_d - theta_d)^2 + delta mean (a_d - mean of the others)^2``. Silos adapt, a centre coordinates on what it
knows (Dessein & Santos 2006; Alonso, Dessein & Matouschek 2008).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.organisation.dynamics import mean_of
from sim.parameters.organisation import Coordination

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

MAX_HANDOFF_FAILURE = 0.9


class Spread(NamedTuple):
    """Expected squared distances of silo practices, in units of the variance of local conditions."""

    misfit: float
    """E (a_d - theta_d)^2 / sd^2."""
    mismatch: float
    """E (a_d - a_d')^2 / sd^2 for two departments."""


def coordination_pull(local_weight: float, weight: float, interdependence: float) -> float:
    """Return omega delta / (1 + omega delta), omega = b_X / w_L: how far practice follows the others', in [0, 1].

    Parameters
    ----------
    local_weight
        Weight of the local metric (w_L), at least 0.
    weight
        Attributed weight of the customer score (b_X), at least 0.
    interdependence
        Need of coordination against adaptation (delta), at least 0.
    """
    lean = weight * interdependence
    return lean / (local_weight + lean) if lean > 0.0 else 0.0


def silo_loadings(pull: float, talk: float, n_departments: int) -> tuple[float, float]:
    """Return (own, common): silo practices are ``own * theta_d + common * sum(theta)``.

    This is the joint solution of ``a_d = (1 - pull) theta_d + pull talk mean_{-d}(a)``.

    Parameters
    ----------
    pull
        Lean on the others, in [0, 1]; see ``coordination_pull``.
    talk
        Share of the others' practices that is known (h), in [0, 1].
    n_departments
        Number of departments, at least 2.

    Raises
    ------
    ValueError
        If there are fewer than two departments, or pull or talk leave [0, 1].
    """
    if n_departments < 2:
        raise ValueError(f"practices need at least two departments, given {n_departments}")
    if not (0.0 <= pull <= 1.0 and 0.0 <= talk <= 1.0):
        raise ValueError(f"pull and talk must be between 0 and 1, given {pull:g} and {talk:g}")
    echo = pull * talk / (n_departments - 1)
    own = (1.0 - pull) / (1.0 + echo)
    heard = 1.0 - pull * talk
    common = echo * own / heard if heard > 0.0 else 1.0 / n_departments
    return own, common


def silo_practices(theta: Vector, pull: float, talk: float) -> Vector:
    """Return the practices departments choose for themselves.

    Parameters
    ----------
    theta
        Local conditions, practice units, shape (n,).
    pull
        How far practice follows the others' (see `coordination_pull`), in [0, 1].
    talk
        Share of the others' practices that departments know (h), in [0, 1].

    Returns
    -------
    ndarray
        Practice units, float64, shape (n,).
    """
    own, common = silo_loadings(pull, talk, theta.size)
    practices: Vector = own * theta + common * theta.sum()
    return practices


def expected_spread(pull: float, talk: float, n_departments: int) -> Spread:
    """Return what silo practices cost on average when local conditions are independent."""
    own, common = silo_loadings(pull, talk, n_departments)
    misfit = (own + common - 1.0) ** 2 + (n_departments - 1) * common**2
    return Spread(misfit, 2.0 * own**2)


def dated_reliability(reliability: float, age_years: float, memory_years: float) -> float:
    """Return the reliability today of a signal of this reliability and age, in [0, 1].

    A signal of conditions ``age`` years ago, discounted for their change since, has the same joint law with today's
    conditions as a fresh signal of reliability ``g exp(-2 age / memory)``. Using that keeps the age exact for any
    length of period.
    """
    return reliability * math.exp(-2.0 * age_years / memory_years)


def estimate_conditions(theta: Vector, reliability: float, sd: float, noise: Vector) -> Vector:
    """Return the best estimate of local conditions from a signal of reliability g.

    ``g theta + sqrt(g (1 - g)) sd noise`` has variance g sd^2 and leaves an error of variance (1 - g) sd^2.

    Parameters
    ----------
    theta
        Local conditions, shape (n,), practice units.
    reliability
        Share of the variance the signal explains (g), in [0, 1].
    sd
        Spread of local conditions, practice units.
    noise
        Standard normal draws, shape (n,).

    Returns
    -------
    ndarray
        Practice units, float64, shape (n,).
    """
    estimate: Vector = reliability * theta + math.sqrt(reliability * (1.0 - reliability)) * sd * noise
    return estimate


def integrated_practices(estimate: Vector, interdependence: float) -> Vector:
    """Return the practices that minimise the firm's expected loss, given an estimate of local conditions.

    The common part is kept and the deviations shrink by ``1 + delta'``, ``delta' = delta (n / (n - 1))^2``.

    Parameters
    ----------
    estimate
        What is believed of local conditions, practice units, shape (n,), two departments at least.
    interdependence
        Need of coordination against adaptation (delta), from 0.

    Returns
    -------
    ndarray
        Practice units, float64, shape (n,).
    """
    n_departments = estimate.size
    scaled = interdependence * (n_departments / (n_departments - 1)) ** 2
    mean = mean_of(estimate)
    practices: Vector = mean + (estimate - mean) / (1.0 + scaled)
    return practices


def practices_in_force(silo: Vector, integrated: Vector, authority: float) -> Vector:
    """Return ``(1 - L) silo + L integrated``.

    Parameters
    ----------
    silo, integrated
        Practices that departments choose and that the centre asks for, practice units, shape (n,).
    authority
        Authority over departments (L), in [0, 1].

    Returns
    -------
    ndarray
        Practice units, float64, shape (n,).
    """
    practices: Vector = silo + authority * (integrated - silo)
    return practices


def handoff_failures(practices: Vector, coordination: Coordination) -> Matrix:
    """Return the probability that a hand-off fails: ``clip(h0 + h1 delta (a_from - a_to)^2, 0, 0.9)``.

    Parameters
    ----------
    practices
        Practices in force, practice units, shape (n,).
    coordination
        Failure of aligned departments, and what a mismatch adds.

    Returns
    -------
    ndarray
        Probabilities, index (from, to), 0 on the diagonal, float64, shape (n, n).
    """
    distance = practices[:, None] - practices[None, :]
    slope = coordination.mismatch_failure * coordination.interdependence
    failures: Matrix = np.minimum(coordination.handoff_failure + slope * distance * distance, MAX_HANDOFF_FAILURE)
    np.fill_diagonal(failures, 0.0)
    return failures


def expected_handoff_failure(mismatch: float, coordination: Coordination) -> float:
    """Return the mean failure of a hand-off at an expected squared mismatch (practice units squared)."""
    slope = coordination.mismatch_failure * coordination.interdependence
    return min(coordination.handoff_failure + slope * mismatch, MAX_HANDOFF_FAILURE)
