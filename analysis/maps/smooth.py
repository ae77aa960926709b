"""Smooth regressions on factors, in ranks: the scale a factor was drawn on, linear or log, makes no difference."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import SplineTransformer

from analysis.maps.table import Array

PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Ridge penalties to choose from by generalised cross-validation."""
KNOTS = 4
"""Knots of a cubic spline over the ranks: six columns, enough for one bend in either direction."""


def ranks(values: pd.Series) -> Array:
    """Return the ranks of values as shares in (0, 1), shape (n,); equals share their mean rank."""
    return np.asarray((values.rank() - 0.5) / len(values), dtype=np.float64)


def spline(u: Array, n_knots: int = KNOTS) -> Array:
    """Return cubic B-splines at ranks ``u`` in [0, 1], shape (n, n_knots + 2)."""
    knots = np.linspace(0.0, 1.0, n_knots)[:, np.newaxis]
    made = SplineTransformer(degree=3, knots=knots, extrapolation="constant").fit_transform(u[:, np.newaxis])
    return np.asarray(made, dtype=np.float64)


def columns_of(values: pd.Series, n_knots: int = KNOTS) -> Array:
    """Return the regression columns of one factor: splines of a number, a dummy for each option of a choice.

    Parameters
    ----------
    values
        Of the factor, one per point.
    n_knots
        Of the splines.

    Returns
    -------
    numpy.ndarray
        Shape (n_points, n_columns).
    """
    if pd.api.types.is_numeric_dtype(values):
        return spline(ranks(values), n_knots)
    options = sorted(set(values))
    return np.column_stack([(values == option).to_numpy(dtype=np.float64) for option in options])


def tensor(*blocks: Array) -> Array:
    """Return the products of the columns of blocks, row by row.

    Parameters
    ----------
    *blocks
        Each of shape (n_points, n_columns).

    Returns
    -------
    numpy.ndarray
        Shape (n_points, product of the numbers of columns).
    """
    return reduce(lambda left, right: np.einsum("ni,nj->nij", left, right).reshape(len(left), -1), blocks)


def fit(columns: Array, y: Array, penalties: Sequence[float] = PENALTIES) -> RidgeCV:
    """Return a ridge regression of one or more outcomes ``y``, shape (n,) or (n, k)."""
    return RidgeCV(alphas=list(penalties)).fit(columns, y)


def predict(model: RidgeCV, columns: Array) -> Array:
    """Return what a regression expects.

    Parameters
    ----------
    model
        Fitted.
    columns
        Shape (n_points, n_columns).

    Returns
    -------
    numpy.ndarray
        Shape (n_points,), in the unit it was fitted to.
    """
    return np.asarray(model.predict(columns), dtype=np.float64)


def folds(n: int, k: int = 5, seed: int = 1) -> Array:
    """Return a random fold, 0 to k - 1, for each of ``n`` points; the same for the same ``n``.

    Parameters
    ----------
    n
        Number of points.
    k
        Number of folds.
    seed
        Of the order.

    Returns
    -------
    numpy.ndarray
        Of whole numbers, shape (n,).
    """
    return np.random.default_rng(seed).permutation(np.arange(n) % k).astype(np.float64)
