"""Simulator of customer experience: who should own it, and what it does to loyalty and profit.

>>> import sim
>>> parameters = sim.compose("population.n_customers=2000")
>>> parameters.population.n_customers
2000
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.comparison import Difference, difference
    from sim.config.composition import compose
    from sim.parameters import Parameters
    from sim.results import Results
    from sim.simulation import simulate, simulate_many
    from sim.story import Story, tell_story

__all__ = [
    "Difference",
    "Parameters",
    "Results",
    "Story",
    "compose",
    "difference",
    "simulate",
    "simulate_many",
    "tell_story",
]

__version__ = "0.1.0"

_PLACES = {
    "Difference": "sim.comparison",
    "Parameters": "sim.parameters",
    "Results": "sim.results",
    "Story": "sim.story",
    "compose": "sim.config.composition",
    "difference": "sim.comparison",
    "simulate": "sim.simulation",
    "simulate_many": "sim.simulation",
    "tell_story": "sim.story",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for only then: ``--help`` and errors must not wait for numba and pandas."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
