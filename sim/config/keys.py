"""Every key there is: what it holds, its range in words, and the key nearest to a misspelt one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from sim.config.letters import plain
from sim.config.schema import SUFFIX, record_of
from sim.parameters import Parameters, Record

NAME = "<name>"
"""Stands for the name of a department, journey, segment or channel in a key."""


def walk_keys(record: type[Record] = Parameters, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield every dotted key and its field, depth first; ``<name>`` stands for names the user chooses."""
    for name, field in record.model_fields.items():
        key = f"{prefix}{name}"
        yield key, field
        inner = record_of(field.annotation)
        if inner is not None:
            kind = get_origin(field.annotation)
            between = f".{NAME}." if kind is dict else ".0." if kind is tuple else "."
            yield from walk_keys(inner, key + between)


@cache
def all_keys() -> tuple[str, ...]:
    """Return every dotted key."""
    return tuple(key for key, _ in walk_keys())


def find_field(key: str) -> FieldInfo | None:
    """Return the field that a dotted key names, or None; names the user chooses may be any."""
    record: type[Record] | None = Parameters
    field: FieldInfo | None = None
    parts = key.split(".")
    while parts:
        part = parts.pop(0)
        if record is None or part not in record.model_fields:
            return None
        field = record.model_fields[part]
        kind, record = get_origin(field.annotation), record_of(field.annotation)
        if kind in (dict, tuple) and parts:
            parts.pop(0)  # the chosen name, or the number in a list
            if record is None and parts:
                return None
    return field


def key_of_record(name: str) -> str:
    """Return the first key that holds the record whose mirror in the schema has this name, or the name itself."""
    record = name.removesuffix(SUFFIX)
    holders = (key for key, field in walk_keys() if (held := record_of(field.annotation)) and held.__name__ == record)
    return next(holders, name)


def nearest_name(given: str, names: Iterable[str]) -> str | None:
    """Return the name closest to the given one, or None when none is close.

    >>> nearest_name("market.compettion", all_keys())
    'market.competition'
    >>> nearest_name("competition", all_keys())
    'market.competition'
    """
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    near = _nearest(plain(given).strip("'\"").casefold(), list(folded))
    return None if near is None else folded[near]


def _nearest(given: str, names: Sequence[str]) -> str | None:
    """Return the closest name, case and look-alike letters set aside."""
    leaf = given.rpartition(".")[2]
    ends = [name for name in names if name.rpartition(".")[2] == leaf]
    if ends:
        return difflib.get_close_matches(given, ends, n=1, cutoff=0.0)[0]
    close = difflib.get_close_matches(given, names, n=1, cutoff=0.6)
    if close:
        return close[0]
    by_leaf = {name.rpartition(".")[2]: name for name in reversed(names)}
    close = difflib.get_close_matches(leaf, by_leaf, n=1, cutoff=0.7)
    return by_leaf[close[0]] if close else None


def keys_of(content: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield every dotted key of a nested mapping, groups included."""
    for name, value in content.items():
        yield f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from keys_of(value, f"{prefix}{name}.")


def choices_of(field: FieldInfo) -> tuple[Any, ...] | None:
    """Return the values a field can take where they are few, else None."""
    if get_origin(field.annotation) is Literal:
        return get_args(field.annotation)
    return (True, False) if field.annotation is bool else None


def limits_of(field: FieldInfo) -> tuple[float | None, float | None]:
    """Return the lowest and the highest value of a number, or of the length of a list."""
    low = high = None
    for limit in field.metadata:
        low = next((getattr(limit, name) for name in ("ge", "gt", "min_length") if hasattr(limit, name)), low)
        high = next((getattr(limit, name) for name in ("le", "lt", "max_length") if hasattr(limit, name)), high)
    return low, high


def unit_of(field: FieldInfo) -> str:
    """Return the unit a field declares, or an empty text."""
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def range_in_words(field: FieldInfo) -> str:
    """Say what a field accepts, with its unit.

    >>> range_in_words(find_field("market.competition"))
    '0 to 3 (ratio)'
    >>> range_in_words(find_field("time.periods_per_year"))
    'one of 4, 12, 52'
    """
    options = choices_of(field)
    if options is not None:
        return "one of " + ", ".join(
            str(option).lower() if isinstance(option, bool) else str(option) for option in options
        )
    low, high = limits_of(field)
    unit = unit_of(field)
    if low is None and high is None:
        return f"({unit})" if unit else ""
    span = f"{_plain(low)} to {_plain(high)}" if low is not None and high is not None else f"at least {_plain(low)}"
    return f"{span} ({unit})" if unit else span


def _plain(number: float | None) -> str:
    """Write a limit without needless zeros or rounding."""
    if number is None:
        return "any"
    return str(int(number)) if float(number).is_integer() else f"{number:g}"
