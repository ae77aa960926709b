"""What a tuning prints: its help, what it is about to do, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.command import glossary as words
from analysis.command.reading import describe_market
from analysis.mandate.request import TunedRequest
from analysis.mandate.result import Tuned
from analysis.mandate.tuning import Task
from sim.config.catalogue import list_industries, list_scenarios
from sim.config.help import config_dir_of, listing
from sim.config.keys import range_in_words
from sim.outcomes import OUTCOMES

INTRODUCTION = """\
Tuned against tuned: the free levers of every design optimised on training seeds, then judged on held-out seeds.

usage: python -m analysis.tuned [scenarios=[a,b]] [trials=N] [training_seeds=N] [industry=NAME] [key=value ...]"""

ENDING = """\
What is free within a design, how far and why is in conf/feasible/NAME.yaml. The same command resumes a tuning that was
stopped, and one with more trials begins with those of the smaller. Any other key of the simulator may follow
(population.n_customers=2000, run.n_workers=2): python -m sim --help.

Options:
  --config-dir DIR    add your own DIR/feasible/NAME.yaml, DIR/scenarios/NAME.yaml and DIR/industry/NAME.yaml
  --cfg job           show what is asked, the feasible sets and the parameters that all designs share, and stop

Examples:
  python -m analysis.tuned
  python -m analysis.tuned industry=telecom trials=40 training_seeds=8
  python -m analysis.tuned scenarios=[no_cxo,accountable_cxo] outcome=npv"""


def help_text(arguments: Sequence[str] = ()) -> str:
    """Return the help text; ``--config-dir`` among the arguments adds the user's files."""
    folder = config_dir_of(arguments)
    lines = ["Keys of the tuning:"]
    for name, field in TunedRequest.model_fields.items():
        lines.append(f"  {name} = {_shown(field.default)}, accepts {range_in_words(field) or 'a name'}")
        lines.append(f"      {field.description}")
    lines.append("  folder, store\n      Where the results go, and where runs are kept (outputs/.runs).")
    return "\n\n".join(
        [
            INTRODUCTION,
            "\n".join(lines),
            listing("Scenarios:", list_scenarios(folder)),
            listing("Industries (industry=NAME):", list_industries(folder)),
            ENDING,
        ]
    )


def describe_task(task: Task) -> str:
    """Say what is about to be done."""
    request, first = task.request, next(iter(task.parameters.values()))
    lines = [f"Tuned against tuned: {OUTCOMES[request.outcome].title.lower()}", describe_market(first)]
    for name, one in task.sets.items():
        if one.free:
            levers = ", ".join(f"{lever.name} {lever.low:g} to {lever.high:g}" for lever in one.free)
        else:
            levers = "nothing" + ("" if one.fixed else f", for there is no feasible/{name}.yaml")
        lines.append(f"  {name:16} free: {levers}")
    lines.append(
        f"{request.trials} trials on {request.training_seeds} seeds, judged on {request.held_out_seeds} others: "
        f"{task.n_runs:,} runs at most"
    )
    return "\n".join(lines)


def describe_end(found: Tuned, n_run: int, folder: Path) -> str:
    """Say how it ended: runs, trials that failed, files."""
    lines = [f"{n_run:,} runs were new"]
    failed = found.trials[found.trials["failure"] != ""]
    if len(failed):
        first = failed.iloc[0]
        where = f"{words.label(str(first['design']))}, trial {first['trial']}"
        lines.append(f"{len(failed)} trials failed and count as no setting, the first ({where}): {first['failure']}")
    return "\n".join([*lines, f"Files: {folder}"])


def _shown(value: Any) -> str:
    return f"[{','.join(value)}]" if isinstance(value, tuple) else str(value)
