"""The two parts of the inflow of a steady market, for solving how much advertising keeps it steady."""

from __future__ import annotations

from typing import Any

from sim.market.kernels.acquisition import acquisition_hazard, outsider_expectation
from sim.market.kernels.jit import kernel
from sim.market.kernels.moving import teller_balance


@kernel
def inflow_parts(state: Any, network: Any, rules: Any, offer: Any, codes: Any, balance: float, out: Any) -> None:
    """Sum over outsiders the yearly hazard of innovation (``out[0]``) and of imitation (``out[1]``)."""
    scalars = rules.scalars
    for i in range(codes.shape[0]):
        if state.ours[i] == 1:
            continue
        share = balance
        if not network.complete:
            share = teller_balance(network.first, network.neighbours, codes, i, scalars.negative_weight)
        expectation = outsider_expectation(
            state.information[i],
            state.message_sum[i],
            offer.promise,
            scalars.promise_precision,
            scalars.market_level,
            scalars.market_precision,
        )
        advantage = expectation - offer.rival_quality
        out[0] += acquisition_hazard(
            scalars.innovation * offer.advertising, scalars.expectation_effect, advantage, 0.0, 0.0
        )
        out[1] += scalars.imitation * share
