"""What moves the difference between two designs: Sobol and Morris indices, or rank indices of any random sample."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from analysis.maps import words
from analysis.maps.sample import Kind, Sample, codes_of, padded, sample_of
from analysis.maps.smooth import KNOTS, columns_of, fit, folds, predict
from analysis.maps.table import Array, Unit, Wide
from analysis.numbers import number_word
from analysis.regime_statistics import Z95, spearman
from analysis.style import MUTED, WIDTH, colour_of, house_style, new_figure, write_figure, write_frame

SHOWN = 12
SEED = 1
ENDS = ("index", "low", "high")
MEANING = {
    "sobol": "total Sobol index (bootstrap interval): share of the variance with the factor and its interactions",
    "morris": "Morris' mean absolute elementary effect over the range (bootstrap interval)",
    "rank": "first-order index: share of the variance of the ranks that goes with the factor alone",
    "none": "no index: too little of the sample is there",
}


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
        """Factors whose interval lies above 0."""
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


def kind_of(x: pd.DataFrame) -> Kind:
    """Return what a sample is: from its rows, in order of points."""
    return sample_of(x).kind


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
    if found.kind == "none":
        return f"What moves the difference between {pair} is not told: too little of the sample is there."
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
            if shown.empty:
                place.text(0.5, 0.5, "not told", ha="center", color=MUTED, transform=place.transAxes)
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


def _range(low: float, high: float) -> str:
    return f"{100 * max(0.0, low):.0f} to {100 * min(1.0, high):.0f} %"
