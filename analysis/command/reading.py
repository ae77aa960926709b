"""What the command lines of comparisons, studies and tunings share."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml
from hydra.core.override_parser.types import Glob, Override, QuotedString
from pydantic import ValidationError

from sim.config.application import overrides_first, parse_arguments
from sim.config.catalogue import option_names
from sim.config.composition import checked_config_dir
from sim.config.folders import check_folder
from sim.config.keys import find_field, nearest_name, range_in_words
from sim.config.overrides import matching, parse_command_line, several_values, values_of
from sim.config.wording import show
from sim.errors import ConfigError
from sim.parameters import Parameters
from sim.parameters.record import Record
from sim.text import refusal

Asked = TypeVar("Asked", bound=Record)
TAKEN = {"overrides", "config_dir", "cfg"}
"""Options of the simulator's command line that these take."""
SCENARIOS = "scenarios"
USUAL_STORES = Path("outputs")
"""Where runs are kept where no store is named."""
WRITTEN = ("folder", "store")
"""Keys of folders into which something is written."""


@dataclass(frozen=True)
class Vocabulary:
    """What a command understands besides the keys of the simulator, and what it says of others."""

    what: str
    """What it makes, with its article."""
    shown: str
    """What ``--cfg job`` shows, as the end of a sentence."""
    keys: tuple[str, ...]
    """Its own."""
    decided: Mapping[str, str]
    """Keys of the simulator that it sets itself, and what to do instead."""
    several: str
    """What to do about several values of a key; braces stand for the key."""
    prefixes: tuple[str, ...] = ()
    """How keys begin that are its own, too."""
    lists: tuple[str, ...] = ()
    """Own keys that take several values."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """How keys of the simulator begin that make no sense here, and why."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """What to do instead of an option of the simulator that is not taken."""


@dataclass(frozen=True)
class Given:
    """A command line, read."""

    own: dict[str, Any]
    """Values of the command's own keys."""
    others: tuple[str, ...]
    """Overrides that are the simulator's."""
    config_dir: str | None
    show_only: bool
    """Show the configuration and stop."""

    @property
    def directory(self) -> Path | None:
        """The user's folder of scenarios and industries."""
        return checked_config_dir(self.config_dir)

    def take_folders(self, keys: Sequence[str]) -> dict[str, Path]:
        """Take keys that name folders out of the own keys; ``folder`` is one of the time if it is not given."""
        now = datetime.now().astimezone()
        usual = str(Path("outputs") / now.strftime("%Y-%m-%d") / now.strftime("%H-%M-%S-%f"))
        named = {"folder": usual, **{key: self.own.pop(key) for key in keys if key in self.own}}
        if "store" in keys and "store" not in named:
            check_folder("store", USUAL_STORES)
        return {key: as_path(key, value) for key, value in named.items()}


def read_given(arguments: Sequence[str], vocabulary: Vocabulary) -> Given:
    """Read a command line.

    Raises
    ------
    ConfigError
        Something given cannot be used; one line says what, and what would do.
    """
    given = parse_arguments(overrides_first(arguments))
    _refuse_options(given, vocabulary)
    own: dict[str, Any] = {}
    others: list[str] = []
    for override in parse_command_line(given.overrides):
        key = override.key_or_group
        _refuse_key(key, vocabulary)
        if key == SCENARIOS:
            own[key] = named_scenarios(override, given.config_dir)
        elif key in vocabulary.lists:
            own[key] = _listed(override)
        elif override.is_sweep_override():
            raise several_values(override, vocabulary.several.replace("{}", key))
        elif key in vocabulary.keys or key.startswith(vocabulary.prefixes):
            own[key] = plain_value(override.value())
        else:
            _check_name(key, (*vocabulary.keys, *vocabulary.lists))
            others.append(str(override.input_line))
    return Given(own, tuple(others), given.config_dir, given.cfg is not None)


