"""The market of one replicate: persons, who knows whom, and the three passes of a period."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.market.flows import Flows
from sim.market.kernels import passes
from sim.market.kernels.experience import N_DEPARTMENT_SUMS
from sim.market.kernels.moving import N_MOVING_SUMS, Period, Tellers
from sim.market.network import build_network
from sim.market.offer import Offer
from sim.market.population import build_population
from sim.market.rules import build_rules
from sim.market.state import Network
from sim.parameters import Calibration, Parameters
from sim.parameters.population import Network as NetworkParameters

SHARED_AT_MOST = 20_000
"""Persons up to whom a network is kept for the next run; it takes 40 bytes a person."""
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


def _share_out(n_rows: int, n_threads: int) -> list[tuple[int, int]]:
    """Return a contiguous range of rows for each thread; a single one where there are fewer rows than threads."""
    n_ranges = n_threads if n_rows >= n_threads else 1
    return list(pairwise(n_rows * k // n_ranges for k in range(n_ranges + 1)))


def _network_of(
    parameters: NetworkParameters, segment: NDArray[np.uint8], shares: NDArray[np.float64], seed: int
) -> Network:
    """Return the network of a market; runs of a small market with the same persons and luck share one.

    Org designs do not choose who knows whom, so the designs of a design point meet here one after the other.
    """
    if segment.shape[0] > SHARED_AT_MOST:
        return build_network(parameters, segment, shares, seed)
    return _shared_network(parameters, segment.tobytes(), tuple(shares.tolist()), seed)


@lru_cache(maxsize=2)
def _shared_network(parameters: NetworkParameters, segment: bytes, shares: tuple[float, ...], seed: int) -> Network:
    # A copy, because kernels compile again for arrays that cannot be written.
    return build_network(parameters, np.frombuffer(segment, np.uint8).copy(), np.array(shares), seed)


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
    block
        Persons worked on at a time, for their data to stay in the nearest cache; changes no bit of a result.
    """

    def __init__(
        self,
        parameters: Parameters,
        calibration: Calibration,
        offer: Offer,
        seed: int,
        stratified: bool = False,
        block: int = passes.ROW,
    ) -> None:
        self.parameters = parameters
        self.calibration = calibration
        self.seed = np.uint64(seed)
        self.rules = build_rules(parameters, calibration)
        self.state = build_population(parameters, calibration, self.rules, offer, seed, stratified)
        shares = np.array([segment.share for segment in parameters.population.segments.values()])
        self.network = _network_of(parameters.population.network, self.state.segment, shares, seed)
        n_threads = parameters.run.n_threads
        self._threads = ThreadPoolExecutor(n_threads) if n_threads > 1 else None
        size = self.state.ours.shape[0]
        n, n_journeys = offer.requirement.shape[0], len(parameters.journeys)
        self._shape = (n, n_journeys)
        self._n_rows = (size + passes.ROW - 1) // passes.ROW
        self._ranges = _share_out(self._n_rows, n_threads)
        self._desks = [passes.desk_for(block) for _ in self._ranges]
        self._telling = np.zeros(size, dtype=self.state.satisfaction.dtype)
        self._place = np.full(size, -1, dtype=np.int32)
        self._room = max(256, size // 8)
        self._tenure_logs = self._log_tenures(1024)
        self._longest = int(self.state.tenure.max(initial=0))
        self.codes: NDArray[np.int8] = np.zeros(size, dtype=np.int8)
        """What outsiders see of each person: +1 or -1 by the last telling of a customer of ours, else 0, shape (N,)."""
        self._journey_sums = np.zeros(0)
        self._mentions = np.zeros(0)

    def live(self, offer: Offer, period: int) -> None:
        """Journeys of the period: encounters, learning, failures, recovery, satisfaction."""
        n, n_journeys = self._shape
        sums = np.zeros((self._n_rows, N_DEPARTMENT_SUMS * n + 2 * n * n + 2 + 3 * n_journeys))
        common = (self.state, self.rules, offer, self.seed, period, self._telling, sums)
        self._run(passes.live, [(desk, *common) for desk in self._desks])
        self._journey_sums = sums.sum(axis=0)

    def talk(self, period: int) -> None:
        """Word of mouth of the period."""
        sums = np.zeros((self._n_rows, 2))
        mail = self._collect_mail(period, sums)
        n = mail.senders.shape[0]
        common = (self.state, self.rules, mail, n)
        self._run(passes.hear, [(*common, passes.tally_for(n, self._place)) for _ in self._ranges])
        self._run(passes.code, [(self.state, self.rules, period, self.codes)] * len(self._ranges))
        self._mentions = sums.sum(axis=0)

    def move(self, offer: Offer, period: int) -> Flows:
        """Leaving and joining at the end of the period; returns everything that happened in it."""
        sums = np.zeros((self._n_rows, N_MOVING_SUMS))
        balance = self.balance() if self.network.complete else 0.0
        if self._longest >= self._tenure_logs.shape[0]:
            self._tenure_logs = self._log_tenures(2 * self._longest)
        self._longest += 1
        tellers = Tellers(self.network, self.codes, balance)
        common = (self.state, tellers, self.rules, Period(offer, self.seed, period, self._tenure_logs), sums)
        self._run(passes.move, [(desk, *common) for desk in self._desks])
        return self._flows(sums.sum(axis=0))

    def _collect_mail(self, period: int, sums: NDArray[np.float64]) -> passes.Mail:
        """Draw who tells whom; return the messages in the order of their senders."""
        while True:
            sums[:] = 0.0
            mails = [passes.mail_for(self._room) for _ in self._ranges]
            common = (self.state, self.network, self.seed, period, self._telling)
            pairs = zip(self._desks, mails, strict=True)
            counts = self._run(passes.tell, [(desk, *common, mail, sums) for desk, mail in pairs])
            if max(counts) <= self._room:
                break
            # Nobody has heard anything yet, so everybody can tell again, with more room.
            self._room = 2 * max(counts)
        parts = [passes.Mail(*(column[:n] for column in mail)) for mail, n in zip(mails, counts, strict=True)]
        return (
            parts[0]
            if len(parts) == 1
            else passes.Mail(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        )

    def _log_tenures(self, n: int) -> NDArray[np.float64]:
        """Return log(1 + years) of tenures of 0 to ``n`` periods."""
        dt = self.parameters.time.period_years
        return np.array([math.log(1.0 + tenure * dt) for tenure in range(n + 1)])

    def _run(self, run_pass: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Run a pass over all rows, a range with its arguments on each thread; returns what the ranges return."""
        tasks = [(begin, end, *rest) for (begin, end), rest in zip(self._ranges, arguments, strict=True)]
        if self._threads is None:
            return [run_pass(*task) for task in tasks]
        return [done.result() for done in [self._threads.submit(run_pass, *task) for task in tasks]]

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
