"""Runs made elsewhere beside a comparison: whether they belong to it, and in what their parameters depart from it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from analysis.command.numbers import join_words
from sim.config.wording import show
from sim.errors import ConfigError
from sim.identity import code_digest

NAMED = 3
"""Keys that a warning names; of more it says how many."""
NOT_COMPARED = ("run.*", "scenario.*", "industry.*", "governance.*", "population.n_customers")
"""Keys by which a study may differ: luck, labels and size; levers are compared design by design."""

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Beside:
    """Runs made elsewhere, seen from a comparison."""

    manifest: Content
    """Of the runs."""
    here: Mapping[str, Content]
    """Parameters of every design compared."""
    baseline: str
    """Of the comparison."""
    varied: tuple[str, ...] = ()
    """Keys that the runs vary, which may therefore differ."""

    @property
    def there(self) -> Mapping[str, Content]:
        """Parameters of the runs by design."""
        parameters: Mapping[str, Content] = self.manifest["parameters"]
        return parameters

    def refuse_others(self, available: Collection[str]) -> None:
        """Refuse runs that do not belong to the comparison.

        Parameters
        ----------
        available
            Designs of which there are runs.

        Raises
        ------
        ConfigError
            Another industry, a design that was not run, or one with other levers.
        """
        industry, wanted = (one["industry"]["name"] for one in (self._first, self.here[self.baseline]))
        if industry != wanted:
            raise ConfigError(f"its industry is {industry}, that of the comparison {wanted}")
        lacking = [name for name in self.here if name not in available]
        if lacking:
            raise ConfigError(f"it lacks the design {lacking[0]}; there are {', '.join(available)}")
        for name, ours in self.here.items():
            apart = differences(self.there[name], ours, self.varied)
            levers = [text for key, text in apart if key.startswith("governance.")]
            if levers:
                raise ConfigError(f"the design {name} has other levers there: {listed(levers)}")

    def other_source(self) -> str | None:
        """Return the version of the source that made the runs, where it is not that of today."""
        source = self.manifest.get("code", {}).get("source")
        return None if source == code_digest() else str(source)

    def other_values(self) -> list[str]:
        """Return in words which values differ, but for those that may."""
        apart = differences(self._first, self.here[self.baseline], self.varied)
        return [text for key, text in apart if not any(fnmatchcase(key, free) for free in NOT_COMPARED)]

    @property
    def _first(self) -> Content:
        return next(iter(self.there.values()))


def differences(there: Content, here: Content, varied: Collection[str]) -> Iterator[tuple[str, str]]:
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
