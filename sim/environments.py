"""Environments: what designs, sizes and seeds share, so that processes need not each solve it again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from sim.market.calibration import calibrate, environment_key
from sim.organisation.status_quo import status_quo_offer
from sim.parameters import Calibration, Parameters
from sim.workers import Pool


def solve_environments(sets: Sequence[Parameters], pool: Pool) -> list[Parameters]:
    """Write the constants of the status quo into parameters; each environment is solved once, on any process.

    Parameters
    ----------
    sets
        Parameters, in any number of environments.
    pool
        Solves environments side by side where there are several.

    Returns
    -------
    list of Parameters
        In the order of the sets; runs of them are those of the sets to the last bit.
    """
    keys = [environment_of(parameters) for parameters in sets]
    first_of = dict(zip(reversed(keys), reversed(sets), strict=True))
    solved: dict[Hashable, Calibration] = {}
    pool.map(_solve, list(first_of.items()), lambda pair: solved.update([pair]))
    return [with_constants(parameters, solved[key]) for parameters, key in zip(sets, keys, strict=True)]


def environment_of(parameters: Parameters) -> Hashable:
    """Return what tells environments apart; the same for parameters with the same constants of the status quo."""
    return environment_key(parameters, status_quo_offer(parameters))


def with_constants(parameters: Parameters, constants: Calibration) -> Parameters:
    """Return the parameters with the constants of the status quo given rather than to be solved."""
    market = parameters.market.model_copy(update={"calibration": constants})
    return parameters.model_copy(update={"market": market})


def _solve(environment: tuple[Hashable, Parameters]) -> tuple[Hashable, Calibration]:
    key, parameters = environment
    return key, calibrate(parameters, status_quo_offer(parameters))
