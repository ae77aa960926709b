"""The exponential function in arithmetic that compilers vectorise and that is the same on every machine."""

from __future__ import annotations

import math

import numpy as np

from sim.market.kernels.jit import kernel

_LOG2_E = 1.4426950408889634
# The logarithm of 2 in two parts, the first with so few digits that its products with exponents are exact.
_LOG_2_HIGH = 6.93147180369123816490e-01
_LOG_2_LOW = 1.90821492927058770002e-10
_LOWEST, _HIGHEST = -708.0, 709.0
_BIAS, _MANTISSA = np.int64(1023), np.int64(52)


@kernel
def exponential(x: float) -> float:
    """Return e to the power of ``x``, relative error below 3e-16; ``x`` is taken within -708 and 709.

    A power of two times the Taylor series of degree 13 within half the logarithm of 2 (remainder below 5e-18).
    """
    x = min(max(x, _LOWEST), _HIGHEST)
    power = math.floor(x * _LOG2_E + 0.5)
    r = x - power * _LOG_2_HIGH - power * _LOG_2_LOW
    series = 1.0 / 6227020800.0
    series = series * r + 1.0 / 479001600.0
    series = series * r + 1.0 / 39916800.0
    series = series * r + 1.0 / 3628800.0
    series = series * r + 1.0 / 362880.0
    series = series * r + 1.0 / 40320.0
    series = series * r + 1.0 / 5040.0
    series = series * r + 1.0 / 720.0
    series = series * r + 1.0 / 120.0
    series = series * r + 1.0 / 24.0
    series = series * r + 1.0 / 6.0
    series = series * r + 0.5
    series = series * r + 1.0
    series = series * r + 1.0
    scale = np.int64((np.int64(power) + _BIAS) << _MANTISSA).view(np.float64)
    return series * scale
