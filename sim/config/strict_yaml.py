"""The one reader of YAML files that users write: plain values, small, every key once, and one line for what is wrong.

A file can hold names, texts, numbers, lists and groups of keys. Refused are tags, references to other values
(``${...}``, which can read the environment), keys given twice, numbers that mean something else than they seem to, and
whatever is too large, too deep or refers to itself.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from sim.config.letters import escaped
from sim.errors import ConfigError

MOST_BYTES = 256 * 1024
"""Twenty times the largest industry file of the project."""
MOST_VALUES = 10_000
"""Keys and values of a file, those that aliases repeat included; an industry has about 600."""
MOST_LEVELS = 20
"""Groups within groups; an industry has seven."""
LONGEST_SHOWN = 60

_FAST: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TRUE_OR_FALSE = re.compile(r"true|True|TRUE|false|False|FALSE")
_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_SEEMS_WHOLE = re.compile(r"[-+]?0[0-9_]+|[-+]?0[xXbBoO][0-9a-fA-F_]+|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
"""Octal, hexadecimal, binary or to the base of 60 in one edition of YAML, something else in another."""


class _Loader(_FAST):  # type: ignore[misc]
    """Reads numbers as command lines do: no dates, no yes and no, no octal numbers."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        """Refuse keys that are no text or given twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag not in ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"):
                raise _problem(f"the key {_excerpt(key)} is not a text; quote it", key)
            if key.value in seen:
                raise _problem(f"the key {_excerpt(key)} is given twice", key)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def refuse_number(self, node: yaml.ScalarNode) -> Any:
        """Refuse a number that reads differently in different editions of YAML."""
        raise _problem(
            f"{_excerpt(node)} can be read as several numbers; write a decimal number, or quote a text", node
        )


_PLAIN = ("null", "merge")
"""Kinds of values that are recognised as in any YAML."""
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in _PLAIN]
    for first, resolvers in _FAST.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", _TRUE_OR_FALSE, "tTfF"),
    ("!several", _SEEMS_WHOLE, "-+0123456789"),
    ("tag:yaml.org,2002:float", _FLOAT, "-+0123456789."),
    ("tag:yaml.org,2002:int", _WHOLE, "-+0123456789"),
):
    _Loader.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern.pattern})$"), list(_first))
_Loader.add_constructor("!several", _Loader.refuse_number)


def read_mapping(path: Path, *, references: bool = False) -> dict[str, Any]:
    """Read a YAML file that holds keys and values; an empty one holds none.

    Parameters
    ----------
    path
        Of the file.
    references
        Leave ``${...}`` as it stands: in files of the configuration framework, which set no parameter.

    Raises
    ------
    ConfigError
        It cannot be read or used; one line names the file, the line in it and the reason.
    """
    return parse_mapping(read_text(path), escaped(str(path)), references=references)


