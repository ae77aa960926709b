"""What kind of sample the points of a study are, and which of them indices can be made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.storage import MANIFEST, read_manifest

Kind = Literal["sobol", "morris", "rank", "none"]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]

FEWEST_BLOCKS = 4
"""Whole trajectories, or base points with all that belongs to them, below which no indices are told."""
INDEPENDENT = ("sobol", "latin_hypercube", "grid")
"""Designs whose points stand for themselves."""
DIGITS = 12
"""Digits by which values of a factor are told apart, against the largest of them."""


@dataclass(frozen=True)
class Laid:
    """How the points of a study were laid, as far as its manifest says."""

    design: str = ""
    """As in ``design=``; empty: not known."""
    factors: tuple[str, ...] = ()
    """Keys in the order of the design, those that do not vary included."""
    n_points: int = 0
    """Points laid, whether they ran or not; 0: not known."""
    luck: str = ""
    """``own`` or ``common``."""


@dataclass(frozen=True)
class Sample:
    """What indices can be made from."""

    kind: Kind
    """``none``: of a Morris or Saltelli sample too little is there."""
    used: Mask
    """Which points, shape (n_points,)."""
    block: int = 1
    """Points of one trajectory, or of one base point."""
    n_blocks: int = 0
    """Trajectories or base points laid."""
    blocks: str = ""
    """What a block is called, in the plural."""

    @property
    def n_whole(self) -> int:
        """Trajectories or base points of which every point is there."""
        return int(self.used.sum()) // self.block

    def warnings(self, luck: str = "") -> list[str]:
        """Return what a reader must know of the sample, in sentences; nothing of points that are independent."""
        if not self.blocks:
            return []
        said = [
            f"The points are {self.blocks}, not independent: all intervals but those of the indices are too narrow, "
            "and boxes, trees and values of information look better than they are."
        ]
        of = f"{self.n_whole:,} of {self.n_blocks:,} {self.blocks}"
        if self.kind == "none":
            said.append(f"No indices are told: only {of} are whole, and {FEWEST_BLOCKS} are needed.")
        elif self.n_whole < self.n_blocks:
            said.append(f"The indices come from the {of} that are whole; the rest lacks runs.")
        if luck == "own":
            said.append("Each point met a luck of its own (luck=own), which indices put down to factors.")
        return said


def laid_out(path: Path) -> Laid:
    """Return how the points of a study were laid, from the manifest in its folder; nothing is known of other tables.

    Raises
    ------
    ResultError
        There is a manifest, and it or a file it lists is damaged.
    """
    if not (path.is_dir() and (path / MANIFEST).is_file()):
        return Laid()
    return laid_by(read_manifest(path))


def laid_by(manifest: dict[str, Any]) -> Laid:
    """Return how the points were laid that the manifest of a study speaks of."""
    request = manifest.get("request")
    asked: dict[str, Any] = request if isinstance(request, dict) else {}
    factors = tuple(str(factor["key"]) for factor in manifest.get("factors", ()))
    n_points = int(manifest.get("n_points", 0))
    return Laid(str(asked.get("design", "")), factors, n_points, str(asked.get("luck", "")))


def sample_of(x: pd.DataFrame, laid: Laid | None = None) -> Sample:
    """Return what a sample is: by its manifest where that says it, else by its structure.

    Of trajectories and base points that lack a point, none is used: what is left of them would be taken for a step that
    was never made.

    Parameters
    ----------
    x
        Factors, one row per point, with the number of the point as index.
    laid
        What the manifest says.
    """
    known = laid or Laid()
    if known.design in ("morris", "saltelli"):
        factors = known.factors or tuple(map(str, x.columns))
        return _blocks(x, known.design, factors, known.n_points, exact=False) or _nothing(x, known)
    if known.design in INDEPENDENT or x.shape[1] < 2:
        return Sample("rank", np.ones(len(x), dtype=np.bool_))
    factors = tuple(map(str, x.columns))
    found = (_blocks(x, design, factors, 0, exact=True) for design in ("morris", "saltelli", "saltelli_2"))
    return next((one for one in found if one), Sample("rank", np.ones(len(x), dtype=np.bool_)))


def padded(x: pd.DataFrame, factors: tuple[str, ...]) -> pd.DataFrame:
    """Return the factors of a design in its order; those that never vary, and are in no table, as zeros.

    Parameters
    ----------
    x
        A column per factor that varies, a row per point.
    factors
        Of the design, in its order.

    Returns
    -------
    pandas.DataFrame
        A column per factor of the design.
    """
    return x.reindex(columns=list(factors), fill_value=0) if factors else x


def codes_of(x: pd.DataFrame) -> Codes:
    """Return the values of every factor as whole numbers: equal numbers for equal values, in their order.

    Parameters
    ----------
    x
        A column per factor, a row per point.

    Returns
    -------
    numpy.ndarray
        Of whole numbers, shape (n_points, n_factors).
    """
    columns = []
    for name in x:
        values = x[name]
        if pd.api.types.is_numeric_dtype(values):
            values = (values / (float(values.abs().max()) or 1.0)).round(DIGITS)
        columns.append(values.rank(method="dense").to_numpy(dtype=np.int64) - 1)
    return np.column_stack(columns)


def _blocks(x: pd.DataFrame, design: str, factors: tuple[str, ...], n_points: int, *, exact: bool) -> Sample | None:
    """Return the sample if its whole blocks are built as the design builds them, else None.

    Parameters
    ----------
    x
        Factors.
    design
        ``morris``, ``saltelli``, or ``saltelli_2`` with the points of second-order indices.
    factors
        Those of the design.
    n_points
        Points laid; 0: as many as the highest number says.
    exact
        Every step must be seen; else a value that was rounded to that before is allowed for.
    """
    k = len(factors)
    block = {"morris": k + 1, "saltelli": k + 2, "saltelli_2": 2 * k + 2}[design]
    numbers = _numbers(x)
    used = _whole(numbers, block)
    if not used.any():
        return None
    codes = codes_of(x if exact else padded(x, factors))[used].reshape(-1, block, k)
    built = _is_trajectories(codes, exact=exact) if design == "morris" else _is_saltelli(codes)
    if not built:
        return None
    n_blocks = (n_points or int(numbers.max()) + 1) // block
    enough = int(used.sum()) // block >= FEWEST_BLOCKS
    kind: Kind = "none" if not enough else "morris" if design == "morris" else "sobol"
    return Sample(kind, used, block, max(n_blocks, int(used.sum()) // block), _name(design))


def _nothing(x: pd.DataFrame, laid: Laid) -> Sample:
    """Return the sample of which no trajectory or base point is whole."""
    block = len(laid.factors or x.columns) + (1 if laid.design == "morris" else 2)
    return Sample("none", np.zeros(len(x), dtype=np.bool_), block, laid.n_points // block, _name(laid.design))


def _name(design: str) -> str:
    return "Morris trajectories" if design == "morris" else "base points of a Saltelli sample"


def _numbers(x: pd.DataFrame) -> Codes:
    """Return the numbers of the points; their places where they are called otherwise."""
    whole = pd.api.types.is_integer_dtype(x.index) and int(x.index.min()) >= 0
    return np.asarray(x.index if whole else np.arange(len(x)), dtype=np.int64)


def _whole(numbers: Codes, block: int) -> Mask:
    """Return which points belong to a block of which every point is there."""
    of = numbers // block
    return np.asarray(np.bincount(of)[of] == block, dtype=np.bool_)


def _is_trajectories(codes: Codes, *, exact: bool) -> bool:
    """Return whether each step of each trajectory moves one factor, and each factor moves once."""
    moved = np.diff(codes, axis=1) != 0
    steps, factors = moved.sum(axis=2), moved.sum(axis=1)
    if exact:
        return bool((steps == 1).all() and (factors == 1).all())
    return bool((steps <= 1).all() and (factors <= 1).all())


def _is_saltelli(codes: Codes) -> bool:
    """Return whether each block begins with A, goes on with A with one column of B each, and ends with B."""
    start, end = codes[:, 0, :], codes[:, -1, :]
    for column in range(codes.shape[2]):
        expected = start.copy()
        expected[:, column] = end[:, column]
        if not (codes[:, 1 + column, :] == expected).all():
            return False
    return True
