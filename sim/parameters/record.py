"""What every parameter record shares: frozen, no unknown keys, no NaN, and a unit on every number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidatorFunctionWrapHandler, field_validator
from pydantic_core import PydanticCustomError


class Record(BaseModel):
    """A frozen group of parameters; unknown keys, NaN and infinities are refused."""

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
    """Declare a text parameter (a name, a title)."""
    return Field(default=default, description=meaning, pattern=pattern, json_schema_extra={"unit": "text", "source": source})
