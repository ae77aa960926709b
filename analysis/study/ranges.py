"""The ranges that studies of all parameters draw from: collected from the records, frozen before the first run.

``python -m analysis.study.ranges`` writes the file. The study reads the file and refuses to run when the records have
moved away from it, so that nobody changes a range without saying so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from analysis.command.tables import read_csv, write_csv
from sim.errors import UserError
from sim.parameters import Department, Parameters

FROZEN = Path(__file__).with_name("regimes_ranges.csv")
"""The frozen ranges, in the order of the axes of the sequence; travels with the package.

``docs/regimes_ranges.csv`` is the same file: its history tells when they were frozen. A test holds the two together.
"""
GROUPS = ("market", "experience", "organisation", "finance", "population")
"""Groups of parameters that make an environment; governance is the design, time and run are fixed."""
DEPARTMENTS = "organisation.departments"
LOG_FACTOR = 5.0
"""Ranges that span at least this factor are sampled log-uniformly."""
EVEN = ("population.network.mean_degree",)
"""Whole numbers that must be even."""
CHOICES = {"market.rival.behaviour": ("fixed", "trending", "imitating")}
"""Choices that vary in equal shares: without them the ranges of a trending and an imitating rival would do nothing."""


@dataclass(frozen=True)
class Axis:
    """One parameter that varies between environments."""

    parameter: str
    """Dotted key; a star stands for all departments alike."""
    unit: str
    low: float
    high: float
    scale: str
    """``linear``, ``log`` or ``choice``."""
    rounding: str
    """``none``, ``whole``, ``even`` or the choices, separated by bars."""
    source: str


def collect_axes() -> list[Axis]:
    """Return every parameter of an environment that has a plausible range, in the order of the records."""
    defaults = Parameters()
    found: list[Axis] = []
    for group in GROUPS:
        found += _axes_of(getattr(defaults, group), group)
    return found


def read_axes(path: Path = FROZEN) -> list[Axis]:
    """Read frozen ranges.

    Raises
    ------
    UserError
        There is no such file, or it has other columns.
    """
    names = [field.name for field in fields(Axis)]
    rows = read_csv(path, path.name, UserError, names).frame()
    if list(rows.columns) != names:
        raise UserError(f"{path.name}: no frozen ranges; its columns are not {', '.join(names)}")
    try:
        return [_axis_from(row) for row in rows.to_dict("records")]
    except ValueError as error:
        raise UserError(f"{path.name}: the frozen ranges cannot be read ({error})") from error


def write_axes(axes: Sequence[Axis], path: Path = FROZEN) -> None:
    """Freeze ranges in a file, whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    rows = [{**asdict(axis), "low": f"{axis.low:g}", "high": f"{axis.high:g}"} for axis in axes]
    write_csv(pd.DataFrame(rows), temporary)
    temporary.replace(path)


def differences(frozen: Sequence[Axis], current: Sequence[Axis]) -> list[str]:
    """Say in what two lists of ranges differ, one line for each parameter; sources may change."""
    before, after = ({axis.parameter: axis for axis in axes} for axes in (frozen, current))
    lines = [f"{name}: frozen, but no longer a range of the records" for name in before if name not in after]
    lines += [f"{name}: a range of the records that is not frozen" for name in after if name not in before]
    for name in (name for name in before if name in after):
        one, other = before[name], after[name]
        same = all(getattr(one, key) == getattr(other, key) for key in ("unit", "low", "high", "scale", "rounding"))
        if not same:
            was, now = (f"{axis.low:g} to {axis.high:g} {axis.scale}" for axis in (one, other))
            lines.append(f"{name}: frozen {was}, now {now}")
    if not lines and list(before) != list(after):
        lines.append("the order of the parameters changed, and with it their axes of the sequence")
    return lines


def checked_axes() -> list[Axis]:
    """Return the frozen ranges.

    Raises
    ------
    UserError
        The records no longer have these ranges.
    """
    frozen = read_axes()
    changed = differences(frozen, collect_axes())
    if changed:
        raise UserError(f"the ranges of the parameters are not those frozen in {FROZEN.name}: {'; '.join(changed)}")
    return frozen


def _axes_of(record: BaseModel, prefix: str) -> Iterator[Axis]:
    """Walk a record and the records inside it; all departments share one axis."""
    for name, field in type(record).model_fields.items():
        key, value = f"{prefix}.{name}", getattr(record, name)
        if key == DEPARTMENTS:
            for inner, inner_field in Department.model_fields.items():
                yield from _axis(f"{DEPARTMENTS}.*.{inner}", inner_field)
        elif isinstance(value, BaseModel):
            yield from _axes_of(value, key)
        else:
            yield from _axis(key, field)


def _axis(key: str, field: FieldInfo) -> Iterator[Axis]:
    """Yield the axis of a field, if it varies."""
    extra: Any = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    unit, source = str(extra.get("unit", "")), str(extra.get("source", ""))
    if key in CHOICES:
        yield Axis(key, unit, 0.0, 1.0, "choice", "|".join(CHOICES[key]), source)
    if "sweep" not in extra:
        return
    low, high = (float(end) for end in extra["sweep"])
    scale = "log" if low > 0.0 and high / low >= LOG_FACTOR else "linear"
    rounding = "even" if key in EVEN else "whole" if field.annotation is int else "none"
    yield Axis(key, unit, low, high, scale, rounding, source)


def _axis_from(row: Mapping[Any, str]) -> Axis:
    return Axis(
        row["parameter"],
        row["unit"],
        float(row["low"]),
        float(row["high"]),
        row["scale"],
        row["rounding"],
        row["source"],
    )


if __name__ == "__main__":
    write_axes(collect_axes())
