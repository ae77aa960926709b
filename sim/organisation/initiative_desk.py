"""The quarterly cycle of initiatives: judge, scale, read, rank, propose, pilot; and what it costs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.organisation import gaps
from sim.organisation.department import Department
from sim.organisation.dynamics import halving_factor
from sim.organisation.experience_officer import ExperienceOfficer
from sim.organisation.initiatives import Audience, Pilot, Reading, upkeep_coverage
from sim.organisation.programmes import Programmes
from sim.parameters.organisation import Initiatives, Organisation


def read_journeys(
    departments: list[Department],
    handoff_failure: NDArray[np.float64],
    information: float,
    failure_weight: float,
    future_budgets: float,
    organisation: Organisation,
) -> Reading:
    """Return what the holder reads from measured journeys.

    Gaming hides gaps as far as nobody listens: the survey shows ``q + x``, and of x a share g is recognised as gaming.

    Parameters
    ----------
    departments
        All departments.
    handoff_failure
        Failure of hand-offs with fixes in force, probability, index (from, to), shape (n_departments, n_departments).
    information
        Reliability of what is known (g), in [0, 1].
    failure_weight
        What a failure takes away, in SD of lasting quality.
    future_budgets
        Full budgets the holder expects to get through while an effect lasts.
    organisation
        Rules of specification and of the workforce.
    """
    scale = organisation.delivery.effort_scale
    gap = [d.believed_requirement - d.quality - (1.0 - information) * d.gaming for d in departments]
    worth = [gaps.specified_share(d.experience_effort, scale) * abs(d.record.knowledge_bias) for d in departments]
    morale_worth = organisation.workforce.morale_quality
    return Reading(
        information, np.array(gap), handoff_failure, failure_weight, np.array(worth), morale_worth, future_budgets
    )


class InitiativeDesk:
    """Runs the cycle and keeps its books.

    Parameters
    ----------
    officer
        The seat of the CX role.
    programmes
        Effects in force.
    rules
        Rules of initiatives.

    Attributes
    ----------
    rescue
        Refused capacity at rescue work in this quarter, in [0, 1] of a full quarterly budget.
    spending
        What the quarter spends, full quarterly budgets.
    """

    def __init__(self, officer: ExperienceOfficer, programmes: Programmes, rules: Initiatives) -> None:
        self._officer, self._programmes, self._rules = officer, programmes, rules
        self.rescue = 0.0
        self.spending = 0.0
        self._coverage = 0.0

    def future_budgets(self, budget: float) -> float:
        """Return the full budgets a holder expects to get through while an effect lasts (its mean life)."""
        mean_life_quarters = 4.0 * self._rules.half_life_years / math.log(2.0)
        return mean_life_quarters * budget * self._officer.credibility

    def start_period(self) -> None:
        """Set the counts of the period to 0 and decay effects by one period."""
        self._officer.start_period()
        self._programmes.decay(self._coverage)

    def run_quarter(self, reading: Reading, audience: Audience, budget: float, period: int) -> None:
        """Run one cycle: judge and scale, keep up, propose and pilot; a vacancy pauses it and spends nothing.

        Parameters
        ----------
        reading
            Measured gaps and failures.
        audience
            What decides whether a proposal passes.
        budget
            Full quarterly budgets of a holder who is present all quarter.
        period
            Period of the draws.
        """
        self.rescue = self.spending = self._coverage = 0.0
        if self._officer.present <= 0.0:
            return
        scaled = self._officer.judge_pilots(period)
        for pilot in scaled:
            if pilot.works:
                self._programmes.add(pilot.proposal.candidate, pilot.proposal.size)
        upkeep = self._keep_up(budget * self._officer.present)
        refused = self._officer.propose(reading, budget * self._officer.present - upkeep, audience, period)
        self.rescue = min(1.0, refused)
        self.spending = upkeep + refused + self._pilot_spending() + self._scaling_spending(scaled)

    def _pilot_spending(self) -> float:
        """Return what pilots on trial spend this quarter, full quarterly budgets."""
        on_trial = sum(pilot.proposal.size for pilot in self._officer.pilots)
        return self._rules.pilot_cost_share * on_trial / self._rules.pilot_quarters

    def _scaling_spending(self, scaled: list[Pilot]) -> float:
        """Return what scaling spends this quarter, full quarterly budgets."""
        return (1.0 - self._rules.pilot_cost_share) * sum(pilot.proposal.size for pilot in scaled)

    def _keep_up(self, budget: float) -> float:
        """Spend on upkeep no more than its share and no more than there is to keep alive."""
        decayed = 1.0 - halving_factor(0.25, self._rules.half_life_years)
        spent = min(self._rules.upkeep_share * budget, self._programmes.stock * decayed)
        self._coverage = upkeep_coverage(spent, self._programmes.stock, decayed)
        return spent
