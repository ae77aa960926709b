"""Counts of one period, added up event by event."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from sim.market.flows import Flows, Vector

_PER_PAIR = ("handoff_attempts", "handoff_failures")
_PER_JOURNEY = ("journeys", "journeys_failed", "journeys_handoff_failed")
_PER_DEPARTMENT = (
    "encounters",
    "failures",
    "quality_sum",
    "perceived_sum",
    "expectation_sum",
    "complaints",
    "recoveries",
    "service_weight",
)


class Tally:
    """A running count for every field of the flows of a period.

    Parameters
    ----------
    n_departments, n_journeys
        Sizes of the counts by department, pair of departments and kind of journey.
    """

    def __init__(self, n_departments: int, n_journeys: int) -> None:
        self._sums: dict[str, Vector] = {}
        for field in fields(Flows):
            shape: tuple[int, ...] = ()
            if field.name in _PER_PAIR:
                shape = (n_departments, n_departments)
            elif field.name in _PER_JOURNEY:
                shape = (n_journeys,)
            elif field.name in _PER_DEPARTMENT:
                shape = (n_departments,)
            self._sums[field.name] = np.zeros(shape)

    def add(self, name: str, where: tuple[int, ...] = (), amount: float = 1.0) -> None:
        """Add an amount to one count; ``where`` is empty for a scalar."""
        self._sums[name][where] += amount

    def to_flows(self) -> Flows:
        """Return what was counted."""
        values = {name: float(total) if total.ndim == 0 else total.copy() for name, total in self._sums.items()}
        return Flows(**values)  # type: ignore[arg-type]
