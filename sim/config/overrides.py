"""What is wrong with an override, found before anything is composed: its syntax, its option, an empty group."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_origin

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Glob, Override, QuotedString, ValueType
from hydra.errors import HydraException

from sim.commands import needs_quotes, quoted
from sim.config.catalogue import option_names
from sim.config.keys import find_field
from sim.config.letters import decimal_point, escaped, find_invisible, name_character, name_strange, plain
from sim.config.wording import no_option, show
from sim.errors import ConfigError

NAMED_AFTER_FILES = ("scenario", "industry")
"""Groups whose files give their names to what they hold."""
USABLE_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,60}")
"""As the records of scenario and industry have it."""
GROUPS = ("scenario", "industry", "population", "time", "run")
"""Groups of options in ``conf`` and ``scenarios``; each has a node of the same name that its options fill."""


def parse_overrides(overrides: Sequence[str]) -> list[Override]:
    """Parse overrides as Hydra does.

    Raises
    ------
    ConfigError
        One of them is not an override.
    """
    parsed = []
    for number, text in enumerate(overrides):
        hidden = find_invisible(text)
        if hidden is not None:
            meant = f"; did you mean {shlex.quote(plain(text))}?" if _parsed(plain(text)) else ""
            raise ConfigError(f"{escaped(text)}: holds {name_character(hidden)}, which no value may hold{meant}")
        override = _parsed(text)
        if override is None:
            raise _not_an_override(overrides, number)
        if "${" in text and not re.match(r"hydra([./]|$)", override.key_or_group):
            value = text.partition("=")[2]
            raise ConfigError(
                f"{override.key_or_group}: {value} refers to another value (${{...}}); write the value itself"
            )
        parsed.append(override)
    return parsed


def parse_command_line(overrides: Sequence[str]) -> list[Override]:
    """Parse the overrides of a command line, each of which gives another key or group.

    Raises
    ------
    ConfigError
        One of them is not an override, or a key or a group is given twice.
    """
    parsed = parse_overrides(overrides)
    first: dict[str, Override] = {}
    for override in parsed:
        before = first.setdefault(override.get_key_element().lstrip("+~"), override)
        if before is not override:
            twice = f"{before.input_line} and {override.input_line}"
            raise ConfigError(f"{override.key_or_group}: given twice, {twice}; give one of them")
    return parsed


def several_values(override: Override, remedy: str) -> ConfigError:
    """Return what to say of several values where one is wanted: a number with a decimal comma looks like them.

    Parameters
    ----------
    override
        With several values.
    remedy
        What to do where they are several.
    """
    given = str(value_given(override))
    number = decimal_point(given)
    meant = f"; did you mean {number}? If they are several, {remedy}" if number else f"; {remedy}"
    return ConfigError(f"{override.key_or_group}: {given} is several values{meant}")


def check_overrides(parsed: Sequence[Override], config_dir: Path | None) -> None:
    """Check options and groups.

    Parameters
    ----------
    parsed
        From `parse_overrides`.
    config_dir
        The user's folder of options.

    Raises
    ------
    ConfigError
        An option that does not exist, or a group added or emptied.
    """
    for override in parsed:
        key = override.key_or_group
        if key.startswith(("hydra.", "hydra/")):
            continue
        if override.is_delete():
            _check_removal(key)
        elif is_option(override):
            _check_option(override, option_names(key, config_dir))
        elif override.value() == {}:
            raise ConfigError(f"{key}: {{}} empties nothing (keys are merged); remove one with ~{key}.<name>")


def is_option(override: Override) -> bool:
    """Tell whether an override chooses an option of a group rather than setting a value."""
    return override.key_or_group in GROUPS and not override.is_delete()


def options_of(override: Override, config_dir: Path | None) -> list[str]:
    """Return the options an override names, those that a pattern matches included."""
    pattern: Any = override.value()
    if not isinstance(pattern, Glob):
        return values_of(override)
    names = matching(override, option_names(override.key_or_group, config_dir))
    for name in names:
        if needs_quotes(name):
            raise ConfigError(
                f"{override.key_or_group}: {value_given(override)} matches {show(name)}, which has to be quoted and so "
                "cannot be part of a pattern; rename the file, or exclude it"
            )
    return names


def matching(override: Override, names: Sequence[str]) -> list[str]:
    """Return the names that the pattern of an override matches.

    Raises
    ------
    ConfigError
        Part of the pattern is no plain text.
    """
    pattern: Any = override.value()
    for part in (*pattern.include, *pattern.exclude):
        if not isinstance(part, str):
            text = getattr(part, "text", part)
            raise ConfigError(f"{override.key_or_group}: {value_given(override)}: {text} is not a pattern of names")
    return [str(name) for name in pattern.filter(names)]


def values_of(override: Override) -> list[str]:
    """Return the options an override names: one, all of a list sweep, none of a glob (it matches what there is)."""
    if isinstance(override.value(), Glob) or override.value_type in (
        ValueType.GLOB_CHOICE_SWEEP,
        ValueType.INTERVAL_SWEEP,
    ):
        return []
    value: Any = override.value()
    if isinstance(value, ChoiceSweep):
        return [_text_of(one, override) for one in value.list]
    if override.is_sweep_override():
        return [str(text) for text in override.sweep_string_iterator()]
    return [_text_of(value, override)]


def _text_of(value: Any, override: Override) -> str:
    """Return one value of an override as a text, without quotes."""
    if isinstance(value, QuotedString):
        return str(value.text)
    return value if isinstance(value, str) else str(override._get_value_element_as_str(value)).strip("'\"")


def value_given(override: Override) -> Any:
    """Return the value of an override; a sweep as it was written."""
    return str(override.input_line).partition("=")[2] if override.is_sweep_override() else override.value()


def _parsed(text: str) -> Override | None:
    """Return an override, or None where the text is none."""
    try:
        override = OverridesParser.create().parse_override(text)
    except HydraException:
        return None
    return override if override.key_or_group else None


def _not_an_override(texts: Sequence[str], number: int) -> ConfigError:
    """Say what is wrong with a text that is no override, what it was perhaps meant to be, and how to quote it."""
    text = texts[number]
    found = [name for name in (name_strange(text),) if name]
    together = _without_spaces(texts, number)
    simple = re.sub(r"\s*=\s*", "=", plain(text), count=1)
    key, _, value = text.partition("=")
    in_quotes = f"{key}={quoted(value)}"
    if together is not None:
        found.append(f"no spaces around the sign =; write {shlex.quote(together)}")
    elif simple != text and (_parsed(simple) or simple.startswith("-")):
        found.append(f"did you mean {shlex.quote(simple)}?")
    if together is None and _takes_text(key) and value and value[0] != "=" and _parsed(in_quotes):
        found.append(f"a value with such characters goes in quotes: {shlex.quote(in_quotes)}")
    advice = "; ".join(found) or "write key=value, such as market.competition=0.2"
    return ConfigError(f"{text}: not an override; {advice}")


def _takes_text(key: str) -> bool:
    """Tell whether a value in quotes can make sense: not for options, numbers and choices."""
    field = find_field(key)
    return key not in GROUPS and (field is None or field.annotation is str)


def _without_spaces(texts: Sequence[str], number: int) -> str | None:
    """Return what was meant where a shell took key, sign and value for several words."""
    before, text, after = [*texts[:number][-2:]], texts[number], [*texts[number + 1 :][:2]]
    if before and before[-1].endswith("=") and "=" not in text:
        joined = "".join(before if before[-1] == "=" else before[-1:]) + text
    elif after and after[0].startswith("=") and "=" not in text:
        joined = text + "".join(after if after[0] == "=" else after[:1])
    else:
        return None
    return joined if _parsed(joined) else None


def _check_removal(key: str) -> None:
    """Refuse to remove anything but a named entry: what is removed elsewhere would silently take its default."""
    parent = find_field(key.rpartition(".")[0]) if "." in key else None
    if parent is None or get_origin(parent.annotation) is not dict:
        raise ConfigError(f"~{key}: cannot be removed; only entries with a name of their own, such as ~journeys.<name>")


def _check_option(override: Override, options: Sequence[str]) -> None:
    """Refuse an option that is not there, and a sign that would add a group to those there are."""
    group = override.key_or_group
    if override.is_add() or override.is_force_add():
        text = str(override.input_line)
        raise ConfigError(f"{text}: the sign + adds a key, and {group} is there already; write {text.lstrip('+')}")
    for choice in values_of(override):
        if choice not in options:
            raise ConfigError(f"{group}: {no_option(choice, options)}")
        if group in NAMED_AFTER_FILES and not USABLE_NAME.fullmatch(choice):
            raise ConfigError(
                f"{group}: {show(choice)} cannot be the name of a file; letters of a to z, digits, dots, - and _ can"
            )
    if isinstance(override.value(), int | float):
        value = str(override.get_value_element_as_str())
        text = shlex.quote(f"{group}={quoted(value)}")
        raise ConfigError(f"{group}: {value} reads as a number or a switch; the name of a file is a text: {text}")
