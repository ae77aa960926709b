"""The model of one replicate: clock, phases and agents; the arithmetic on customers is the market's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.accounts import GOVERNANCE_LINES, SERVING_LINES, post_period, remaining_values
from sim.customers import HasCustomers
from sim.keeping import CustomerKeeper
from sim.market.calibration import calibrate
from sim.market.flows import Flows
from sim.market.market import Market
from sim.market.offer import Offer
from sim.market.standing import Standing, present_customers
from sim.organisation.company import Company
from sim.organisation.status_quo import status_quo_offer
from sim.outcomes import Window, measure
from sim.parameters import Parameters
from sim.plan import PLAN
from sim.recorder import Recorder
from sim.streams import Draws, replicate_seed

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Replicate:
    """Everything kept of one replicate; plain arrays, so it travels between processes."""

    replicate: int
    seed: int
    series: dict[str, Vector]
    """Series by name, each of shape (n_periods,)."""
    departments: dict[str, Vector]
    """Department columns by name, each of shape (n_periods, n_departments)."""
    accounts: dict[str, Vector]
    """Account lines by name, currency per period, each of shape (n_periods,)."""
    handoffs: dict[str, Vector]
    """Attempts and failures after the switch, index (from, to), shape (n_departments, n_departments)."""
    summary: dict[str, float]
    """Every outcome of :data:`sim.outcomes.OUTCOMES` after the switch."""
    before: dict[str, float]
    """The outcomes that look at a year, over the last year of the burn-in."""
    calibration: dict[str, float]
    """Constants of the status quo, given or solved."""
    phase_seconds: dict[str, float]
    """Wall time by phase and of what comes before the first period, seconds; empty unless ``run.profile``."""
    customers: dict[str, Vector] = field(default_factory=dict)
    """Columns of :data:`sim.keeping.CUSTOMER_COLUMNS`, each of shape (n_persons,); empty where they are not kept."""


class CustomerExperienceModel(HasCustomers, mesa.Model):  # type: ignore[misc, unused-ignore]
    """A company and its market, as Mesa sees them: departments, executives and customers.

    Parameters
    ----------
    parameters
        Validated parameters.
    replicate
        Number of the replicate, which picks its luck; the same in every scenario.
    """

    def __init__(self, parameters: Parameters, replicate: int = 0) -> None:
        self.seed_of_replicate = replicate_seed(parameters.run.seed, replicate)
        super().__init__(rng=self.seed_of_replicate % 2**32)
        self.parameters = parameters
        self.replicate = replicate
        self.period = 0
        self.phase_seconds: dict[str, float] = {}
        with self._timed("build_company"):
            self.company = Company(self, parameters, Draws(self.seed_of_replicate))
            status_quo = status_quo_offer(parameters)
        with self._timed("calibration"):
            self.calibration = calibrate(parameters, status_quo)
        with self._timed("build_market"):
            self.market = Market(parameters, self.calibration, status_quo, self.seed_of_replicate)
        self.offer: Offer = status_quo
        self.flows: Flows
        self.account: dict[str, float] = {}
        self.recorder = Recorder(parameters.time.n_periods)
        kept = replicate < parameters.run.keep_customers
        self.keeper = CustomerKeeper(parameters.population.n_customers) if kept else None

    @property
    def departments(self) -> mesa.agent.AgentSet:
        """The departments, as a Mesa AgentSet."""
        return self.company.departments

    def step(self) -> None:
        """Live one period: run the phases of the plan in order."""
        if self.parameters.run.profile:
            for phase in PLAN:
                with self._timed(phase.name):
                    phase.run(self)
        else:
            for phase in PLAN:
                phase.run(self)
        self.period += 1
        self.running = self.period < self.parameters.time.n_periods

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        """Add the time of what is done within to a phase, where a profile is asked for."""
        start = time.perf_counter()
        yield
        if self.parameters.run.profile:
            self.phase_seconds[name] = self.phase_seconds.get(name, 0.0) + time.perf_counter() - start

    def post_accounts(self) -> None:
        """Post the account of the period."""
        prices = self.company.price_list()
        charges = self.company.charges(self.flows.revenue)
        self.account = post_period(
            self.flows, prices.service, prices.rework, prices.recovery, charges, self.parameters.finance
        )

    def run(self) -> Replicate:
        """Live all periods and return what is kept of them."""
        while self.period < self.parameters.time.n_periods:
            self.step()
        return self.result()

    def result(self) -> Replicate:
        """Return what is kept of the periods lived; call it after the last one."""
        n_burn_in, ppy = self.parameters.time.n_burn_in, self.parameters.time.periods_per_year
        end = self.parameters.time.n_periods
        equity = self.customer_equity()
        summary = measure(self._window(n_burn_in, end, equity), self._window(max(n_burn_in, end - ppy), end, equity))
        last_burn_in = self._window(max(0, n_burn_in - ppy), n_burn_in, float("nan"))
        kept = self.recorder
        return Replicate(
            replicate=self.replicate,
            seed=self.seed_of_replicate,
            series=kept.series,
            departments=kept.departments,
            accounts=kept.accounts,
            handoffs=kept.handoffs,
            summary=summary,
            before=measure(last_burn_in, last_burn_in),
            calibration=self.calibration.model_dump(),
            phase_seconds=self.phase_seconds,
            customers={} if self.keeper is None else self.keeper.table(self),
        )

    def customer_equity(self) -> float:
        """Value of the present customers, currency, net of what serving and governing cost in the last year."""
        return float(self.lifetime_values().sum())

    def lifetime_values(self) -> Vector:
        """Value of each present customer, currency, as in `customer_equity`, shape (n_ours,)."""
        end, ppy = self.parameters.time.n_periods, self.parameters.time.periods_per_year
        window = self._window(max(self.parameters.time.n_burn_in, end - ppy), end, float("nan"))
        burden = window.money(*SERVING_LINES, *GOVERNANCE_LINES) / max(1e-300, window.total("n_active") / ppy)
        return remaining_values(*self.standing(), burden, self.parameters.finance)

    def standing(self) -> Standing:
        """Describe the customers who are ours now."""
        return present_customers(self.market, self.offer)

    def _window(self, begin: int, end: int, equity: float) -> Window:
        """Return the periods from one up to another as what outcomes are computed from."""
        return Window(
            series={name: column[begin:end] for name, column in self.recorder.series.items()},
            accounts={name: column[begin:end] for name, column in self.recorder.accounts.items()},
            periods_per_year=self.parameters.time.periods_per_year,
            discount_rate=self.parameters.finance.discount_rate,
            equity=equity,
        )


def run_replicate(parameters: Parameters, replicate: int) -> Replicate:
    """Build the model of one replicate and live all its periods.

    Parameters
    ----------
    parameters
        Validated parameters.
    replicate
        Number of the replicate, from 0.
    """
    return CustomerExperienceModel(parameters, replicate).run()
