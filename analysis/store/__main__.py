"""Runs kept that are of no use any more: ``python -m analysis.prune`` lists them, ``--delete`` deletes them."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from analysis.store import parts, replicates
from analysis.store.prune import Kept, damaged_versions, delete, list_replicates, list_studies, outdated
from sim.ending import answer
from sim.errors import ConfigError

DAYS = 30.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return 0 when done, 2 for something the user can put right."""
    return answer(_dispatch, arguments, "interrupted: the same command goes on")


def _dispatch(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    if not given.days >= 1.0:
        raise ConfigError(f"--days: {given.days:g} is below 1")
    both = given.store is None and given.studies is None
    places = [
        (given.store or (str(replicates.DEFAULT_FOLDER) if both else None), list_replicates, "replicates"),
        (given.studies or (str(parts.DEFAULT_FOLDER) if both else None), list_studies, "files of studies"),
    ]
    old: list[Kept] = []
    for folder, listed, what in places:
        if folder is not None:
            if Path(folder).exists() and not Path(folder).is_dir():
                raise ConfigError(f"{folder}: is not a folder")
            found = list(listed(Path(folder)))
            gone = outdated(found, given.days, time.time())
            old += gone
            print(f"{folder}: {_describe(found, gone, given.days, what)}")
    for root in damaged_versions(Path(places[1][0])) if places[1][0] else ():
        print(f"warning: {root}: left alone, because its {parts.MANIFEST} is damaged", file=sys.stderr)
    if old and given.delete:
        in_use = delete(old)
        print(f"deleted but for {_size(in_use, 'files')}, which came into use meanwhile" if in_use else "deleted")
    elif old:
        print("nothing was deleted; add --delete to do so")
    return 0


def _describe(found: Sequence[Kept], gone: Sequence[Kept], days: float, what: str) -> str:
    """Say what a store holds, what of it may go, and why."""
    kept = [one for one in found if one.source is not None]
    text = f"{_size(kept, what)}; of other source and older than {days:g} days: "
    text += _size([one for one in gone if one.source is not None], what)
    if len(kept) < len(found):
        left = [one for one in gone if one.source is None]
        text += f"; damaged or half-written: {len(found) - len(kept):,} files, older: {_size(left, 'files')}"
    return text


def _size(found: Sequence[Kept], what: str) -> str:
    n_files = sum(len(one.files) for one in found)
    return f"{n_files:,} {what}, {sum(one.n_bytes for one in found) / 1e6:,.1f} MB"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m analysis.prune", description="List runs kept that no comparison and no study will use again."
    )
    parser.add_argument("--store", help=f"folder of the replicates of comparisons ({replicates.DEFAULT_FOLDER})")
    parser.add_argument("--studies", help=f"folder of the runs of studies ({parts.DEFAULT_FOLDER}); by default both")
    parser.add_argument("--days", type=float, default=DAYS, help="leave what is younger, at least 1 (default 30)")
    parser.add_argument("--delete", action="store_true", help="delete what is listed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
