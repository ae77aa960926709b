"""Groups of customers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from importlib import import_module
from typing import Any

from mesa.agent import AgentSet

# GroupBy lives beside AgentSet, which moved from mesa.agent to mesa.agentset between 3.3 and 3.5.
GroupBy: Any = import_module(AgentSet.__module__).GroupBy


class CustomerGroups(GroupBy):  # type: ignore[misc, unused-ignore]  # mesa carries no types
    """Mesa's GroupBy, aggregating lazy groups at the speed of arrays."""

    def agg(self, attr_name: str, func: Callable[[Any], Any] | Iterable[Callable[[Any], Any]]) -> dict[Hashable, Any]:
        """Aggregate an attribute in each group.

        Parameters
        ----------
        attr_name
            Name of the attribute.
        func
            A function of the values, or several.

        Returns
        -------
        dict
            The result, or the list of results, by name of the group.
        """
        if callable(func):
            return {name: _aggregate(group, attr_name, func) for name, group in self.groups.items()}
        functions = list(func)
        return {name: [_aggregate(group, attr_name, each) for each in functions] for name, group in self.groups.items()}


def _aggregate(group: Any, attribute: str, function: Callable[[Any], Any]) -> Any:
    """Apply a function to an attribute over a group, as an AgentSet would."""
    if isinstance(group, AgentSet):
        return group.agg(attribute, function)
    return function([getattr(customer, attribute) for customer in group])
