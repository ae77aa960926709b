"""Designs: which points of the space of factors a study visits, one column per factor.

A larger design of the same seed begins with the smaller one (grids excepted), so that a study can be extended.
"""

from __future__ import annotations

import csv
import importlib
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import qmc

from analysis.study.factors import Factor, Value, coerced, field_of
from sim.config.strict_yaml import read_value
from sim.errors import ConfigError
from sim.installation import lacking

Shares = NDArray[np.float64]
MORRIS_LEVELS = 4
"""Usual number of levels of a Morris design: steps are two thirds of the range."""


def draw_points(design: str, factors: Sequence[Factor], n: int, levels: int, seed: int) -> pd.DataFrame:
    """Return the points of a design.

    Parameters
    ----------
    design
        ``grid``, ``latin_hypercube``, ``sobol``, ``morris`` or ``saltelli``.
    factors
        What varies.
    n
        Points of a Latin hypercube or a Sobol sequence, trajectories of a Morris design, base points of a Saltelli
        design (each makes two more than there are factors); of no effect on a grid.
    levels
        Values of each factor of a grid.
    seed
        Of the design.

    Returns
    -------
    pandas.DataFrame
        One row per point, numbered from 0, one column per factor.
    """
    if design == "grid":
        return _framed(factors, list(itertools.product(*(factor.levels(levels) for factor in factors))))
    shares = SAMPLERS[design](n, len(factors), seed)
    rows = [[factor.value(float(share)) for factor, share in zip(factors, row, strict=True)] for row in shares]
    return _framed(factors, rows)


def sobol(n: int, dimension: int, seed: int) -> Shares:
    """Return the first points of a scrambled Sobol sequence, shape (n, dimension), in [0, 1)."""
    sequence = qmc.Sobol(dimension, scramble=True, seed=np.random.default_rng(seed))
    points = sequence.random_base2(max(1, math.ceil(math.log2(max(2, n)))))
    return np.asarray(points[:n], dtype=np.float64)


def latin_hypercube(n: int, dimension: int, seed: int) -> Shares:
    """Return the first points of nested Latin hypercubes, shape (n, dimension), in [0, 1).

    Each doubling keeps the points there are and puts one into every stratum that is still empty (nested designs: Qian
    2009, doi:10.1093/biomet/asp045), so that the first 2, 4, 8 ... points are Latin hypercubes.
    """
    rng = np.random.default_rng(seed)
    shares = rng.random((1, dimension))
    while len(shares) < n:
        strata = 2 * len(shares)
        added = np.empty_like(shares)
        for axis in range(dimension):
            taken = np.minimum((shares[:, axis] * strata).astype(np.int64), strata - 1)
            empty = rng.permutation(np.setdiff1d(np.arange(strata), taken))
            added[:, axis] = (empty + rng.random(len(empty))) / strata
        shares = np.vstack([shares, added])
    return shares[:n]


def morris(n: int, dimension: int, seed: int) -> Shares:
    """Return ``n`` Morris trajectories of ``dimension + 1`` points each, shape (n * (dimension + 1), dimension)."""
    salib = _salib("morris")
    # One trajectory a call, each with a seed of its own: more trajectories leave the first ones as they are.
    seeds = np.random.SeedSequence(seed).generate_state(n, dtype=np.uint32)
    one = [salib.sample(problem(dimension), 1, MORRIS_LEVELS, seed=int(s % 2**31)) for s in seeds]
    return np.vstack(one)


def saltelli(n: int, dimension: int, seed: int) -> Shares:
    """Return Saltelli's points for first-order and total indices, shape (n * (dimension + 2), dimension)."""
    salib = _salib("sobol")
    rounded = 2 ** max(1, math.ceil(math.log2(max(2, n))))
    points = salib.sample(problem(dimension), rounded, calc_second_order=False, seed=np.random.default_rng(seed))
    return np.asarray(points[: n * (dimension + 2)], dtype=np.float64)


def _salib(sampler: str) -> Any:
    """Return a sampler of SALib.

    Raises
    ------
    ConfigError
        SALib is not installed.
    """
    try:
        return importlib.import_module(f"SALib.sample.{sampler}")
    except ImportError as error:
        raise lacking("SALib", "study", "design: ") from error


def problem(dimension: int) -> dict[str, Any]:
    """Return SALib's description of the unit cube."""
    return {"num_vars": dimension, "names": [str(k) for k in range(dimension)], "bounds": [[0.0, 1.0]] * dimension}


SAMPLERS: Mapping[str, Callable[[int, int, int], Shares]] = {
    "latin_hypercube": latin_hypercube,
    "sobol": sobol,
    "morris": morris,
    "saltelli": saltelli,
}


def read_points(path: Path, n: int = 0) -> pd.DataFrame:
    """Read points from a CSV file with one column per key; the first ``n``, or all with 0.

    Raises
    ------
    ConfigError
        The file cannot be read, or a column or a value cannot be used.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"file: {path} cannot be read ({error.__class__.__name__})") from error
    if not rows or not all(rows[0]):
        raise ConfigError(f"file: {path} holds no points; the first line names keys, each further line is a point")
    keys = [key for key in rows[0] if key != "point"]
    fields = {key: field_of(key) for key in keys}
    values = []
    for number, row in enumerate(rows[: n or None]):
        if None in row or None in row.values():
            raise ConfigError(f"file: {path}: point {number} has not one value for each key")
        values.append([coerced(key, fields[key], read_value(row[key])) for key in keys])
    return _framed([Factor(key) for key in keys], values)


def points_of(frame: pd.DataFrame) -> list[dict[str, Value]]:
    """Return the points of a frame as plain values by key."""
    columns = [frame[key].tolist() for key in frame.columns]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def balanced_order(design: str, n: int) -> list[int]:
    """Return the order in which points are run, such that a study that is stopped is balanced.

    Sequences and trajectories are balanced as they come; grids and lists are shuffled, always alike.
    """
    if design in SAMPLERS:
        return list(range(n))
    return [int(number) for number in np.random.default_rng(0).permutation(n)]


def _framed(factors: Sequence[Factor], rows: Sequence[Sequence[Value]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=[factor.key for factor in factors])
    frame.index.name = "point"
    return frame
