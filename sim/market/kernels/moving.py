"""Who leaves, who joins and what the customers of the period spent."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.market.kernels.acquisition import acquisition_hazard, join, outsider_expectation
from sim.market.kernels.churn import churn_exponent, churn_hazard, event_probability, leave
from sim.market.kernels.draws import fill_words, uniform
from sim.market.kernels.jit import inner_kernel, kernel
from sim.market.kernels.stream_numbers import CUSTOMER

ROUNDING = 1e-15
"""More than what rounding can take from a probability."""
N_MOVING_SUMS = 14
"""Sums of one block; their order is that of MOVING_SUMS in sim.market.market."""


class Period(NamedTuple):
    """What is the same for all persons in a period."""

    offer: Any
    """What the company delivers, `sim.market.offer.Offer`."""
    seed: Any
    """64-bit seed of the replicate, uint64."""
    number: int
    """Number of the period, from 0."""
    tenure_logs: NDArray[np.float64]
    """Log of 1 + years of tenure, by tenure in periods, shape (longest,)."""


class Tellers(NamedTuple):
    """Whom outsiders hear from."""

    network: Any
    """Who hears whom, `sim.market.state.Network`."""
    codes: NDArray[np.int8]
    """+1 or -1 by the last telling of a customer, else 0, shape (N,)."""
    balance: float
    """What everybody hears in a complete network, where it needs no counting person by person; a share."""


class Block(NamedTuple):
    """Columns of the state for the persons of a block; see :class:`sim.market.state.State`."""

    ours: Any
    segment: Any
    value: Any
    frailty: Any
    tenure: Any
    satisfaction: Any
    transient: Any
    information: Any
    message_sum: Any


@kernel
def block_of(state: Any, begin: int, end: int) -> Any:
    """Return the columns of the persons ``begin`` to ``end``."""
    return Block(
        state.ours[begin:end],
        state.segment[begin:end],
        state.value[begin:end],
        state.frailty[begin:end],
        state.tenure[begin:end],
        state.satisfaction[begin:end],
        state.transient[begin:end],
        state.information[begin:end],
        state.message_sum[begin:end],
    )


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


@inner_kernel
def find_customers(ours: Any, found: Any) -> int:
    """List the customers of a block in ``found``, uint32; returns how many there are."""
    n = 0
    for k in range(ours.shape[0]):
        found[n] = k
        n += ours[k] != 0
    return n


@inner_kernel
def weigh_leaving(
    block: Any, mine: Any, n: int, rules: Any, tenure_logs: Any, rival_satisfaction: float, price_gap: float,
    baselines: Any, out: Any,
) -> None:  # fmt: skip
    """Write the probability of leaving of the ``n`` customers listed in ``mine`` into ``out``.

    What has to be looked up comes first, so that the arithmetic after it is vectorised.
    """
    scalars, sensitivity, segment_hazard = rules.scalars, rules.sensitivity, rules.segment_hazard
    satisfactions, segments, frailties, tenures = block.satisfaction, block.segment, block.frailty, block.tenure
    for k in range(n):
        i = mine[k]
        segment = segments[i]
        baselines[k] = scalars.baseline_hazard * segment_hazard[segment] * frailties[i]
        out[k] = churn_exponent(
            sensitivity[segment],
            satisfactions[i] - rival_satisfaction,
            scalars.price_effect,
            price_gap,
            scalars.tenure_effect,
            tenure_logs[np.uint32(tenures[i])],
        )
    for k in range(n):
        out[k] = event_probability(churn_hazard(baselines[k], out[k]), scalars.period_years)


@inner_kernel
def count_customers(block: Any, mine: Any, n: int, probabilities: Any, rules: Any, sums: Any) -> None:
    """Add the ``n`` customers listed in ``mine`` to the sums over those who were ours during the period."""
    satisfactions, transients, values, tenures = block.satisfaction, block.transient, block.value, block.tenure
    revenue, value_sum, felt, squares = sums[1], sums[2], sums[3], sums[4]
    reports, tenure_sum, expected_churn = sums[5], sums[10], sums[11]
    satisfied = promoters = detractors = loyal = 0
    for k in range(n):
        i = mine[k]
        satisfaction, tenure, value = satisfactions[i], tenures[i], values[i] * rules.period_years
        reported = satisfaction + transients[i]
        revenue += value * (1.0 + rules.spend_effect * min(max(satisfaction, -1.0), 1.0))
        value_sum += value
        felt += satisfaction
        squares += satisfaction * satisfaction
        reports += reported
        satisfied += satisfaction > 0.0
        promoters += reported >= rules.promoter_cut
        detractors += reported <= rules.detractor_cut
        loyal += (satisfaction > 0.0) & (tenure >= rules.periods_per_year)
        tenure_sum += tenure * rules.period_years
        expected_churn += probabilities[k]
    sums[0] += n
    sums[1], sums[2], sums[3], sums[4] = revenue, value_sum, felt, squares
    sums[5], sums[10], sums[11] = reports, tenure_sum, expected_churn
    sums[6] += satisfied
    sums[7] += promoters
    sums[8] += detractors
    sums[9] += loyal


@kernel
def find_interested(block: Any, words: Any, scalars: Any, offer: Any, bounds: Any, found: Any) -> int:
    """List in ``found`` the outsiders who could join, were all their neighbours to speak well of us.

    A probability is at most hazard times period, so nobody else can join; that saves most of them from asking their
    neighbours. Bounds are worked out for customers, too: arithmetic without looking up is cheaper.
    """
    ours, information, message_sum = block.ours, block.information, block.message_sum
    innovation = scalars.innovation * offer.advertising
    promise, rival_quality = offer.promise, offer.rival_quality
    for k in range(ours.shape[0]):
        expectation = outsider_expectation(
            information[k],
            message_sum[k],
            promise,
            scalars.promise_precision,
            scalars.market_level,
            scalars.market_precision,
        )
        bounds[k] = scalars.period_years * acquisition_hazard(
            innovation, scalars.expectation_effect, expectation - rival_quality, scalars.imitation, 1.0
        )
    n = 0
    for k in range(ours.shape[0]):
        found[n] = k
        n += (ours[k] == 0) & (uniform(words[k]) < bounds[k] + ROUNDING)
    return n


@inner_kernel
def leave_or_stay(state: Any, begin: int, mine: Any, n: int, words: Any, probabilities: Any, own: float) -> int:
    """Draw who of the customers listed in ``mine`` leaves; tenure of the others grows. Returns how many left."""
    tenures = state.tenure
    n_left = 0
    for k in range(n):
        i = begin + np.int64(mine[k])
        if uniform(words[mine[k]]) < probabilities[k]:
            n_left += 1
            leave(state, i, own)
        else:
            tenures[i] += 1
    return n_left


@inner_kernel
def join_or_not(
    state: Any, tellers: Tellers, rules: Any, offer: Any, i: Any, u: float, u_frailty: float, rival_satisfaction: float
) -> bool:
    """Decide whether outsider ``i`` joins, with ``u`` the luck of joining; returns whether."""
    scalars, table = rules.scalars, rules.frailty_table
    share, network = tellers.balance, tellers.network
    if not network.complete:
        share = teller_balance(network.first, network.neighbours, tellers.codes, i, scalars.negative_weight)
    expectation = outsider_expectation(
        state.information[i],
        state.message_sum[i],
        offer.promise,
        scalars.promise_precision,
        scalars.market_level,
        scalars.market_precision,
    )
    advantage = expectation - offer.rival_quality
    innovation = scalars.innovation * offer.advertising
    hazard = acquisition_hazard(innovation, scalars.expectation_effect, advantage, scalars.imitation, share)
    if u >= event_probability(hazard, scalars.period_years):
        return False
    last = table.shape[0] - 1
    join(state, i, expectation, rival_satisfaction, table[min(int(u_frailty * (last + 1)), last)])
    return True


@inner_kernel
def move_block(
    state: Any, tellers: Tellers, rules: Any, period: Period, begin: int, end: int, desk: Any, sums: Any
) -> None:
    """Decide who leaves and who joins among ``begin`` to ``end``; no decision looks at another's of this pass."""
    scalars, offer = rules.scalars, period.offer
    rival_satisfaction = scalars.rival_intercept + scalars.rival_slope * offer.rival_quality
    words, mine, interested, probabilities = desk.words, desk.chosen, desk.others, desk.numbers
    fill_words(period.seed, CUSTOMER, period.number, begin, end - begin, words)
    block = block_of(state, begin, end)
    # Who is interested is found before anybody leaves: nobody joins in the period in which they left.
    n_interested = find_interested(block, words[2], scalars, offer, probabilities, interested)
    n = find_customers(block.ours, mine)
    weigh_leaving(
        block, mine, n, rules, period.tenure_logs, rival_satisfaction, offer.price_gap, desk.more_numbers, probabilities
    )
    count_customers(block, mine, n, probabilities, scalars, sums)
    sums[12] += leave_or_stay(state, begin, mine, n, words[1], probabilities, scalars.own_experience_precision)
    for k in range(n_interested):
        place = interested[k]
        u, u_frailty = uniform(words[2, place]), uniform(words[3, place])
        i = np.uint64(begin) + np.uint64(place)
        sums[13] += join_or_not(state, tellers, rules, offer, i, u, u_frailty, rival_satisfaction)
