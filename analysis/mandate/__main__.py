"""Tune every design within its feasible set: ``python -m analysis.tuned``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.command.frame import RUNS_KEPT, asks_for_help, run_or_show
from sim.commands import command as write_command
from sim.ending import answer

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.mandate.command import Command
    from analysis.mandate.result import Tuned
    from analysis.mandate.work import Measured


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return 0 when done, 1 if trials failed, 2 for a mistake, 130 when interrupted."""
    return answer(_dispatch, arguments, RUNS_KEPT)


def _dispatch(arguments: list[str]) -> int:
    if asks_for_help(arguments):
        from analysis.show.mandate.help import help_text

        print(help_text(arguments))
        return 0
    from analysis.mandate.command import configuration_text, parse_command

    return run_or_show([parse_command(arguments)], configuration_text, lambda command: run(command, arguments))


def run(command: Command, arguments: Sequence[str]) -> int:
    """Tune, judge, write the folder and say what was found.

    Parameters
    ----------
    command
        What is asked.
    arguments
        The command line, written into the manifest.

    Returns
    -------
    int
        0 when done, 1 where trials failed.

    Raises
    ------
    UserError
        A design cannot be run, the store or the folder cannot be written, or Optuna is missing.
    """
    from analysis.command.folders import check_free
    from analysis.mandate.tuning import tune
    from analysis.show.mandate.help import describe_end, describe_task
    from analysis.show.mandate.text import sentences
    from sim.progress import ProgressBar

    check_free(command.folder)
    print(describe_task(command.task), flush=True)
    n_run = 0
    with ProgressBar(command.task.n_jobs, "setting") as bar:

        def count(measured: Measured) -> None:
            """Count a setting that is done, and its runs that were not kept already."""
            nonlocal n_run
            n_run += measured.n_run
            bar.advance()

        found = tune(command.task, count)
    write(found, command, arguments)
    for sentence in sentences(found):
        print(f"* {sentence}")
    print(describe_end(found, n_run, command.folder))
    return 1 if (found.trials["failure"] != "").any() else 0


def write(found: Tuned, command: Command, arguments: Sequence[str]) -> None:
    """Write tables, picture, page and manifest."""
    from analysis.mandate.judging import gains, pairs
    from analysis.mandate.result import write_tuned
    from analysis.show.mandate.picture import draw
    from analysis.show.mandate.text import summary

    def page(folder: Path) -> None:
        """Write picture and page."""
        draw(found, folder)
        (folder / "summary.md").write_text(summary(found), encoding="utf-8")

    task = command.task
    about = {
        "request": task.request.model_dump(mode="json"),
        "replay": write_command("analysis.tuned", *(text for text in arguments if not _is_place(text))),
        "parameters": {name: one.model_dump(mode="json") for name, one in task.parameters.items()},
    }
    write_tuned(found, command.folder, about, [("gains", gains(found)), ("pairs", pairs(found))], page)


def _is_place(text: str) -> bool:
    """Tell whether an argument says where files go, which is no part of the question."""
    return text.startswith(("folder=", "store="))


if __name__ == "__main__":
    sys.exit(main())
