"""The command line of a tuning: which keys are its own and which the simulator's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from hydra.core.override_parser.types import Override

import sim
from analysis.command import GIVEN_OPTIONS, named_scenarios, plain_value
from analysis.store import DEFAULT_FOLDER
from analysis.study.request import checked
from analysis.tuned.feasible import FeasibleSet, feasible_set
from analysis.tuned.request import TunedRequest
from analysis.tuned.tuning import Task
from sim.config.application import overrides_first, parse_arguments
from sim.config.composition import checked_config_dir
from sim.config.keys import find_field, nearest_name
from sim.config.overrides import parse_overrides, value_given
from sim.config.wording import show
from sim.errors import ConfigError

FOLDER_KEYS = ("folder", "store")
DECIDED_HERE = {
    "scenario": "give the designs as scenarios=[a,b]",
    "run.n_replicates": "give training_seeds=N and held_out_seeds=N",
    "run.first_replicate": "give training_seeds=N and held_out_seeds=N",
    "run.keep_customers": "a tuning keeps outcomes only",
}
"""Keys of the simulator that a tuning sets itself, and what to do instead."""
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
    given = parse_arguments(overrides_first(arguments))
    for name, value in vars(given).items():
        if name not in GIVEN_OPTIONS and value not in (None, False, []):
            raise ConfigError(f"--{name.replace('_', '-')}: not an option of a tuning; see --help")
    if given.cfg not in (None, "job"):
        raise ConfigError(f"--cfg {given.cfg}: not used by a tuning; --cfg job shows what is asked")
    directory = checked_config_dir(given.config_dir)
    own, others = _divided(parse_overrides(given.overrides), given.config_dir)
    folders = {key: _path(key, own.pop(key)) for key in FOLDER_KEYS if key in own}
    request = checked(TunedRequest, own)
    named = {text.partition("=")[0] for text in others}
    usual = [text for key, text in USUAL.items() if key not in named]
    parameters = {
        name: sim.compose(f"scenario={name}", *usual, *others, config_dir=given.config_dir)
        for name in request.scenarios
    }
    sets = {name: feasible_set(name, one.governance, directory) for name, one in parameters.items()}
    now = datetime.now().astimezone()
    return Command(
        task=Task(request, parameters, sets, folders.get("store", DEFAULT_FOLDER)),
        folder=folders.get("folder", Path("outputs") / now.strftime("%Y-%m-%d") / now.strftime("%H-%M-%S-%f")),
        show_only=given.cfg is not None,
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
    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110))


def _divided(parsed: Sequence[Override], config_dir: str | None) -> tuple[dict[str, Any], list[str]]:
    """Return the values of the tuning's own keys, and the overrides that are the simulator's."""
    own: dict[str, Any] = {}
    others: list[str] = []
    for override in parsed:
        key = override.key_or_group
        if key in DECIDED_HERE or key.startswith(("hydra.", "hydra/")):
            raise ConfigError(f"{key}: {DECIDED_HERE.get(key, 'not used by a tuning; see --help')}")
        if key.startswith("governance."):
            raise ConfigError(
                f"{key}: a lever of the designs; write a scenario of your own, and what is free within it"
            )
        if key == "scenarios":
            own[key] = named_scenarios(override, config_dir)
        elif override.is_sweep_override():
            raise ConfigError(f"{key}: {value_given(override)} is several values; start the command once for each")
        elif key in (*TunedRequest.model_fields, *FOLDER_KEYS):
            own[key] = plain_value(override.value())
        else:
            _check_name(key)
            others.append(str(override.input_line))
    return own, others


def _check_name(key: str) -> None:
    """Suggest a key of the tuning for a misspelt one."""
    known: object = find_field(key)
    if "." in key or known is not None:
        return
    near = nearest_name(key, [*TunedRequest.model_fields, *FOLDER_KEYS])
    if near is not None:
        raise ConfigError(f"{key}: no such key; did you mean {near}?")


def _path(key: str, value: Any) -> Path:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{key}: {show(value)} is not a folder")
    return Path(value)
