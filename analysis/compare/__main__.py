"""Compare org designs: ``python -m analysis.compare``.

Runs every design under the same luck until the differences are known, and writes the answer into one folder.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.command.frame import RUNS_KEPT, asks_for_help, run_or_show
from sim.ending import answer
from sim.installation import lacking
from sim.progress import ProgressBar

if TYPE_CHECKING:
    from analysis.company.study import Conditions
    from analysis.company.tuning import CompanyTuning
    from analysis.compare.command import Command
    from analysis.compare.comparison import Comparison
    from analysis.explain.attribution import Attribution
    from analysis.show.explanations import CompanyAnalyses


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return 0 when done, 2 for something the user can put right, 130 when interrupted."""
    return answer(_dispatch, arguments, RUNS_KEPT)


def _dispatch(arguments: list[str]) -> int:
    from analysis.compare.command import configuration_text, help_text, parse_commands

    if asks_for_help(arguments):
        print(help_text(arguments))
        return 0
    return run_or_show(parse_commands(arguments), configuration_text, run)


def run(command: Command) -> int:
    """Run a comparison, write its files and print its answer.

    Parameters
    ----------
    command
        What is asked; its arguments are written into the manifest.

    Returns
    -------
    int
        Always 0.

    Raises
    ------
    ResultError
        The folder of results or the store cannot be written, or the folder holds files already.
    """
    from analysis.command.folders import check_free
    from analysis.compare.replication import replicate_until_known
    from analysis.show.comparison.files import write_files
    from analysis.show.comparison.terminal import answer_text, describe_question
    from analysis.show.explanations import CompanyAnalyses
    from analysis.store.replicates import DEFAULT_FOLDER, Store

    arguments = command.arguments
    check_free(command.folder)
    company = CompanyAnalyses(_conditions(command), _tuning(command))
    request, baseline = command.request, command.parameters[command.request.baseline]
    industry = baseline.industry.title or baseline.industry.name
    n_customers = baseline.population.n_customers
    for remark in command.remarks:
        print(remark, flush=True)
    print(describe_question(request.scenarios, request.baseline, industry, n_customers), flush=True)
    place = command.store or DEFAULT_FOLDER
    store = Store(place)
    for results in command.supplied:
        store.supply(results)
    with ProgressBar(0, "run", shown=baseline.run.progress) as bar:
        comparison = replicate_until_known(request, command.parameters, store, bar)
        attributions = _attributions(comparison, place, bar)
    explain = partial(_explain, comparison, attributions, company, command, arguments) if request.memo else None
    write_files(comparison, command.folder, arguments, explain)
    print(answer_text(comparison, command.folder, arguments), flush=True)
    return 0


def _conditions(command: Command) -> Conditions | None:
    """Read the study whose answer goes into the memo, and say in what it departs from the comparison."""
    if command.study is None:
        return None
    try:
        from analysis.company.study import read_conditions
    except ModuleNotFoundError as error:
        raise lacking(error.name, "study", "study: ") from error
    found = read_conditions(command.study, command.request, command.parameters)
    for sentence in found.warnings:
        print(f"warning: study={command.study}: {sentence}", file=sys.stderr, flush=True)
    return found


def _tuning(command: Command) -> CompanyTuning | None:
    """Read the tuning whose answer goes into the memo, and say in what it departs from the comparison."""
    if command.tuned is None:
        return None
    from analysis.company.tuning import read_tuning

    found = read_tuning(command.tuned, command.request, command.parameters)
    for sentence in found.warnings:
        print(f"warning: tuned={command.tuned}: {sentence}", file=sys.stderr, flush=True)
    return found


def _attributions(comparison: Comparison, place: Path, bar: ProgressBar) -> dict[str, Attribution]:
    """Attribute differences to levers where the memo is to say so."""
    from analysis.explain.further_runs import attribute_all
    from analysis.store.replicates import Store

    if not (comparison.request.attribution and comparison.request.memo):
        return {}
    return attribute_all(comparison, Store(place, outcomes_only=True), bar)


def _explain(
    comparison: Comparison,
    attributions: dict[str, Attribution],
    company: CompanyAnalyses,
    command: Command,
    arguments: Sequence[str],
    folder: Path,
) -> None:
    """Write pictures and memo into a folder."""
    from analysis.compare.verdicts import read_verdicts
    from analysis.explain.further_runs import find_switchers
    from analysis.show import memo
    from analysis.show.comparison.files import content_hash, replay_command
    from analysis.show.explanations import FurtherRuns, Origin, explain
    from analysis.show.memo.stories import tell_stories

    switchers = find_switchers(comparison) if comparison.request.twins else {}
    leader = read_verdicts(comparison).leader()
    stories = tell_stories(comparison, switchers[leader], folder) if switchers else []
    explanations = explain(
        comparison,
        FurtherRuns(attributions, switchers, stories),
        Origin(replay_command(arguments), content_hash(comparison), command.notes()),
        company,
    )
    memo.write(comparison, explanations, folder)


if __name__ == "__main__":
    sys.exit(main())
