"""The balance of a steady status quo: how readily outsiders must join for as many to come as leave."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.errors import ConfigError
from sim.parameters import Parameters

TOLERANCE = 0.01
"""Customers gained or lost in a year, as a share of all, up to which an unsteady status quo is put down to luck."""


def needed_hazard(parameters: Parameters) -> float:
    """Return the yearly hazard of joining with which, at the initial share, as many join as leave.

    Parameters
    ----------
    parameters
        Validated parameters with an initial share above 0.

    Raises
    ------
    ConfigError
        More customers leave in a period than there are outsiders.
    """
    share, dt = parameters.population.initial_share, parameters.time.period_years
    leaving = -np.expm1(dt * np.log1p(-parameters.market.churn_per_year))
    joining = leaving * share / (1.0 - share)
    if joining > 0.99:
        raise ConfigError(
            f"population.initial_share: at {share:g} and market.churn_per_year={parameters.market.churn_per_year:g} "
            "more customers leave in a period than there are outsiders: no status quo is steady; lower one of the two"
        )
    return float(-np.log1p(-joining) / dt)


def check_balance(parameters: Parameters, imitation: float, innovation: float) -> None:
    """Check that some advertising makes as many join as leave.

    Parameters
    ----------
    parameters
        Validated parameters with an initial share above 0.
    imitation
        Mean yearly hazard of joining, at the initial share, that satisfied customers add for outsiders.
    innovation
        Mean yearly hazard of joining for own reasons at some advertising; 0 if advertising reaches nobody.

    Raises
    ------
    ConfigError
        All the advertising there could be is too little, or none is too much and a value outside its plausible range
        is why. Inside the plausible ranges, which published studies draw from, the share of the market may grow.
    """
    share = parameters.population.initial_share
    surplus = (imitation - needed_hazard(parameters)) * (1.0 - share) / share
    if innovation <= 0.0 and surplus < -TOLERANCE:
        raise ConfigError(
            f"market.acquisition.innovation_per_year: at {parameters.market.acquisition.innovation_per_year:g} fewer "
            "customers join than leave, whatever the advertising: no status quo is steady; raise it"
        )
    odd = _first_implausible(parameters)
    if surplus > TOLERANCE and odd is not None:
        key, value, low, high = odd
        raise ConfigError(
            f"{key}: at {value:g} more customers join than leave, even without advertising: no status quo is steady; "
            f"choose a value nearer to the plausible {low:g} to {high:g}"
        )


def _first_implausible(parameters: Parameters) -> tuple[str, float, float, float] | None:
    """Return key, value and plausible range of the first value that decides the balance and lies outside that range."""
    deciding = (
        ("market.acquisition.imitation_per_year", parameters.market.acquisition),
        ("market.churn_per_year", parameters.market),
        ("population.initial_share", parameters.population),
    )
    for key, record in deciding:
        name = key.rpartition(".")[2]
        extra: Any = type(record).model_fields[name].json_schema_extra
        low, high = extra["sweep"]
        value = float(getattr(record, name))
        if not low <= value <= high:
            return key, value, low, high
    return None
