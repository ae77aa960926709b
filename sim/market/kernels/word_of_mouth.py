"""Word of mouth: who tells whom, what a message weighs, and what is remembered of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.market.kernels.draws import philox, uniform
from sim.market.kernels.jit import inner_kernel, kernel
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


@inner_kernel
def shift_expectations(expectation: Any, r: int, message: float, gain: float) -> None:
    """Move all expectations of customer ``r`` by the same amount towards what was heard."""
    n = expectation.shape[0]
    mean = 0.0
    for d in range(n):
        mean += expectation[d, r]
    shift = gain * (message - mean / n)
    for d in range(n):
        expectation[d, r] += shift


@inner_kernel
def tell_listed(
    state: Any, seed: Any, period: int, desk: Any, size: int, telling: Any, mail: Any, n: int, sums: Any
) -> int:
    """Draw who of the ``size`` pairs on the desk talk; the rest is as for :func:`tell_everybody`.

    Luck is drawn for all pairs first, so that it is vectorised.
    """
    pair_senders, pair_receivers, words, told = desk.words[0], desk.words[1], desk.words[2], desk.chosen
    satisfactions, last_told, last_told_sign = state.satisfaction, state.last_told, state.last_told_sign
    senders, receivers = mail.senders, mail.receivers
    for k in range(size):
        word, _, _, _ = philox(seed, TELLING, pair_senders[k], period, pair_receivers[k])
        words[k] = np.uint32(word)
    n_told = 0
    for k in range(size):
        told[n_told] = k
        n_told += (uniform(words[k]) < telling[pair_senders[k]]) & (pair_receivers[k] != pair_senders[k])
    for k in range(n_told):
        i, r = pair_senders[told[k]], pair_receivers[told[k]]
        if n < senders.shape[0]:
            senders[n] = i
            receivers[n] = r
        n += 1
        pleased = satisfactions[i] > 0.0
        last_told[i] = period
        last_told_sign[i] = 1 if pleased else -1
        sums[0 if pleased else 1] += 1.0
    return n


@inner_kernel
def tell_everybody(
    state: Any, network: Any, seed: Any, period: int, begin: int, end: int, desk: Any, telling: Any, mail: Any, n: int,
    sums: Any,
) -> int:  # fmt: skip
    """Draw whom the persons ``begin`` to ``end`` tell; notes who talked and counts mentions.

    Pairs of teller and neighbour are listed on the desk and drawn whenever it is full. Messages are written to ``mail``
    after the ``n`` that are there, in the order of their senders, as far as there is room; returns how many there are,
    written or not.
    """
    first, neighbours, complete = network.first, network.neighbours, network.complete
    senders, receivers, tellers = desk.words[0], desk.words[1], desk.others
    room = desk.chosen.shape[0]
    n_tellers = 0
    for k in range(end - begin):
        tellers[n_tellers] = k
        n_tellers += telling[begin + k] > 0.0
    size = 0
    for k in range(n_tellers):
        i = begin + np.int64(tellers[k])
        edge = 0 if complete else first[i]
        last = telling.shape[0] if complete else first[i + 1]
        while edge < last:
            if size == room:
                n = tell_listed(state, seed, period, desk, size, telling, mail, n, sums)
                size = 0
            senders[size] = i
            receivers[size] = edge if complete else neighbours[np.uint64(edge)]
            size += 1
            edge += 1
    return tell_listed(state, seed, period, desk, size, telling, mail, n, sums)


@inner_kernel
def hear_everything(state: Any, rules: Any, begin: int, end: int, mail: Any, n: int, tally: Any) -> None:
    """Add the ``n`` messages in ``mail`` to the beliefs of the persons ``begin`` to ``end`` they are for.

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


@inner_kernel
def code_block(
    ours: Any, last_told: Any, last_told_sign: Any, period: int, recall: int, count_all: bool, codes: Any
) -> None:
    """Reduce everybody to what an outsider sees of them: +1, -1 or 0 (``codes``, int8)."""
    for k in range(codes.shape[0]):
        heard_of = last_told_sign[k] if period - last_told[k] < recall else 0
        codes[k] = (1 if count_all else heard_of) if ours[k] == 1 else 0
