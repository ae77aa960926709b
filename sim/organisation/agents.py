"""The base of the company's Mesa agents."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

import mesa
from mesa.agent import AgentSet


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


class Departments(AgentSet):  # type: ignore[misc, unused-ignore]  # mesa carries no types
    """The departments of a company in the order of the parameters; sets made from it can be changed, it cannot.

    Parameters
    ----------
    agents
        The departments.
    random
        Generator for shuffling, from the standard library.
    """

    def add(self, agent: object) -> NoReturn:  # noqa: ARG002
        """Refuse, as do ``discard``, ``remove``, ``pop``, ``clear``, ``|=`` and everything with ``inplace=True``."""
        raise TypeError(
            "the departments of a company stay the same, in the same order, in all periods; "
            "organisation.departments says which there are, and copy() makes a set that can be changed"
        )

    discard = remove = add

    def select(self, *args: Any, inplace: bool = False, **kwargs: Any) -> AgentSet:
        """Return some of the departments, as ``AgentSet.select`` does; refused in place."""
        return self.add(self) if inplace else self.copy().select(*args, **kwargs)

    def shuffle(self, inplace: bool = False) -> AgentSet:
        """Return the departments in random order; refused in place."""
        return self.add(self) if inplace else self.copy().shuffle()

    def sort(self, *args: Any, inplace: bool = False, **kwargs: Any) -> AgentSet:
        """Return the departments in order of a key, as ``AgentSet.sort`` does; refused in place."""
        return self.add(self) if inplace else self.copy().sort(*args, **kwargs)

    def copy(self) -> AgentSet:
        """Return an ordinary set of the same departments."""
        return AgentSet(self, self.random)

    __copy__ = copy
