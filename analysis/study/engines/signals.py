"""Interrupts that wait until something is done that must not be left half-done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let signals that stop this process wait until the end, for it and for what it starts meanwhile.

    An interrupt from a terminal goes to all processes of a command. Those that are started here do not see it.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    held: list[int] = []

    def hold(number: int, _: Any) -> None:
        """Remember a signal."""
        held.append(number)

    usual = {number: signal.signal(number, hold) for number in STOPPING}
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        for number, handler in usual.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for caught in held:
            signal.raise_signal(caught)
