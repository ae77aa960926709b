"""Jobs for engines, in a module that other processes import at once."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import BinaryIO


def die_once(folder: str, number: int) -> int:
    """Kill this process at the first try of job 3."""
    note = Path(folder) / "died"
    if number == 3 and not note.exists():
        note.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def die_always(number: int) -> int:
    """Kill this process at every try of job 3."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def fail_third(number: int) -> int:
    """Fail at job 3."""
    if number == 3:
        raise ArithmeticError("the third")
    return number


def where(_: int) -> tuple[str, str, str]:
    """Return the working directory, the threads of linear algebra, and where the source comes from."""
    import analysis

    return str(Path.cwd()), os.environ["OMP_NUM_THREADS"], str(Path(str(analysis.__file__)).parents[1])


def write_slowly(folder: str, number: int) -> None:
    """Write a file in two halves, one second apart and say when it is between them."""
    from analysis.store.files import write_whole

    def write(stream: BinaryIO) -> None:
        stream.write(b"first half, ")
        stream.flush()
        (Path(folder) / f"begun {number}").touch()
        time.sleep(1.0)
        stream.write(b"second half")

    write_whole(Path(folder) / f"file {number}", write, durable=False)
