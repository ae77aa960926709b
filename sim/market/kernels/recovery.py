"""What a failure costs in satisfaction, and the urge to talk about a journey."""

from __future__ import annotations

from sim.market.kernels.jit import kernel


@kernel
def failure_loss(loss: float, periods_since_last: int, window: int, double_deviation: float) -> float:
    """Satisfaction lost to a failure; more when another one is recent (double deviation)."""
    if periods_since_last <= window:
        return loss * double_deviation
    return loss


@kernel
def tell_probability(satisfaction: float, base: float, positive: float, negative: float) -> float:
    """Probability of telling a given neighbour about one journey."""
    urge = base + positive * max(satisfaction, 0.0) + negative * max(-satisfaction, 0.0)
    return min(max(urge, 0.0), 1.0)
