"""The size of a company, by which money of companies of different sizes is compared."""

from __future__ import annotations

from sim.parameters import Parameters


def initial_revenue(parameters: Parameters) -> float:
    """Return the yearly revenue of the customers at the start at neutral satisfaction, currency per year."""
    population = parameters.population
    value = sum(segment.share * segment.value_eur_per_year for segment in population.segments.values())
    return population.initial_share * population.n_customers * value
