"""What is kept of every customer of a replicate: one row a person, in arrays, for comparisons customer by customer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.market.state import State
from sim.parameters.time import Time

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
    clock
        Length of a period and of the burn-in.

    Notes
    -----
    Holds three arrays while the replicate runs; it only reads the state, so it changes no number.
    """

    def __init__(self, n_persons: int, clock: Time) -> None:
        self._clock = clock
        self._ours = np.zeros(n_persons, dtype=np.uint8)
        self._first_left = np.full(n_persons, np.nan)
        self._joined = np.full(n_persons, np.nan)
        self._at_switch: dict[str, Vector] = {}

    def look(self, period: int, state: State) -> None:
        """Note who joined and who left in a period.

        Parameters
        ----------
        period
            Number of the period just lived, from 0.
        state
            The customers at its end; read and not kept.
        """
        clock = self._clock
        since = period + 1 - clock.n_burn_in
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

    def table(self, state: State, retention_per_year: Vector, lifetime_values: Vector) -> dict[str, Vector]:
        """Return the columns of :data:`CUSTOMER_COLUMNS` at the end.

        Parameters
        ----------
        state
            The customers at the end.
        retention_per_year
            Probability that each customer of ours stays another year, in [0, 1], shape (n_ours,).
        lifetime_values
            Value of each customer of ours, currency, shape (n_ours,).

        Returns
        -------
        dict of str to ndarray
            Columns by name, float64, each of shape (n_persons,); NaN where a column does not apply to a person.
        """
        ours = state.ours == 1
        retention, lifetime = np.full(ours.shape, np.nan), np.zeros(ours.shape)
        retention[ours] = retention_per_year
        lifetime[ours] = lifetime_values
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
