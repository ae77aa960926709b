"""The clock: length of a period, of the burn-in and of the horizon."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim.parameters.record import Record, quantity


class Time(Record):
    """Length of a period, of the shared burn-in and of the horizon."""

    periods_per_year: Literal[4, 12, 52] = Field(
        default=12,
        description="How many periods a year has: quarters, months or weeks.",
        json_schema_extra={"unit": "periods per year", "source": "convention"},
    )
    burn_in_years: float = quantity(2.0, "years", "Status quo before the design switches on; shared by all designs.", low=1.0, high=20.0, source="convention")
    horizon_years: float = quantity(5.0, "years", "How long the design runs after the switch.", low=0.25, high=20.0, sweep=(2.0, 10.0), source="R: board planning horizon")

    @property
    def period_years(self) -> float:
        """Length of one period in years."""
        return 1.0 / self.periods_per_year

    @property
    def n_burn_in(self) -> int:
        """Number of burn-in periods."""
        return max(1, round(self.burn_in_years * self.periods_per_year))

    @property
    def n_horizon(self) -> int:
        """Number of periods after the switch."""
        return max(1, round(self.horizon_years * self.periods_per_year))

    @property
    def n_periods(self) -> int:
        """Number of periods in all."""
        return self.n_burn_in + self.n_horizon
