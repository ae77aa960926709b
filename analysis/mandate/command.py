"""The command line of a tuning: which keys are its own and which the simulator's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sim
from analysis.command.reading import Vocabulary, as_yaml, checked, read_given
from analysis.mandate.feasible import FeasibleSet, feasible_set
from analysis.mandate.request import TunedRequest
from analysis.mandate.tuning import Task
from analysis.store.replicates import DEFAULT_FOLDER
from sim.commands import write_override

FOLDER_KEYS = ("folder", "store")
DECIDED_HERE = {
    "scenario": "give the designs as scenarios=[a,b]",
    "run.n_replicates": "give training_seeds=N and held_out_seeds=N",
    "run.first_replicate": "give training_seeds=N and held_out_seeds=N",
    "run.keep_customers": "a tuning keeps outcomes only",
}
"""Keys of the simulator that a tuning sets itself, and what to do instead."""
VOCABULARY = Vocabulary(
    what="a tuning",
    shown="what is asked",
    keys=(*TunedRequest.model_fields, *FOLDER_KEYS),
    decided=DECIDED_HERE,
    several="start the command once for each",
    refused={"governance.": "a lever of the designs; write a scenario of your own, and what is free within it"},
)
USUAL = {"population": "population=small"}
"""Taken where nothing is said."""


@dataclass(frozen=True)
class Command:
    """What a command line asks for."""

    task: Task
    folder: Path
    """Where the results go."""
    show_only: bool
    """Show the configuration and stop."""

    @property
    def sets(self) -> dict[str, FeasibleSet]:
        """Feasible sets by design."""
        return dict(self.task.sets)


def parse_command(arguments: Sequence[str]) -> Command:
    """Read a command line.

    Raises
    ------
    ConfigError
        Something given cannot be used; one line says what, and what would do.
    """
    given = read_given(arguments, VOCABULARY)
    folders = given.take_folders(FOLDER_KEYS)
    request = checked(TunedRequest, given.own)
    named = {text.partition("=")[0] for text in given.others}
    usual = [text for key, text in USUAL.items() if key not in named]
    parameters = {
        name: sim.compose(write_override("scenario", name), *usual, *given.others, config_dir=given.config_dir)
        for name in request.scenarios
    }
    sets = {name: feasible_set(name, one.governance, given.directory) for name, one in parameters.items()}
    return Command(
        task=Task(request, parameters, sets, folders.get("store", DEFAULT_FOLDER)),
        folder=folders["folder"],
        show_only=given.show_only,
    )


def configuration_text(command: Command) -> str:
    """Return request, feasible sets and the parameters that all designs share as YAML."""
    task = command.task
    sets = {
        name: {lever.name: {"preset": lever.preset, "range": [lever.low, lever.high]} for lever in one.free}
        for name, one in task.sets.items()
    }
    shared = next(iter(task.parameters.values())).model_dump(mode="json", exclude={"scenario", "governance"})
    content = {**task.request.model_dump(mode="json"), "free": sets, **shared}
    return as_yaml(content)
