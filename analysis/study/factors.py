"""Factors of a study: a key of the configuration and the values it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic.fields import FieldInfo

from analysis.study.ranges import EVEN, LOG_FACTOR, Axis, checked_axes, read_axes
from sim.config.keys import choices_of, find_field, limits_of, range_in_words
from sim.config.wording import show, unknown_key
from sim.errors import ConfigError
from sim.parameters.record import exactly

Value = float | int | str | bool

ALL_RANGES = "ranges"
"""Stands for every parameter of an environment that has a plausible range."""
NOT_FACTORS = ("run", "scenario", "industry")
"""Groups whose keys no study varies: seeds and designs are its own."""
SCALES = ("linear", "log", "integer", "choice")
DECIMALS = 12


@dataclass(frozen=True)
class Factor:
    """One thing that differs between the points of a study."""

    key: str
    """Dotted key of the configuration; a star stands for all departments alike."""
    low: float = 0.0
    high: float = 1.0
    scale: str = "linear"
    """``linear``, ``log`` or ``choice``."""
    values: tuple[Value, ...] = ()
    """What there is to choose from, with the scale ``choice``."""
    multiple: int = 0
    """1 for whole numbers, 2 for even ones, 0 for any."""

    def value(self, share: float) -> Value:
        """Return the value at a share of the way, 0 to 1, from low to high."""
        if self.scale == "choice":
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        if self.scale == "log":
            value = float(self.low * (self.high / self.low) ** share)
        else:
            value = self.low + (self.high - self.low) * share
        value = round(min(max(value, self.low), self.high), DECIMALS)
        return self.multiple * round(value / self.multiple) if self.multiple else value

    def levels(self, number: int) -> list[Value]:
        """Return values at equal distances, ends included, each once; every choice of a choice."""
        if self.scale == "choice":
            return list(self.values)
        return list(dict.fromkeys(self.value(float(share)) for share in np.linspace(0.0, 1.0, number)))

    def describe(self) -> dict[str, Any]:
        """Return what a manifest says of the factor."""
        if self.scale == "choice":
            return {"key": self.key, "values": list(self.values)}
        whole = {"multiple": self.multiple} if self.multiple else {}
        return {"key": self.key, "low": self.low, "high": self.high, "scale": self.scale, **whole}


def make_factors(given: Any) -> tuple[Factor, ...]:
    """Return the factors a study names.

    Parameters
    ----------
    given
        ``ranges`` for every plausible range of the parameter records, a list of keys, or a mapping from keys to
        nothing (the plausible range), ``[low, high]``, or ``low``, ``high``, ``scale`` and ``values``.

    Raises
    ------
    ConfigError
        A key does not exist or a range cannot be used.
    """
    if given == ALL_RANGES:
        return tuple(_from_axis(axis) for axis in checked_axes())
    if isinstance(given, str):
        given = [given]
    named = dict.fromkeys(map(str, given)) if isinstance(given, Sequence) else given
    if not isinstance(named, Mapping) or not named:
        raise ConfigError(
            f"factors: {show(given)} is not a list of keys; write factors=[market.competition,market.churn_per_year]"
        )
    return tuple(make_factor(str(key), wish) for key, wish in named.items())


def frozen_factors() -> tuple[Factor, ...]:
    """Return the factors of the frozen ranges as they stand in the file, whatever the records say by now."""
    return tuple(_from_axis(axis) for axis in read_axes())


def make_factor(key: str, wish: Any = None) -> Factor:
    """Return one factor; see `make_factors`."""
    field = field_of(key)
    if wish is None:
        return _plausible(key, field)
    if isinstance(wish, Sequence) and not isinstance(wish, str):
        wish = {"low": wish[0], "high": wish[1]} if _is_range(wish, field) else {"values": wish}
    if not isinstance(wish, Mapping):
        raise ConfigError(f"factors.{key}: {show(wish)} is no range; write factors.{key}=[low,high]")
    unknown = set(wish) - {"low", "high", "scale", "values"}
    if unknown:
        raise ConfigError(f"factors.{key}.{sorted(unknown)[0]}: no such key; choose from low, high, scale, values")
    if wish.get("values"):
        return Factor(key, scale="choice", values=tuple(coerced(key, field, value) for value in wish["values"]))
    usual = _plausible(key, field) if not {"low", "high"} <= set(wish) else Factor(key)
    return _ranged(key, field, wish.get("low", usual.low), wish.get("high", usual.high), wish.get("scale"))


def field_of(key: str, where: str = "factors") -> FieldInfo:
    """Return the field a key sets; ``where`` is the key of the study that names it.

    Raises
    ------
    ConfigError
        There is none, or no study varies it.
    """
    field: FieldInfo | None = find_field(key.replace(".*.", ".any."))
    if field is None:
        raise ConfigError(f"{where}: {unknown_key(key, None, {})}")
    if key.partition(".")[0] in NOT_FACTORS:
        raise ConfigError(f"{where}.{key}: a study sets it itself; see --help")
    return field


def coerced(key: str, field: FieldInfo, value: Any, where: str = "factors") -> Value:
    """Return a value as the record would hold it, so that equal points have equal addresses."""
    options = choices_of(field)
    if options is not None and value not in options:
        raise ConfigError(f"{where}.{key}: {show(value)} is not {range_in_words(field)}")
    if options is not None:
        return value  # type: ignore[no-any-return]
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ConfigError(f"{where}.{key}: {show(value)} is not a finite number")
    low, high = limits_of(field)
    if (low is not None and value < low) or (high is not None and value > high):
        raise ConfigError(f"{where}.{key}: {show(value)} is outside {range_in_words(field)}")
    if field.annotation is int and value != round(value):
        raise ConfigError(f"{where}.{key}: {show(value)} is not a whole number")
    return round(value) if field.annotation is int else float(value)


def fixed_values(given: Mapping[str, Any]) -> dict[str, Value]:
    """Return the values that all points share, as their records would hold them.

    Raises
    ------
    ConfigError
        A key does not exist, or a value cannot be used.
    """
    return {key: coerced(key, field_of(key, "fixed"), value, "fixed") for key, value in given.items()}


def _is_range(wish: Sequence[Any], field: FieldInfo) -> bool:
    numbers = all(isinstance(end, int | float) and not isinstance(end, bool) for end in wish)
    return len(wish) == 2 and numbers and choices_of(field) is None


def _ranged(key: str, field: FieldInfo, low: Any, high: Any, scale: Any) -> Factor:
    """Return a factor between two ends."""
    if choices_of(field) is not None:
        raise ConfigError(f"factors.{key}: a choice has values, not a range; write factors.{key}={{values:[...]}}")
    low, high = float(coerced(key, field, low)), float(coerced(key, field, high))
    if not low < high:
        raise ConfigError(f"factors.{key}: low {exactly(low)} is not below high {exactly(high)}")
    if scale not in (None, *SCALES[:3]):
        raise ConfigError(f"factors.{key}.scale: {show(scale)} is not one of {', '.join(SCALES[:3])}")
    if scale == "log" and low <= 0.0:
        raise ConfigError(f"factors.{key}.scale: log needs low above 0, given {low:g}")
    wide = low > 0.0 and high / low >= LOG_FACTOR
    whole = 2 if key in EVEN else int(field.annotation is int or scale == "integer")
    return Factor(key, low, high, "log" if scale == "log" or (scale is None and wide) else "linear", (), whole)


def _plausible(key: str, field: FieldInfo) -> Factor:
    """Return a factor over the plausible range of its record, or over all choices."""
    options = choices_of(field)
    if options is not None:
        return Factor(key, scale="choice", values=tuple(options))
    extra = field.json_schema_extra
    sweep: Any = extra.get("sweep") if isinstance(extra, dict) else None
    if sweep is None:
        raise ConfigError(f"factors.{key}: has no plausible range; write factors.{key}=[low,high]")
    return _ranged(key, field, sweep[0], sweep[1], None)


def _from_axis(axis: Axis) -> Factor:
    """Return the factor of a frozen range."""
    if axis.scale == "choice":
        return Factor(axis.parameter, scale="choice", values=tuple(axis.rounding.split("|")))
    multiple = {"none": 0, "whole": 1, "even": 2}[axis.rounding]
    return Factor(axis.parameter, axis.low, axis.high, axis.scale, (), multiple)
