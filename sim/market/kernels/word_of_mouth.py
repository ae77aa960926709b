"""Word of mouth: who is told, what a message weighs, and what is remembered of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.market.kernels.draws import philox, uniform
from sim.market.kernels.jit import kernel
from sim.market.kernels.stream_numbers import TELLING


@kernel
def message_weight(message: float, negative: bool, prior_precision: float, belief: float, rules: Any) -> float:
    """Weight of a message, in messages: negative ones by their impact, less when they contradict a firm belief."""
    weight = rules.message_precision
    if negative:
        weight *= rules.negative_impact
    if message * belief < 0.0:
        weight /= 1.0 + rules.contradiction * prior_precision * abs(belief)
    return weight


@kernel
def shift_expectations(expectation: Any, r: int, message: float, gain: float) -> None:
    """Move all expectations of customer ``r`` by the same amount towards what was heard."""
    n = expectation.shape[0]
    mean = 0.0
    for d in range(n):
        mean += expectation[d, r]
    shift = gain * (message - mean / n)
    for d in range(n):
        expectation[d, r] += shift


@kernel
def hear_block(
    state: Any,
    network: Any,
    rules: Any,
    seed: Any,
    period: int,
    begin: int,
    end: int,
    telling: Any,
    tellers: Any,
    told: Any,
    sums: Any,
) -> None:
    """Let the persons ``begin`` to ``end`` hear from every neighbour who talks; marks tellers and counts mentions.

    ``tellers`` lists everybody who talks where the network is complete. Several blocks may mark the same teller in
    ``told``; they all write 1, so order cannot matter.
    """
    information, message_sum, satisfactions, ours = state.information, state.message_sum, state.satisfaction, state.ours
    first, neighbours, complete = network.first, network.neighbours, network.complete
    n_tellers = tellers.shape[0]
    for r in range(begin, end):
        prior_precision = rules.market_precision + information[r]
        belief = (rules.market_precision * rules.market_level + message_sum[r]) / prior_precision
        weights = weighted = total = 0.0
        count = 0
        for edge in range(0 if complete else first[r], n_tellers if complete else first[r + 1]):
            i = np.uint64(tellers[edge]) if complete else np.uint64(neighbours[edge])
            probability = telling[i]
            if probability <= 0.0 or i == r:
                continue
            word, _, _, _ = philox(seed, TELLING, i, period, r)
            if uniform(word) >= probability:
                continue
            told[i] = 1
            satisfaction = satisfactions[i]
            message = satisfaction - rules.mean_satisfaction
            weight = message_weight(message, satisfaction <= 0.0, prior_precision, belief, rules)
            weights += weight
            weighted += weight * message
            total += message
            count += 1
            sums[0 if satisfaction > 0.0 else 1] += 1.0
        if count > 0:
            information[r] += weights
            message_sum[r] += weighted
            if ours[r] == 1:
                shift_expectations(state.expectation, r, total / count, 1.0 - (1.0 - rules.customer_gain) ** count)


@kernel
def remember_block(state: Any, rules: Any, period: int, begin: int, end: int, told: Any, codes: Any) -> None:
    """Note who talked, and reduce everybody to what an outsider sees of them: +1, -1 or 0 (``codes``)."""
    last_told, last_told_sign, satisfaction, ours = (
        state.last_told,
        state.last_told_sign,
        state.satisfaction,
        state.ours,
    )
    count_all, recall = rules.count_all_customers, rules.recall_periods
    for i in range(begin, end):
        if told[i] == 1:
            last_told[i] = period
            last_told_sign[i] = 1 if satisfaction[i] > 0.0 else -1
        code = 0
        if ours[i] == 1:
            if count_all:
                code = 1
            elif period - last_told[i] < recall:
                code = last_told_sign[i]
        codes[i] = code