def checked(record: type[Asked], values: Mapping[str, Any], where: str = "") -> Asked:
    """Validate what was asked.

    Parameters
    ----------
    record
        The record to make.
    values
        Of its keys.
    where
        What stands before a key in an error: ``engine.`` for instance.

    Raises
    ------
    ConfigError
        A key does not exist, or a value is of the wrong type, out of range or at odds with another; one line says
        which, and what would do.
    """
    try:
        return record.model_validate(dict(values))
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
    key = str(detail["loc"][0]) if detail["loc"] else ""
    if detail["type"] == "value_error":
        raise ConfigError(f"{where}{detail['ctx']['error']}")
    if detail["type"] == "extra_forbidden":
        near = nearest_name(key, record.model_fields)
        raise ConfigError(f"{where}{key}: no such key" + (f"; did you mean {where}{near}?" if near else ""))
    if detail["type"].startswith("string_"):
        raise ConfigError(f"{where}{key}: {show(detail['input'])} cannot be used: {detail['msg']}")
    accepted = range_in_words(record.model_fields[key])
    raise ConfigError(f"{where}{key}: {show(detail['input'])} cannot be used; accepted: {accepted}")


def as_yaml(content: Mapping[str, Any]) -> str:
    """Return a configuration as it is shown."""
    return str(yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=110))


def as_path(key: str, value: Any) -> Path:
    """Return the folder a key names.

    Raises
    ------
    ConfigError
        The value names none, or none that can be made where results are to go.
    """
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{key}: {show(value)} is not a folder")
    if (reason := refusal(value)) is not None:
        raise ConfigError(f"{key}: {show(value)} cannot be used: it {reason}")
    folder = Path(value)
    if key in WRITTEN:
        check_folder(key, folder)
    return folder


def describe_market(parameters: Parameters) -> str:
    """Say in one line which industry runs, how large and how long.

    >>> import sim
    >>> describe_market(sim.compose("time.burn_in_years=1"))[-46:]
    '1 year of the status quo, then 5 of the design'
    """
    clock, industry = parameters.time, parameters.industry
    years = f"{clock.burn_in_years:g} year{'' if clock.burn_in_years == 1.0 else 's'}"
    return (
        f"{industry.title or industry.name}: {parameters.population.n_customers:,} customers in the market, "
        f"{years} of the status quo, then {clock.horizon_years:g} of the design"
    )


def named_scenarios(override: Override, config_dir: str | None) -> list[str]:
    """Return the scenarios that an override names: a list, one name, several with commas, or a pattern."""
    value: Any = override.value()
    known = option_names("scenario", checked_config_dir(config_dir))
    if isinstance(value, Glob):
        return matching(override, known)
    if override.is_sweep_override():
        return values_of(override)
    plain = plain_value(value)
    return [str(name) for name in plain] if isinstance(plain, list) else [str(plain)]


def plain_value(value: Any) -> Any:
    """Return a value of an override without the marks of the parser."""
    if isinstance(value, QuotedString):
        return value.text
    if isinstance(value, dict):
        return {plain_value(key): plain_value(item) for key, item in value.items()}
    return [plain_value(item) for item in value] if isinstance(value, list) else value


def _refuse_options(given: argparse.Namespace, vocabulary: Vocabulary) -> None:
    """Refuse what the simulator's command line takes and this one does not."""
    for name, value in vars(given).items():
        if name not in TAKEN and value not in (None, False, []):
            instead = vocabulary.instead.get(name, "see --help")
            raise ConfigError(f"--{name.replace('_', '-')}: not an option of {vocabulary.what}; {instead}")
    if given.cfg not in (None, "job"):
        raise ConfigError(f"--cfg {given.cfg}: not used by {vocabulary.what}; --cfg job shows {vocabulary.shown}")
    checked_config_dir(given.config_dir)


def _refuse_key(key: str, vocabulary: Vocabulary) -> None:
    """Refuse a key of the simulator that is not the user's to set here."""
    if key in vocabulary.decided:
        raise ConfigError(f"{key}: {vocabulary.decided[key]}")
    if key.startswith(("hydra.", "hydra/")):
        raise ConfigError(f"{key}: not used by {vocabulary.what}; see --help")
    for beginning, why in vocabulary.refused.items():
        if key.startswith(beginning):
            raise ConfigError(f"{key}: {why}")


def _listed(override: Override) -> list[Any]:
    """Return what an override lists: one value, several with commas, or a list."""
    plain = values_of(override) if override.is_sweep_override() else plain_value(override.value())
    return plain if isinstance(plain, list) else [plain]


def _check_name(key: str, own: Sequence[str]) -> None:
    """Suggest an own key for a misspelt one; case and look-alike letters are no other name."""
    known: object = find_field(key)
    if "." in key or known is not None:
        return
    near = nearest_name(key, own)
    if near is not None:
        raise ConfigError(f"{key}: no such key; did you mean {near}?")
