"""Runs on disk: wide Parquet parts of many runs each, found again by the address of a run.

Parts are whole or absent, and named after the runs they hold. Several processes may share a store: a part is claimed
before its runs begin, and a claim ends with the process that holds it, however that ends.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.errors import ResultError
from sim.identity import code_digest, code_version, environment
from sim.outcomes import OUTCOMES

DEFAULT_FOLDER = Path("outputs") / ".studies"
"""Below the working directory; may be deleted at any time."""
FORMAT = 2
KEYS = ("address", "scenario", "seed")
"""Columns of a part beside what is measured; the seed is that of the run."""
REVENUE = "initial_revenue"
"""Currency: yearly revenue of the customers at the start, by which money of different companies is compared."""
MEASURED = (REVENUE, *OUTCOMES)
"""Columns of what is measured in a run."""
STALE_SECONDS = 3_600.0
"""Temporary files older than this were left by a process that was killed."""
KIND, MANIFEST = "store of studies", "manifest.json"
FAILED, REJECTED = "failed", "rejected"
"""What became of a run that has no outcomes: an error, or parameters that contradict each other."""

SCHEMA = pa.schema(
    [
        ("address", pa.string()),
        ("scenario", pa.dictionary(pa.int32(), pa.string())),
        ("seed", pa.int64()),
        *((name, pa.float32()) for name in MEASURED),
    ]
)

ENCODING: Mapping[str, Any] = {
    "compression": "zstd",
    "use_dictionary": ["scenario"],
    "write_statistics": False,
    "use_byte_stream_split": list(MEASURED),
}
"""A hundred random runs take 21 kB so, and 31 kB without: dictionaries and statistics of so few rows only cost."""


class StudyStore:
    """Runs of studies below a folder, those of each version of the code apart.

    Parameters
    ----------
    folder
        Made when the first part is kept.
    """

    def __init__(self, folder: str | Path = DEFAULT_FOLDER) -> None:
        self.folder = Path(folder)
        root = self.folder / version_name(code_digest())
        self.parts, self.failures, self.claims = root / "parts", root / "failures", root / "claims"
        self._manifest = root / MANIFEST

    def prepare(self, study: Mapping[str, Any]) -> None:
        """Make the folders, say in the manifest what study is kept here, and remove what a killed process left.

        Raises
        ------
        ResultError
            The folder cannot be written.
        """
        with self._writing():
            for folder in (self.parts, self.failures, self.claims):
                folder.mkdir(parents=True, exist_ok=True)
            known = _read_json(self._manifest).get("studies", {})
            digest = hashlib.sha256(json.dumps(study, sort_keys=True).encode()).hexdigest()[:16]
            content = {"kind": KIND, "format": FORMAT, "code": code_version()}
            studies = {**known, digest: dict(study)}
            self._write_json(self._manifest, {**content, "environment": environment(), "studies": studies})
            for path in [*self.parts.glob("*.tmp"), *self.failures.glob("*.tmp")]:
                with suppress(OSError):
                    if time.time() - path.stat().st_mtime > STALE_SECONDS:
                        path.unlink()

    def known(self) -> set[str]:
        """Return the addresses of all runs that are kept."""
        found: set[str] = set()
        for path in self.parts.glob("*.parquet"):
            table = _read_part(path, ["address"])
            if table is not None:
                found.update(table.column("address").to_pylist())
        return found

    def read(self, addresses: Collection[str]) -> pd.DataFrame:
        """Return the outcomes of runs, one row each that is kept, with the address as index, in any order."""
        wanted = pa.array(sorted(addresses), type=pa.string())
        tables = []
        for path in sorted(self.parts.glob("*.parquet")):
            table = _read_part(path, ["address", *MEASURED])
            if table is not None:
                tables.append(table)
        whole = pa.concat_tables(tables) if tables else SCHEMA.empty_table().select(["address", *MEASURED])
        frame: pd.DataFrame = whole.filter(pc.is_in(whole.column("address"), value_set=wanted)).to_pandas()
        return frame.drop_duplicates("address").set_index("address")

    def part_path(self, name: str) -> Path:
        """Return the file of a part."""
        return self.parts / f"{name}.parquet"

    def holds(self, name: str) -> bool:
        """Tell whether there is a part of this name that can be read."""
        return self.part_path(name).is_file() and _read_part(self.part_path(name), ["address"]) is not None

    def keep(self, name: str, rows: Sequence[Mapping[str, Any]]) -> int:
        """Write a part; return its size in bytes.

        Raises
        ------
        ResultError
            It cannot be written; nothing half-written is left.
        """
        columns = {key: [row[key] for row in rows] for key in KEYS}
        numbers = {name: np.array([row[name] for row in rows], dtype=np.float32) for name in MEASURED}
        table = pa.table({**columns, **numbers}, schema=SCHEMA)
        with self._writing():
            self._write(self.part_path(name), lambda stream: pq.write_table(table, stream, **ENCODING))
            return self.part_path(name).stat().st_size

    def note_failure(self, address: str, content: Mapping[str, Any]) -> None:
        """Write down what went wrong in a run."""
        with self._writing():
            self._write_json(self.failure_path(address), {"address": address, **content})

    def failure_path(self, address: str) -> Path:
        """Return where the failure of a run is written down."""
        return self.failures / f"{address}.json"

    def failed(self, addresses: Collection[str]) -> dict[str, dict[str, Any]]:
        """Return what is written down of runs that went wrong, by address."""
        wanted = set(addresses)
        paths = [path for path in sorted(self.failures.glob("*.json")) if path.stem in wanted]
        return {path.stem: content for path in paths if (content := _read_json(path))}

    def forget_failures(self, addresses: Collection[str]) -> None:
        """Remove notes of runs that are kept by now."""
        for address in addresses:
            with suppress(OSError):
                self.failure_path(address).unlink(missing_ok=True)

    @contextmanager
    def claim(self, name: str, *, patient: bool) -> Iterator[bool]:
        """Claim a part against other processes; give whether it is ours.

        Parameters
        ----------
        name
            Of the part.
        patient
            Wait until nobody else holds it.
        """
        path = self.claims / f"{name}.lock"
        with self._writing():
            stream = path.open("wb")
        with stream:
            ours = _lock(stream, patient=patient)
            yield ours
            if ours:
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn what the system says into one line."""
        try:
            yield
        except OSError as error:
            raise ResultError(f"{self.folder}: cannot be written: {error.strerror or error}") from error

    def _write_json(self, path: Path, content: Mapping[str, Any]) -> None:
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        self._write(path, lambda stream: stream.write(text.encode()))

    @staticmethod
    def _write(path: Path, write: Callable[[BinaryIO], object]) -> None:
        """Write beside the place and move there, so that a file is whole or absent."""
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
        try:
            with temporary.open("wb") as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def version_name(source: str) -> str:
    """Return the name of the folder that keeps the runs of one version of the source, given its digest."""
    return f"{source}-{FORMAT}"


def is_store(folder: Path) -> bool:
    """Tell whether a folder is that of one version in a store of studies."""
    return _read_json(folder / MANIFEST).get("kind") == KIND


def _lock(stream: BinaryIO, *, patient: bool) -> bool:
    """Lock an open file for this process; where the system has no such locks, two processes may do the same runs."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | (0 if patient else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _read_part(path: Path, columns: Sequence[str]) -> pa.Table | None:
    """Return columns of a part, or None where it is damaged or gone: its runs are then missing."""
    try:
        return pq.read_table(path, columns=list(columns), partitioning=None, memory_map=False)
    except (OSError, ValueError, KeyError, pa.ArrowException):
        return None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
