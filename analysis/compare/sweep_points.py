"""Runs sorted by what else differs than the design: those of one point can be compared, those of two cannot."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.store.replicates import ADDRESS_FREE_KEYS
from sim.parameters import Parameters
from sim.results import Results

NO_KEYS_OF_A_POINT = tuple(f"run.{key}" for key in ADDRESS_FREE_KEYS)
"""Keys that tell no two points apart: they change no replicate."""
LEVERS = "governance."
"""How the keys of levers begin, in which designs may differ."""
FIRST = "industry.name"
"""The key that tells points apart before others: it stands for all that an industry sets."""


@dataclass(frozen=True)
class Point:
    """Runs that differ in nothing but the design and in which replicates they hold."""

    label: Mapping[str, Any]
    """What tells this point from the others, value by key; empty where there is but one."""
    runs: Mapping[str, Sequence[Results]]
    """Runs by name of their scenario, in the order of their folders."""

    @property
    def overrides(self) -> list[str]:
        """The label as overrides, which choose this point among the runs."""
        shown = {key.removesuffix(".name") if key == FIRST else key: value for key, value in self.label.items()}
        return [f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in shown.items()]

    @property
    def n_shared(self) -> int:
        """Replicates from the first on that every design has."""
        shared = set.intersection(*(_numbers(runs) for runs in self.runs.values()))
        return next(number for number in range(len(shared) + 1) if number not in shared)

    def n_replicates(self, scenario: str) -> int:
        """Return how many replicates there are of a design."""
        return len(_numbers(self.runs[scenario]))


def flat(parameters: Parameters) -> dict[str, Any]:
    """Return parameters as values by dotted key, lists as they are.

    >>> flat(Parameters())["market.competition"]
    0.7
    """
    values: dict[str, Any] = {}

    def walk(inner: Mapping[str, Any], prefix: str) -> None:
        """Put what is in a group under its dotted keys."""
        for name, value in inner.items():
            if isinstance(value, dict):
                walk(value, f"{prefix}{name}.")
            else:
                values[f"{prefix}{name}"] = value

    walk(parameters.model_dump(mode="json"), "")
    return values


def points_of(runs: Sequence[Results]) -> list[Point]:
    """Sort runs into points, in the order in which they come."""
    rows = [flat(one.parameters) for one in runs]
    keys = _swept(rows)
    telling = _telling(keys, rows)
    sorted_runs: dict[tuple[str, ...], dict[str, list[Results]]] = {}
    labels: dict[tuple[str, ...], dict[str, Any]] = {}
    for one, row in zip(runs, rows, strict=True):
        place = _values(row, keys)
        labels.setdefault(place, {key: row.get(key) for key in telling})
        sorted_runs.setdefault(place, {}).setdefault(one.scenario, []).append(one)
    return [Point(labels[place], found) for place, found in sorted_runs.items()]


def _swept(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the keys that differ among runs otherwise than by their design."""
    keys = {
        key: None for row in rows for key in row if key not in NO_KEYS_OF_A_POINT and not key.startswith("scenario.")
    }
    swept = []
    for key in sorted(keys, key=lambda name: name != FIRST):
        of_scenario: dict[str, set[str]] = {}
        for row in rows:
            group = row["scenario.name"] if key.startswith(LEVERS) else ""
            of_scenario.setdefault(group, set()).add(json.dumps(row.get(key)))
        if any(len(values) > 1 for values in of_scenario.values()):
            swept.append(key)
    return swept


def _telling(keys: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return few of the keys that tell apart all that all of them do."""
    chosen: list[str] = []
    n_apart = 1
    for key in keys:
        n_now = len({_values(row, [*chosen, key]) for row in rows})
        if n_now > n_apart:
            chosen.append(key)
            n_apart = n_now
    return chosen


def _values(row: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, ...]:
    """Return the values of some keys in a form that can be compared."""
    return tuple(json.dumps(row.get(key)) for key in keys)


def _numbers(runs: Sequence[Results]) -> set[int]:
    """Return the numbers of the replicates in some runs."""
    return {number for one in runs for number in range(one.first_replicate, one.first_replicate + one.n_replicates)}
