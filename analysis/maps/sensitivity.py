"""What moves the difference between two designs: Sobol and Morris indices, or rank indices of any random sample."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.maps import words
from analysis.maps.smooth import KNOTS, columns_of, fit, folds, predict
from analysis.maps.table import Array, Unit, Wide
from analysis.numbers import number_word
from analysis.regime_statistics import Z95, spearman
from analysis.style import MUTED, WIDTH, colour_of, house_style, new_figure, write_figure, write_frame

Kind = Literal["sobol", "morris", "rank"]
SHOWN = 12
SEED = 1
MEANING = {
    "sobol": "total Sobol index (bootstrap interval): share of the variance with the factor and its interactions",
    "morris": "Morris' mean absolute elementary effect over the range (bootstrap interval)",
    "rank": "first-order index: share of the variance of the ranks that goes with the factor alone",
}


@dataclass(frozen=True)
class Sensitivity:
    """How much each factor moves the outcome of design ``a`` less that of ``b``."""

    a: str
    b: str
    kind: Kind
    frame: pd.DataFrame
    """One row per factor, most influential first: ``factor``, ``index`` with ``low`` and ``high`` (95 %), and by kind
    ``first`` (Sobol), ``sigma`` (Morris), ``rho`` with interval and p (rank)."""
    n_points: int
    unit: Unit

    @property
    def clear(self) -> pd.DataFrame:
        """Factors whose interval lies above 0."""
        return self.frame[self.frame["low"] > 0.0]


def sensitivity(found: Wide, a: str, b: str) -> Sensitivity:
    """Return what moves a difference, by the method the sample allows.

    A Saltelli sample gives Sobol indices, Morris trajectories elementary effects, anything else is taken for a random
    sample of independent factors.
    """
    d = found.difference(a, b)
    kind = kind_of(found.x)
    makers = {"sobol": _sobol, "morris": _morris, "rank": rank_indices}
    frame = makers[kind](found.x, d).sort_values("index", ascending=False, kind="stable").reset_index(drop=True)
    return Sensitivity(a, b, kind, frame, len(d), found.unit)


def kind_of(x: pd.DataFrame) -> Kind:
    """Return what a sample is: from its rows, in order of points."""
    if x.shape[1] < 2 or not all(pd.api.types.is_numeric_dtype(x[name]) for name in x):
        return "rank"
    rows = x.to_numpy(dtype=np.float64)
    n, k = rows.shape
    if n % (k + 1) == 0 and bool((_moves(rows, k + 1) == 1).all()):
        return "morris"
    for block in (k + 2, 2 * k + 2):
        if n % block == 0 and _is_saltelli(rows, block):
            return "sobol"
    return "rank"


def rank_indices(x: pd.DataFrame, d: Array) -> pd.DataFrame:
    """Return first-order indices of the ranks of ``d``, and rank correlations, from a sample of independent factors."""
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


def sentence(found: Sensitivity) -> str:
    """Return how many factors move the difference, and those of the largest estimates."""
    clear = found.clear.head(3)
    pair = f"{words.design(found.a)} and {words.design(found.b)}"
    if clear.empty:
        return f"No factor clearly moves the difference between {pair} on its own."
    listed = words.join(words.factor(name) for name in clear["factor"])
    tail = ""
    if found.kind != "morris":
        first = clear.iloc[0]
        of = "the variance of its ranks" if found.kind == "rank" else "its variance, interactions included"
        tail = f"; the first accounts for {_range(first['low'], first['high'])} of {of}"
    n, count = len(found.clear), len(found.frame)
    return (
        f"{words.capital(number_word(n))} of {number_word(count)} factors clearly {'moves' if n == 1 else 'move'} the "
        f"difference between {pair}, by estimate first {listed}{tail}."
    )


def draw(panels: list[Sensitivity], folder: Path, name: str = "sensitivity") -> list[Path]:
    """Draw the largest indices of one or more differences, a panel each."""
    with house_style():
        figure = new_figure(WIDTH, 4.6)
        axes = figure.subplots(1, len(panels), squeeze=False, sharex=panels[0].kind != "morris")[0]
        for one, place in zip(panels, axes, strict=True):
            shown = one.frame.head(SHOWN).iloc[::-1]
            colour = colour_of(one.a)
            rows = np.arange(len(shown))
            place.barh(rows, shown["index"].clip(lower=0.0), color=colour, alpha=0.35, height=0.65)
            place.hlines(rows, shown["low"], shown["high"], color=colour, linewidth=1.6)
            place.plot(shown["index"], rows, "o", color=colour, markersize=3.5)
            place.set_yticks(rows, [words.factor(key) for key in shown["factor"]], fontsize=8.5)
            place.axvline(0.0, color=MUTED, linewidth=0.8)
            place.set_title(words.label(one.a))
            place.set_xlabel("effect over the range" if one.kind == "morris" else "share of variance")
            place.grid(visible=True, axis="x")
            place.grid(visible=False, axis="y")
        note = (
            f"Each design less {words.label(panels[0].b)} in {panels[0].unit.outcome}, {panels[0].n_points:,} points. "
            f"{words.capital(MEANING[panels[0].kind])}; lines: 95 % interval of each factor by itself."
        )
        write_frame(figure, sentence(max(panels, key=lambda one: len(one.clear))).rstrip("."), note)
        return write_figure(figure, folder, name)


def _out_of_fold(columns: Array, d: Array, fold: Array) -> Array:
    """Return what a regression on columns expects of points that it has not seen."""
    expected = np.zeros(len(d))
    for k in np.unique(fold):
        held = fold == k
        expected[held] = predict(fit(columns[~held], d[~held]), columns[held])
    return expected


def _sobol(x: pd.DataFrame, d: Array) -> pd.DataFrame:
    """Return total and first-order Sobol indices of a Saltelli sample, from SALib."""
    from SALib.analyze import sobol

    second = len(d) % (2 * x.shape[1] + 2) == 0 and _is_saltelli(x.to_numpy(dtype=np.float64), 2 * x.shape[1] + 2)
    problem = {"num_vars": x.shape[1], "names": list(x.columns), "bounds": [[0.0, 1.0]] * x.shape[1]}
    made = sobol.analyze(problem, d, calc_second_order=second, num_resamples=200, seed=SEED)
    frame = pd.DataFrame({"factor": list(x.columns), "index": made["ST"], "first": made["S1"]})
    frame["low"], frame["high"] = made["ST"] - made["ST_conf"], made["ST"] + made["ST_conf"]
    frame["first_low"], frame["first_high"] = made["S1"] - made["S1_conf"], made["S1"] + made["S1_conf"]
    return frame


def _morris(x: pd.DataFrame, d: Array) -> pd.DataFrame:
    """Return Morris' mean absolute elementary effects, from SALib; the step is that of an even number of levels."""
    from SALib.analyze import morris

    levels = int(x.nunique().max())
    problem = {"num_vars": x.shape[1], "names": list(x.columns), "bounds": [[0.0, 1.0]] * x.shape[1]}
    unit = np.column_stack([(x[name].rank(method="dense") - 1.0) / max(1, x[name].nunique() - 1) for name in x])
    made = morris.analyze(problem, unit, d, num_levels=levels, num_resamples=200, seed=SEED)
    star, reach = np.asarray(made["mu_star"]), np.asarray(made["mu_star_conf"])
    columns = {"factor": list(x.columns), "index": star, "low": star - reach, "high": star + reach}
    return pd.DataFrame({**columns, "mu": np.asarray(made["mu"]), "sigma": np.asarray(made["sigma"])})


def _moves(rows: Array, block: int) -> Array:
    """Return how many factors change from each row of a trajectory to the next."""
    steps = np.diff(rows.reshape(-1, block, rows.shape[1]), axis=1)
    return np.asarray((steps != 0.0).sum(axis=2), dtype=np.float64)


def _is_saltelli(rows: Array, block: int) -> bool:
    """Return whether each block begins with A, goes on with A with one column of B each, and ends with B."""
    k = rows.shape[1]
    blocks = rows.reshape(-1, block, k)
    start, end = blocks[:, 0, :], blocks[:, -1, :]
    for column in range(k):
        expected = start.copy()
        expected[:, column] = end[:, column]
        if not np.allclose(blocks[:, 1 + column, :], expected):
            return False
    return True


def _range(low: float, high: float) -> str:
    return f"{100 * max(0.0, low):.0f} to {100 * min(1.0, high):.0f} %"