def parse_mapping(text: str, where: str, *, references: bool = False) -> dict[str, Any]:
    """Return the content of a file from its text; see `read_mapping`."""
    try:
        _Check(references).look_at(text)
        content = yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader
    except yaml.YAMLError as error:
        raise ConfigError(f"{where}: {_in_one_line(error, text)}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        kind = "a list" if isinstance(content, list) else "a single value"
        raise ConfigError(f"{where}: holds no keys but {kind}; write key: value")
    return content


def read_value(text: str) -> Any:
    """Return a number, a switch or a text, as a file would hold it; anything else stays a text.

    >>> read_value("1e3"), read_value("true"), read_value("[1"), read_value("2024-01-01")
    (1000.0, True, '[1', '2024-01-01')
    """
    try:
        node = yaml.compose(text, Loader=_Loader) if len(text) <= LONGEST_SHOWN else None
        return yaml.load(text, Loader=_Loader) if isinstance(node, yaml.ScalarNode) else text  # noqa: S506  safe
    except yaml.YAMLError:
        return text


def read_text(path: Path) -> str:
    """Return the text of a file of a user.

    Raises
    ------
    ConfigError
        It is no file, too large, cannot be read or is not UTF-8.
    """
    where = escaped(str(path))
    try:
        if not path.is_file():
            what = "is a folder, not a file" if path.is_dir() else "cannot be read: there is no such file"
            raise ConfigError(f"{where}: {what}")
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read: {error.strerror or error}") from error
    if len(raw) > MOST_BYTES:
        raise ConfigError(f"{where}: is larger than {MOST_BYTES // 1024} KiB, the most a file can have")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(f"{where}: is UTF-16; save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{where}: line {line}: is not UTF-8; save it as UTF-8") from error


class _Check:
    """Looks at a text piece by piece, before anything is built of it, and stops at what is refused.

    Parameters
    ----------
    references
        Accept ``${``.
    """

    def __init__(self, references: bool) -> None:
        self._references = references
        self._n_values = 0
        self._sizes: dict[str, int] = {}
        """Values below each anchor that is complete."""
        self._open: list[tuple[str | None, int]] = []
        """Anchor of each group that is open, and the values before it."""

    def look_at(self, text: str) -> None:
        """Refuse a text that is too large or deep, refers to itself, or holds tags or references to other values.

        Raises
        ------
        yaml.MarkedYAMLError
            Says what, and where.
        """
        for event in yaml.parse(text, Loader=_FAST):
            if isinstance(event, yaml.AliasEvent):
                self._repeat(event)
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, before = self._open.pop()
                self._keep(anchor, self._n_values - before)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        _refuse_tag(event)
        if "${" in event.value and not self._references:
            raise _problem(f"{_excerpt(event)} refers to another value (${{...}}); write the value itself", event)
        self._add(1, event)
        self._keep(event.anchor, 1)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        _refuse_tag(event)
        self._open.append((event.anchor, self._n_values))
        self._add(1, event)
        if len(self._open) > MOST_LEVELS:
            raise _problem(f"more than {MOST_LEVELS} levels", event)

    def _repeat(self, event: yaml.AliasEvent) -> None:
        if any(anchor == event.anchor for anchor, _ in self._open):
            raise _problem(f"*{event.anchor} stands within what it repeats", event)
        self._add(self._sizes.get(str(event.anchor), 1), event)

    def _add(self, number: int, event: Any) -> None:
        self._n_values += number
        if self._n_values > MOST_VALUES:
            raise _problem(f"more than {MOST_VALUES} keys and values", event)

    def _keep(self, anchor: str | None, size: int) -> None:
        if anchor is not None:
            self._sizes[anchor] = size


def _refuse_tag(event: Any) -> None:
    if event.tag is not None:
        tag = escaped(event.tag).replace("tag:yaml.org,2002:", "!!")
        raise _problem(f"the tag {tag} is not read here; leave it out", event)


def _problem(text: str, at: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=text, problem_mark=at.start_mark)


def _excerpt(node: Any) -> str:
    """Show what stands somewhere, shortened."""
    text = node.value if isinstance(node.value, str) else "of several values"
    return escaped(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}...")


def _in_one_line(error: yaml.YAMLError, text: str) -> str:
    """Say where in a text something is wrong, and what."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:  # a character that no YAML may hold
        place, character = getattr(error, "position", 0), getattr(error, "character", "")
        found = character if isinstance(character, str) else chr(int(character or 0))
        number = text.count("\n", 0, int(place)) + 1
        return f"line {number}: holds {escaped(found)}, which YAML does not allow"
    lines = text.splitlines()
    here = lines[mark.line][mark.column :] if mark.line < len(lines) else ""
    own = error.__class__ is yaml.MarkedYAMLError
    said = str(getattr(error, "problem", "") or "cannot be read")
    hint = "; indent with spaces, not with a tab" if here.startswith("\t") else ""
    return f"line {mark.line + 1}: {said if own else f'not valid YAML: {said}'}{hint}"
