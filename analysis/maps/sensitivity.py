"""What moves the difference between two designs: Sobol and Morris indices, or rank indices of any random sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.compare.intervals import Z95, spearman
from analysis.maps.sample import Kind, Sample, codes_of, padded
from analysis.maps.smooth import KNOTS, columns_of, fit, folds, predict
from analysis.maps.table import Array, Unit, Wide

SEED = 1
ENDS = ("index", "low", "high")


@dataclass(frozen=True)
class Sensitivity:
    """How much each factor moves the outcome of design ``a`` less that of ``b``."""

    a: str
    b: str
    kind: Kind
    frame: pd.DataFrame
    """One row per factor, most influential first: ``factor``, ``index`` with ``low`` and ``high`` (95 %), and by kind
    ``first`` (Sobol), ``sigma`` (Morris), ``rho`` with interval and p (rank). No rows of the kind ``none``."""
    n_points: int
    """Points it was made from."""
    unit: Unit

    @property
    def clear(self) -> pd.DataFrame:
        """Factors whose interval lies above 0.

        Returns
        -------
        pandas.DataFrame
            Their rows of `frame`.
        """
        return self.frame[self.frame["low"] > 0.0]


def sensitivity(found: Wide, a: str, b: str) -> Sensitivity:
    """Return what moves a difference, by the method the sample allows.

    A Saltelli sample gives Sobol indices, Morris trajectories elementary effects, each from the parts of it that are
    whole; anything else is taken for a random sample of independent factors.
    """
    sample, d = found.sample, found.difference(a, b)
    x, d = found.x[sample.used], d[sample.used]
    if sample.kind == "none":
        frame = pd.DataFrame({"factor": pd.Series(dtype=str), **{name: pd.Series(dtype=float) for name in ENDS}})
    elif sample.kind == "rank":
        frame = rank_indices(x, d)
    else:
        makers = {"sobol": _sobol, "morris": _morris}
        frame = makers[sample.kind](padded(x, found.laid.factors), d, sample)
        frame = frame[frame["factor"].isin(list(x.columns))]
    frame = frame.sort_values("index", ascending=False, kind="stable").reset_index(drop=True)
    return Sensitivity(a, b, sample.kind, frame, len(d), found.unit)


def rank_indices(x: pd.DataFrame, d: Array) -> pd.DataFrame:
    """Return first-order indices of the ranks of ``d``, and rank correlations, from a sample of independent factors.

    Parameters
    ----------
    x
        A column per factor, a row per point.
    d
        The difference, shape (n_points,).

    Returns
    -------
    pandas.DataFrame
        One row per factor; indices are shares of the variance of ranks.
    """
    return first_order(x, np.asarray(stats.rankdata(d), dtype=np.float64))


def first_order(x: pd.DataFrame, d: Array, n_knots: int = KNOTS) -> pd.DataFrame:
    """Return the share of the variance of ``d`` that a smooth curve of each factor explains at points it has not seen.

    The share is the first-order Sobol index where factors are independent. A curve is fitted on four fifths of the
    points and judged on the other fifth; the interval is that of a mean of paired squared errors. Of factors without
    any effect, at most 2.5 % have an interval above 0.

    Keep curves coarse in Sobol sequences of many factors: their points are independent by pairs of factors only at a
    coarse look. Of 2,000 points over 86 factors, curves of 8 knots of one factor "explained" 13 % of another, curves of
    4 knots nothing; neighbours in the order of a factor, as some estimators compare them, go together most of all.

    Parameters
    ----------
    x
        Factors, one row per point.
    d
        Shape (n_points,).
    n_knots
        Of the curves; 4 follow one bend in either direction.

    Returns
    -------
    pd.DataFrame
        Columns ``factor``, ``index``, ``low``, ``high``, and Spearman's ``rho`` with interval and p (not of choices).
    """
    fold = folds(len(d))
    means = _out_of_fold(np.ones((len(d), 1)), d, fold)
    rows = []
    for name in x:
        expected = _out_of_fold(columns_of(x[name], n_knots), d, fold)
        saved = ((d - means) ** 2 - (d - expected) ** 2) / float(d.var() or 1.0)
        index, reach = float(saved.mean()), Z95 * float(saved.std(ddof=1)) / np.sqrt(len(d))
        is_number = pd.api.types.is_numeric_dtype(x[name])
        rho = spearman(x[name].to_numpy(dtype=np.float64), d) if is_number else (np.nan,) * 4
        row = {"factor": str(name), "index": index, "low": index - reach, "high": index + reach}
        rows.append(row | dict(zip(("rho", "rho_low", "rho_high", "p"), rho, strict=True)))
    return pd.DataFrame(rows)


def influential(found: Wide, n: int = 2) -> list[str]:
    """Return the numeric factors that go most closely with what designs earn over the baseline.

    By the square of Spearman's rho, mean over the designs.
    """
    y = found.y[list(found.scenarios[1:])].sub(found.y[found.baseline], axis=0)
    squared = found.x[list(found.numeric)].rank().apply(lambda column: (y.rank().corrwith(column) ** 2).mean())
    return [str(name) for name in squared.sort_values(ascending=False, kind="stable").index[:n]]


def _out_of_fold(columns: Array, d: Array, fold: Array) -> Array:
    """Return what a regression on columns expects of points that it has not seen."""
    expected = np.zeros(len(d))
    for k in np.unique(fold):
        held = fold == k
        expected[held] = predict(fit(columns[~held], d[~held]), columns[held])
    return expected


def _sobol(x: pd.DataFrame, d: Array, sample: Sample) -> pd.DataFrame:
    """Return total and first-order Sobol indices of a Saltelli sample, from SALib."""
    from SALib.analyze import sobol

    second = sample.block == 2 * x.shape[1] + 2
    problem = {"num_vars": x.shape[1], "names": list(x.columns), "bounds": [[0.0, 1.0]] * x.shape[1]}
    made = sobol.analyze(problem, d, calc_second_order=second, num_resamples=200, seed=SEED)
    frame = pd.DataFrame({"factor": list(x.columns), "index": made["ST"], "first": made["S1"]})
    frame["low"], frame["high"] = made["ST"] - made["ST_conf"], made["ST"] + made["ST_conf"]
    frame["first_low"], frame["first_high"] = made["S1"] - made["S1_conf"], made["S1"] + made["S1_conf"]
    return frame


def _morris(x: pd.DataFrame, d: Array, _sample: Sample) -> pd.DataFrame:
    """Return Morris' mean absolute elementary effects, from SALib; the step is that of an even number of levels.

    An effect is that over the range of a number; of a choice, that of another option.
    """
    from SALib.analyze import morris

    codes = codes_of(x)
    levels = 2 * ((int(codes.max()) + 2) // 2)
    step = levels / (2.0 * (levels - 1.0))
    scale = np.array([1.0 if pd.api.types.is_numeric_dtype(x[name]) else step for name in x])
    problem = {"num_vars": x.shape[1], "names": list(x.columns), "bounds": [[0.0, 1.0]] * x.shape[1]}
    unit = codes / np.maximum(1, codes.max(axis=0))
    made = morris.analyze(problem, unit, d, num_levels=levels, num_resamples=200, seed=SEED)
    star, reach, mu, sigma = (scale * np.asarray(made[key]) for key in ("mu_star", "mu_star_conf", "mu", "sigma"))
    columns = {"factor": list(x.columns), "index": star, "low": star - reach, "high": star + reach}
    return pd.DataFrame({**columns, "mu": mu, "sigma": sigma})
