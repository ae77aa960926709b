"""The market of one replicate: persons, who knows whom, and the three passes of a period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.market.flows import Flows
from sim.market.kernels import passes
from sim.market.kernels.experience import N_DEPARTMENT_SUMS
from sim.market.kernels.moving import N_MOVING_SUMS
from sim.market.network import build_network
from sim.market.offer import Offer
from sim.market.population import build_population
from sim.market.rules import build_rules
from sim.parameters import Calibration, Parameters

MOVING_SUMS = (
    "active",
    "revenue",
    "value_sum",
    "satisfaction_sum",
    "satisfaction_square_sum",
    "reported_sum",
    "satisfied",
    "promoters",
    "detractors",
    "loyal",
    "tenure_sum",
    "expected_churn",
    "churned",
    "acquired",
)
"""The flows that the last pass sums, in the order of its array."""


class Market:
    """Everybody who is or could be a customer, and what they do in a period.

    Parameters
    ----------
    parameters
        Validated parameters; the market reads nothing of how the company is governed.
    calibration
        Constants of the status quo, from :func:`sim.market.calibration.calibrate`.
    offer
        What the status quo delivers, around which the population starts.
    seed
        64-bit seed of the replicate.
    stratified
        Start from a typical rather than a drawn population; see :func:`sim.market.population.build_population`.
    """

    def __init__(
        self, parameters: Parameters, calibration: Calibration, offer: Offer, seed: int, stratified: bool = False
    ) -> None:
        self.parameters = parameters
        self.calibration = calibration
        self.seed = np.uint64(seed)
        self.rules = build_rules(parameters, calibration)
        self.state = build_population(parameters, calibration, self.rules, offer, seed, stratified)
        shares = np.array([segment.share for segment in parameters.population.segments.values()])
        self.network = build_network(parameters.population.network, self.state.segment, shares, seed)
        n_threads = parameters.run.n_threads
        self._threads = ThreadPoolExecutor(n_threads) if n_threads > 1 else None
        size = self.state.ours.shape[0]
        n, n_journeys = offer.requirement.shape[0], len(parameters.journeys)
        self._shape = (n, n_journeys)
        self._n_blocks = (size + passes.BLOCK - 1) // passes.BLOCK
        self._telling = np.zeros(size)
        self._told = np.zeros(size, dtype=np.uint8)
        self.codes: NDArray[np.int8] = np.zeros(size, dtype=np.int8)
        """What outsiders see of each person: +1 or -1 by the last telling of a customer of ours, else 0, shape (N,)."""
        self._journey_sums = np.zeros(0)
        self._mentions = np.zeros(0)

    def live(self, offer: Offer, period: int) -> None:
        """Journeys of the period: encounters, learning, failures, recovery, satisfaction."""
        n, n_journeys = self._shape
        sums = np.zeros((self._n_blocks, N_DEPARTMENT_SUMS * n + 2 * n * n + 2 + 3 * n_journeys))
        self._run(passes.live, self.state, self.rules, offer, self.seed, period, self._telling, sums)
        self._journey_sums = sums.sum(axis=0)

    def talk(self, period: int) -> None:
        """Word of mouth of the period."""
        sums = np.zeros((self._n_blocks, 2))
        self._told[:] = 0
        tellers = np.flatnonzero(self._telling if self.network.complete else ()).astype(np.uint32)
        told, telling = self._told, self._telling
        self._run(passes.hear, self.state, self.network, self.rules, self.seed, period, telling, tellers, told, sums)
        self._run(passes.remember, self.state, self.rules, period, told, self.codes)
        self._mentions = sums.sum(axis=0)

    def move(self, offer: Offer, period: int) -> Flows:
        """Leaving and joining at the end of the period; returns everything that happened in it."""
        sums = np.zeros((self._n_blocks, N_MOVING_SUMS))
        balance = self.balance() if self.network.complete else 0.0
        self._run(
            passes.move, self.state, self.network, self.rules, offer, self.seed, period, self.codes, balance, sums
        )
        return self._flows(sums.sum(axis=0))

    def _run(self, run_pass: Callable[..., None], *arguments: Any) -> None:
        """Run a pass over all blocks, shared out in contiguous ranges where there are several threads."""
        n_threads = self.parameters.run.n_threads
        if self._threads is None or self._n_blocks < n_threads:
            run_pass(0, self._n_blocks, *arguments)
            return
        edges = [self._n_blocks * k // n_threads for k in range(n_threads + 1)]
        for done in [self._threads.submit(run_pass, a, b, *arguments) for a, b in pairwise(edges)]:
            done.result()

    @property
    def telling(self) -> NDArray[np.float64]:
        """Probability with which each person told a given neighbour in the period just lived, shape (N,)."""
        return self._telling

    def neighbours_of(self, person: int) -> Sequence[int]:
        """Return whom a person hears and tells, ascending; in a complete network everybody, the person included."""
        if self.network.complete:
            return range(self.codes.shape[0])
        begin, end = self.network.first[person], self.network.first[person + 1]
        return [int(other) for other in self.network.neighbours[begin:end]]

    def balance(self) -> float:
        """Return positive less weighted negative tellers, as an outsider of a complete network sees them."""
        positive, negative = np.count_nonzero(self.codes > 0), np.count_nonzero(self.codes < 0)
        weight = self.rules.moving.scalars.negative_weight
        return float((positive - weight * negative) / max(1, self.codes.shape[0] - 1))

    def step(self, offer: Offer, period: int) -> Flows:
        """Run the three passes of a period in order."""
        self.live(offer, period)
        self.talk(period)
        return self.move(offer, period)

    def _flows(self, moving: NDArray[np.float64]) -> Flows:
        n, n_journeys = self._shape
        row = self._journey_sums
        by_department = row[: N_DEPARTMENT_SUMS * n].reshape(N_DEPARTMENT_SUMS, n)
        start = N_DEPARTMENT_SUMS * n
        pairs = row[start : start + 2 * n * n].reshape(2, n, n)
        channel = row[start + 2 * n * n : start + 2 * n * n + 2]
        journeys = row[start + 2 * n * n + 2 :].reshape(3, n_journeys)
        totals = {name: float(moving[index]) for index, name in enumerate(MOVING_SUMS)}
        return Flows(
            encounters=by_department[0],
            failures=by_department[1],
            quality_sum=by_department[2],
            perceived_sum=by_department[3],
            expectation_sum=by_department[4],
            complaints=by_department[5],
            recoveries=by_department[6],
            service_weight=by_department[7],
            handoff_attempts=pairs[0],
            handoff_failures=pairs[1],
            channel_attempts=float(channel[0]),
            channel_failures=float(channel[1]),
            journeys=journeys[0],
            journeys_failed=journeys[1],
            journeys_handoff_failed=journeys[2],
            mentions_positive=float(self._mentions[0]),
            mentions_negative=float(self._mentions[1]),
            **totals,
        )
