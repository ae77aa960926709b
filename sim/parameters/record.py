"""What every parameter record shares: frozen, no unknown keys, no NaN, a unit on every number, text that can be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, ValidatorFunctionWrapHandler, field_validator
from pydantic_core import PydanticCustomError

from sim.text import refusal

LONGEST_TEXT = 200
"""Characters of a title."""
LONGEST_NAME = 60
"""Characters of the name of a department, a journey or a segment."""


class Record(BaseModel):
    """A frozen group of parameters; unknown keys, NaN, infinities and text that cannot be shown are refused.

    This is the door through which titles and names enter: what comes after it shows them as they are, and escapes
    what has a meaning where it is written.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    @field_validator("*", mode="wrap")
    @classmethod
    def _refuse_switch_for_number(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        """Refuse true and false where a number is wanted; they would silently become 1 and 0."""
        result = handler(value)
        if isinstance(value, bool) and not isinstance(result, bool):
            raise PydanticCustomError("float_type", "Input should be a number")
        if isinstance(value, Mapping) and isinstance(result, dict):
            numbers = [name for name, inner in result.items() if isinstance(inner, float | int)]
            if any(isinstance(value.get(name), bool) and not isinstance(result[name], bool) for name in numbers):
                raise PydanticCustomError("float_type", "Input should hold numbers")
        return result

    @field_validator("*", mode="wrap")
    @classmethod
    def _refuse_text(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        """Refuse text that cannot be shown or is too long; YAML ends a block of text in a line end, which goes."""
        result = handler(value.rstrip("\n") if isinstance(value, str) else value)
        for part in _texts_in(result):
            if (reason := refusal(part)) is not None:
                which = "it" if part is result else f"the name {part!r}"
                raise PydanticCustomError("string_not_shown", "{which} {reason}", {"which": which, "reason": reason})
        extra = cls.model_fields[str(info.field_name)].json_schema_extra
        if isinstance(extra, dict) and extra.get("unit") == "text":
            _refuse_long("it", result, LONGEST_TEXT)
        if isinstance(result, Mapping) and any(isinstance(item, Record) for item in result.values()):
            for name in result:
                _refuse_long(f"the name {name[:LONGEST_NAME]!r}", name, LONGEST_NAME, 1)
        return result


def _refuse_long(which: str, text: str, longest: int, shortest: int = 0) -> None:
    """Refuse a text that is too long, or empty where it must not be."""
    if not shortest <= len(text) <= longest:
        about = {"which": which, "n": len(text), "shortest": shortest, "longest": longest}
        raise PydanticCustomError("string_length", "{which} has {n} characters; {shortest} to {longest} fit", about)


def _texts_in(value: Any) -> Iterator[str]:
    """Yield every text and name in a value, those in records inside it left out: they looked themselves."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts_in(name)
            yield from _texts_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts_in(item)


def quantity(
    default: Any,
    unit: str,
    meaning: str,
    *,
    low: float | None = None,
    high: float | None = None,
    sweep: tuple[float, float] | None = None,
    source: str = "assumption",
) -> Any:
    """Declare one parameter: its default, unit, meaning, source and two ranges.

    ``low``/``high`` are the values the model accepts; ``sweep`` is the narrower range that is plausible and that
    studies draw from (log-uniformly when it spans a factor of five or more). A parameter without ``sweep`` is not
    an uncertainty of the environment (a size, a switch, a lever of the design). ``source`` cites the literature
    list of docs/evidence.md or says ``assumption``.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source}
    if sweep is not None:
        extra["sweep"] = list(sweep)
    bounds: dict[str, Any] = {}
    if low is not None:
        bounds["ge"] = low
    if high is not None:
        bounds["le"] = high
    return Field(default=default, description=meaning, json_schema_extra=extra, **bounds)


def exactly(number: float) -> str:
    """Write a number so that no other is written alike: what sums to a little more than 1 is not shown as 1.

    >>> exactly(1.0), exactly(0.1 + 0.2), exactly(300.0)
    ('1', '0.30000000000000004', '300')
    """
    return repr(float(number)).removesuffix(".0")


def text(default: str, meaning: str, *, source: str = "name", pattern: str | None = None) -> Any:
    """Declare a text parameter (a name, a title) of at most `LONGEST_TEXT` characters."""
    return Field(default=default, description=meaning, pattern=pattern, json_schema_extra={"unit": "text", "source": source})
