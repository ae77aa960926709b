"""What may go from the stores of runs, found and deleted.

Replicates of comparisons and runs of studies are kept under a digest of the simulator's source, so that none is found
again after a change of the code. What was run with other source may go when it has lain untouched for a while with all
that is kept under the same address; what was set aside as damaged, or left half-written by a killed process, may go
when it has lain so long itself. Stores may be in use meanwhile: what has changed since it was looked at stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from analysis.store import parts, replicates
from analysis.store.files import LEFTOVER, is_claimed
from analysis.store.packing import source_in
from sim.errors import ResultError
from sim.identity import code_digest

SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True)
class Kept:
    """What is kept under one address: replicates, or the studies of one version of the source; or one leftover."""

    files: tuple[Path, ...]
    source: str | None
    """Digest of the source it was run with, with the format behind it where that is another; None of a leftover."""
    n_bytes: int
    changed: float
    """When the youngest file was written, seconds since the epoch."""
    folders: tuple[Path, ...]
    """Those of the files and those around, innermost first; each goes when it is empty."""


def list_replicates(folder: Path) -> Iterator[Kept]:
    """Yield the addresses of a store of which a replicate can be read, and every leftover.

    Parameters
    ----------
    folder
        Of the store.
    """
    for place in sorted(folder.glob("[0-9a-f][0-9a-f]/*/")):
        files, left = _sorted_files(place, replicates.NAMES)
        source = next((found for found in map(source_of, files) if found is not None), None)
        if source is not None:
            yield from _kept(files, source, (place, place.parent))
        for path in left:
            yield from _kept([path], None, (place, place.parent))


def list_studies(folder: Path) -> Iterator[Kept]:
    """Yield what a store of studies keeps of each version of the source, and every leftover.

    Parameters
    ----------
    folder
        Of the store.
    """
    for root in sorted(folder.glob("*/")):
        if not (parts.VERSION.fullmatch(root.name) and parts.is_store(root)):
            continue
        sorted_files = [_sorted_files(root / place, names) for place, names in parts.NAMES.items()]
        files = [path for one, _ in sorted_files for path in one]  # the manifest last
        source = code_digest() if root.name == parts.version_name(code_digest()) else root.name
        folders = tuple(root / place for place in parts.NAMES)
        yield from _kept(files, source, folders)
        for path in (path for _, left in sorted_files for path in left):
            yield from _kept([path], None, folders if path.parent != root else (root,))


def damaged_versions(folder: Path) -> list[Path]:
    """Return the folders in a store of studies whose manifest is damaged, so that nobody can tell what they hold."""
    roots = [root for root in sorted(folder.glob("*/")) if parts.VERSION.fullmatch(root.name)]
    return [root for root in roots if (root / parts.MANIFEST).exists() and not parts.is_store(root)]


def source_of(path: Path) -> str | None:
    """Return the digest of the source a replicate was run with; None where it cannot be read."""
    try:
        return source_in(path.read_bytes())
    except Exception:  # whatever is wrong with it, its neighbours may tell
        return None


def outdated(found: Sequence[Kept], days: float, now: float) -> list[Kept]:
    """Return what no command will use again and has not changed for some days.

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


def delete(old: Sequence[Kept]) -> list[Kept]:
    """Delete what is kept, and folders that are empty then.

    Returns
    -------
    list of Kept
        What stays, because it is in use: it has changed since it was looked at, or a process holds a claim.

    Raises
    ------
    ResultError
        A file cannot be deleted.
    """
    in_use = []
    for one in old:
        if _is_in_use(one):
            in_use.append(one)
            continue
        for path in one.files:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise ResultError(f"{path}: cannot be deleted: {error.strerror or error}") from error
        for folder in one.folders:
            with suppress(OSError):  # something else lies there, or it is gone
                folder.rmdir()
    return in_use


def _is_in_use(one: Kept) -> bool:
    times = [path.stat().st_mtime for path in one.files if path.exists()]
    return any(time > one.changed for time in times) or any(map(is_claimed, one.files))


def _kept(files: Sequence[Path], source: str | None, folders: tuple[Path, ...]) -> Iterator[Kept]:
    """Yield the files that are still there, if any is: in a store in use they come and go."""
    there, sizes = [], []
    for path in files:
        with suppress(OSError):
            sizes.append(path.stat())
            there.append(path)
    if there:
        changed = max(one.st_mtime for one in sizes)
        yield Kept(tuple(there), source, sum(one.st_size for one in sizes), changed, folders)


def _sorted_files(folder: Path, names: re.Pattern[str]) -> tuple[list[Path], list[Path]]:
    """Return the files of a folder that have certain names, and the leftovers of such; all else is left alone."""
    files, left = [], []
    for path in sorted(folder.glob("*")):
        if names.fullmatch(path.name):
            files.append(path)
        elif (found := LEFTOVER.fullmatch(path.name)) and _is_named(found.groups(), names):
            left.append(path)
    return files, left


def _is_named(meant: Iterable[str | None], names: re.Pattern[str]) -> bool:
    return any(name is not None and names.fullmatch(name) for name in meant)
