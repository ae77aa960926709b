"""The interfaces between departments: whose practice is in force, how far it misfits and which hand-offs fail."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.organisation import practices
from sim.organisation.department import Department
from sim.organisation.status_quo import MAX_INFORMATION, StatusQuo
from sim.parameters.organisation import Coordination

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Interfaces:
    """Sets the practices of all departments at once, because each depends on the others.

    Parameters
    ----------
    coordination
        Interdependence, local conditions and what mismatch costs.
    found
        The status quo.
    frozen
        Hold the practices of silos and the talk of the status quo (an experiment).

    Attributes
    ----------
    handoff_failure
        Failure of hand-offs before any fix, probability, index (from, to), 0 on the diagonal.
    """

    def __init__(self, coordination: Coordination, found: StatusQuo, frozen: bool) -> None:
        self._coordination, self._found, self._frozen = coordination, found, frozen
        self.handoff_failure: Matrix = found.handoff_failure

    def settle(
        self,
        departments: list[Department],
        theta: Vector,
        estimate: Vector,
        talk: float,
        authority: float,
    ) -> None:
        """Set the practices in force: those of silos, moved to those of the centre by the share of its authority.

        Parameters
        ----------
        departments
            All departments; their practice and squared misfit are set.
        theta
            Local conditions, practice units, shape (n,).
        estimate
            What the centre believes of them, practice units, shape (n,).
        talk
            Share of the others' practices that departments know (h), in [0, 1].
        authority
            Authority over departments (L), in [0, 1].
        """
        if self._frozen:
            talk, authority = self._found.talk, 0.0
            local_weight, weight = self._found.contract.local_weight, self._found.contract.shared_weight
        else:
            local_weight, weight = departments[0].local_weight, departments[0].shared_weight
        delta = self._coordination.interdependence
        pull = practices.coordination_pull(local_weight, weight, delta)
        silo = practices.silo_practices(theta, pull, talk)
        integrated = practices.integrated_practices(estimate, delta)
        in_force = practices.practices_in_force(silo, integrated, authority)
        misfit = (in_force - theta) ** 2
        for department, practice, squared in zip(departments, in_force.tolist(), misfit.tolist(), strict=True):
            department.practice, department.misfit = practice, squared
        self.handoff_failure = practices.handoff_failures(in_force, self._coordination)

    def estimate(self, theta: Vector, information: float, lag_years: float, signal: Vector) -> Vector:
        """Return what the centre believes of local conditions.

        Parameters
        ----------
        theta
            Local conditions, practice units, shape (n,).
        information
            Reliability of fresh information (g), in [0, 1].
        lag_years
            Age of the information that decisions use, years.
        signal
            Standard normal draws, shape (n,).

        Returns
        -------
        ndarray
            Practice units, float64, shape (n,).
        """
        rules = self._coordination
        reliability = practices.dated_reliability(
            min(information, MAX_INFORMATION), lag_years, rules.local_memory_years
        )
        return practices.estimate_conditions(theta, reliability, rules.local_sd, signal)
