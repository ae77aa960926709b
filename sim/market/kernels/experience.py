"""Encounters and journeys: expectation, perception, disconfirmation, satisfaction, learning."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.market.kernels.draws import fill_words, normal_quantile, philox, uniform
from sim.market.kernels.exponential import exponential
from sim.market.kernels.jit import inner_kernel, kernel
from sim.market.kernels.recovery import failure_loss, tell_probability
from sim.market.kernels.stream_numbers import CUSTOMER, ENCOUNTER, JOURNEY

STEP_BLOCKS = 32
"""Blocks of draws kept for one journey: two per step."""
N_DEPARTMENT_SUMS = 8
"""Rows of sums by department: encounters, failures, quality, perceived, expectation, complaints, recoveries, weight."""
GAIN_TABLE_SIZE = 256


@kernel
def perceived_quality(x: float, expectation: float, requirement: float, rules: Any) -> float:
    """Perceived quality: the will-expectation pulls it to itself, the requirement pushes it away.

    Parameters
    ----------
    x, expectation, requirement
        Quality met, will-expectation and should-expectation, SD of encounters.
    rules
        `Perceiving`; its ``assimilation`` and ``contrast`` are shares.

    Returns
    -------
    float
        SD of encounters.
    """
    return x + rules.assimilation * (expectation - x) - rules.contrast * (requirement - x)


@kernel
def valued_disconfirmation(difference: float, rules: Any) -> float:
    """Value of perceived minus expected quality: nothing inside the zone of tolerance, shortfalls weigh more.

    Parameters
    ----------
    difference
        Perceived minus expected quality, SD of encounters.
    rules
        `Perceiving`; the ends of the zone in SD of encounters, ``loss_aversion`` a ratio.

    Returns
    -------
    float
        SD of encounters.
    """
    if difference > rules.zone_upper:
        return difference - rules.zone_upper
    if difference < -rules.zone_lower:
        return -rules.loss_aversion * (-difference - rules.zone_lower)
    return 0.0


@kernel
def encounter_satisfaction(x: float, expectation: float, requirement: float, personal: float, rules: Any) -> float:
    """Satisfaction with one encounter.

    Parameters
    ----------
    x, expectation, requirement
        Quality met, will-expectation and should-expectation, SD of encounters.
    personal
        Personal level of satisfaction, satisfaction units.
    rules
        `Perceiving`; its weights in satisfaction units per SD.

    Returns
    -------
    float
        Satisfaction units.
    """
    perceived = perceived_quality(x, expectation, requirement, rules)
    value = valued_disconfirmation(perceived - expectation, rules)
    return rules.intercept + personal + rules.quality_weight * perceived + rules.disconfirmation_weight * value


@kernel
def journey_count(u: float, expected: float) -> int:
    """Quantile of the Poisson law at ``u`` by inversion, at most 32."""
    count = 0
    probability = exponential(-expected)
    cumulative = probability
    while u > cumulative and count < 32:
        count += 1
        probability *= expected / count
        cumulative += probability
    return count


@kernel
def step_channel(cumulative: Any, last_channel: Any, segment: int, j: int, k: int, u: float) -> int:
    """Channel of step ``k`` of journey ``j`` for a customer of ``segment``, at uniform ``u``."""
    last = last_channel[segment, j, k]
    for channel in range(last):
        if u <= cumulative[segment, j, k, channel]:
            return channel
    return last


@inner_kernel
def travel(
    state: Any, rules: Any, offer: Any, seed: Any, period: int, i: int, j: int, first_block: int, sums: Any
) -> None:
    """Take customer ``i`` through journey ``j``: encounters, learning, failures, recovery, satisfaction.

    ``sums`` is the row of flows of the customer's block; its layout is that of ``sim.market.market``.
    Arrays are unpacked once: reaching into a tuple of arrays inside the loop costs a reference count each time.
    """
    perceiving, travelling, remembering = rules.perceiving, rules.travelling, rules.remembering
    expectations, contacts, gains = state.expectation, state.contacts, remembering.gain_table
    failure, handoff_failure = offer.failure_probability, offer.handoff_failure
    departments, cumulative, last_channel = (
        travelling.department,
        travelling.channel_cumulative,
        travelling.last_channel,
    )
    segment, region, personal = state.segment[i], state.region[i], state.personal_satisfaction[i]
    severity, last_failure = travelling.severity[j], state.last_failure[i]
    n = expectations.shape[0]
    sum_felt = extreme_felt = sum_kept = extreme_kept = 0.0
    any_failed = any_handoff_failed = False
    previous = previous_channel = -1
    n_steps = travelling.n_steps[j]
    for k in range(n_steps):
        d = departments[j, k]
        a0, a1, a2, a3 = philox(seed, ENCOUNTER, i, period, first_block + 2 * k)
        channel = step_channel(cumulative, last_channel, segment, j, k, uniform(a3))
        failed = uniform(a1) < failure[region, d]
        if failed:
            sums[n + d] += 1.0
        if k > 0:
            between = handoff_failure[region, previous, d] if previous != d else 0.0
            lost = hand_over(
                uniform(a2),
                previous,
                d,
                between,
                previous_channel,
                channel,
                travelling.channel_handoff_failure,
                n,
                sums,
            )
            failed = failed or lost
            any_handoff_failed = any_handoff_failed or lost
        previous, previous_channel = d, channel
        expectation = expectations[d, i]
        requirement = offer.requirement[d] + state.personal_requirement[i]
        spread = perceiving.encounter_sd * normal_quantile(uniform(a0))
        intact = offer.quality[region, d] + travelling.channel_quality[channel] + spread
        x = intact - severity if failed else intact
        felt = encounter_satisfaction(x, expectation, requirement, personal, perceiving)
        kept = felt
        if failed:
            any_failed = True
            without = encounter_satisfaction(intact, expectation, requirement, personal, perceiving)
            since = period - last_failure
            felt = without - failure_loss(
                without - felt, since, remembering.double_deviation_periods, remembering.double_deviation
            )
            last_failure = period
            b0, b1, _, _ = philox(seed, ENCOUNTER, i, period, first_block + 2 * k + 1)
            complained = uniform(b0) < travelling.complaint_probability[j]
            recovered = complained and uniform(b1) < offer.recovery_probability
            sums[5 * n + d] += complained
            sums[6 * n + d] += recovered
            kept = without if recovered else felt
        perceived = perceived_quality(x, expectation, requirement, perceiving)
        count_encounter(d, n, x, perceived, expectation, travelling.channel_cost[channel], sums)
        known = contacts[d, i]
        expectations[d, i] = expectation + gains[min(known, GAIN_TABLE_SIZE - 1)] * (x - expectation)
        contacts[d, i] = min(known + 1, 65535)
        sum_felt += felt
        sum_kept += kept
        extreme_felt = felt if k == 0 or abs(felt) > abs(extreme_felt) else extreme_felt
        extreme_kept = kept if k == 0 or abs(kept) > abs(extreme_kept) else extreme_kept
    state.last_failure[i] = last_failure
    memory_felt = journey_memory(sum_felt / n_steps, extreme_felt, remembering.peak_weight)
    memory_kept = journey_memory(sum_kept / n_steps, extreme_kept, remembering.peak_weight)
    lost_satisfaction = travelling.gain[j] * (memory_kept - memory_felt)
    satisfaction = state.satisfaction[i]
    moved = satisfaction + travelling.gain[j] * (memory_felt - satisfaction)
    state.satisfaction[i] = moved + remembering.loyalty_restored * lost_satisfaction
    state.transient[i] += remembering.glow * lost_satisfaction
    count_journey(j, n, travelling.n_steps.shape[0], any_failed, any_handoff_failed, sums)


@kernel
def journey_memory(mean: float, extreme: float, peak_weight: float) -> float:
    """Return what is remembered of a journey: its mean, pulled to its most extreme encounter."""
    return (1.0 - peak_weight) * mean + peak_weight * extreme


@inner_kernel
def hand_over(
    u: float,
    previous: int,
    d: int,
    between: float,
    previous_channel: int,
    channel: int,
    channel_failure: float,
    n: int,
    sums: Any,
) -> bool:
    """Whether the hand-off from the previous step is lost; counts attempts and failures by their cause."""
    pairs = N_DEPARTMENT_SUMS * n
    by_channel = pairs + 2 * n * n
    between_channels = 0.0
    if previous != d:
        sums[pairs + previous * n + d] += 1.0
    if previous_channel != channel:
        sums[by_channel] += 1.0
        between_channels = channel_failure
    lost = u < 1.0 - (1.0 - between) * (1.0 - between_channels)
    if lost and u < between:
        sums[pairs + n * n + previous * n + d] += 1.0
    elif lost:
        sums[by_channel + 1] += 1.0
    return lost


@inner_kernel
def count_encounter(d: int, n: int, x: float, perceived: float, expectation: float, cost: float, sums: Any) -> None:
    """Add an encounter with department ``d`` to the flows."""
    sums[d] += 1.0
    sums[2 * n + d] += x
    sums[3 * n + d] += perceived
    sums[4 * n + d] += expectation
    sums[7 * n + d] += cost


@inner_kernel
def count_journey(j: int, n: int, n_journeys: int, any_failed: bool, any_handoff_failed: bool, sums: Any) -> None:
    """Add a journey to the flows."""
    first = N_DEPARTMENT_SUMS * n + 2 * n * n + 2
    sums[first + j] += 1.0
    sums[first + n_journeys + j] += any_failed
    sums[first + 2 * n_journeys + j] += any_handoff_failed


@kernel
def fade(values: Any, kept: float) -> None:
    """Keep the share ``kept`` of each value."""
    for k in range(values.shape[0]):
        values[k] *= kept


@inner_kernel
def find_travellers(ours: Any, segments: Any, words: Any, idle_share: Any, chosen: Any) -> int:
    """List the customers with at least one journey in ``chosen``, uint32; returns how many there are.

    ``words`` holds the word of luck of each person of the block, ``idle_share`` by segment the probability of none.
    """
    n = 0
    for k in range(ours.shape[0]):
        chosen[n] = k
        n += (ours[k] != 0) & (uniform(words[k]) > idle_share[segments[k]])
    return n


@inner_kernel
def live_block(
    state: Any, rules: Any, offer: Any, seed: Any, period: int, begin: int, end: int, desk: Any, telling: Any, sums: Any
) -> None:
    """Run a period for the persons ``begin`` to ``end``: forgetting, journeys, the probability of telling."""
    remembering, travelling = rules.remembering, rules.travelling
    fade(state.transient[begin:end], remembering.glow_kept)
    fade(state.information[begin:end], remembering.belief_kept)
    fade(state.message_sum[begin:end], remembering.belief_kept)
    fade(telling[begin:end], 0.0)
    words, chosen, satisfaction, segments = desk.words[0], desk.chosen, state.satisfaction, state.segment
    fill_words(seed, CUSTOMER, period, begin, end - begin, desk.words)
    n = find_travellers(state.ours[begin:end], segments[begin:end], words, travelling.idle_share, chosen)
    for k in range(n):
        i = begin + np.int64(chosen[k])
        count = journey_count(uniform(words[chosen[k]]), travelling.expected_journeys[segments[i]])
        make_journeys(state, rules, offer, seed, period, i, count, sums)
        once = tell_probability(
            satisfaction[i], remembering.tell_base, remembering.tell_positive, remembering.tell_negative
        )
        telling[i] = 1.0 - (1.0 - once) ** count


@inner_kernel
def make_journeys(state: Any, rules: Any, offer: Any, seed: Any, period: int, i: int, count: int, sums: Any) -> None:
    """Take customer ``i`` through ``count`` journeys, one after the other."""
    cumulative = rules.travelling.journey_cumulative
    segment = state.segment[i]
    last = cumulative.shape[1] - 1
    for a in range(count):
        words = philox(seed, JOURNEY, i, period, a // 4)
        u = uniform(words[a % 4])
        j = 0
        while j < last and u > cumulative[segment, j]:
            j += 1
        travel(state, rules, offer, seed, period, i, j, a * STEP_BLOCKS, sums)
