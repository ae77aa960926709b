"""Who leaves, who joins and what the customers of the period spent."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.market.kernels.acquisition import acquisition_hazard, join, outsider_expectation
from sim.market.kernels.churn import churn_hazard, event_probability, leave
from sim.market.kernels.draws import philox, uniform
from sim.market.kernels.jit import kernel
from sim.market.kernels.stream_numbers import CUSTOMER

N_MOVING_SUMS = 14
"""Sums of one block; their order is that of MOVING_SUMS in sim.market.market."""


@kernel
def teller_balance(first: Any, neighbours: Any, codes: Any, i: int, negative_weight: float) -> float:
    """Share of the neighbours of ``i`` who last spoke well of us, less the weighted share who spoke badly."""
    begin = first[i]
    end = first[i + 1]
    if begin == end:
        return 0.0
    positive = 0
    negative = 0
    for edge in range(begin, end):
        code = codes[np.uint64(neighbours[edge])]
        positive += code > 0
        negative += code < 0
    return (positive - negative_weight * negative) / (end - begin)


@kernel
def count_customer(
    satisfaction: float, transient: float, value: float, tenure: int, probability: float, rules: Any, sums: Any
) -> None:
    """Add a customer to the sums over those who were ours during the period; ``value`` is that of the period."""
    reported = satisfaction + transient
    sums[0] += 1.0
    sums[1] += value * (1.0 + rules.spend_effect * min(max(satisfaction, -1.0), 1.0))
    sums[2] += value
    sums[3] += satisfaction
    sums[4] += satisfaction * satisfaction
    sums[5] += reported
    sums[6] += satisfaction > 0.0
    sums[7] += reported >= rules.promoter_cut
    sums[8] += reported <= rules.detractor_cut
    sums[9] += satisfaction > 0.0 and tenure >= rules.periods_per_year
    sums[10] += tenure * rules.period_years
    sums[11] += probability


@kernel
def move_block(
    state: Any,
    network: Any,
    rules: Any,
    offer: Any,
    seed: Any,
    period: int,
    begin: int,
    end: int,
    codes: Any,
    balance: float,
    sums: Any,
) -> None:
    """Decide who leaves and who joins among ``begin`` to ``end``; no decision looks at another's of this pass.

    ``balance`` is what everybody hears in a complete network, where it needs no counting person by person.
    """
    ours, segments, satisfactions, transients = state.ours, state.segment, state.satisfaction, state.transient
    values, frailties, tenures, information, message_sum = (
        state.value,
        state.frailty,
        state.tenure,
        state.information,
        state.message_sum,
    )
    first, neighbours, complete = network.first, network.neighbours, network.complete
    scalars, sensitivity, segment_hazard, frailty_table = (
        rules.scalars,
        rules.sensitivity,
        rules.segment_hazard,
        rules.frailty_table,
    )
    rival_satisfaction = scalars.rival_intercept + scalars.rival_slope * offer.rival_quality
    promise, rival_quality, price_gap = offer.promise, offer.rival_quality, offer.price_gap
    innovation = scalars.innovation * offer.advertising
    dt = scalars.period_years
    for i in range(begin, end):
        _, leaving, joining, renewing = philox(seed, CUSTOMER, i, period, 0)
        if ours[i] == 1:
            segment = segments[i]
            satisfaction = satisfactions[i]
            hazard = churn_hazard(
                scalars.baseline_hazard * segment_hazard[segment] * frailties[i],
                sensitivity[segment],
                satisfaction - rival_satisfaction,
                scalars.price_effect,
                price_gap,
                scalars.tenure_effect,
                tenures[i] * dt,
            )
            probability = event_probability(hazard, dt)
            count_customer(satisfaction, transients[i], values[i] * dt, tenures[i], probability, scalars, sums)
            if uniform(leaving) < probability:
                sums[12] += 1.0
                leave(state, i, scalars.own_experience_precision)
            else:
                tenures[i] += 1
            continue
        share = balance if complete else teller_balance(first, neighbours, codes, i, scalars.negative_weight)
        expectation = outsider_expectation(
            information[i],
            message_sum[i],
            promise,
            scalars.promise_precision,
            scalars.market_level,
            scalars.market_precision,
        )
        hazard = acquisition_hazard(
            innovation, scalars.expectation_effect, expectation - rival_quality, scalars.imitation, share
        )
        if uniform(joining) < event_probability(hazard, dt):
            sums[13] += 1.0
            size = frailty_table.shape[0]
            frailty = frailty_table[min(int(uniform(renewing) * size), size - 1)]
            join(state, i, expectation, rival_satisfaction, frailty)
