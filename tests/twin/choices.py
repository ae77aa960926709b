"""Whether to leave and whether to join."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tests.twin.today import Today

if TYPE_CHECKING:
    from tests.twin.customer import TwinCustomer


def probability_within(hazard_per_year: float, years: float) -> float:
    """Return the probability that an event of constant hazard happens within a time."""
    return 1.0 - math.exp(-hazard_per_year * years)


def leaving_hazard(customer: TwinCustomer, today: Today) -> float:
    """Return the yearly hazard with which a customer leaves."""
    rules, market, offer = today.rules, today.rules.market, today.offer
    segment = rules.segments[customer.segment]
    advantage = customer.satisfaction - rules.rival_satisfaction(offer.rival_quality)
    log_ratio = (
        -market.satisfaction_effect * segment.satisfaction_sensitivity * market.competition * advantage
        - market.switching_cost
        - segment.switching_cost
        + market.price_effect * offer.price_gap
        - market.tenure_effect * math.log(1.0 + customer.tenure * rules.years)
    )
    return rules.calibration.baseline_hazard_per_year * customer.frailty * math.exp(log_ratio)


def newcomer_expectation(information: float, message_sum: float, today: Today) -> float:
    """Return what an outsider expects: the promise, the level of the market and what was heard, by precision."""
    acquisition = today.rules.market.acquisition
    total = (
        acquisition.promise_precision * today.offer.promise
        + acquisition.market_precision * acquisition.market_level
        + message_sum
    )
    return total / (acquisition.promise_precision + acquisition.market_precision + information)


def joining_hazard(expectation: float, neighbour_codes: Sequence[int], today: Today) -> float:
    """Return the yearly hazard with which an outsider joins."""
    acquisition, offer = today.rules.market.acquisition, today.offer
    appeal = math.exp(acquisition.expectation_effect * (expectation - offer.rival_quality))
    advertising = today.rules.calibration.advertising_scale * offer.advertising
    innovation = acquisition.innovation_per_year * advertising * appeal
    positive = negative = 0.0
    if neighbour_codes:
        positive = sum(code > 0 for code in neighbour_codes) / len(neighbour_codes)
        negative = sum(code < 0 for code in neighbour_codes) / len(neighbour_codes)
    imitation = acquisition.imitation_per_year * (positive - acquisition.negative_weight * negative)
    return max(0.0, innovation + imitation)
