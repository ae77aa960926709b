"""Small states and networks to start from."""

from __future__ import annotations

import numpy as np

from sim.market.state import NEVER, Network, State
from sim.parameters import Parameters


def blank_state(n_customers: int, n_departments: int, **changed: object) -> State:
    """Return customers of ours who are neutral in everything, with whole columns replaced by the given values."""
    state = State(
        ours=np.ones(n_customers, dtype=np.uint8),
        segment=np.zeros(n_customers, dtype=np.uint8),
        region=np.zeros(n_customers, dtype=np.uint8),
        value=np.full(n_customers, 1000.0),
        personal_satisfaction=np.zeros(n_customers),
        personal_requirement=np.zeros(n_customers),
        frailty=np.ones(n_customers),
        tenure=np.zeros(n_customers, dtype=np.int32),
        satisfaction=np.zeros(n_customers),
        transient=np.zeros(n_customers),
        last_failure=np.full(n_customers, NEVER, dtype=np.int32),
        last_told=np.full(n_customers, NEVER, dtype=np.int32),
        last_told_sign=np.zeros(n_customers, dtype=np.int8),
        information=np.zeros(n_customers),
        message_sum=np.zeros(n_customers),
        expectation=np.zeros((n_departments, n_customers)),
        contacts=np.zeros((n_departments, n_customers), dtype=np.uint16),
    )
    for name, values in changed.items():
        getattr(state, name)[...] = values
    return state


def random_state(parameters: Parameters, n_customers: int, rng: np.random.Generator, period: int = 0) -> State:
    """Return customers who differ in everything, as if ``period`` were about to start."""
    n = len(parameters.organisation.departments)
    told = rng.random(n_customers) < 0.4
    failed = rng.random(n_customers) < 0.3
    since = rng.integers(1, 2 * parameters.time.periods_per_year, size=n_customers)
    return blank_state(
        n_customers,
        n,
        ours=rng.random(n_customers) < 0.5,
        segment=rng.integers(0, len(parameters.population.segments), size=n_customers),
        region=rng.random(n_customers) < 0.3,
        value=rng.lognormal(6.0, 0.5, size=n_customers),
        personal_satisfaction=rng.normal(0.0, 0.68, size=n_customers),
        personal_requirement=rng.normal(0.0, 0.3, size=n_customers),
        frailty=rng.gamma(2.0, 0.5, size=n_customers),
        tenure=rng.integers(0, 120, size=n_customers),
        satisfaction=rng.normal(0.5, 0.8, size=n_customers),
        transient=rng.exponential(0.1, size=n_customers),
        last_failure=np.where(failed, period - since, NEVER),
        last_told=np.where(told, period - since, NEVER),
        last_told_sign=np.where(told, rng.choice([-1, 1], size=n_customers), 0),
        information=rng.exponential(0.5, size=n_customers),
        message_sum=rng.normal(0.0, 0.5, size=n_customers),
        expectation=rng.normal(0.2, 0.4, size=(n, n_customers)),
        contacts=rng.integers(0, 300, size=(n, n_customers)),
    )


def complete_network(n_customers: int) -> Network:
    """Return the network in which everybody knows everybody."""
    return Network(np.zeros(n_customers + 1, dtype=np.int64), np.zeros(0, dtype=np.uint32), True)


def listed_network(rows: list[list[int]]) -> Network:
    """Return the network with the given neighbours of each customer."""
    first = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return Network(first, np.array([other for row in rows for other in row], dtype=np.uint32), False)


def random_network(n_customers: int, mean_degree: float, rng: np.random.Generator) -> Network:
    """Return a network in which each pair is linked with the same probability; some may have no neighbour."""
    linked = np.triu(rng.random((n_customers, n_customers)) < mean_degree / (n_customers - 1), k=1)
    linked |= linked.T
    return listed_network([np.flatnonzero(row).tolist() for row in linked])
