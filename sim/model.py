"""The model of one replicate: clock, phases and agents; the arithmetic on customers is the market's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import mesa
import numpy as np
from mesa.datacollection import DataCollector
from numpy.typing import NDArray

from sim.accounts import GOVERNANCE_LINES, SERVING_LINES, post_period, remaining_values
from sim.customers import HasCustomers
from sim.keeping import CustomerKeeper
from sim.market.calibration import calibrate
from sim.market.flows import Flows
from sim.market.market import Market
from sim.market.offer import Offer
from sim.market.standing import Standing, present_customers
from sim.mesa_model import QuietModel, batch_iteration, with_seed
from sim.organisation.agents import CompanyAgent
from sim.organisation.company import Company
from sim.organisation.status_quo import status_quo_offer
from sim.outcomes import OUTCOMES, Window, measure
from sim.parameters import Parameters
from sim.plan import PLAN
from sim.recorder import LivedPeriod, Recorder
from sim.streams import Draws, replicate_seed

Vector = NDArray[np.float64]
HEADLINES = tuple(name for name, outcome in OUTCOMES.items() if outcome.headline)
"""The outcomes that the data collector of a model follows."""


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


class CustomerExperienceModel(HasCustomers, QuietModel):  # type: ignore[misc, unused-ignore]
    """A company and its market, as Mesa sees them: departments, executives and customers.

    Parameters
    ----------
    parameters
        Validated parameters.
    replicate
        Number of the replicate, from 0, which picks its luck; the same in every scenario. By default 0, and in
        ``mesa.batch_run`` the number of the iteration, unless that passes a seed.
    seed, rng
        Seed of all luck in place of ``run.seed``, as Mesa models accept it: a whole number, a sequence of them, a
        ``SeedSequence`` or a generator. To compare designs, number replicates and leave the seed alone: replicate r
        has the same luck in every design, whoever runs it.

    Attributes
    ----------
    datacollector
        Mesa's collector of the headline outcomes, which is called after every step: those of a year over the year up
        to the step (after the switch, since the switch if that is less), present values since the switch; NaN where
        there is nothing to take yet. After the last step the values are the outcomes of the run.
        ``npv_with_equity`` is known then only. Set another collector before the first step to collect something else.
    period
        Periods lived.

    Raises
    ------
    TypeError
        ``parameters`` is something else.
    ConfigError
        The seed is outside the range of ``run.seed``.

    Notes
    -----
    ``agent_reporters`` of a DataCollector cover registered agents only: departments and executives. Customers are views
    of arrays; ``DataCollector(agenttype_reporters={Customer: {"satisfaction": "satisfaction"}})`` collects them.
    """

    def __init__(
        self, parameters: Parameters, replicate: int | None = None, *, seed: Any = None, rng: Any = None
    ) -> None:
        if not isinstance(parameters, Parameters):
            raise TypeError(
                f"parameters: what sim.compose returns is expected, given {type(parameters).__name__}; "
                "mesa.batch_run takes one value after the other: give it {'parameters': [parameters]}"
            )
        if replicate is None:
            seeded = seed is not None or rng is not None
            replicate = 0 if seeded else batch_iteration() or 0
        parameters = with_seed(parameters, seed, rng)
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
        self.recorder = Recorder(parameters.time.n_periods, parameters.time.n_burn_in)
        kept = replicate < parameters.run.keep_customers
        self.keeper = CustomerKeeper(parameters.population.n_customers, parameters.time) if kept else None
        self._headline_at, self._headline = 0, dict.fromkeys(HEADLINES, float("nan"))
        self.datacollector = DataCollector({name: partial(_read_headline, name) for name in HEADLINES})

    @property
    def departments(self) -> mesa.agent.AgentSet:
        """The departments, as a Mesa AgentSet."""
        return self.company.departments

    def step(self) -> None:
        """Run the phases of one period in order, and collect.

        Raises
        ------
        RuntimeError
            The run has lived all its periods; ``running`` has been False since the last one.
        """
        clock = self.parameters.time
        if self.period >= clock.n_periods:
            raise RuntimeError(
                f"the run has ended: its horizon is {clock.n_periods} periods "
                f"(time.burn_in_years={clock.burn_in_years:g}, time.horizon_years={clock.horizon_years:g})"
            )
        if self.parameters.run.profile:
            for phase in PLAN:
                with self._timed(phase.name):
                    phase.run(self)
        else:
            for phase in PLAN:
                phase.run(self)
        self.period += 1
        self.running = self.period < clock.n_periods
        self.datacollector.collect(self)

    def deregister_agent(self, agent: mesa.Agent) -> None:
        """Forget an agent; departments and executives are refused, for the company goes on with them.

        Raises
        ------
        TypeError
            The agent belongs to the company.
        """
        if isinstance(agent, CompanyAgent):
            raise TypeError(
                f"{type(agent).__name__} {agent.unique_id} cannot be removed: the company works with the same "
                "departments and executives in all periods; organisation.departments says which there are"
            )
        super().deregister_agent(agent)

    def record_period(self) -> None:
        """Keep the period just lived."""
        departments, firm = self.company.record(self.period)
        self.recorder.record(LivedPeriod(self.period, self.flows, departments, firm, self.account))
        if self.keeper is not None:
            self.keeper.look(self.period, self.market.state)

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
        """Run all periods and return what is kept of them."""
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
            customers={} if self.keeper is None else self._customer_table(self.keeper),
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

    def _customer_table(self, keeper: CustomerKeeper) -> dict[str, Vector]:
        """Return what the keeper keeps, with what each customer of ours is worth at the end."""
        return keeper.table(self.market.state, self.standing().retention_per_year, self.lifetime_values())

    @property
    def headline(self) -> dict[str, float]:
        """Headline outcomes by name as they stand after the last step, each in the unit of its outcome."""
        if self._headline_at != self.period:
            self._headline_at, self._headline = self.period, self._measure_headline()
        return self._headline

    def _measure_headline(self) -> dict[str, float]:
        """Compute the headline outcomes of the periods lived, of which there is at least one."""
        end, ppy, switch = self.period, self.parameters.time.periods_per_year, self.parameters.time.n_burn_in
        if end <= switch:
            year = self._window(max(0, end - ppy), end, float("nan"))
            values = measure(year, year, HEADLINES)
            return {name: float("nan") if OUTCOMES[name].aggregation == "horizon" else values[name] for name in values}
        equity = float("nan") if self.running else self.customer_equity()
        horizon, year = self._window(switch, end, equity), self._window(max(switch, end - ppy), end, equity)
        return measure(horizon, year, HEADLINES)

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


def _read_headline(name: str, model: CustomerExperienceModel) -> float:
    """Return a headline outcome as the data collector asks for it."""
    return model.headline[name]


def run_replicate(parameters: Parameters, replicate: int) -> Replicate:
    """Build the model of one replicate and run all its periods.

    Parameters
    ----------
    parameters
        Validated parameters.
    replicate
        Number of the replicate, from 0.
    """
    model = CustomerExperienceModel(parameters, replicate)
    model.datacollector = DataCollector()  # nobody can look at it, and its outcomes take a tenth of the time of a step
    return model.run()
