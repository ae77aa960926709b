"""The command line of a study: which keys are the study's own, which the engine's and which the simulator's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sim
from analysis.command.reading import Vocabulary, as_yaml, checked, read_given
from analysis.store.parts import DEFAULT_FOLDER
from analysis.study.engines import EngineSettings
from analysis.study.request import SCENARIO, StudyRequest
from sim.config.catalogue import folder_of
from sim.config.keys import nearest_name
from sim.config.strict_yaml import read_mapping
from sim.config.wording import show
from sim.errors import ConfigError
from sim.parameters import Parameters

GROUPS = {"study": "regimes", "engine": "local"}
"""Groups of option files in ``conf``, with the option taken where none is named."""
FOLDER_KEYS = ("folder", "store")
DECIDED_HERE = {
    "scenario": "give the designs as scenarios=[a,b]",
    "run.n_replicates": "give seeds=N",
    "run.first_replicate": "give seeds=N",
    "run.keep_customers": "a study keeps outcomes only",
    "run.n_workers": "give engine.workers=N",
}
"""Keys of the simulator that a study sets itself, and what to do instead."""
LEVERS = "governance."
"""How keys begin that make a design."""
KEYED = ("factors", "fixed")
"""Keys of the study that hold keys of the simulator."""
VOCABULARY = Vocabulary(
    what="a study",
    shown="what is asked",
    keys=(*StudyRequest.model_fields, *FOLDER_KEYS, *GROUPS),
    decided=DECIDED_HERE,
    several="make it a factor: factors=[{}]",
    prefixes=("engine.", *(f"{name}." for name in KEYED)),
)
FIXED = ("run.n_replicates=1", "run.n_workers=1", "run.n_threads=1", "run.progress=false")


@dataclass(frozen=True)
class Command:
    """What a command line asks for."""

    name: str
    """Of the study."""
    request: StudyRequest
    engine: EngineSettings
    parameters: Mapping[str, Parameters]
    """Of every scenario, before a point changes them."""
    overrides: tuple[str, ...]
    """The simulator's, those of the study's file first."""
    folder: Path
    """Where the results go."""
    store: Path
    """Where runs are kept."""
    show_only: bool
    """Show the configuration and stop."""


def parse_command(arguments: Sequence[str]) -> Command:
    """Read a command line.

    Raises
    ------
    ConfigError
        Something given cannot be used; one line says what, and what would do.
    """
    given = read_given(arguments, VOCABULARY)
    own, directory, folders = given.own, given.directory, given.take_folders(FOLDER_KEYS)
    name, engine = (_option(group, own.pop(group, usual), directory) for group, usual in GROUPS.items())
    engine_own = {key.partition(".")[2]: own.pop(key) for key in list(own) if key.startswith("engine.")}
    settings = checked(EngineSettings, {**_read("engine", engine, directory), **engine_own}, "engine.")
    request = _request(_read("study", name, directory), own)
    overrides = (*(f"{key}={_written(value)}" for key, value in request.settings.items()), *given.others)
    return Command(
        name=name,
        request=request,
        engine=settings,
        parameters=_compose(request, overrides, given.config_dir),
        overrides=overrides,
        folder=folders["folder"],
        store=folders.get("store", DEFAULT_FOLDER),
        show_only=given.show_only,
    )


def options(group: str, config_dir: Path | None) -> dict[str, Path]:
    """Return the option files of a group by name, the user's before those of the project."""
    folders = [folder_of("conf"), *([] if config_dir is None else [config_dir])]
    return {path.stem: path for folder in folders for path in sorted((folder / group).glob("*.yaml"))}


def configuration_text(command: Command) -> str:
    """Return request, engine and the parameters that all points share as YAML."""
    first = next(iter(command.parameters.values()))
    content = {
        "study": command.name,
        **command.request.model_dump(mode="json"),
        "engine": command.engine.model_dump(mode="json"),
        **first.model_dump(mode="json"),
    }
    return as_yaml(content)


def _request(written: Mapping[str, Any], own: Mapping[str, Any]) -> StudyRequest:
    """Put what the command line says over what the file of the study says."""
    inner = tuple(f"{name}." for name in KEYED)
    values = {**written, **{key: value for key, value in own.items() if not key.startswith(inner)}}
    if {"design", *KEYED} & {key.partition(".")[0] for key in own} and "title" not in own:
        values["title"] = ""  # it speaks of what the file asks
    for name in KEYED:
        single = {key.partition(".")[2]: value for key, value in own.items() if key.startswith(f"{name}.")}
        if single:
            values[name] = {**_by_key(name, values.get(name, {}), next(iter(single))), **single}
    return checked(StudyRequest, values)


def _by_key(name: str, named: Any, first: str) -> dict[str, Any]:
    """Return keys of the simulator, as the file of a study lists them, with what each is given."""
    if isinstance(named, str):
        raise ConfigError(f"{name}.{first}: this study varies {named}; name all as {name}=[a,b]")
    return dict.fromkeys(named) if isinstance(named, list) else dict(named)


def _compose(request: StudyRequest, overrides: Sequence[str], config_dir: str | None) -> dict[str, Parameters]:
    """Return the parameters of every scenario, and of every variant under its own name."""

    def composed(scenario: str, *levers: str) -> Parameters:
        """Return the parameters of a scenario with further levers."""
        return sim.compose(f"{SCENARIO}={scenario}", *overrides, *levers, *FIXED, config_dir=config_dir)

    parameters = {scenario: composed(scenario) for scenario in request.scenarios}
    for name, values in request.variants.items():
        levers = {key: value for key, value in values.items() if key != SCENARIO}
        for key in levers:
            if not key.startswith(LEVERS):
                raise ConfigError(f"variants.{name}.{key}: a variant changes levers only ({LEVERS}KEY)")
        variant = composed(values[SCENARIO], *(f"{key}={_written(value)}" for key, value in levers.items()))
        label = variant.scenario.model_copy(update={"name": name})
        parameters[name] = variant.model_copy(update={"scenario": label})
    return parameters


def _option(group: str, given: Any, config_dir: Path | None) -> str:
    """Return the name of an option there is."""
    known = options(group, config_dir)
    if given not in known:
        near = nearest_name(str(given), known)
        hint = f"; did you mean {near}?" if near else ""
        raise ConfigError(f"{group}: no option {show(given)}; choose from {', '.join(known)}{hint}")
    return str(given)


def _read(group: str, name: str, config_dir: Path | None) -> dict[str, Any]:
    return read_mapping(options(group, config_dir)[name])


def _written(value: Any) -> str:
    """Write a value of an option file as an override."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)
