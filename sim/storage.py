"""Tables of a result on disk: wide Parquet, written beside the folder and moved into it, the manifest last."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.errors import ResultError

SCHEMA_VERSION = 2
"""Version of the files; a reader refuses what is newer than itself. 2: a table of customers, which may be absent."""
CUSTOMERS = "customers.parquet"
MANIFEST = "manifest.json"
TABLES = tuple(f"{name}.parquet" for name in ("series", "departments", "accounts", "handoffs", "summary", "before"))
"""Files that every result has."""
LARGEST_SHOWN = 10**6
KEYS = {"replicate", "period", "department", "from", "to", "customer"}
"""Columns that say what a row is of."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Tables:
    """All numbers of a result, wide: R replicates, P periods, n departments."""

    seeds: NDArray[np.uint64]
    """Seed of each replicate, shape (R,)."""
    series: Mapping[str, Array]
    """Series by name, each of shape (R, P)."""
    departments: Mapping[str, Array]
    """Columns of departments by name, each of shape (R, P, n)."""
    accounts: Mapping[str, Array]
    """Account lines by name, currency per period, each of shape (R, P)."""
    handoffs: Mapping[str, Array]
    """Attempts and failures after the switch, each of shape (R, n, n), from and to."""
    summary: Mapping[str, Array]
    """Outcomes after the switch by name, each of shape (R,)."""
    before: Mapping[str, Array]
    """The same outcomes over the last year of the burn-in, each of shape (R,)."""
    customers: Mapping[str, Array] = field(default_factory=dict)
    """Columns of customers by name, each of shape (replicates kept, N); empty where none were kept."""


def write_tables(folder: Path, tables: Tables, departments: Sequence[str], first_replicate: int = 0) -> None:
    """Write all tables as Parquet into an existing folder; replicates are numbered from ``first_replicate``.

    Series and columns of departments take 32-bit floats; accounts, hand-offs and outcomes keep 64 bits, because
    profit is a small difference of large numbers and the lines must still add up.
    """
    n_replicates = tables.seeds.shape[0]
    n_periods = next(iter(tables.accounts.values())).shape[1]
    replicate, period = _grid(n_replicates, n_periods, first=first_replicate)
    _write(folder / "series.parquet", {"replicate": replicate, "period": period}, tables.series, np.float32)
    _write(folder / "accounts.parquet", {"replicate": replicate, "period": period}, tables.accounts, np.float64)
    replicate, period, department = _grid(n_replicates, n_periods, len(departments), first=first_replicate)
    keys = {"replicate": replicate, "period": period, "department": _names(department, departments)}
    _write(folder / "departments.parquet", keys, tables.departments, np.float32)
    replicate, source, target = _grid(n_replicates, len(departments), len(departments), first=first_replicate)
    keys = {"replicate": replicate, "from": _names(source, departments), "to": _names(target, departments)}
    _write(folder / "handoffs.parquet", keys, tables.handoffs, np.float64)
    keys = {"replicate": np.arange(n_replicates, dtype=np.int32) + first_replicate, "seed": tables.seeds}
    _write(folder / "summary.parquet", keys, tables.summary, np.float64)
    _write(folder / "before.parquet", keys, tables.before, np.float64)
    if tables.customers:
        replicate, customer = _grid(*next(iter(tables.customers.values())).shape, first=first_replicate)
        _write(folder / CUSTOMERS, {"replicate": replicate, "customer": customer}, tables.customers, np.float64)


