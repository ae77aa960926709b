"""The parameter reference: docs/parameters.md, written from the records and from the commented files.

``python -m sim.parameters.reference`` writes it. A test holds the file and the records together.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from sim.ending import answer
from sim.installation import needed_checkout
from sim.parameters import Parameters, Record
from sim.parameters.record import LONGEST_TEXT

ROOT = Path(__file__).resolve().parents[2]
INDUSTRIES = ROOT / "conf" / "industry"
SCENARIOS = ROOT / "scenarios"
DOCUMENT = ROOT / "docs" / "parameters.md"

INTRODUCTION = """\
# Parameters

Every key that can be set, from the records in `sim/parameters`; the values of the industries, from `conf/industry`;
and the levers that each org design moves, from `scenarios`. Written by `python -m sim.parameters.reference`: do not
edit it by hand.

* **Accepted** is what the model takes; a value outside it is refused before anything runs.
* **Plausible** is the narrower range that studies draw from (log-uniformly when it spans a factor of five or more). A
  key without one is a size, a switch or a lever, or something held fixed.
* **Source** cites [evidence.md](evidence.md); `assumption` and `A` mean that nothing better was found.

On the command line a key is written `key=value`; `<name>` and `<number>` stand for names and places of your own.
"""


class Entry(NamedTuple):
    """One parameter as its record declares it; every part is ready to be printed."""

    key: str
    default: str
    unit: str
    accepted: str
    plausible: str
    meaning: str
    source: str


class SetValue(NamedTuple):
    """One value of a commented file: what it is set to and what the comment behind it says."""

    key: str
    value: str
    unit: str
    plausible: str
    source: str


def list_groups(record: type[Record] = Parameters, prefix: str = "") -> Iterator[tuple[str, str, list[Entry]]]:
    """Walk a record and the records inside it.

    Parameters
    ----------
    record
        Where to start.
    prefix
        Dotted key of ``record``; empty at the root.

    Yields
    ------
    tuple
        Dotted key of a group, what it holds, and its own parameters in the order of declaration.
    """
    own: list[Entry] = []
    inner: list[tuple[str, type[Record]]] = []
    for name, field in record.model_fields.items():
        key = f"{prefix}.{name}" if prefix else name
        nested = _nested_record(field.annotation, key)
        if nested is None:
            own.append(_entry(key, field))
        elif name != "status_quo":
            inner.append(nested)
    yield prefix, (record.__doc__ or "").strip().split("\n", maxsplit=1)[0], own
    for key, child in inner:
        yield from list_groups(child, key)


def list_entries() -> list[Entry]:
    """Return every parameter of every group."""
    return [entry for _, _, entries in list_groups() for entry in entries]


def read_commented(path: Path) -> list[SetValue]:
    """Read a file in which every value is followed by ``# unit; plausible range; source``.

    Parameters
    ----------
    path
        An industry or a scenario.

    Returns
    -------
    list of SetValue
        One per line that sets something; a line with braces counts as one value.

    Raises
    ------
    ValueError
        A value has no comment, or its comment does not have the three parts.
    """
    content = path.read_text(encoding="utf-8")
    root = yaml.compose(content)
    lines = content.splitlines()
    return [_set_value(key, node, lines, path.name) for key, node in _leaves(root, "")]


def render_reference() -> str:
    """Return the whole reference as Markdown."""
    parts = [INTRODUCTION, "## All keys\n"]
    for key, meaning, entries in list_groups():
        if entries:
            parts.append(f"### `{key}`\n\n{meaning}\n\n{_entry_table(entries)}")
        if key == "governance":
            parts.append("`status_quo` has the same keys: the levers during the burn-in, alike for all designs.\n")
    parts.append(_render_designs())
    parts.append(
        "## Industries\n\n"
        "What each preset sets; every other key keeps its default. The plausible range is the industry's own.\n"
    )
    parts.extend(_render_industry(path) for path in sorted(INDUSTRIES.glob("*.yaml")))
    return "\n".join(parts)


def write_reference(path: Path = DOCUMENT) -> None:
    """Write the reference to a file (``docs/parameters.md`` of a checkout)."""
    path.write_text(render_reference(), encoding="utf-8")


def _nested_record(annotation: Any, key: str) -> tuple[str, type[Record]] | None:
    """Return the record a field holds (alone, by name, or in a row) and its key; None for a plain value."""
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return key, annotation
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (types.UnionType, typing.Union):
        return next((found for part in arguments if (found := _nested_record(part, key))), None)
    if origin is dict:
        return _nested_record(arguments[1], f"{key}.<name>")
    if origin is tuple:
        return _nested_record(arguments[0], f"{key}.<number>")
    return None


def _entry(key: str, field: FieldInfo) -> Entry:
    """Describe one parameter in words."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    sweep = extra.get("sweep")
    plausible = f"{_number(sweep[0])} to {_number(sweep[1])}" if isinstance(sweep, list) else ""
    default = field.get_default(call_default_factory=True, validated_data={})
    return Entry(
        key=key,
        default=_plain(default),
        unit=str(extra.get("unit", "")),
        accepted=_accepted(field),
        plausible=plausible,
        meaning=field.description or "",
        source=str(extra.get("source", "")),
    )


