"""Runs on disk: wide Parquet parts of many runs each, found again by the address of a run.

Parts are whole or absent, and named after the runs they hold. Several processes may share a store: a part is claimed
before its runs begin, and a claim ends with the process that holds it, however that ends.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.store.files import (
    claim,
    read_json,
    read_whole,
    remove_stale,
    write_json,
    write_whole,
    writing,
)
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
KIND, MANIFEST = "store of studies", "manifest.json"
FAILED, REJECTED = "failed", "rejected"
"""What became of a run that has no outcomes: an error, or parameters that contradict each other."""
VERSION = re.compile(r"[0-9a-f]{16}-\d+")
"""Names of the folders of a store, one for each version of the source and of the files."""
NAMES = {
    "parts": re.compile(r"[0-9a-f]{16,}\.parquet"),
    "failures": re.compile(r"[0-9a-f]{64}\.json"),
    "claims": re.compile(r"[0-9a-f]{16,}\.lock"),
    "": re.compile(r"manifest\.json"),
}
"""Names of the files of a version, by their folder in it."""

SCHEMA = pa.schema(
    [
        ("address", pa.string()),
        ("scenario", pa.dictionary(pa.int32(), pa.string())),
        ("seed", pa.int64()),
        *((name, pa.float32()) for name in MEASURED),
    ]
)

READ = pa.schema([SCHEMA.field(name) for name in ("address", *MEASURED)])
"""Columns that are read again."""
ENCODING: Mapping[str, Any] = {
    "compression": "zstd",
    "use_dictionary": ["scenario"],
    "write_statistics": False,
    "use_byte_stream_split": list(MEASURED),
    "write_page_checksum": True,
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
        with writing(self.folder):
            for folder in (self.parts, self.failures, self.claims):
                folder.mkdir(parents=True, exist_ok=True)
            known = read_whole(self._manifest, _parse_manifest, "it names none of the earlier studies any more") or {}
            digest = hashlib.sha256(json.dumps(study, sort_keys=True).encode()).hexdigest()[:16]
            content = {"kind": KIND, "format": FORMAT, "code": code_version()}
            studies = {**known, digest: dict(study)}
            write_json(self._manifest, {**content, "environment": environment(), "studies": studies})
            for folder, pattern in ((self.parts, "*.tmp"), (self.failures, "*.tmp"), (self.claims, "*.lock")):
                remove_stale(folder, pattern)

    def known(self) -> set[str]:
        """Return the addresses of all runs that are kept."""
        found: set[str] = set()
        for path in self.parts.glob("*.parquet"):
            table = _read_part(path)
            if table is not None:
                found.update(table.column("address").to_pylist())
        return found

    def read(self, addresses: Collection[str]) -> pd.DataFrame:
        """Return the outcomes of runs, one row each that is kept, with the address as index, in any order.

        Parameters
        ----------
        addresses
            Of the runs wanted.

        Returns
        -------
        pandas.DataFrame
            Outcomes in their units, a column each.
        """
        wanted = pa.array(sorted(addresses), type=pa.string())
        tables = []
        for path in sorted(self.parts.glob("*.parquet")):
            table = _read_part(path)
            if table is not None:
                tables.append(table)
        whole = pa.concat_tables(tables) if tables else READ.empty_table()
        frame: pd.DataFrame = whole.filter(pc.is_in(whole.column("address"), value_set=wanted)).to_pandas()
        return frame.drop_duplicates("address").set_index("address")

    def part_path(self, name: str) -> Path:
        """Return the file of a part."""
        return self.parts / f"{name}.parquet"

    def holds(self, name: str) -> bool:
        """Tell whether there is a part of this name that can be read."""
        return _read_part(self.part_path(name)) is not None

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
        with writing(self.folder):
            write_whole(self.part_path(name), lambda stream: pq.write_table(table, stream, **ENCODING), durable=True)
            return self.part_path(name).stat().st_size

    def note_failure(self, address: str, content: Mapping[str, Any]) -> None:
        """Write down what went wrong in a run."""
        with writing(self.folder):
            write_json(self.failure_path(address), {"address": address, **content})

    def failure_path(self, address: str) -> Path:
        """Return where the failure of a run is written down."""
        return self.failures / f"{address}.json"

    def failed(self, addresses: Collection[str]) -> dict[str, dict[str, Any]]:
        """Return what is written down of runs that went wrong, by address."""
        wanted = set(addresses)
        paths = [path for path in sorted(self.failures.glob("*.json")) if path.stem in wanted]
        return {path.stem: content for path in paths if (content := read_json(path, "its run is done again"))}

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
        with ExitStack() as held:
            with writing(self.folder):
                ours = held.enter_context(claim(self.claims / f"{name}.lock", patient=patient))
            yield ours


def version_name(source: str) -> str:
    """Return the name of the folder that keeps the runs of one version of the source, given its digest."""
    return f"{source}-{FORMAT}"


def is_store(folder: Path) -> bool:
    """Tell whether a folder is that of one version in a store of studies: whether its manifest says so."""
    try:
        _parse_manifest((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False
    return True


def _read_part(path: Path) -> pa.Table | None:
    """Return address and outcomes of the runs in a part, or None where it is damaged or gone: they are then missing."""
    return read_whole(path, _parse_part, "its runs are done again")


def _parse_part(content: bytes) -> pa.Table:
    """Read all that is needed of a part: damage to a single column is found before anybody relies on it."""
    stored = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
    return stored.read(columns=READ.names, use_threads=False).cast(READ)


def _parse_manifest(content: bytes) -> dict[str, Any]:
    """Return the studies that a manifest names."""
    found = json.loads(content)
    if found["kind"] != KIND:
        raise ValueError("the manifest of something else")
    return dict(found["studies"])
