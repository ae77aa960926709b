"""Run a study: ``python -m analysis.study``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.command.frame import RUNS_KEPT, asks_for_help, run_or_show
from sim.ending import answer
from sim.errors import ConfigError, ResultError

if TYPE_CHECKING:
    from analysis.study.command import Command
    from analysis.study.engines import Engine
    from analysis.study.running import Plan, Progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return 0 when done, 1 if runs failed, 2 for a mistake, 130 when interrupted."""
    return answer(_dispatch, arguments, RUNS_KEPT)


def _dispatch(arguments: list[str]) -> int:
    if asks_for_help(arguments):
        from analysis.show.study.help import help_text

        print(help_text(arguments))
        return 0
    if "--replay" in arguments:
        return replay(arguments)
    from analysis.study.command import configuration_text, parse_command

    return run_or_show([parse_command(arguments)], configuration_text, lambda command: run(command, arguments))


def run(command: Command, arguments: Sequence[str]) -> int:
    """Do what is missing of a study, write its table and say how it ended.

    Parameters
    ----------
    command
        What is asked.
    arguments
        The command line, written into the manifest.

    Returns
    -------
    int
        0 when done, 1 where runs failed.

    Raises
    ------
    UserError
        A factor cannot be used, or the store or the folder cannot be written.
    """
    from analysis.command.folders import check_free
    from analysis.show.study.terminal import describe_end, describe_study
    from analysis.store.parts import FAILED, StudyStore
    from analysis.study.engines import make_engine
    from analysis.study.running import Progress, describe_plan, make_plan
    from analysis.study.table import failures, gather, write_study

    check_free(command.folder)
    plan = make_plan(command.name, command.request, command.parameters, command.store)
    print(describe_study(command, plan), flush=True)
    progress = Progress(plan.n_missing)
    if command.request.action != "gather" and plan.n_missing:
        engine = make_engine(command.engine, command.store)
        StudyStore(command.store).prepare(describe_plan(plan))
        _run_missing(command, plan, engine, progress)
    if command.request.action == "estimate":
        return 0
    table, failed = gather(plan), failures(plan)
    gone = len(set(plan.addresses).difference(table["address"], failed["address"]))
    if gone and command.request.action == "run":
        told = "that were kept are gone or damaged; the same command does them again"
        raise ResultError(f"store: {command.store}: {gone:,} runs {told}")
    write_study(plan, table, failed, command.folder, arguments)
    print(describe_end(table, failed, progress, command.folder), flush=True)
    return 1 if (failed["status"] == FAILED).any() else 0


def replay(arguments: Sequence[str]) -> int:
    """Run a failed run again, in the open: an error comes with its traceback.

    Raises
    ------
    ConfigError
        There is no such note, or its parameters contradict each other.
    """
    if len(arguments) != 2 or arguments[0] != "--replay":
        raise ConfigError("--replay: takes one note of a failure and nothing else")
    from analysis.study.work import read_note
    from analysis.study.work import replay as run_again

    note = read_note(Path(arguments[1]))
    if not note.is_of_this_source:
        told = "made with another version of the simulator, or changed since; what follows may differ"
        print(f"warning: {arguments[1]}: {told}", file=sys.stderr)
    print(note.title)
    for name, value in run_again(note).items():
        print(f"  {name:28} {value:.6g}")
    return 0


def _run_missing(command: Command, plan: Plan, engine: Engine, progress: Progress) -> None:
    """Do a few points, say how long the rest takes, and do it."""
    from analysis.show.study.terminal import describe_estimate
    from analysis.study.running import run_pilot, run_plan
    from sim.progress import ProgressBar

    with ProgressBar(progress.n_runs, "run") as bar:

        def show(progress: Progress) -> None:
            """Show how far the study is."""
            bad = progress.n_failed + progress.n_rejected
            if bad:
                bar.remark(f", {bad} failed")
            bar.advance(progress.n_done + bad - bar.n_done)

        left, estimate = run_pilot(plan, progress, engine.n_workers, show)
        bar.say(describe_estimate(estimate))
        if command.request.action == "run":
            run_plan(left, engine, command.engine.runs_per_task, progress, show)


if __name__ == "__main__":
    sys.exit(main())
