"""Feasible sets: which levers define a design, which are free within it, and how far; read from files, never code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.compare.levers import NEEDS_A_HOLDER
from sim.config.catalogue import folder_of
from sim.config.keys import limits_of, nearest_name, range_in_words
from sim.config.strict_yaml import read_mapping
from sim.config.wording import show
from sim.errors import ConfigError
from sim.parameters import Governance
from sim.parameters.record import exactly

GROUP = "feasible"
PARTS = ("free", "fixed")
DECIMALS = 4
"""Levers are tried with so many decimals, so that what is tuned can be typed again."""


@dataclass(frozen=True)
class Lever:
    """A lever that is free within a design."""

    name: str
    low: float
    high: float
    preset: float
    reason: str

    def share(self, value: float) -> float:
        """Return where a value lies in the range, 0 at its lower end and 1 at its upper."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class FeasibleSet:
    """What may be changed of a design without making it another one."""

    scenario: str
    levers: Governance
    """The vector of the preset."""
    free: tuple[Lever, ...] = ()
    fixed: Mapping[str, str] | None = None
    """Why each of the other levers is not free; None where no file says what is free."""

    @property
    def preset(self) -> dict[str, float]:
        """Values of the free levers in the preset."""
        return {lever.name: lever.preset for lever in self.free}

    def vector(self, values: Mapping[str, float]) -> Governance:
        """Return the design with values of its free levers.

        Raises
        ------
        ValueError
            A lever is not free or a value is outside its range.
        """
        ranges = {lever.name: (lever.low, lever.high) for lever in self.free}
        for name, value in values.items():
            low, high = ranges.get(name, (math.nan, math.nan))
            if not low <= value <= high:
                raise ValueError(f"{self.scenario}: {name}={value} is not in the feasible set")
        return self.levers.model_copy(update=dict(values))


def feasible_set(scenario: str, levers: Governance, config_dir: Path | None = None) -> FeasibleSet:
    """Return the feasible set of a design.

    Parameters
    ----------
    scenario
        Name of the design.
    levers
        Its vector.
    config_dir
        The user's folder; ``feasible/NAME.yaml`` in it goes before the project's file.

    Returns
    -------
    FeasibleSet
        With nothing free where there is no file.

    Raises
    ------
    ConfigError
        The file cannot be used; one line says why.
    """
    folders = [*([] if config_dir is None else [config_dir]), folder_of("conf")]
    for folder in folders:
        path = folder / GROUP / f"{scenario}.yaml"
        if path.is_file():
            return _checked(path, scenario, levers)
    return FeasibleSet(scenario, levers)


def _checked(path: Path, scenario: str, levers: Governance) -> FeasibleSet:
    """Read a file and check it against the vector of the design."""
    content = _read(path)
    free, fixed = (content.get(part) or {} for part in PARTS)
    for part, named in zip(PARTS, (free, fixed), strict=True):
        if not isinstance(named, dict):
            raise ConfigError(f"{path}: {part}: {show(named)} is no list of levers with their reasons")
        for name in named:
            _check_name(path, part, str(name))
    twice = sorted(set(free) & set(fixed))
    if twice:
        raise ConfigError(f"{path}: {twice[0]}: is both free and fixed")
    resting = {} if levers.role_held > 0.0 else dict.fromkeys(NEEDS_A_HOLDER)
    idle = [name for name in free if name in resting]
    if idle:
        raise ConfigError(f"{path}: free.{idle[0]}: changes nothing where nobody holds the role (role_held is 0)")
    found = tuple(_lever(path, str(name), entry, getattr(levers, str(name))) for name, entry in free.items())
    return FeasibleSet(scenario, levers, found, {str(name): str(reason) for name, reason in fixed.items()})


def _lever(path: Path, name: str, entry: Any, preset: float) -> Lever:
    """Return a free lever whose range holds the preset and is accepted by the model."""
    where = f"{path}: free.{name}"
    if not isinstance(entry, dict) or set(entry) != {"range", "reason"}:
        raise ConfigError(f"{where}: takes range: [low, high] and reason: why it is free")
    ends = entry["range"]
    if not isinstance(ends, list) or len(ends) != 2 or not all(_is_number(end) for end in ends):
        raise ConfigError(f"{where}.range: {show(ends)} is not [low, high]")
    low, high = (float(end) for end in ends)
    least, most = limits_of(Governance.model_fields[name])
    if not low < high:
        raise ConfigError(f"{where}.range: low {exactly(low)} is not below high {exactly(high)}")
    if (least is not None and low < least) or (most is not None and high > most):
        accepted = range_in_words(Governance.model_fields[name])
        raise ConfigError(f"{where}.range: {exactly(low)} to {exactly(high)} goes beyond what is accepted, {accepted}")
    if not low <= preset <= high:
        raise ConfigError(f"{where}.range: {exactly(low)} to {exactly(high)} leaves out the preset, {exactly(preset)}")
    return Lever(name, low, high, float(preset), str(entry["reason"]))


def _check_name(path: Path, part: str, name: str) -> None:
    if name not in Governance.model_fields:
        near = nearest_name(name, Governance.model_fields)
        hint = f"; did you mean {near}?" if near else ""
        raise ConfigError(f"{path}: {part}.{name}: no lever of an org design{hint}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _read(path: Path) -> dict[str, Any]:
    """Read the two parts of a file."""
    content = read_mapping(path)
    if not set(content) <= set(PARTS):
        raise ConfigError(f"{path}: takes the parts free and fixed only")
    return content
