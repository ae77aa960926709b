"""The command line: ``python -m sim`` and ``customer-experience``."""

from __future__ import annotations

import atexit
import gc
import os
import re
import sys
from collections.abc import Callable, Sequence

from sim import __version__
from sim.errors import ConfigError, UserError
from sim.text import refusal, take_every_sign

INTERRUPTED = 130
"""Exit code after an interrupt, as shells have it."""
NEW_OBJECTS = 100_000
"""New objects after which Python looks for garbage, 700 by default: imports make a million that stay."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code.

    Parameters
    ----------
    arguments
        Without the name of the program; by default those of this process.

    Returns
    -------
    int
        0 when done, 2 for something the user can put right (one line on the standard error), 130 when interrupted.
    """
    return answer(_dispatch, arguments, "interrupted: what was not finished left no result")


def answer(dispatch: Callable[[list[str]], int], arguments: Sequence[str] | None, interrupted: str) -> int:
    """Call ``dispatch`` on a command line and turn what stops it into one line and an exit code.

    Parameters
    ----------
    dispatch
        Does what the command line asks for and returns the exit code.
    arguments
        Without the name of the program; by default those of this process.
    interrupted
        What to say after an interrupt.

    Returns
    -------
    int
        That of ``dispatch``; 2 for something the user can put right, 130 when interrupted.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    usual = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *usual[1:])
    atexit.register(gc.freeze)  # a process that ends need not look for garbage: 0.6 s after a run
    take_every_sign(sys.stdout)
    try:
        _refuse_hidden(given)
        return dispatch(given)
    except UserError as error:
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(interrupted, file=sys.stderr)
        return INTERRUPTED
    finally:
        gc.set_threshold(*usual)


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


def _dispatch(arguments: list[str]) -> int:
    """Answer at once what needs no model; import the rest only when it is needed."""
    if "--help" in arguments or "-h" in arguments:
        from sim.config.help import help_text

        print(help_text(arguments))
        return 0
    if "--version" in arguments:
        print(f"customer-experience {__version__}")
        return 0
    from sim.config.application import replay, run

    if arguments[:1] == ["--replay"]:
        return replay(arguments[1:])
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
