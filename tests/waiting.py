"""Waiting for other processes: for what they do, never for a time they would need on an idle machine."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

CEILING_SECONDS = 600.0
"""Wait at most so long for anything; far beyond what a loaded machine takes, so that it only ends what hangs."""


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Wait for something.

    Raises
    ------
    TimeoutError
        It has not happened at the ceiling.
    """
    begun = time.monotonic()
    while not true():
        if time.monotonic() - begun > CEILING_SECONDS:
            raise TimeoutError(f"waited {CEILING_SECONDS:g} s for {what}")
        time.sleep(0.05)


@contextmanager
def running(words: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a process and keep it no longer than the block, so that a test that fails leaves none behind.

    A process that is left warns when it is collected, which fails whatever test runs then.
    """
    with subprocess.Popen(words, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def ending(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Wait for the end of a process and return what it printed and what it said beside it."""
    out, err = process.communicate(timeout=CEILING_SECONDS)
    return out or "", err or ""
