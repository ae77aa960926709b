"""One line for each thing that can be wrong with a value: dotted key, value given, range or choices, nearest name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.config.keys import all_keys, choices_of, find_field, keys_of, nearest_name, range_in_words
from sim.config.letters import decimal_point, escaped, name_strange, plain
from sim.parameters import Record

LONGEST_VALUE = 60


def describe(error: ValidationError, content: Mapping[str, Any]) -> str:
    """Say in one line what is wrong first, and how much else is.

    Parameters
    ----------
    error
        From validating the records.
    content
        What was validated; its names of departments, journeys and segments are suggested.
    """
    # A misspelt key explains a missing one, and a bad value what is at odds with it: they go first.
    order = {"extra_forbidden": 0, "value_error": 2}
    details = sorted(error.errors(include_url=False), key=lambda item: order.get(item["type"], 1))
    first = describe_one(details[0], content)
    others = len(details) - 1
    return first if not others else f"{first} (and {others} more)"


def describe_one(detail: ErrorDetails, content: Mapping[str, Any]) -> str:
    """Say in one line what is wrong with one value."""
    key, kind, given = ".".join(str(part) for part in detail["loc"]), detail["type"], detail["input"]
    if kind == "value_error":
        message = str(detail["ctx"]["error"])
        return f"{key}.{message}" if key and not message.startswith(key) else message
    if kind == "extra_forbidden":
        return unknown_key(key, given, content)
    if kind == "missing":
        return f"{key}: missing"
    field = find_field(key)
    accepted = "" if field is None else range_in_words(field)
    if field is not None and choices_of(field) is not None:
        near = nearest_name(str(given), [str(option) for option in choices_of(field) or ()])
        hint = f"; nearest: {near}" if near and not isinstance(given, bool) else ""
        return f"{key}: {show(given)} is not {accepted}{hint}{_in_brackets(given)}"
    complaint = _complaint(kind, str(detail["msg"]), given)
    if kind == "string_not_shown":  # names the character itself
        return f"{key}: {show(given)} {complaint}"
    return f"{key}: {show(given)} {complaint}{_with_range(kind, accepted)}{_meant(given)}"


def no_option(choice: str, options: Sequence[str]) -> str:
    """Say that there is no such option, what there is, and which one was probably meant."""
    near = nearest_name(choice, options)
    hint = f"; did you mean {near}?" if near else ""
    return f"no option {show(choice)}{_in_brackets(choice)}; choose from {', '.join(options)}{hint}"


def unknown_key(key: str, given: Any, content: Mapping[str, Any]) -> str:
    """Say that there is no such key, and which one was probably meant."""
    names = [*all_keys(), *keys_of(content)]
    near = nearest_name(key, [name for name in names if name != key and not _is_below(name, key)])
    hint = f"; did you mean {near}?" if near else "; `python -m sim --cfg job` lists all keys"
    value = "" if given is None else f" (given {show(given)})"
    return f"{key}: no such key{value}{hint}"


def show(value: Any) -> str:
    """Show a value as it would be written in an override, shortened where long."""
    if isinstance(value, bool) or value is None:
        text = {True: "true", False: "false", None: "null"}[value]
    elif isinstance(value, Record):
        text = f"a {type(value).__name__} record"
    else:
        text = repr(value)
    text = " ".join(escaped(text).split())
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."


def _is_below(name: str, key: str) -> bool:
    return name.startswith(f"{key}.")


def _in_brackets(given: Any) -> str:
    """Name a character of a text that no keyboard has."""
    strange = name_strange(given) if isinstance(given, str) else ""
    return f" ({strange})" if strange else ""


def _meant(given: Any) -> str:
    """Return the number that a text was probably meant to be, and the character that keeps it from being one."""
    if not isinstance(given, str):
        return ""
    simple = plain(given).strip("'\"")
    number = decimal_point(simple) or simple
    try:
        meant = f"; did you mean {number}?" if math.isfinite(float(number)) else ""
    except ValueError:
        meant = ""
    return f"{_in_brackets(given)}{meant}"


def _complaint(kind: str, message: str, given: Any) -> str:
    """Return what is wrong, in words that follow the value."""
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than", "too_short", "too_long"):
        return "is outside"
    if kind == "finite_number":
        return "is not a finite number"
    if isinstance(given, bool) and kind.startswith(("int", "float")):
        return "is a switch, not a number"
    if kind.startswith("int"):
        return "is not a whole number"
    if kind.startswith("float"):
        return "is not a number"
    if kind.startswith(("model", "dict", "tuple", "list")):
        return "is not a group of keys"
    if kind.startswith("string_pattern"):
        return f"does not match {message.rpartition('pattern')[2].strip()}"
    return f"cannot be used: {message[:1].lower()}{message[1:]}"


def _with_range(kind: str, accepted: str) -> str:
    """Return what is accepted, put so that it goes on from pydantic's message."""
    if not accepted or kind.startswith("string"):
        return ""
    return f" {accepted}" if kind.endswith("equal") or kind.startswith("too_") else f"; accepted: {accepted}"
