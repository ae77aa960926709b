"""The command line of a study: which keys are the study's own, which the engine's and which the simulator's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from hydra.core.override_parser.types import Override

import sim
from analysis.command import GIVEN_OPTIONS, named_scenarios, plain_value
from analysis.study.engines import EngineSettings
from analysis.study.request import StudyRequest, checked
from analysis.study.store import DEFAULT_FOLDER
from sim.config.application import overrides_first, parse_arguments
from sim.config.catalogue import LOADER, folder_of
from sim.config.composition import checked_config_dir
from sim.config.keys import find_field, nearest_name
from sim.config.overrides import parse_overrides, value_given
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
    given = parse_arguments(overrides_first(arguments))
    for name, value in vars(given).items():
        if name not in GIVEN_OPTIONS and value not in (None, False, []):
            raise ConfigError(f"--{name.replace('_', '-')}: not an option of a study; see --help")
    if given.cfg not in (None, "job"):
        raise ConfigError(f"--cfg {given.cfg}: not used by a study; --cfg job shows what is asked")
    directory = checked_config_dir(given.config_dir)
    own, others = _divided(parse_overrides(given.overrides), given.config_dir)
    folders = {key: _path(key, own.pop(key)) for key in FOLDER_KEYS if key in own}
    name, engine = (_option(group, own.pop(group, usual), directory) for group, usual in GROUPS.items())
    engine_own = {key.partition(".")[2]: own.pop(key) for key in list(own) if key.startswith("engine.")}
    settings = checked(EngineSettings, {**_read("engine", engine, directory), **engine_own}, "engine.")
    request = _request(_read("study", name, directory), own)
    overrides = (*(f"{key}={_written(value)}" for key, value in request.settings.items()), *others)
    now = datetime.now().astimezone()
    return Command(
        name=name,
        request=request,
        engine=settings,
        parameters={
            scenario: sim.compose(f"scenario={scenario}", *overrides, *FIXED, config_dir=given.config_dir)
            for scenario in request.scenarios
        },
        overrides=overrides,
        folder=folders.get("folder", Path("outputs") / now.strftime("%Y-%m-%d") / now.strftime("%H-%M-%S-%f")),
        store=folders.get("store", DEFAULT_FOLDER),
        show_only=given.cfg is not None,
    )


def options(group: str, config_dir: Path | None) -> dict[str, Path]:
    """Return the option files of a group by name, the user's before those of the project."""
    folders = [folder_of("conf"), *([] if config_dir is None else [config_dir])]
    return {path.stem: path for folder in folders for path in sorted((folder / group).glob("*.yaml"))}


def read_options(path: Path) -> dict[str, Any]:
    """Read an option file.

    Raises
    ------
    ConfigError
        It cannot be read or holds no keys.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506  a safe loader either way
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error.__class__.__name__})") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: holds no keys")
    return content


def configuration_text(command: Command) -> str:
    """Return request, engine and the parameters that all points share as YAML."""
    first = next(iter(command.parameters.values()))
    content = {
        "study": command.name,
        **command.request.model_dump(mode="json"),
        "engine": command.engine.model_dump(mode="json"),
        **first.model_dump(mode="json"),
    }
    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110))


def _request(written: Mapping[str, Any], own: Mapping[str, Any]) -> StudyRequest:
    """Put what the command line says over what the file of the study says."""
    values = {**written, **{key: value for key, value in own.items() if not key.startswith("factors.")}}
    single = {key.partition(".")[2]: value for key, value in own.items() if key.startswith("factors.")}
    if single:
        named = values.get("factors", {})
        if isinstance(named, str):
            raise ConfigError(f"factors.{next(iter(single))}: this study varies {named}; name all as factors=[a,b]")
        listed = dict.fromkeys(named) if isinstance(named, list) else dict(named)
        values["factors"] = {**listed, **single}
    return checked(StudyRequest, values)


def _divided(parsed: Sequence[Override], config_dir: str | None) -> tuple[dict[str, Any], list[str]]:
    """Return the values of the study's own keys, and the overrides that are the simulator's."""
    own: dict[str, Any] = {}
    others: list[str] = []
    for override in parsed:
        key = override.key_or_group
        if key in DECIDED_HERE or key.startswith(("hydra.", "hydra/")):
            raise ConfigError(f"{key}: {DECIDED_HERE.get(key, 'not used by a study; see --help')}")
        if key == "scenarios":
            own[key] = named_scenarios(override, config_dir)
        elif override.is_sweep_override():
            raise ConfigError(f"{key}: {value_given(override)} is several values; make it a factor: factors=[{key}]")
        elif _is_own(key):
            own[key] = plain_value(override.value())
        else:
            _check_name(key)
            others.append(str(override.input_line))
    return own, others


def _is_own(key: str) -> bool:
    return key in (*StudyRequest.model_fields, *FOLDER_KEYS, *GROUPS) or key.startswith(("engine.", "factors."))


def _check_name(key: str) -> None:
    """Suggest a key of the study for a misspelt one."""
    known: object = find_field(key)
    if "." in key or known is not None:
        return
    near = nearest_name(key, [*StudyRequest.model_fields, *FOLDER_KEYS, *GROUPS])
    if near is not None:
        raise ConfigError(f"{key}: no such key; did you mean {near}?")


def _option(group: str, given: Any, config_dir: Path | None) -> str:
    """Return the name of an option there is."""
    known = options(group, config_dir)
    if given not in known:
        near = nearest_name(str(given), known)
        hint = f"; did you mean {near}?" if near else ""
        raise ConfigError(f"{group}: no option {show(given)}; choose from {', '.join(known)}{hint}")
    return str(given)


def _read(group: str, name: str, config_dir: Path | None) -> dict[str, Any]:
    return read_options(options(group, config_dir)[name])


def _written(value: Any) -> str:
    """Write a value of an option file as an override."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)


def _path(key: str, value: Any) -> Path:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{key}: {show(value)} is not a folder")
    return Path(value)
