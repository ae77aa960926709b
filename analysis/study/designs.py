"""Designs: which points of the space of factors a study visits, one column per factor.

A larger design of the same seed begins with the smaller one (grids excepted), so that a study can be extended.
"""

from __future__ import annotations

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

from analysis.command.tables import read_csv, tell
from analysis.study.factors import Factor, Value, coerced, field_of
from sim.errors import ConfigError
from sim.installation import lacking

Shares = NDArray[np.float64]
ONE_AT_A_TIME = "one_at_a_time"
MORRIS_LEVELS = 4
"""Usual number of levels of a Morris design: steps are two thirds of the range."""


def draw_points(design: str, factors: Sequence[Factor], n: int, levels: int, seed: int) -> pd.DataFrame:
    """Return the points of a design.

    Parameters
    ----------
    design
        ``grid``, ``one_at_a_time``, ``latin_hypercube``, ``sobol``, ``morris`` or ``saltelli``.
    factors
        What varies.
    n
        Points of a Latin hypercube or a Sobol sequence, trajectories of a Morris design, base points of a Saltelli
        design (each makes two more than there are factors); of no effect on a grid or one factor at a time.
    levels
        Values of each factor of a grid, or of one factor at a time.
    seed
        Of the design.

    Returns
    -------
    pandas.DataFrame
        One row per point, numbered from 0, one column per factor; None where a factor is left as it is configured.
    """
    if design == ONE_AT_A_TIME:
        return one_at_a_time(factors, levels)
    if design == "grid":
        return _framed(factors, list(itertools.product(*(factor.levels(levels) for factor in factors))))
    shares = SAMPLERS[design](n, len(factors), seed)
    rows = [[factor.value(float(share)) for factor, share in zip(factors, row, strict=True)] for row in shares]
    return _framed(factors, rows)


def one_at_a_time(factors: Sequence[Factor], levels: int) -> pd.DataFrame:
    """Return points that move one factor each, through its levels, factor by factor; None stands for the others.

    Parameters
    ----------
    factors
        What is moved.
    levels
        Values of each factor, at least 2.

    Returns
    -------
    pandas.DataFrame
        One row per point, one column per factor.
    """
    moved = [(factor.key, value) for factor in factors for value in factor.levels(levels)]
    rows = [[value if factor.key == key else None for factor in factors] for key, value in moved]
    return _framed(factors, rows, dtype=object)


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

    Parameters
    ----------
    path
        Of the file.
    n
        Points at most; 0 for all.

    Returns
    -------
    pandas.DataFrame
        One row per point, one column per key.

    Raises
    ------
    ConfigError
        The file cannot be read, or a column or a value cannot be used.
    """
    given = f"file: {path}"
    table = read_csv(path, given, ConfigError)
    tell(path, table)
    keys = [key for key in table.columns if key != "point"]
    if not keys:
        raise ConfigError(f"{given}: names no key; the first line names keys, each further line is a point")
    fields = {key: field_of(key) for key in keys}
    values = []
    for line, *cells in zip(table.lines[: n or None], *(table.columns[key] for key in keys), strict=False):
        if None in cells:
            raise ConfigError(
                f"{given}: line {line}: {keys[cells.index(None)]} has no value; a point has one for each key"
            )
        try:
            values.append([coerced(key, fields[key], cell) for key, cell in zip(keys, cells, strict=True)])
        except ConfigError as error:
            raise ConfigError(f"{given}: line {line}: {error}") from error
    return _framed([Factor(key) for key in keys], values)


def points_of(frame: pd.DataFrame) -> list[dict[str, Value]]:
    """Return the points of a frame as plain values by key, without the keys that a point leaves as configured.

    Parameters
    ----------
    frame
        One row per point, one column per key.
    """
    columns = [frame[key].tolist() for key in frame.columns]
    return [
        {key: value for key, value in zip(frame.columns, row, strict=True) if value is not None}
        for row in zip(*columns, strict=True)
    ]


def balanced_order(design: str, n: int) -> list[int]:
    """Return the order in which points are run, such that a study that is stopped is balanced.

    Sequences and trajectories are balanced as they come; grids and lists are shuffled, always alike.
    """
    if design in SAMPLERS:
        return list(range(n))
    return [int(number) for number in np.random.default_rng(0).permutation(n)]


def _framed(
    factors: Sequence[Factor], rows: Sequence[Sequence[Value | None]], dtype: type | None = None
) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=[factor.key for factor in factors], dtype=dtype)
    frame.index.name = "point"
    return frame
