"""Files of a store: whole or absent when written, set aside where damaged, claimed by one process at a time."""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar

from sim.errors import ResultError
from sim.workers import WRITING

Content = TypeVar("Content")

STALE_SECONDS = 3_600.0
"""Temporary files and free claims older than this were left by a process that was killed."""
DAMAGED = "damaged"
"""End of the names of files that were set aside."""
LEFTOVER = re.compile(rf"\.(?P<written>.+)\.\d+-[0-9a-f]+(\.tmp)?|(?P<damaged>.+)\.{DAMAGED}(-\d+)?")
"""Names of what a killed process left, and of what was set aside; both hold the name of the file that was meant."""


def write_whole(path: Path, write: Callable[[BinaryIO], object], *, durable: bool) -> None:
    """Write beside the place and move there, so that a file is whole or absent.

    Parameters
    ----------
    path
        Of the file; its folder must be there.
    write
        Writes the content.
    durable
        Wait until the disk has it, so that it survives a power cut.

    Raises
    ------
    OSError
        It cannot be written; nothing half-written is left.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    with WRITING:  # a worker that is told to end does so afterwards
        try:
            with temporary.open("wb") as stream:
                write(stream)
                if durable:
                    stream.flush()
                    os.fsync(stream.fileno())
            temporary.replace(path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write an object as JSON, whole or not at all."""
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_whole(path, lambda stream: stream.write(text.encode()), durable=True)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what the system says while something is written below a folder into one line.

    Raises
    ------
    ResultError
        Instead of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise ResultError(f"store: {folder}: cannot be written: {error.strerror or error}") from error


def read_whole(path: Path, parse: Callable[[bytes], Content], consequence: str) -> Content | None:
    """Read a file.

    Parameters
    ----------
    path
        Of the file.
    parse
        Makes the content of the bytes; whatever it raises means that the file is damaged.
    consequence
        What follows where the file is damaged, as the end of a sentence.

    Returns
    -------
    object or None
        None where there is no such file, or none that can be used. A damaged file is set aside and named on the
        standard error, one that the system does not give is named.
    """
    try:
        with path.open("rb") as stream:
            seen, content = os.fstat(stream.fileno()), stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        _tell(f"{path}: cannot be read ({error.strerror or error}): {consequence}")
        return None
    try:
        return parse(content)
    except Exception:
        set_aside(path, seen, consequence)
        return None


def read_json(path: Path, consequence: str) -> dict[str, Any]:
    """Read an object that `write_json` wrote; empty where there is none that can be used, see `read_whole`."""
    return read_whole(path, _parse_object, consequence) or {}


def set_aside(path: Path, seen: os.stat_result, consequence: str) -> None:
    """Move a damaged file to ``NAME.damaged`` beside it and name it on the standard error.

    Processes that see the damage at once take turns. Whoever comes later finds no file there, or another one, which
    stays.

    Parameters
    ----------
    path
        Of the file.
    seen
        Of the file that was found damaged: by now another one may have its name.
    consequence
        What follows, as the end of a sentence.
    """
    try:
        with _alone_in(path.parent):
            if not os.path.samestat(path.stat(), seen):
                return
            aside = path.with_name(f"{path.name}.{DAMAGED}")
            number = 2
            while aside.exists():
                aside, number = path.with_name(f"{path.name}.{DAMAGED}-{number}"), number + 1
            path.rename(aside)
    except FileNotFoundError:
        return
    except OSError as error:
        _tell(f"{path}: damaged, and cannot be set aside ({error.strerror or error}): {consequence}")
        return
    _tell(f"{path}: damaged, set aside as {aside.name}: {consequence}")


def remove_stale(folder: Path, pattern: str) -> None:
    """Remove temporary files and claims that were left by processes that were killed."""
    for path in folder.glob(pattern):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > STALE_SECONDS and not is_claimed(path):
                path.unlink()


@contextmanager
def claim(path: Path, *, patient: bool) -> Iterator[bool]:
    """Claim what a lock file stands for against other processes; give whether it is ours.

    A claim ends with the process that holds it, however that ends.

    Parameters
    ----------
    path
        Of the lock file; it goes when the claim ends.
    patient
        Wait until nobody else holds it.

    Raises
    ------
    OSError
        The lock file cannot be made.
    """
    with path.open("wb") as stream:
        ours = _lock(stream, patient=patient)
        try:
            yield ours
        finally:
            if ours:
                with suppress(OSError):
                    path.unlink(missing_ok=True)


def is_claimed(path: Path) -> bool:
    """Tell whether a process holds the claim of a lock file."""
    try:
        with path.open("rb") as stream:
            return not _lock(stream, patient=False)
    except OSError:
        return False


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Take turns with other processes that do the same; where the system has no such locks, do not wait."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders
        yield
        return
    try:
        _lock(descriptor, patient=True)
        yield
    finally:
        os.close(descriptor)


def _lock(stream: IO[bytes] | int, *, patient: bool) -> bool:
    """Lock an open file for this process; where the system has no such locks, two processes may do the same."""
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


def _parse_object(content: bytes) -> dict[str, Any]:
    found = json.loads(content)
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def _tell(line: str) -> None:
    print(f"warning: {line}", file=sys.stderr, flush=True)
