"""What governance costs in a period."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.parameters.governance import Governance
from sim.parameters.organisation import Costs


class UnitCosts(NamedTuple):
    """What serving costs in a period."""

    service: NDArray[np.float64]
    """Currency per encounter of the mean channel, by department, shape (n,)."""
    rework: float
    """Currency per failed encounter or hand-off."""
    recovery: float
    """Currency per recovered complaint."""


def influence_cost(authority: float, commitment: float, influence_share: float) -> float:
    """Return iota L (1 - commitment), the share of revenue lost to lobbying, in [0, 1].

    Authority that the CEO does not stand behind invites politics (Milgrom & Roberts 1988; Powell 2015).

    Raises
    ------
    ValueError
        If authority or commitment leave [0, 1].
    """
    if not (0.0 <= authority <= 1.0 and 0.0 <= commitment <= 1.0):
        raise ValueError(f"authority and commitment must be between 0 and 1, given {authority:g} and {commitment:g}")
    return influence_share * authority * (1.0 - commitment)


def governance_charges(
    revenue: float,
    levers: Governance,
    costs: Costs,
    incentive_share: float,
    spending: float,
    authority: float,
    commitment: float,
) -> dict[str, float]:
    """Return the governance lines of a period, currency.

    Parameters
    ----------
    revenue
        Revenue of the period, currency.
    levers
        Levers in force.
    costs
        Full office, distraction, influence and initiatives, as shares of revenue.
    incentive_share
        Incentive pay as a share of revenue.
    spending
        What initiatives spend, in full budgets.
    authority, commitment
        Authority over departments and the CEO's commitment, in [0, 1].
    """
    return {
        "incentive_pay": incentive_share * revenue,
        "office": costs.office_share * levers.rel_office * revenue,
        "initiatives": costs.initiatives_share * spending * revenue,
        "influence": influence_cost(authority, commitment, costs.influence_share) * revenue,
        "distraction": costs.distraction_share * levers.rel_distraction * revenue,
    }
