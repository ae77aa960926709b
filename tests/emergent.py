"""The base preset, what it becomes when keys are replaced, and its replicates; shared by the tests of what emerges."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import sim
from sim.market.calibration import calibrate
from sim.market.market import Market
from sim.market.offer import Offer
from sim.model import Replicate, run_replicate
from sim.organisation.status_quo import status_quo_offer
from sim.parameters import Parameters

Vector = NDArray[np.float64]


@cache
def preset(scenario: str = "no_cxo") -> Parameters:
    """Return auto insurance under a scenario, as it comes."""
    return sim.compose("industry=auto_insurance", f"scenario={scenario}")


def changed(parameters: Parameters, **changes: Any) -> Parameters:
    """Return parameters with dotted keys replaced, validated again."""
    tree = parameters.model_dump()
    for key, value in changes.items():
        *path, last = key.split(".")
        node = tree
        for part in path:
            node = node[part]
        node[last] = value
    return Parameters.model_validate(tree)


def replicates(parameters: Parameters, n_replicates: int) -> list[Replicate]:
    """Return the first replicates of a run: the same luck for all parameters with the same seed."""
    return [run_replicate(parameters, replicate) for replicate in range(n_replicates)]


def market_under(parameters: Parameters, seed: int) -> tuple[Market, Offer]:
    """Return a market in the status quo, and what the status quo offers it."""
    offer = status_quo_offer(parameters)
    return Market(parameters, calibrate(parameters, offer), offer, seed), offer


def mean_and_error(values: Vector) -> tuple[float, float]:
    """Return mean and standard error over replicates."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.shape[0]))


def paired(ours: list[Replicate], theirs: list[Replicate], value: Callable[[Replicate], Any]) -> Vector:
    """Return the differences of one value, replicate by replicate; replicates along the first axis."""
    return np.array([value(one) - value(other) for one, other in zip(ours, theirs, strict=True)])


def outcome(name: str) -> Callable[[Replicate], float]:
    """Return a function that reads one outcome of a replicate."""
    return lambda replicate: replicate.summary[name]


def after_switch(name: str, parameters: Parameters) -> Callable[[Replicate], Vector]:
    """Return a function that reads an account line or a series after the switch, shape (n_horizon,)."""
    begin = parameters.time.n_burn_in
    return lambda replicate: (replicate.accounts if name in replicate.accounts else replicate.series)[name][begin:]
