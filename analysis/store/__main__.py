"""What may go from the stores of runs: ``python -m analysis.prune`` lists it, ``--delete`` deletes it.

Replicates of comparisons and runs of studies are kept under a digest of the simulator's source, so that none is found
again after a change of the code. Only what was run with other source, and has lain untouched for a while with all that
is kept under the same address, is ever deleted.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.store import DEFAULT_FOLDER
from analysis.study import store as studies
from sim.__main__ import answer
from sim.errors import ConfigError, ResultError
from sim.identity import code_digest

DAYS = 30.0
SECONDS_PER_DAY = 86_400.0
OF_A_STORE = re.compile(r"\d{6}(-outcomes)?\.npz")
"""Names of the files of replicates; whatever else lies in a store is left alone, with its folder."""
VERSION = re.compile(r"[0-9a-f]{16}-\d+")
"""Names of the folders in a store of studies, one for each version of the source and of the files."""
OF_STUDIES = {
    "parts": re.compile(r"\.?[0-9a-f]{16,}\.parquet(\..*\.tmp)?"),
    "failures": re.compile(r"\.?[0-9a-f]{64}\.json(\..*\.tmp)?"),
    "claims": re.compile(r"[0-9a-f]{16,}\.lock"),
    "": re.compile(r"\.?manifest\.json(\..*\.tmp)?"),
}
"""Names of the files of a version, by their folder in it; the manifest goes last."""


@dataclass(frozen=True)
class Kept:
    """What is kept under one address: replicates, or the studies of one version of the source."""

    files: tuple[Path, ...]
    source: str
    """Digest of the source it was run with; with the format behind it where that is another."""
    n_bytes: int
    changed: float
    """When the youngest file was written, seconds since the epoch."""
    folders: tuple[Path, ...]
    """Those of the files and those around, innermost first; each goes when it is empty."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return 0 when done, 2 for something the user can put right."""
    return answer(_dispatch, arguments, "interrupted: the same command goes on")


def _dispatch(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    if not given.days >= 1.0:
        raise ConfigError(f"--days: {given.days:g} is below 1")
    both = given.store is None and given.studies is None
    places = [
        (given.store or (str(DEFAULT_FOLDER) if both else None), list_kept, "replicates"),
        (given.studies or (str(studies.DEFAULT_FOLDER) if both else None), list_studies, "files of studies"),
    ]
    old: list[Kept] = []
    for folder, listed, what in places:
        if folder is None:
            continue
        found = list(listed(Path(folder)))
        gone = outdated(found, given.days, time.time())
        old += gone
        print(
            f"{folder}: {_size(found, what)}; of other source and older than {given.days:g} days: {_size(gone, what)}"
        )
    if old and given.delete:
        delete(old)
        print("deleted")
    elif old:
        print("nothing was deleted; add --delete to do so")
    return 0


def list_kept(folder: Path) -> Iterator[Kept]:
    """Yield the addresses of a store of which a replicate can be read.

    Parameters
    ----------
    folder
        Of the store.
    """
    for place in sorted(folder.glob("[0-9a-f][0-9a-f]/*")):
        files = tuple(path for path in sorted(place.glob("*.npz")) if OF_A_STORE.fullmatch(path.name))
        source = next((found for found in map(source_of, files) if found is not None), None)
        if source is not None:
            sizes, around = [path.stat() for path in files], (place, place.parent)
            yield Kept(files, source, sum(one.st_size for one in sizes), max(one.st_mtime for one in sizes), around)


def list_studies(folder: Path) -> Iterator[Kept]:
    """Yield what a store of studies keeps of each version of the source.

    Parameters
    ----------
    folder
        Of the store.
    """
    for root in sorted(folder.glob("*/")):
        if not (VERSION.fullmatch(root.name) and studies.is_store(root)):
            continue
        files = tuple(
            path
            for place, names in OF_STUDIES.items()
            for path in sorted((root / place).glob("*"))
            if names.fullmatch(path.name) and path.is_file()
        )
        sizes = [path.stat() for path in files]
        source = code_digest() if root.name == studies.version_name(code_digest()) else root.name
        folders = tuple(root / place for place in OF_STUDIES)
        yield Kept(files, source, sum(one.st_size for one in sizes), max(one.st_mtime for one in sizes), folders)


def source_of(path: Path) -> str | None:
    """Return the digest of the source a replicate was run with; None where it cannot be read."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return str(json.loads(stored["about"].tobytes())["manifest"]["code"]["source"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def outdated(found: Sequence[Kept], days: float, now: float) -> list[Kept]:
    """Return what was run with other source and has not changed for some days.

    Parameters
    ----------
    found
        What a store holds.
    days
        At least so old is what is returned.
    now
        Seconds since the epoch.
    """
    return [one for one in found if one.source != code_digest() and now - one.changed > days * SECONDS_PER_DAY]


def delete(old: Sequence[Kept]) -> None:
    """Delete what is kept, and folders that are empty then.

    Raises
    ------
    ResultError
        A file cannot be deleted.
    """
    for one in old:
        try:
            for path in one.files:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise ResultError(f"{path}: cannot be deleted: {error.strerror or error}") from error
        for folder in one.folders:
            with suppress(OSError):  # something else lies there, or it is gone
                folder.rmdir()


def _size(found: Sequence[Kept], what: str) -> str:
    n_files = sum(len(one.files) for one in found)
    return f"{n_files:,} {what}, {sum(one.n_bytes for one in found) / 1e6:,.1f} MB"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m analysis.prune", description="List runs kept that no comparison and no study will use again."
    )
    parser.add_argument("--store", help=f"folder of the replicates of comparisons ({DEFAULT_FOLDER})")
    parser.add_argument("--studies", help=f"folder of the runs of studies ({studies.DEFAULT_FOLDER}); by default both")
    parser.add_argument("--days", type=float, default=DAYS, help="leave what is younger, at least 1 (default 30)")
    parser.add_argument("--delete", action="store_true", help="delete what is listed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
