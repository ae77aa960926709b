"""Customers as Mesa sees them: agents made on demand from the rows of the market's arrays."""

from __future__ import annotations

from sim.customers.customer import Customer
from sim.customers.customers import Customers
from sim.customers.groups import CustomerGroups
from sim.customers.mixin import HasCustomers

__all__ = ["Customer", "CustomerGroups", "Customers", "HasCustomers"]
