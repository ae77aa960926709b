"""Word of mouth: who tells whom, what a message weighs, and what is remembered of it."""

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
def tell_everybody(
    state: Any, network: Any, seed: Any, period: int, begin: int, end: int, telling: Any, mail: Any, n: int, sums: Any
) -> int:
    """Let the persons ``begin`` to ``end`` tell their neighbours; notes who talked and counts mentions.

    Messages are written to ``mail`` after the ``n`` that are there, in the order of their senders, as far as there is
    room; returns how many there are, written or not.
    """
    first, neighbours, complete = network.first, network.neighbours, network.complete
    satisfactions, last_told, last_told_sign = state.satisfaction, state.last_told, state.last_told_sign
    senders, receivers = mail.senders, mail.receivers
    room = senders.shape[0]
    for i in range(begin, end):
        probability = telling[i]
        if probability <= 0.0:
            continue
        before = n
        for edge in range(0 if complete else first[i], telling.shape[0] if complete else first[i + 1]):
            r = np.uint64(edge) if complete else np.uint64(neighbours[edge])
            word, _, _, _ = philox(seed, TELLING, i, period, r)
            if uniform(word) < probability and r != np.uint64(i):
                if n < room:
                    senders[n] = i
                    receivers[n] = r
                n += 1
        if n > before:
            pleased = satisfactions[i] > 0.0
            last_told[i] = period
            last_told_sign[i] = 1 if pleased else -1
            sums[0 if pleased else 1] += n - before
    return n


@kernel
def hear_everything(state: Any, rules: Any, begin: int, end: int, mail: Any, n: int, tally: Any) -> None:
    """Let the persons ``begin`` to ``end`` hear the ``n`` messages in ``mail`` that are for them.

    Messages of a period add up in the order of their senders and are weighed against what was believed before them.
    ``tally`` keeps the sums of each receiver; its ``place`` is -1 for everybody, before and after.
    """
    senders, receivers = mail.senders, mail.receivers
    place, person, counts, sums = tally.place, tally.person, tally.messages, tally.sums
    satisfactions, information, message_sum = state.satisfaction, state.information, state.message_sum
    n_receivers = 0
    for m in range(n):
        r = np.int64(receivers[m])
        if r < begin or r >= end:
            continue
        k = place[r]
        if k < 0:
            k = n_receivers
            place[r] = k
            person[k] = r
            counts[k] = 0
            sums[k, 0] = sums[k, 1] = sums[k, 2] = 0.0
            n_receivers += 1
        prior_precision = rules.market_precision + information[r]
        belief = (rules.market_precision * rules.market_level + message_sum[r]) / prior_precision
        satisfaction = satisfactions[senders[m]]
        message = satisfaction - rules.mean_satisfaction
        weight = message_weight(message, satisfaction <= 0.0, prior_precision, belief, rules)
        sums[k, 0] += weight
        sums[k, 1] += weight * message
        sums[k, 2] += message
        counts[k] += 1
    for k in range(n_receivers):
        r = np.int64(person[k])
        place[r] = -1
        information[r] += sums[k, 0]
        message_sum[r] += sums[k, 1]
        if state.ours[r] == 1:
            gain = 1.0 - (1.0 - rules.customer_gain) ** counts[k]
            shift_expectations(state.expectation, r, sums[k, 2] / counts[k], gain)


@kernel
def code_block(
    ours: Any, last_told: Any, last_told_sign: Any, period: int, recall: int, count_all: bool, codes: Any
) -> None:
    """Reduce everybody to what an outsider sees of them: +1, -1 or 0 (``codes``, int8)."""
    for k in range(codes.shape[0]):
        heard_of = last_told_sign[k] if period - last_told[k] < recall else 0
        codes[k] = (1 if count_all else heard_of) if ours[k] == 1 else 0
