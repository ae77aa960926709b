"""A model with a hand-made market of 200 persons, and plain Mesa agents with the same attributes."""

from __future__ import annotations

from functools import cache
from random import Random
from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np
from mesa.agent import AgentSet

from sim.customers import Customers, HasCustomers
from sim.market.state import NEVER, Network, State
from sim.parameters import Parameters, Population, Segment

SIZE = 200
N_DEPARTMENTS = 3
COLUMNS = (
    "unique_id",
    "ours",
    "segment",
    "in_pilot_region",
    "value",
    "frailty",
    "tenure_years",
    "personal_satisfaction",
    "personal_requirement",
    "satisfaction",
    "transient",
    "reported_satisfaction",
    "expectation",
    "belief",
    "last_failure",
    "last_told",
    "last_told_sign",
)


def make_state(size: int = SIZE) -> State:
    """Made-up persons; satisfaction in tenths, so that sorting and grouping meet equal values."""
    luck = np.random.default_rng(11)
    ours = (luck.random(size) < 0.4).astype(np.uint8)
    told = np.where(luck.random(size) < 0.3, luck.integers(0, 24, size), NEVER).astype(np.int32)
    return State(
        ours=ours,
        segment=(luck.random(size) < 0.3).astype(np.uint8),
        region=(luck.random(size) < 0.2).astype(np.uint8),
        value=luck.lognormal(6.0, 0.4, size),
        personal_satisfaction=luck.normal(0.0, 0.7, size),
        personal_requirement=luck.normal(0.0, 0.3, size),
        frailty=luck.gamma(2.0, 0.5, size),
        tenure=(ours * luck.integers(0, 120, size)).astype(np.int32),
        satisfaction=luck.normal(0.5, 0.6, size).round(1),
        transient=luck.normal(0.0, 0.1, size),
        last_failure=np.where(luck.random(size) < 0.2, luck.integers(0, 24, size), NEVER).astype(np.int32),
        last_told=told,
        last_told_sign=np.where(told == NEVER, 0, luck.choice([-1, 1], size)).astype(np.int8),
        information=luck.gamma(1.0, 1.0, size),
        message_sum=luck.normal(0.0, 1.0, size),
        expectation=luck.normal(0.0, 0.4, (N_DEPARTMENTS, size)),
        contacts=luck.integers(0, 9, (N_DEPARTMENTS, size)).astype(np.uint16),
    )


def make_ring(size: int = SIZE) -> Network:
    """Everybody hears the two persons next to them; person 0 is cut out of the ring and hears nobody."""
    rows = [[] if i == 0 else sorted({(i - 2) % (size - 1) + 1, i % (size - 1) + 1}) for i in range(size)]
    first = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    return Network(first, np.array([j for row in rows for j in row], dtype=np.uint32), False)


PARAMETERS = Parameters(
    population=Population(n_customers=SIZE, segments={"families": Segment(share=0.7), "singles": Segment(share=0.3)})
)


class SmallModel(HasCustomers):
    """A model around a hand-made market."""

    def __init__(self, state: State | None = None, network: Network | None = None):
        super().__init__(rng=5)
        self.market = SimpleNamespace(
            state=state or make_state(),
            network=network or make_ring(),
            parameters=PARAMETERS,
            rules=SimpleNamespace(hearing=SimpleNamespace(market_precision=2.0, market_level=0.25)),
        )


class Plain(mesa.Agent):
    """An agent that holds its attributes itself, as Mesa's do."""


@cache
def made_up_values() -> list[dict[str, Any]]:
    """The attributes of each customer of a new model, read one by one."""
    return [{name: getattr(customer, name) for name in COLUMNS} for customer in SmallModel().customers]


def make_plain_set(rows: list[int] | None = None) -> tuple[AgentSet, list[Plain]]:
    """A set of Mesa's own with the attributes of the customers, and the agents, to be kept alive by the caller."""
    agents = []
    home = mesa.Model(rng=5)
    for row in range(SIZE) if rows is None else rows:
        agent = Plain(home)
        vars(agent).update(made_up_values()[row])
        agents.append(agent)
    return AgentSet(agents, random=Random(3)), agents


def make_lazy_set(model: SmallModel, rows: list[int] | None = None) -> Customers:
    return Customers(model, rows, random=Random(3))
