"""What happens to the company: price shocks, the rival, local conditions, passing beliefs and the requirement."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.organisation.dynamics import approach_share, event_probability, memory_share
from sim.organisation.gaps import next_requirement
from sim.organisation.status_quo import StatusQuo
from sim.parameters import Parameters
from sim.streams import Draws, Stream

Vector = NDArray[np.float64]


class Environment:
    """Luck and market conditions, the same for every org design except where the market answers to quality.

    Parameters
    ----------
    parameters
        All parameters.
    draws
        Luck of the replicate.
    found
        The status quo, in which it starts.

    Attributes
    ----------
    price_gap
        Our price relative to the rival's, minus 1.
    rival_quality
        SD of encounters.
    theta
        Local conditions, practice units, shape (n,).
    belief_noise
        Passing error of beliefs when nobody listens, SD of encounters, shape (n,).
    requirement
        What customers hold each department should deliver, SD of encounters, shape (n,).
    """

    def __init__(self, parameters: Parameters, draws: Draws, found: StatusQuo) -> None:
        time, organisation = parameters.time, parameters.organisation
        self._market, self._draws, self._links = parameters.market, draws, organisation.links
        self._n = len(organisation.departments)
        self._period_years, self._switch = time.period_years, time.n_burn_in
        self._local_sd = organisation.coordination.local_sd
        self._local_memory = memory_share(self._period_years, organisation.coordination.local_memory_years)
        self._belief_sd = organisation.delivery.knowledge_noise_sd
        self._belief_memory = memory_share(self._period_years, organisation.delivery.knowledge_memory_years)
        self._start_quality = float(found.quality.mean())
        self._followed = 0.0
        self._year = np.tile(found.quality, (time.periods_per_year, 1))
        self.requirement: Vector = found.requirement
        self.rival_quality = parameters.market.rival.quality
        self.theta = self._local_sd * self.normals(Stream.LOCAL_CONDITION, 0, 1)
        self.belief_noise = self._belief_sd * self.normals(Stream.KNOWLEDGE, 0, 1)
        self.price_gap = self._stationary_price_sd() * draws.normal(Stream.PRICE, 0, 0, 2)

    def normals(self, stream: Stream, period: int, draw: int = 0) -> Vector:
        """Return one standard normal draw per department.

        Parameters
        ----------
        stream
            Stream of the decision.
        period
            Number of the period, from 0.
        draw
            Number of the draw of that stream and period, from 0.

        Returns
        -------
        ndarray
            Standard normal, float64, shape (n_departments,).
        """
        return np.array([self._draws.normal(stream, department, period, draw) for department in range(self._n)])

    def step(self, period: int, delivered: Vector, offered: float, over_promise: float) -> None:
        """Update prices, the rival, local conditions, beliefs and the requirement at the start of a period.

        Parameters
        ----------
        period
            Number of the period, from 0.
        delivered
            Quality of the last period by department, SD of encounters, shape (n,).
        offered
            Mean quality that customers met in the last period, SD of encounters; what a rival can imitate.
        over_promise
            Promise beyond delivery in the last period, SD of encounters.
        """
        self.price_gap = self._next_price_gap(period)
        self.rival_quality = self._next_rival(period, offered)
        self.theta = self._next_vector(self.theta, self._local_memory, self._local_sd, Stream.LOCAL_CONDITION, period)
        self.belief_noise = self._next_vector(
            self.belief_noise, self._belief_memory, self._belief_sd, Stream.KNOWLEDGE, period
        )
        self._year[period % len(self._year)] = delivered
        if self._links.requirement:
            self._raise_requirement(over_promise)

    def _next_vector(self, now: Vector, memory: float, sd: float, stream: Stream, period: int) -> Vector:
        after: Vector = memory * now + sd * math.sqrt(1.0 - memory * memory) * self.normals(stream, period)
        return after

    def _jump_scale(self) -> float:
        """Return how much of a jump is left at the end of its period (root mean square over when it came)."""
        steps = 2.0 * self._period_years / self._market.price_shock_memory_years
        return math.sqrt(-math.expm1(-steps) / steps)

    def _stationary_price_sd(self) -> float:
        """Return the spread at which jumps and their fading balance; relative price."""
        market = self._market
        chance = event_probability(market.price_shocks_per_year, self._period_years)
        kept = memory_share(self._period_years, market.price_shock_memory_years)
        jump = market.price_shock_size * self._jump_scale()
        return jump * math.sqrt(chance / (1.0 - kept * kept))

    def _next_price_gap(self, period: int) -> float:
        market = self._market
        gap = self.price_gap * memory_share(self._period_years, market.price_shock_memory_years)
        chance = event_probability(market.price_shocks_per_year, self._period_years)
        if self._draws.uniform(Stream.PRICE, 0, period, 0) < chance:
            jump = market.price_shock_size * self._draws.normal(Stream.PRICE, 0, period, 1)
            gap += jump * self._jump_scale()
        # Prices cannot fall below nothing.
        return max(gap, -0.95)

    def _next_rival(self, period: int, offered: float) -> float:
        """Return the rival's quality; it starts to trend at the switch, so that it is constant during the burn-in."""
        rival = self._market.rival
        self._followed += (offered - self._start_quality - self._followed) * approach_share(
            self._period_years, rival.imitation_lag_years
        )
        if rival.behaviour == "trending":
            return rival.quality + rival.trend_per_year * max(0, period - self._switch) * self._period_years
        if rival.behaviour == "imitating":
            return rival.quality + rival.imitation_share * max(0.0, self._followed)
        return rival.quality

    def _raise_requirement(self, over_promise: float) -> None:
        delivered = self._year.mean(axis=0).tolist()
        rules, rival = self._market.requirement, self.rival_quality
        self.requirement = np.array(
            [
                next_requirement(now, quality, rival, over_promise, rules, self._period_years)
                for now, quality in zip(self.requirement.tolist(), delivered, strict=True)
            ]
        )
