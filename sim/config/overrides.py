"""What is wrong with an override, found before anything is composed: its syntax, its option, an empty group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_origin

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override, ValueType
from hydra.errors import HydraException

from sim.config.catalogue import option_names
from sim.config.keys import find_field, nearest_name
from sim.config.wording import show
from sim.errors import ConfigError

GROUPS = ("scenario", "industry", "population", "time", "run")
"""Groups of options in ``conf`` and ``scenarios``; each has a node of the same name that its options fill."""


def parse_overrides(overrides: Sequence[str]) -> list[Override]:
    """Parse overrides as Hydra does.

    Raises
    ------
    ConfigError
        One of them is not an override.
    """
    parser = OverridesParser.create()
    parsed = []
    for override in overrides:
        try:
            parsed.append(parser.parse_override(override))
        except HydraException as error:
            raise _not_an_override(override) from error
        if not parsed[-1].key_or_group:
            raise _not_an_override(override)
    return parsed


def check_overrides(parsed: Sequence[Override], config_dir: Path | None, broken: Mapping[str, ConfigError]) -> None:
    """Check options and groups.

    Parameters
    ----------
    parsed
        From `parse_overrides`.
    config_dir
        The user's folder of options.
    broken
        Scenarios that could not be registered, by name.

    Raises
    ------
    ConfigError
        An option that does not exist or cannot be read, or a group emptied.
    """
    for override in parsed:
        key = override.key_or_group
        if key.startswith(("hydra.", "hydra/")):
            continue
        if override.is_delete():
            _check_removal(key)
        elif is_option(override):
            _check_option(key, values_of(override), option_names(key, config_dir), broken)
        elif override.value() == {}:
            raise ConfigError(f"{key}: {{}} empties nothing (keys are merged); remove one with ~{key}.<name>")


def is_option(override: Override) -> bool:
    """Tell whether an override chooses an option of a group rather than setting a value."""
    return override.key_or_group in GROUPS and not override.is_delete()


def values_of(override: Override) -> list[str]:
    """Return the options an override names: one, all of a list sweep, none of a glob (it matches what there is)."""
    if isinstance(override.value(), Glob) or override.value_type in (
        ValueType.GLOB_CHOICE_SWEEP,
        ValueType.INTERVAL_SWEEP,
    ):
        return []
    if override.is_sweep_override():
        texts = [text.strip("'\"") for text in override.sweep_string_iterator()]
    else:
        texts = [str(override.get_value_element_as_str()).strip("'\"")]
    return texts


def value_given(override: Override) -> Any:
    """Return the value of an override; a sweep as it was written."""
    return str(override.input_line).partition("=")[2] if override.is_sweep_override() else override.value()


def _not_an_override(text: str) -> ConfigError:
    return ConfigError(f"{text}: not an override; write key=value, such as market.competition=0.2")


def _check_removal(key: str) -> None:
    """Refuse to remove anything but a named entry: what is removed elsewhere would silently take its default."""
    parent = find_field(key.rpartition(".")[0]) if "." in key else None
    if parent is None or get_origin(parent.annotation) is not dict:
        raise ConfigError(f"~{key}: cannot be removed; only entries with a name of their own, such as ~journeys.<name>")


def _check_option(
    group: str, choices: Sequence[str], options: Sequence[str], broken: Mapping[str, ConfigError]
) -> None:
    """Refuse an option that is not there or whose file is broken."""
    for choice in choices:
        if group == "scenario" and choice in broken:
            raise broken[choice]
        if choice not in options:
            near = nearest_name(choice, options)
            hint = f"; did you mean {near}?" if near else ""
            raise ConfigError(f"{group}: no option {show(choice)}; choose from {', '.join(options)}{hint}")
