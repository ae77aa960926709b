"""How a command line ends: an exit code, one line for what went wrong, and the standard output that may be gone."""

from __future__ import annotations

import atexit
import gc
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from sim.errors import ConfigError, UserError
from sim.text import refusal, take_every_sign

MISTAKE = 2
"""Exit code after something the user can put right."""
INTERRUPTED, TERMINATED, PIPE_CLOSED = (128 + number for number in (2, 15, 13))
"""Exit codes after SIGINT, SIGTERM and SIGPIPE, as shells have them."""
NEW_OBJECTS = 100_000
"""New objects after which Python looks for garbage, 700 by default: imports make a million that stay."""


class Terminated(KeyboardInterrupt):
    """The process was asked to end (SIGTERM): everything is cleaned up as after an interrupt."""


class OutputLostError(BaseException):
    """The standard output cannot be written; passes whoever handles errors of files.

    Parameters
    ----------
    reason
        The error of the system.
    """

    def __init__(self, reason: OSError) -> None:
        super().__init__(str(reason))
        self.reason = reason


class _Output:
    """The standard output; what goes wrong with it is told from what goes wrong with files."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text."""
        try:
            return int(self._stream.write(text))
        except OSError as error:
            raise OutputLostError(error) from error

    def flush(self) -> None:
        """Hand on what was written."""
        try:
            self._stream.flush()
        except OSError as error:
            raise OutputLostError(error) from error


def answer(dispatch: Callable[[list[str]], int], arguments: Sequence[str] | None, interrupted: str) -> int:
    """Call ``dispatch`` on a command line and turn what stops it into one line and an exit code.

    Parameters
    ----------
    dispatch
        Does what the command line asks for and returns the exit code.
    arguments
        Without the name of the program; by default those of this process.
    interrupted
        What to say after an interrupt: begins with that word, then what is kept and how to go on.

    Returns
    -------
    int
        That of ``dispatch``; 2 for something the user can put right, 130 when interrupted, 143 when terminated, 141
        where nobody reads the standard output any more.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stdout is None:
        tell("error: the standard output is closed; there is no place to print the answer")
        return MISTAKE
    take_every_sign(sys.stdout)
    with _rare_garbage(), _terminable(), _watched_output():
        try:
            _refuse_hidden(given)
            code = dispatch(given)
            sys.stdout.flush()
        except OutputLostError as lost:
            return _without_output(lost.reason)
        except UserError as error:
            if os.environ.get("HYDRA_FULL_ERROR") == "1":
                raise
            tell(f"error: {' '.join(str(error).split())}")
            return MISTAKE
        except KeyboardInterrupt as stop:
            if isinstance(stop, Terminated):
                tell(interrupted.replace("interrupted", "terminated", 1))
                return TERMINATED
            tell(interrupted)
            return INTERRUPTED
        return code


def tell(line: str) -> None:
    """Print a line on the standard error; a command does not fail because nobody reads that."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def _refuse_hidden(words: Sequence[str]) -> None:
    """Refuse words that a terminal would obey when they are shown; line ends and tabs may divide a list.

    Raises
    ------
    ConfigError
        A word holds a character that cannot be shown, or a byte that is not text.
    """
    for word in words:
        reason = refusal(re.sub(r"[\t\r\n]", " ", word))
        if reason is not None:
            raise ConfigError(f"{word.partition('=')[0]}: {word!r} {reason}")


def _without_output(reason: OSError) -> int:
    """End quietly where the reader of a pipe has gone, else say why the standard output cannot be written."""
    _discard_output()
    if isinstance(reason, BrokenPipeError):
        return PIPE_CLOSED
    tell(
        f"error: the standard output cannot be written: {reason.strerror or reason}; files written before are complete"
    )
    return MISTAKE


def _discard_output() -> None:
    """Let what is left in the buffer go nowhere: Python would complain of it when it ends."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.__stdout__.fileno())  # type: ignore[union-attr]
        os.close(nowhere)


@contextmanager
def _watched_output() -> Iterator[None]:
    """Put the watched standard output in place of the usual."""
    usual = sys.stdout
    sys.stdout = _Output(usual)
    try:
        yield
    finally:
        sys.stdout = usual


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM clean up as an interrupt does; a second one, as groups of processes get it, changes nothing."""
    own = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL

    def stop(*_: object) -> NoReturn:
        """Raise once."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Terminated

    if own:
        signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        if own:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def _rare_garbage() -> Iterator[None]:
    """Look for garbage rarely."""
    usual = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *usual[1:])
    atexit.register(gc.freeze)  # a process that ends need not look for garbage: 0.6 s after a run
    try:
        yield
    finally:
        gc.set_threshold(*usual)
