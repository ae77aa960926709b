"""Whole columns of luck, for building a population."""

from __future__ import annotations

from typing import Any

from sim.market.kernels.draws import normal_quantile, philox, uniform
from sim.market.kernels.jit import kernel


@kernel
def fill_uniforms(seed: Any, stream: int, block: int, out: Any) -> None:
    """Fill ``out``, shape (4, N), with the four uniforms of one block for entities 0 to N - 1 in period 0."""
    for i in range(out.shape[1]):
        words = philox(seed, stream, i, 0, block)
        out[0, i] = uniform(words[0])
        out[1, i] = uniform(words[1])
        out[2, i] = uniform(words[2])
        out[3, i] = uniform(words[3])


@kernel
def fill_normals(uniforms: Any, out: Any) -> None:
    """Fill ``out`` with the standard normal quantiles of ``uniforms``, both of shape (N,)."""
    for i in range(out.shape[0]):
        out[i] = normal_quantile(uniforms[i])
