"""What may go from a store of replicates: ``python -m analysis.prune`` lists it, ``--delete`` deletes it.

A replicate is kept under a digest of the simulator's source, so that none is found again after a change of the code.
Only replicates of other source, all of whose files have lain untouched for a while, are ever deleted.
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
from sim.__main__ import answer
from sim.errors import ConfigError, ResultError
from sim.identity import code_digest

DAYS = 30.0
SECONDS_PER_DAY = 86_400.0
OF_A_STORE = re.compile(r"\d{6}(-outcomes)?\.npz")
"""Names of the files of replicates; whatever else lies in a store is left alone, with its folder."""


@dataclass(frozen=True)
class Kept:
    """The replicates of one address."""

    files: tuple[Path, ...]
    source: str
    """Digest of the source they were run with."""
    n_bytes: int
    changed: float
    """When the youngest file was written, seconds since the epoch."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return 0 when done, 2 for something the user can put right."""
    return answer(_dispatch, arguments, "interrupted: the same command goes on")


def _dispatch(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    if not given.days >= 1.0:
        raise ConfigError(f"--days: {given.days:g} is below 1")
    folder = Path(given.store)
    found = list(list_kept(folder))
    old = outdated(found, given.days, time.time())
    print(f"{folder}: {_size(found)}; of other source and older than {given.days:g} days: {_size(old)}")
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
            sizes = [path.stat() for path in files]
            yield Kept(files, source, sum(one.st_size for one in sizes), max(one.st_mtime for one in sizes))


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
    """Delete replicates, and folders that are empty then.

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
        with suppress(OSError):  # something else lies there
            one.files[0].parent.rmdir()
            one.files[0].parents[1].rmdir()


def _size(found: Sequence[Kept]) -> str:
    n_files = sum(len(one.files) for one in found)
    return f"{n_files:,} replicates, {sum(one.n_bytes for one in found) / 1e6:,.1f} MB"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m analysis.prune", description="List replicates that no comparison will use again."
    )
    parser.add_argument("--store", default=str(DEFAULT_FOLDER), help="folder of the replicates (default %(default)s)")
    parser.add_argument("--days", type=float, default=DAYS, help="leave what is younger, at least 1 (default 30)")
    parser.add_argument("--delete", action="store_true", help="delete what is listed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
