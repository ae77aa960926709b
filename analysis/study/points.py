"""From points to runs: parameters of every scenario and seed, and the address each run is kept under."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from analysis.study.factors import Value
from analysis.study.ranges import DEPARTMENTS
from sim.errors import ConfigError
from sim.identity import RUN_KEYS_WITHOUT_EFFECT, code_digest
from sim.parameters import Parameters

SEEDS_PER_POINT = 1_000
"""Seeds of a point lie this far from those of the next; as many seeds has a point at most."""
STAR = f"{DEPARTMENTS}.*."


@dataclass(frozen=True)
class Run:
    """One run of a point."""

    scenario: str
    seed: int
    """Number of the seed, from 0."""
    address: str
    """Digest of resolved parameters, seed and code: `sim.identity.content_hash`."""


@dataclass(frozen=True)
class Point:
    """A point and its runs: all scenarios under each seed."""

    number: int
    values: Mapping[str, Value]
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Basis:
    """What the runs of a study share: the parameters of each scenario before a point changes them."""

    contents: Mapping[str, Mapping[str, Any]]
    """Resolved parameters by scenario, as plain values."""
    seed: int
    common_luck: bool
    """Whether all points meet the same seeds; else each has its own."""

    @staticmethod
    def of(parameters: Mapping[str, Parameters], *, common_luck: bool) -> Basis:
        """Return the basis of the parameters of all scenarios."""
        contents = {name: one.model_dump(mode="json") for name, one in parameters.items()}
        return Basis(contents, next(iter(parameters.values())).run.seed, common_luck)

    def seed_of(self, point: int, seed: int) -> int:
        """Return the seed of a run: the same for all scenarios."""
        return self.seed + seed + (0 if self.common_luck else SEEDS_PER_POINT * point)

    def parameters_of(self, scenario: str, values: Mapping[str, Value]) -> Parameters:
        """Return the parameters of a point under a scenario, with the first seed of the study.

        Raises
        ------
        pydantic.ValidationError
            The values violate a constraint.
        """
        content = self.contents[scenario]
        return Parameters.model_validate({**content, **changed_groups(content, values)})

    def content_of(self, scenario: str, point: int, seed: int, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the resolved parameters of a run as plain values, valid or not."""
        content = self.contents[scenario]
        run = {**content["run"], "seed": self.seed_of(point, seed)}
        return {**content, **changed_groups(content, values), "run": run}

    def addressed(
        self, points: Sequence[Mapping[str, Value]], n_seeds: int, scenarios: Sequence[str]
    ) -> Iterator[Point]:
        """Yield the points with their runs; the scenarios of a seed follow each other.

        Raises
        ------
        ConfigError
            A key is not there in this configuration.
        """
        for number, values in enumerate(points):
            changed = changed_groups(self.contents[scenarios[0]], values)
            texts = {name: _text(group) for name, group in changed.items() if name != "governance"}
            levers = {name: self._levers(name, values) for name in scenarios} if "governance" in changed else {}
            runs = [
                Run(name, seed, self._address(name, {**texts, **levers.get(name, {})}, self.seed_of(number, seed)))
                for seed in range(n_seeds)
                for name in scenarios
            ]
            yield Point(number, values, tuple(runs))

    def _levers(self, scenario: str, values: Mapping[str, Value]) -> dict[str, str]:
        """Return the text of the levers of a scenario where a factor is one of them."""
        return {"governance": _text(changed_groups(self.contents[scenario], values)["governance"])}

    def _address(self, scenario: str, changed: Mapping[str, str], seed: int) -> str:
        """Return what `content_hash` returns of the same parameters, from texts that points share."""
        run = {**self._runs[scenario], "seed": seed}
        texts = {**self._texts[scenario], **changed, "run": _text(run)}
        inner = ",".join(f"{json.dumps(name)}:{texts[name]}" for name in sorted(texts))
        text = f'{{"code":{json.dumps(code_digest())},"parameters":{{{inner}}}}}'
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def _texts(self) -> dict[str, dict[str, str]]:
        """Return every group of every scenario as text."""
        return {name: {key: _text(group) for key, group in one.items()} for name, one in self.contents.items()}

    @cached_property
    def _runs(self) -> dict[str, dict[str, Any]]:
        """Return the keys of ``run`` that are part of an address."""
        return {
            name: {key: value for key, value in one["run"].items() if key not in RUN_KEYS_WITHOUT_EFFECT}
            for name, one in self.contents.items()
        }


def changed_groups(content: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, Any]:
    """Return the groups that values change, changed; the content stays as it is.

    Raises
    ------
    ConfigError
        A key is not there: a department or a segment that this industry lacks.
    """
    changed: dict[str, Any] = {}
    for key, value in values.items():
        for place in _places(key, content):
            group, *path = place.split(".")
            if group not in changed:
                changed[group] = json.loads(json.dumps(content[group]))
            _put(changed[group], path, value, key)
    return changed


def _places(key: str, content: Mapping[str, Any]) -> list[str]:
    """Return the dotted keys that a key stands for."""
    if not key.startswith(STAR):
        return [key]
    return [f"{DEPARTMENTS}.{name}.{key.removeprefix(STAR)}" for name in content["organisation"]["departments"]]


def _put(inner: Any, path: Sequence[str], value: Value, key: str) -> None:
    """Set a value that is there."""
    *groups, last = path
    try:
        for group in groups:
            inner = inner[group] if isinstance(inner, dict) else inner[int(group)]
        inner[last]
        inner[last] = value
    except (KeyError, IndexError, TypeError, ValueError):
        raise ConfigError(f"factors.{key}: not set in this industry, so that nothing can vary it") from None


def _text(group: Any) -> str:
    return json.dumps(group, sort_keys=True, separators=(",", ":"))
