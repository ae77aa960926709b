"""What a model inherits to show the rows of its market as Mesa agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa

from sim.customers.customer import Customer
from sim.customers.customers import Customers

if TYPE_CHECKING:
    from sim.market.market import Market


class HasCustomers(mesa.Model):  # type: ignore[misc, unused-ignore]  # mesa carries no types
    """A model whose ``market`` holds customers: ``class Model(HasCustomers): ...``.

    ``model.agents`` holds the registered agents only, and so ``agent_reporters`` of a DataCollector see no customer.
    Customers are found in ``model.customers``, and by their type, so that
    ``DataCollector(agenttype_reporters={Customer: {"satisfaction": "satisfaction"}})`` collects them.
    """

    market: Market

    @property
    def customers(self) -> Customers:
        """Everybody in the market, ours and outside; made anew at each access, at no cost."""
        return Customers(self)

    @property
    def agents_by_type(self) -> dict[type, Any]:
        """The sets of agents by type, customers among them; a copy, so adding a key changes nothing."""
        return {**super().agents_by_type, Customer: self.customers}

    @property
    def agent_types(self) -> list[type]:
        """All types of agents, customers last."""
        return [*super().agent_types, Customer]
