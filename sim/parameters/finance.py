"""Money: margin, acquisition cost and the discount rate."""

from __future__ import annotations

from sim.parameters.record import Record, quantity, text


class Finance(Record):
    """Margin, acquisition cost and the discount rate."""

    currency: str = text("EUR", "Label of the currency in tables and pictures.", pattern="^[A-Za-z$€£]{1,6}$")
    margin: float = quantity(0.20, "share of revenue", "Contribution margin before service; direct cost is the rest.", low=0.0, high=1.0, sweep=(0.1, 0.6))
    acquisition_cost_eur: float = quantity(500.0, "currency per new customer", "Cost of winning a customer.", low=0.0, high=1e7, source="V81")
    discount_rate: float = quantity(0.10, "per year", "Discount rate.", low=0.0, high=1.0, sweep=(0.06, 0.20), source="R")
