"""The base of the company's Mesa agents."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import mesa


class WeakCounters:
    """One counter from 1 per model, that does not keep the model alive."""

    def __init__(self) -> None:
        self._counters: WeakKeyDictionary[Any, Iterator[int]] = WeakKeyDictionary()

    def __getitem__(self, model: Any) -> Iterator[int]:
        """Return the model's counter."""
        return self._counters.setdefault(model, itertools.count(1))

    def __len__(self) -> int:
        return len(self._counters)


class CompanyAgent(mesa.Agent):  # type: ignore[misc, unused-ignore]
    """A Mesa agent that leaves no trace of its model behind.

    Mesa 3.3 numbers agents from a class-level dictionary that holds every model for ever (fixed in Mesa 3.4.2, where
    the model holds the counter). A study of thousands of runs would keep them all in memory, so the dictionary is
    replaced by one that forgets a model when nobody else holds it; later versions of Mesa do not read it.
    """

    _ids = WeakCounters()