def _accepted(field: FieldInfo) -> str:
    """Say which values a field takes."""
    for part in (field.annotation, *typing.get_args(field.annotation)):
        if part is bool:
            return "true, false"
        if typing.get_origin(part) is Literal:
            return ", ".join(str(choice) for choice in typing.get_args(part))
    low = next((item.ge for item in field.metadata if hasattr(item, "ge")), None)
    high = next((item.le for item in field.metadata if hasattr(item, "le")), None)
    pattern = next((item.pattern for item in field.metadata if getattr(item, "pattern", None)), None)
    if low is not None and high is not None:
        return f"{_number(low)} to {_number(high)}"
    return f"`{pattern}`" if pattern else f"up to {LONGEST_TEXT} characters" if field.annotation is str else "any"


def _plain(value: Any) -> str:
    """Print a default as YAML has it."""
    if value is PydanticUndefined:
        return "required"
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        inner = ", ".join(f"{name}: {_plain(item)}" for name, item in value.items())
        return f"{{{inner}}}" if inner else "none named"
    return _number(value) if isinstance(value, int | float) else str(value)


def _number(value: Any) -> str:
    """Print a number: integers in full, others with six digits."""
    return str(value) if isinstance(value, int) else f"{float(value):g}"


def _leaves(node: yaml.Node | None, key: str) -> Iterator[tuple[str, yaml.Node]]:
    """Yield every line's value with its dotted key; what stands in braces stays together."""
    if isinstance(node, yaml.MappingNode) and (not node.flow_style or not node.value):
        for name, inner in node.value:
            yield from _leaves(inner, f"{key}.{name.value}" if key else str(name.value))
    elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
        for number, inner in enumerate(node.value):
            yield from _leaves(inner, f"{key}.{number}")
    elif node is not None:
        yield key, node


def _set_value(key: str, node: yaml.Node, lines: list[str], name: str) -> SetValue:
    """Pair a value with the comment behind it."""
    start, end = node.start_mark, node.end_mark
    line = lines[end.line]
    parts = [part.strip() for part in line[end.column :].partition("#")[2].split(";", 2)]
    if len(parts) != 3 or not all(parts):
        raise ValueError(f"{name}, line {end.line + 1}: {key} needs a comment '# unit; plausible range; source'")
    return SetValue(key, line[start.column : end.column], *parts)


def _render_designs() -> str:
    """Return the table of org designs: one row per lever, one column per scenario."""
    paths = sorted(SCENARIOS.glob("*.yaml"))
    moved = {path.stem: {item.key: item.value for item in read_commented(path)} for path in paths}
    levers = [entry for entry in list_entries() if entry.key.startswith("governance.")]
    rows = []
    for lever in levers:
        values = [_number(float(vector.get(lever.key, lever.default))) for vector in moved.values()]
        rows.append([f"`{lever.key}`", *values, lever.unit])
    text = "The levers of each design, defaults included; why, and from what source, stands in the scenario files."
    return f"## Org designs\n\n{text}\n\n{_table(['Lever', *moved, 'Unit'], rows)}"


def _render_industry(path: Path) -> str:
    """Return the table of one industry."""
    values = read_commented(path)
    title = next((item.value for item in values if item.key == "industry.title"), path.stem)
    rows = [[f"`{item.key}`", item.value, *item[2:]] for item in values if item.key != "industry.title"]
    return f"### `{path.stem}`\n\n{title}\n\n{_table(['Key', 'Value', 'Unit', 'Plausible', 'Source'], rows)}"


def _entry_table(entries: list[Entry]) -> str:
    """Return the table of one group."""
    header = ["Key", "Default", "Unit", "Accepted", "Plausible", "Meaning", "Source"]
    return _table(header, [[f"`{entry.key}`", *entry[1:]] for entry in entries])


def _table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def main() -> int:
    """Write the file of a checkout; return 0 when done, 2 where there is none."""

    def write(_: list[str]) -> int:
        """Write the file, whatever else was given."""
        write_reference(needed_checkout("python -m sim.parameters.reference") / "docs" / "parameters.md")
        return 0

    return answer(write, [], "interrupted: the same command begins again")


if __name__ == "__main__":
    sys.exit(main())
