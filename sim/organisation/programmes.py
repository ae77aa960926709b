"""What initiatives leave in force, how it decays, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sim.organisation.demand import Demand
from sim.organisation.dynamics import halving_factor
from sim.organisation.initiatives import Candidate, Kind, Pilot
from sim.parameters.organisation import Initiatives

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Programmes:
    """Effects of scaled initiatives, for the whole market.

    Parameters
    ----------
    n_departments
        Number of departments.
    demand
        Which hand-offs each journey crosses.
    rules
        Effects per full budget and their half-life.
    period_years
        Length of a period, years.
    """

    def __init__(self, n_departments: int, demand: Demand, rules: Initiatives, period_years: float) -> None:
        self._crossed = demand.journey_handoff_weight > 0.0
        self._rules = rules
        self._period_years = period_years
        self.touchpoint: Vector = np.zeros(n_departments)
        self.kept_handoff: Matrix = np.ones((n_departments, n_departments))
        self.listening = 0.0
        self.tools = 0.0
        self.stock = 0.0

    def decay(self, coverage: float) -> None:
        """Decay effects by one period; upkeep prevents the share ``coverage`` (0 to 1) of the decay."""
        if self.stock == 0.0:
            return
        kept = halving_factor(self._period_years * (1.0 - coverage), self._rules.half_life_years)
        self.touchpoint = self.touchpoint * kept
        self.kept_handoff = 1.0 - (1.0 - self.kept_handoff) * kept
        self.listening *= kept
        self.tools *= kept
        self.stock *= kept

    def add(self, candidate: Candidate, size: float) -> None:
        """Put a working initiative of this size (full quarterly budgets) into force."""
        rules = self._rules
        self.stock += size
        if candidate.kind is Kind.TOUCHPOINT:
            self.touchpoint = self.touchpoint.copy()
            self.touchpoint[candidate.target] += rules.fix_effect * size
        elif candidate.kind is Kind.HANDOFF:
            self.kept_handoff = self.kept_handoff * self._kept(candidate, size)
        elif candidate.kind is Kind.LISTENING:
            self.listening += rules.listening_effect * size
        else:
            self.tools += rules.tools_effect * size

    def _kept(self, candidate: Candidate, size: float) -> Matrix:
        removed = min(1.0, self._rules.handoff_effect * size)
        kept: Matrix = np.where(self._crossed[candidate.target], 1.0 - removed, 1.0)
        return kept

    def pilot_quality(self, pilots: Iterable[Pilot]) -> Vector:
        """Return the quality that pilots add in the pilot region.

        Parameters
        ----------
        pilots
            All pilots that run.

        Returns
        -------
        ndarray
            Quality by department, SD of encounters, at least 0, float64, shape (n_departments,).
        """
        quality = np.zeros(self.touchpoint.size)
        for pilot in pilots:
            candidate, size = pilot.proposal.candidate, pilot.proposal.size
            if pilot.works and candidate.kind is Kind.TOUCHPOINT:
                quality[candidate.target] += self._rules.fix_effect * size
        return quality

    def pilot_kept_handoff(self, pilots: Iterable[Pilot]) -> Matrix:
        """Return the share of hand-off failures that pilots leave in the pilot region.

        Parameters
        ----------
        pilots
            All pilots that run.

        Returns
        -------
        ndarray
            Shares in [0, 1], index (from, to), float64, shape (n_departments, n_departments).
        """
        kept: Matrix = np.ones_like(self.kept_handoff)
        for pilot in pilots:
            if pilot.works and pilot.proposal.candidate.kind is Kind.HANDOFF:
                kept = kept * self._kept(pilot.proposal.candidate, pilot.proposal.size)
        return kept
