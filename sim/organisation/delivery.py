"""Delivery: from the states of departments to what customers meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.market.offer import Offer
from sim.organisation import gaps
from sim.organisation.demand import Demand
from sim.organisation.department import Department
from sim.organisation.dynamics import clip, mean_of
from sim.organisation.environment import Environment
from sim.organisation.initiatives import Pilot
from sim.organisation.programmes import Programmes
from sim.organisation.status_quo import StatusQuo, status_quo_offer
from sim.parameters import Parameters

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Delivery:
    """Makes the offer of a period; a link to the market that is off carries the status quo.

    Parameters
    ----------
    parameters
        All parameters.
    found
        The status quo.
    demand
        Expected demand per customer.

    Attributes
    ----------
    offer
        What customers meet.
    quality
        Quality delivered, mean over both regions, SD of encounters, shape (n,).
    rel_complaints
        Expected complaints per customer over those of the status quo, ratio, shape (n,). Expected, because the chance
        of a small simulated population is not a strain on a company.
    """

    def __init__(self, parameters: Parameters, found: StatusQuo, demand: Demand) -> None:
        self._parameters, self._organisation, self._demand = parameters, parameters.organisation, demand
        self._start = status_quo_offer(parameters, found)
        self._start_quality: Vector = found.quality
        self._at_zero = [record.failure_probability for record in self._organisation.departments.values()]
        self._start_complaints = self._complaint_rates(self._start)
        self._handlers = [
            index
            for index, department in enumerate(parameters.organisation.departments.values())
            if department.handles_complaints
        ]
        self.offer: Offer = self._start
        self.quality: Vector = found.quality
        self.rel_complaints: Vector = np.ones(len(found.departments))

    def mix(self, regions: Vector) -> Vector:
        """Return the mean over both regions, weighted by who lives in them.

        Parameters
        ----------
        regions
            Any quantity in the market at large (row 0) and in the pilot region (row 1), shape (2, n).

        Returns
        -------
        ndarray
            The mean in the same unit, float64, shape (n,).
        """
        mixed: Vector = regions[0] + self._parameters.population.pilot_share * (regions[1] - regions[0])
        return mixed

    def mean_offered(self) -> float:
        """Return the mean quality that customers meet, SD of encounters."""
        return mean_of(self.mix(self.offer.quality))

    def deliver(
        self,
        departments: list[Department],
        programmes: Programmes,
        pilots: list[Pilot],
        handoff_failure: Matrix,
        over_promise: float,
        environment: Environment,
        rescue: float,
    ) -> None:
        """Turn the states of departments into quality, failures, the promise and recovery.

        Parameters
        ----------
        departments
            All departments; their quality and programme are set.
        programmes, pilots
            Initiatives in force and on trial.
        handoff_failure
            Failure of hand-offs before any fix, probability, index (from, to), shape (n_departments, n_departments).
        over_promise
            Promise beyond delivery, SD of encounters.
        environment
            Prices, the rival and the requirement.
        rescue
            Refused capacity at rescue work, in [0, 1].
        """
        links, start = self._organisation.links, self._start
        quality = self._deliver_encounters(departments, programmes, pilots)
        at_large = handoff_failure * programmes.kept_handoff
        handoff = np.array([at_large, at_large * programmes.pilot_kept_handoff(pilots)])
        offered = quality if links.quality else start.quality
        offer = Offer(
            quality=offered,
            failure_probability=self._failures(quality) if links.quality else start.failure_probability,
            handoff_failure=handoff if links.handoffs else start.handoff_failure,
            promise=mean_of(self.mix(offered)) + over_promise if links.promise else start.promise,
            recovery_probability=start.recovery_probability,
            requirement=environment.requirement.copy(),
            price_gap=environment.price_gap,
            rival_quality=environment.rival_quality,
            advertising=start.advertising,
        )
        rel_complaints = self._compare_complaints(offer)
        if links.recovery:
            offer = offer._replace(recovery_probability=self._recovery_probability(rel_complaints, rescue))
        self.offer = offer

    def _deliver_encounters(self, departments: list[Department], programmes: Programmes, pilots: list[Pilot]) -> Vector:
        """Return quality by region and department, shape (2, n)."""
        for department, programme in zip(departments, programmes.touchpoint.tolist(), strict=True):
            department.programme = programme
        base = np.array([department.base_delivery() for department in departments])
        quality = np.array([base, base + programmes.pilot_quality(pilots)])
        self.quality = self.mix(quality)
        for department, value in zip(departments, self.quality.tolist(), strict=True):
            department.quality = value
        return quality

    def _failures(self, quality: Vector) -> Vector:
        """Return the failure probability of encounters by region and department, shape (2, n)."""
        conformance = self._organisation.delivery.conformance
        return np.array(
            [
                [gaps.failure_probability(q, f, conformance) for q, f in zip(region, self._at_zero, strict=True)]
                for region in quality.tolist()
            ]
        )

    def _complaint_rates(self, offer: Offer) -> Vector:
        """Return expected complaints per customer and year by department, shape (n,)."""
        own = self._demand.complaint_encounters * self.mix(offer.failure_probability)
        passed_on = self._demand.complaint_handoffs * self.mix(offer.handoff_failure)
        rates: Vector = own + passed_on.sum(axis=0)
        return rates

    def _compare_complaints(self, offer: Offer) -> float:
        """Hold complaints against those of the status quo; return the ratio of the whole firm."""
        rates, base = self._complaint_rates(offer), self._start_complaints
        self.rel_complaints = np.divide(rates, base, out=np.ones(rates.size), where=base > 0.0)
        total = float(base.sum())
        return float(rates.sum()) / total if total > 0.0 else 1.0

    def _recovery_probability(self, rel_complaints: float, rescue: float) -> float:
        """Return the probability that a complaint is recovered, thinned where complaints exceed capacity."""
        recovery = self._parameters.experience.recovery
        better = mean_of(self.quality[self._handlers] - self._start_quality[self._handlers])
        helped = recovery.support_effect * better + self._organisation.initiatives.rescue_effect * rescue
        chance = clip(recovery.success_probability + helped, 0.0, 1.0)
        capacity = self._organisation.delivery.complaint_capacity
        return chance * min(1.0, capacity / rel_complaints) if rel_complaints > 0.0 else chance
