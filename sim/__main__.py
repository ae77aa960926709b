"""The command line: ``python -m sim`` and ``customer-experience``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim import __version__
from sim.ending import answer

if TYPE_CHECKING:
    from sim.results import Results

__all__ = ["answer", "main"]

INTERRUPTED = "interrupted: what was not finished left no result; the same command begins again"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code.

    Parameters
    ----------
    arguments
        Without the name of the program; by default those of this process.

    Returns
    -------
    int
        0 when done, 2 for something the user can put right (one line on the standard error), 130 when interrupted, 143
        when terminated.
    """
    return answer(_dispatch, arguments, INTERRUPTED)


def draw_overview(results: Results, folder: Path) -> None:
    """Draw the overview of a result into its folder: the one thing of the analyses that a run asks for."""
    from analysis.show.overview import draw  # after the model: Mesa looks through all modules there are, twice

    draw(results, folder)


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
        return replay(arguments[1:], draw_overview)
    return run(arguments, draw_overview)


if __name__ == "__main__":
    sys.exit(main())
