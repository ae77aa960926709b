"""In what the parameters of one set of runs depart from those of another, key by key and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from analysis.command.numbers import join_words
from sim.config.wording import show

NAMED = 3
"""Keys that a warning names; of more it says how many."""
NOT_COMPARED = ("run.*", "scenario.*", "industry.*", "governance.*", "population.n_customers")
"""Keys by which a study may differ: luck, labels and size; levers are compared design by design."""

Content = Mapping[str, Any]


def differences(there: Content, here: Content, varied: list[str]) -> Iterator[tuple[str, str]]:
    """Yield keys that no factor varies and whose values differ, with both values in words."""
    theirs, ours = flat(there), flat(here)
    for key in sorted(theirs.keys() | ours.keys()):
        if theirs.get(key) != ours.get(key) and not any(fnmatchcase(key, factor) for factor in varied):
            yield key, f"{key} {show(theirs.get(key))} there and {show(ours.get(key))} here"


def flat(content: Any, before: str = "") -> dict[str, Any]:
    """Return nested values by dotted key."""
    if isinstance(content, Mapping) or (isinstance(content, list) and content and isinstance(content[0], Mapping)):
        items = content.items() if isinstance(content, Mapping) else enumerate(content)
        return {inner: value for key, one in items for inner, value in flat(one, f"{before}{key}.").items()}
    return {before.removesuffix("."): content}


def listed(texts: list[str]) -> str:
    """Join texts, of many only the first."""
    more = len(texts) - NAMED
    return join_words([*texts[:NAMED], *([f"{more} more"] if more > 0 else [])])
