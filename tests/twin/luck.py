"""The luck of the twin: Philox4x32-10 in plain integers (Salmon, Moraes, Dror & Shaw 2011)."""

from __future__ import annotations

from enum import IntEnum

from scipy.special import ndtri, pdtr

Words = tuple[int, int, int, int]
Uniforms = tuple[float, float, float, float]

_WORD = 2**32
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
MOST_JOURNEYS = 32
"""No customer makes more journeys than this in one period."""


class TwinStream(IntEnum):
    """Streams the customers draw from (docs/odd.md)."""

    CUSTOMER = 3
    JOURNEY = 4
    ENCOUNTER = 5
    TELLING = 6


def philox4x32(counter: Words, key: tuple[int, int], rounds: int = 10) -> Words:
    """Return the four 32-bit words of one counter under one key, both given as 32-bit words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(rounds):
        high0, low0 = divmod(_MULTIPLIERS[0] * c0, _WORD)
        high1, low1 = divmod(_MULTIPLIERS[1] * c2, _WORD)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + _WEYL[0]) % _WORD, (k1 + _WEYL[1]) % _WORD
    return c0, c1, c2, c3


def unit_interval(word: int) -> float:
    """Return the uniform number in (0, 1) of one 32-bit word."""
    return (word + 0.5) / _WORD


def normal(u: float) -> float:
    """Return the standard normal number at probability ``u``."""
    return float(ndtri(u))


def count_of_events(u: float, mean: float) -> int:
    """Return the Poisson number at probability ``u``: the least count whose cumulative probability reaches it."""
    count = 0
    while u > pdtr(count, mean) and count < MOST_JOURNEYS:
        count += 1
    return count


class Luck:
    """All draws of one replicate.

    Parameters
    ----------
    seed
        64-bit seed of the replicate.
    """

    def __init__(self, seed: int) -> None:
        self.key = (seed % _WORD, seed // _WORD)

    def uniforms(self, stream: TwinStream, entity: int, period: int, block: int) -> Uniforms:
        """Return the four uniform numbers of one block."""
        w0, w1, w2, w3 = philox4x32((entity, period, block, int(stream)), self.key)
        return unit_interval(w0), unit_interval(w1), unit_interval(w2), unit_interval(w3)

    def uniform(self, stream: TwinStream, entity: int, period: int, draw: int) -> float:
        """Return the draw with a given number, four to a block."""
        block, word = divmod(draw, 4)
        return self.uniforms(stream, entity, period, block)[word]


class ScriptedLuck(Luck):
    """Luck written by hand: every uniform number is 0.5 unless a block is scripted.

    Parameters
    ----------
    script
        Uniform numbers of a block, by (stream, entity, period, block).
    """

    def __init__(self, script: dict[tuple[TwinStream, int, int, int], Uniforms]) -> None:
        super().__init__(0)
        self.script = script

    def uniforms(self, stream: TwinStream, entity: int, period: int, block: int) -> Uniforms:
        """Return the scripted numbers of one block, or halves."""
        return self.script.get((stream, entity, period, block), (0.5, 0.5, 0.5, 0.5))
