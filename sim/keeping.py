"""What is kept of every customer of a replicate: one row a person, in arrays, for comparisons customer by customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.model import CustomerExperienceModel

Vector = NDArray[np.float64]

CUSTOMER_COLUMNS = (
    "segment",
    "value",
    "ours_at_switch",
    "tenure_years_at_switch",
    "ours_at_end",
    "first_left_months",
    "joined_months",
    "satisfaction_at_end",
    "retention_per_year",
    "lifetime_value",
)
"""Columns of the table of customers; :attr:`sim.results.Results.customers` says what each is."""


class CustomerKeeper:
    """Follows every person of one replicate from the switch to the end.

    Parameters
    ----------
    n_persons
        Persons in the market.

    Notes
    -----
    Holds three arrays while the replicate runs; it only reads the market, so it changes no number.
    """

    def __init__(self, n_persons: int) -> None:
        self._ours = np.zeros(n_persons, dtype=np.uint8)
        self._first_left = np.full(n_persons, np.nan)
        self._joined = np.full(n_persons, np.nan)
        self._at_switch: dict[str, Vector] = {}

    def look(self, model: CustomerExperienceModel) -> None:
        """Look at the market at the end of the period that the model has just lived."""
        clock, state = model.parameters.time, model.market.state
        since = model.period + 1 - clock.n_burn_in
        if since > 0:
            months = 12.0 * since / clock.periods_per_year
            left = (self._ours > state.ours) & np.isnan(self._first_left)
            joined = (self._ours < state.ours) & np.isnan(self._joined)
            self._first_left[left] = months
            self._joined[joined] = months
        elif since == 0:
            self._at_switch["ours_at_switch"] = state.ours.astype(np.float64)
            years = np.where(state.ours == 1, state.tenure * clock.period_years, np.nan)
            self._at_switch["tenure_years_at_switch"] = years
        self._ours[:] = state.ours

    def table(self, model: CustomerExperienceModel) -> dict[str, Vector]:
        """Return the columns of :data:`CUSTOMER_COLUMNS` at the end, each of shape (n_persons,)."""
        state = model.market.state
        ours = state.ours == 1
        retention, lifetime = np.full(ours.shape, np.nan), np.zeros(ours.shape)
        retention[ours] = model.standing().retention_per_year
        lifetime[ours] = model.lifetime_values()
        columns = self._at_switch | {
            "segment": state.segment.astype(np.float64),
            "value": state.value.copy(),
            "ours_at_end": ours.astype(np.float64),
            "first_left_months": self._first_left,
            "joined_months": self._joined,
            "satisfaction_at_end": np.where(ours, state.satisfaction, np.nan),
            "retention_per_year": retention,
            "lifetime_value": lifetime,
        }
        return {name: columns[name] for name in CUSTOMER_COLUMNS}
