"""The parameter records as dataclasses that OmegaConf understands.

Hydra then refuses a misspelt key in any YAML file and fills in the defaults of every department, journey and segment.
Values are left untyped here: ranges, choices and types are checked once, by the records.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args, get_origin

from omegaconf import MISSING, DictConfig, OmegaConf
from pydantic.fields import FieldInfo

from sim.parameters import CHANNELS, Parameters, Record

SUFFIX = "Schema"
"""Ends the name of a mirror, which is that of its record otherwise."""


def __getattr__(name: str) -> Any:
    """Find a mirror by name: launchers send configurations to other processes, where nothing has been made yet."""
    if name.endswith(SUFFIX):
        for record in _records():
            if f"{record.__name__}{SUFFIX}" == name:
                return dataclass_of(record)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def record_of(annotation: Any) -> type[Record] | None:
    """Return the record in an annotation such as ``Record``, ``Record | None`` or ``dict[str, Record]``, if any."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, Record):
            return candidate
    return None


@cache
def dataclass_of(record: type[Record]) -> type[Any]:
    """Return the mutable dataclass that mirrors ``record`` (a frozen one would make every override fail)."""
    fields = [(name, *_typed_default(field)) for name, field in record.model_fields.items()]
    return dataclasses.make_dataclass(f"{record.__name__}{SUFFIX}", fields, namespace={"__module__": __name__})


@cache
def root_schema() -> DictConfig:
    """Return all parameters with their defaults; departments, journeys and segments start empty, channels neutral."""
    channels: dict[str, Any] = {"experience": {"channels": {name: {} for name in CHANNELS}}}
    return DictConfig(OmegaConf.merge(OmegaConf.structured(dataclass_of(Parameters)), channels))


def _records(root: type[Record] = Parameters) -> Iterator[type[Record]]:
    """Yield a record and all records inside it."""
    yield root
    for field in root.model_fields.values():
        inner = record_of(field.annotation)
        if inner is not None:
            yield from _records(inner)


def _typed_default(field: FieldInfo) -> tuple[Any, Any]:
    """Return the type and the default of a field of the mirror."""
    annotation = field.annotation
    origin = get_origin(annotation)
    inner = record_of(annotation)
    element = dataclass_of(inner) if inner is not None else Any
    if origin is dict:
        # A dictionary that has a default of its own is left missing, so that naming it replaces the default.
        if inner is None and field.get_default(call_default_factory=True):
            return dict[str, element], MISSING  # type: ignore[valid-type]
        return dict[str, element], dataclasses.field(default_factory=dict)  # type: ignore[valid-type]
    if origin is tuple:
        return list[element], dataclasses.field(default_factory=list)  # type: ignore[valid-type]
    if inner is not None and annotation is inner:
        return element, dataclasses.field(default_factory=element)
    if inner is not None:
        return Any, None  # absent: OmegaConf could not set the keys of an absent typed record from the command line
    return Any, MISSING if field.is_required() else field.default
