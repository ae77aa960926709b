"""What the department that sells promises beyond what is delivered (Kopalle & Lehmann 2006)."""

from __future__ import annotations

from sim.parameters.organisation import Promise


def over_promise(local_weight: float, weight: float, promise: Promise) -> float:
    """Return o = eta w_L / (k_p + chi b_X), SD of encounters, at least 0.

    Selling hard pays on the local metric; a stake in the customer score restrains it. Whether it pays for the
    firm is left to the market.

    Parameters
    ----------
    local_weight
        Weight of the local metric that behaviour follows (w_L).
    weight
        Attributed weight of the customer score that behaviour follows (b_X).
    promise
        Temptation, resistance and accountability.
    """
    return promise.temptation * local_weight / (promise.resistance + promise.accountability * weight)
