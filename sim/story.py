"""The story of one customer: a replicate run again, and one life in it lived again beside the market."""

from __future__ import annotations

from sim.errors import ConfigError
from sim.market.lives import Encounter, Fate, Journey, Message, Moment, Story
from sim.market.person import DisagreementError, Person
from sim.market.story import Today, relive
from sim.model import CustomerExperienceModel
from sim.parameters import Parameters

__all__ = ["DisagreementError", "Encounter", "Fate", "Journey", "Message", "Moment", "Story", "tell_story"]


def tell_story(parameters: Parameters, customer: int, replicate: int = 0) -> Story:
    """Run a replicate again and tell the life of one customer in it, period by period.

    Parameters
    ----------
    parameters
        Validated parameters, as they were simulated with.
    customer
        Row in the market, from 0 to ``population.n_customers - 1``.
    replicate
        Number of the replicate, from 0.

    Returns
    -------
    Story
        Everything the customer met, felt, heard and did.

    Raises
    ------
    ConfigError
        There is no such customer or replicate.
    DisagreementError
        The re-lived life is not the market's, to what the market keeps of it, after some period.
    """
    _check(parameters, customer, replicate)
    model = CustomerExperienceModel(parameters, replicate)
    person = Person.of(model.market.state, customer)
    moments: list[Moment] = []
    while model.period < parameters.time.n_periods:
        period = model.period
        model.step()
        moments.append(relive(person, Today(model.market, model.offer, period)))
        person = person.check(model.market.state, period)
    return Story(
        scenario=parameters.scenario.name,
        title=parameters.scenario.title or parameters.scenario.name,
        replicate=replicate,
        customer=customer,
        segment=list(parameters.population.segments)[person.segment],
        pilot_region=person.region == 1,
        value=person.value,
        personal_satisfaction=person.personal_satisfaction,
        personal_requirement=person.personal_requirement,
        departments=tuple(parameters.organisation.departments),
        n_neighbours=len(model.market.neighbours_of(customer)),
        moments=tuple(moments),
    )


def _check(parameters: Parameters, customer: int, replicate: int) -> None:
    """Refuse a customer or replicate that is not there."""
    size = parameters.population.n_customers
    if not 0 <= customer < size:
        raise ConfigError(f"customer: {customer} is outside 0 to {size - 1} (population.n_customers={size})")
    if replicate < 0:
        raise ConfigError(f"replicate: {replicate} is below 0")
