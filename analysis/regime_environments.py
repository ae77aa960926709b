"""The environments of the regime study: a scrambled Sobol sequence over the frozen ranges, as parameters of runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

import sim
from analysis.regime_ranges import DEPARTMENTS, Axis
from sim.parameters import Parameters

STUDY_SEED = 20_261_122
"""Scrambles the sequence and starts the luck of every environment."""
SEEDS_PER_ENVIRONMENT = 1_000

DESIGNS = ("no_cxo", "responsible_cxo", "accountable_cxo", "ceo_as_cxm")
"""The org designs that compete."""
BASELINE = "no_cxo"
ACCOUNTABLE = "accountable_cxo"
EQUAL_WEIGHT = "accountable_cxo_equal_local_weight"
"""A control that does not compete: the accountable design with the local weight of the status quo."""

REGIMES = "regimes"
MONOPOLY = "monopoly"
MONOPOLY_VALUES: Mapping[str, float] = {
    "market.competition": 0.0,
    "market.spend_effect": 0.0,
    "market.price_effect": 0.0,
    "market.acquisition.expectation_effect": 0.0,
    "market.acquisition.imitation_per_year": 0.0,
    "organisation.delivery.rework_cost_eur": 0.0,
    "organisation.delivery.recovery_cost_eur": 0.0,
}
"""Loyalty is captive, nobody hears anybody and putting things right is free: nothing is left for an officer to earn."""

Value = float | int | str


@dataclass(frozen=True)
class Study:
    """What every task of a study shares; it travels to the workers."""

    name: str
    """``regimes`` or ``monopoly``."""
    designs: Mapping[str, Parameters]
    """The industry under each design, by name of the design."""

    @property
    def base(self) -> Parameters:
        """The industry under the baseline."""
        return self.designs[BASELINE]

    @property
    def fixed_values(self) -> Mapping[str, Value]:
        """Values that replace those of the environment."""
        return MONOPOLY_VALUES if self.name == MONOPOLY else {}


def build_study(name: str, industry: str, n_customers: int) -> Study:
    """Compose the designs of a study in an industry.

    Raises
    ------
    UserError
        There is no such industry, or the number of customers is out of range.
    """
    designs: dict[str, Parameters] = {}
    for design in DESIGNS:
        designs[design] = sim.compose(
            f"scenario={design}",
            f"industry={industry}",
            f"population.n_customers={n_customers}",
            "run.n_replicates=1",
            "run.n_workers=1",
            "run.n_threads=1",
            "run.progress=false",
        )
    if name == REGIMES:
        accountable = designs[ACCOUNTABLE]
        label = accountable.scenario.model_copy(update={"name": EQUAL_WEIGHT})
        levers = accountable.governance.model_copy(
            update={"local_weight_offset": designs[BASELINE].governance.local_weight_offset}
        )
        designs[EQUAL_WEIGHT] = accountable.model_copy(update={"scenario": label, "governance": levers})
    return Study(name, designs)


def draw_shares(n_environments: int, n_axes: int) -> NDArray[np.float64]:
    """Return the first points of the sequence, shape (n_environments, n_axes); a longer sequence starts alike."""
    sequence = qmc.Sobol(n_axes, scramble=True, seed=np.random.default_rng(STUDY_SEED))
    points = sequence.random_base2(max(1, math.ceil(math.log2(max(2, n_environments)))))
    return np.asarray(points[:n_environments], dtype=np.float64)


def draw_environments(n_environments: int, axes: Sequence[Axis]) -> list[dict[str, Value]]:
    """Return the values of each environment by dotted key."""
    shares = draw_shares(n_environments, len(axes))
    return [{axis.parameter: axis.value(float(u)) for axis, u in zip(axes, row, strict=True)} for row in shares]


def luck_of(environment: int, seed_number: int) -> int:
    """Return the seed of a run: the same for all designs, another for each environment.

    With one seed for all, the same officer would leave in the same month in every environment.
    """
    return STUDY_SEED + SEEDS_PER_ENVIRONMENT * environment + seed_number


def environment_parameters(
    study: Study, values: Mapping[str, Value], environment: int, seed_number: int
) -> dict[str, Parameters]:
    """Return the parameters of an environment under each design.

    Raises
    ------
    pydantic.ValidationError
        The values violate a constraint; such an environment is rejected and counted.
    """
    content = study.base.model_dump()
    for key, value in {**values, **study.fixed_values}.items():
        for place in _places(key, content):
            _put(content, place, value)
    content["run"]["seed"] = luck_of(environment, seed_number)
    shared = Parameters.model_validate(content)
    return {
        name: shared.model_copy(update={"scenario": design.scenario, "governance": design.governance})
        for name, design in study.designs.items()
    }


def initial_revenue(parameters: Parameters) -> float:
    """Return the yearly revenue of the customers at the start at neutral satisfaction, currency."""
    population = parameters.population
    value = sum(segment.share * segment.value_eur_per_year for segment in population.segments.values())
    return population.initial_share * population.n_customers * value


def _places(key: str, content: Mapping[str, Any]) -> list[str]:
    """Return the dotted keys that a key stands for."""
    star = f"{DEPARTMENTS}.*."
    if not key.startswith(star):
        return [key]
    return [f"{DEPARTMENTS}.{name}.{key.removeprefix(star)}" for name in content["organisation"]["departments"]]


def _put(content: dict[str, Any], key: str, value: Value) -> None:
    *groups, last = key.split(".")
    inner = content
    for group in groups:
        inner = inner[group]
    if last not in inner:
        raise KeyError(key)
    inner[last] = value