def read_tables(folder: Path, n_periods: int, n_departments: int, n_customers: int = 0) -> Tables:
    """Read what `write_tables` wrote; ``n_customers`` is the size of the market, 0 where no customers were kept."""
    summary, before = _read(folder / "summary.parquet"), _read(folder / "before.parquet")
    seeds = summary.pop("seed").astype(np.uint64)
    del before["seed"]
    n_replicates = seeds.shape[0]
    by_period = (n_replicates, n_periods)
    by_department = (*by_period, n_departments)
    by_pair = (n_replicates, n_departments, n_departments)
    return Tables(
        seeds=seeds,
        series=_shaped(_read(folder / "series.parquet"), by_period),
        departments=_shaped(_read(folder / "departments.parquet"), by_department),
        accounts=_shaped(_read(folder / "accounts.parquet"), by_period),
        handoffs=_shaped(_read(folder / "handoffs.parquet"), by_pair),
        summary=_shaped(summary, (n_replicates,)),
        before=_shaped(before, (n_replicates,)),
        customers=_shaped(_read(folder / CUSTOMERS), (-1, n_customers)) if n_customers else {},
    )


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give a temporary folder beside ``folder``; on success its files move into place, the manifest last.

    Raises
    ------
    ResultError
        Nothing can be written there, or the disk is full; nothing is left behind.
    """
    temporary: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = folder.with_name(f".{folder.name}.partial-{secrets.token_hex(6)}")
        temporary.mkdir()
        yield temporary
        for path in temporary.iterdir():
            _flush(path)
        _move_into_place(temporary, folder)
    except OSError as error:
        raise ResultError(f"{_place_of(error, folder)}: cannot be written: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _place_of(error: OSError, folder: Path) -> Path:
    """Return what could not be written: the folder, or what lies elsewhere, such as a folder of temporary files."""
    named = Path(error.filename) if isinstance(error.filename, str) else folder
    return folder if named.absolute().is_relative_to(folder.absolute().parent) else named


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest with size and digest of every other file of the folder."""
    files = {path.name: _fingerprint(path) for path in sorted(folder.iterdir()) if path.name != MANIFEST}
    content = {"schema_version": SCHEMA_VERSION, **manifest, "files": files}
    (folder / MANIFEST).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read and check a manifest and the files it lists.

    Raises
    ------
    ResultError
        No manifest (the run did not finish), a newer schema, or a file that is missing, truncated or changed.
    """
    path = folder / MANIFEST
    if not path.is_file():
        what = "there is no such folder" if not folder.is_dir() else f"no {MANIFEST}: the run did not finish"
        raise ResultError(f"{folder}: not a complete result: {what}")
    try:
        # Editors on Windows put a mark before the text.
        manifest = json.loads(path.read_text(encoding="utf-8-sig"))
        version, files = manifest["schema_version"], manifest["files"]
        whole = type(version) is int and version >= 1 and all(map(_is_entry, files, files.values()))
    except OSError as error:
        raise ResultError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ResultError(f"{path}: not a manifest of a result") from error
    if not whole:
        raise ResultError(f"{path}: not a manifest of a result")
    if version > SCHEMA_VERSION:
        shown = str(version) if version < LARGEST_SHOWN else "of many digits"
        raise ResultError(f"{path}: schema version {shown} is newer than {SCHEMA_VERSION}, the newest this code reads")
    for name, expected in files.items():
        _check_file(folder / name, expected)
    return dict(manifest)


def _is_entry(name: str, expected: Any) -> bool:
    """Tell whether this is what manifests say of a file, and the file one of the folder itself."""
    plain = name not in ("", ".", "..") and not set(name) & set("/\\:\0")
    return plain and isinstance(expected, dict) and set(expected) == {"bytes", "sha256"}


def _check_file(path: Path, expected: Mapping[str, Any]) -> None:
    """Refuse a file that is not the one the manifest lists."""
    if not path.is_file():
        raise ResultError(f"{path}: missing, though the manifest lists it")
    try:
        found = _fingerprint(path)
    except OSError as error:
        raise ResultError(f"{path}: cannot be read: {error.strerror or error}") from error
    if found["bytes"] != expected["bytes"]:
        raise ResultError(
            f"{path}: truncated or changed: {found['bytes']} bytes, the manifest says {str(expected['bytes'])[:20]}"
        )
    if found != expected:
        raise ResultError(f"{path}: changed since it was written (its digest differs from the manifest's)")


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}


def _move_into_place(temporary: Path, folder: Path) -> None:
    """Move the files of ``temporary``: at once where there is no folder yet, else one by one, the manifest last."""
    if not folder.exists():
        temporary.rename(folder)
        return
    (folder / MANIFEST).unlink(missing_ok=True)
    for path in sorted(temporary.iterdir(), key=lambda item: item.name == MANIFEST):
        path.replace(folder / path.name)


def _flush(path: Path) -> None:
    """Ask the system to keep a file through a power cut before the manifest says that it is complete."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _grid(*lengths: int, first: int) -> tuple[NDArray[np.int32], ...]:
    """Return the indices of all cells of an array in its order, each flat; the first index counts from ``first``."""
    indices = np.indices(lengths, dtype=np.int32)
    indices[0] += first
    return tuple(np.ascontiguousarray(index.ravel()) for index in indices)


def _names(index: NDArray[np.int32], names: Sequence[str]) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(index), pa.array(list(names), type=pa.string()))


def _write(path: Path, keys: Mapping[str, Any], columns: Mapping[str, Array], dtype: type[np.floating[Any]]) -> None:
    """Write a table: keys as dictionaries, columns flat and split by byte, to be small."""
    values = {name: np.ascontiguousarray(array, dtype=dtype).ravel() for name, array in columns.items()}
    table = pa.table({**keys, **values})
    pq.write_table(table, path, compression="zstd", use_dictionary=list(keys), use_byte_stream_split=list(values))


def _read(path: Path) -> dict[str, Any]:
    """Read the columns of one table without its keys, except the seed."""
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise ResultError(f"{path}: cannot be read as Parquet: {' '.join(str(error).split())[:200]}") from error
    return {name: table.column(name).to_numpy() for name in table.column_names if name not in KEYS}


def _shaped(columns: Mapping[str, Any], shape: tuple[int, ...]) -> dict[str, Array]:
    if not columns:
        raise ValueError("a table without columns")
    return {name: np.asarray(values, dtype=np.float64).reshape(shape) for name, values in columns.items()}
