"""Counter-based luck: every draw is a pure function of (seed, stream, entity, period, block).

The generator is Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").
The normal quantile is Wichura's AS 241 (1988), accurate to about 1e-16.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.market.kernels.jit import inner_kernel, kernel

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_UNIT = 2.0**-32


@inner_kernel
def philox_round(c0: Any, c1: Any, c2: Any, c3: Any, key0: Any, key1: Any) -> tuple[Any, Any, Any, Any]:
    """One round of the generator on the words of a counter."""
    product0 = _M0 * c0
    product1 = _M1 * c2
    return (product1 >> _SHIFT) ^ c1 ^ key0, product1 & _MASK, (product0 >> _SHIFT) ^ c3 ^ key1, product0 & _MASK


@kernel
def philox(seed: Any, stream: Any, entity: Any, period: Any, block: Any) -> tuple[Any, Any, Any, Any]:
    """Four 32-bit words (as uint64) for one counter.

    Parameters
    ----------
    seed
        64-bit key, uint64.
    stream, entity, period, block
        Words of the counter, taken modulo 2**32.

    Returns
    -------
    Four uint64 below 2**32.
    """
    key0 = np.uint64(seed) & _MASK
    key1 = np.uint64(seed) >> _SHIFT
    c0 = np.uint64(entity) & _MASK
    c1 = np.uint64(period) & _MASK
    c2 = np.uint64(block) & _MASK
    c3 = np.uint64(stream) & _MASK
    # Written out, because a loop within it keeps a loop around it from being vectorised.
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = (key0 + _W0) & _MASK, (key1 + _W1) & _MASK
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = (key0 + _W0) & _MASK, (key1 + _W1) & _MASK
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = (key0 + _W0) & _MASK, (key1 + _W1) & _MASK
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = (key0 + _W0) & _MASK, (key1 + _W1) & _MASK
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = (key0 + _W0) & _MASK, (key1 + _W1) & _MASK
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = (key0 + _W0) & _MASK, (key1 + _W1) & _MASK
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = (key0 + _W0) & _MASK, (key1 + _W1) & _MASK
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = (key0 + _W0) & _MASK, (key1 + _W1) & _MASK
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = (key0 + _W0) & _MASK, (key1 + _W1) & _MASK
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    return c0, c1, c2, c3


@kernel
def fill_words(seed: Any, stream: int, period: int, begin: int, size: int, words: Any) -> None:
    """Write the words of block 0 of the ``size`` entities from ``begin`` on into ``words``, uint32 of shape (4, n)."""
    first, second, third, fourth = words[0], words[1], words[2], words[3]
    for k in range(size):
        a, b, c, d = philox(seed, stream, begin + k, period, 0)
        first[k] = np.uint32(a)
        second[k] = np.uint32(b)
        third[k] = np.uint32(c)
        fourth[k] = np.uint32(d)


@kernel
def uniform(word: Any) -> float:
    """Uniform in (0, 1) from one 32-bit word; never 0 and never 1."""
    return (np.float64(word) + 0.5) * _UNIT


@kernel
def normal_quantile(p: float) -> float:
    """Quantile of the standard normal, AS 241 (PPND16); p in (0, 1)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        numerator = (((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r
                         + 4.5921953931549871457e4) * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
                      + 1.3314166789178437745e2) * r + 3.3871328727963666080e0)  # fmt: skip
        denominator = (((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r
                           + 2.1213794301586595867e4) * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
                        + 4.2313330701600911252e1) * r + 1.0)  # fmt: skip
        return q * numerator / denominator
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        value = (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r
                     + 1.27045825245236838258e0) * r + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r
                  + 4.63033784615654529590e0) * r + 1.42343711074968357734e0) / (
                ((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r
                     + 1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r
                  + 2.05319162663775882187e0) * r + 1.0)  # fmt: skip
    else:
        r -= 5.0
        value = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r
                     + 2.65321895265761230930e-2) * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r
                  + 5.46378491116411436990e0) * r + 6.65790464350110377720e0) / (
                ((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r
                     + 7.86869131145613259100e-4) * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
                  + 5.99832206555887937690e-1) * r + 1.0)  # fmt: skip
    return -value if q < 0.0 else value
