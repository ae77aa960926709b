"""Luck: the generator is the published one, and its numbers are uniform, independent and never 0 or 1.

A statistical test here fails a perfect generator with the probability ``ALPHA`` (under another seed; the seeds are
fixed, so a test that passes keeps passing). Where one test looks at several numbers, they share ``ALPHA`` equally.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import binom, chi2, kstest, norm

from sim.market.kernels.draws import normal_quantile, philox, uniform
from sim.streams import Draws, Stream, replicate_seed
from tests.twin.luck import philox4x32, unit_interval

ALPHA = 1e-4
"""False-alarm rate of each statistical test."""
COMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"
N_BLOCKS = 2**14 if COMPILED else 2**11
"""Blocks of four numbers in a statistical test."""
SEEDS = (0, 20_261_122, 2**63 - 1, 2**63 + 5, 2**64 - 1)
ALL_ONES = 0xFFFFFFFF


@dataclass(frozen=True)
class Place:
    """One counter under one seed."""

    seed: int = 20_261_122
    stream: int = int(Stream.ENCOUNTER)
    entity: int = 0
    period: int = 0
    block: int = 0

    def words(self) -> tuple[int, int, int, int]:
        """Return the four words the simulator draws here."""
        w0, w1, w2, w3 = philox(np.uint64(self.seed), self.stream, self.entity, self.period, self.block)
        return int(w0), int(w1), int(w2), int(w3)

    def twin_words(self) -> tuple[int, int, int, int]:
        """Return the four words of the generator in plain integers."""
        return philox4x32((self.entity, self.period, self.block, self.stream), (self.seed % 2**32, self.seed >> 32))


def table_of_words(place_of: Callable[[int], Place], n: int) -> NDArray[np.uint64]:
    """Return the words of n places, shape (n, 4)."""
    return np.array([place_of(number).words() for number in range(n)], dtype=np.uint64)


def to_unit(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return the uniform numbers of words, one call of the simulator each."""
    return np.array([float(uniform(word)) for word in words.ravel()]).reshape(words.shape)


def random_places(n: int, seed: int) -> list[Place]:
    """Return places all over the counter space."""
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 2**32, size=(n, 4), dtype=np.uint64)
    seeds = rng.integers(0, 2**64, size=n, dtype=np.uint64)
    return [Place(int(key), *(int(word) for word in row)) for key, row in zip(seeds, words, strict=True)]


def chi_square_tail(observed: NDArray[np.int64]) -> float:
    """Return the probability of a table of counts at least as uneven, if all cells are equally likely."""
    expected = observed.sum() / observed.size
    return float(chi2.sf(((observed - expected) ** 2).sum() / expected, observed.size - 1))


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ALL_ONES,) * 4, (ALL_ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
    ids=["zeros", "ones", "pi"],
)
def test_the_generator_meets_the_published_vectors(
    counter: tuple[int, int, int, int], key: tuple[int, int], words: tuple[int, int, int, int]
) -> None:
    """Known answers of Random123 for Philox4x32-10, of the simulator and of the plain-integer generator."""
    entity, period, block, stream = counter
    place = Place(key[0] | key[1] << 32, stream, entity, period, block)
    assert place.words() == words
    assert place.twin_words() == words


def test_the_generator_agrees_with_plain_integers_everywhere() -> None:
    """Random counters under random 64-bit seeds, about half of them above 2**63."""
    places = random_places(500, seed=1)
    assert any(place.seed >= 2**63 for place in places)
    for place in places:
        assert place.words() == place.twin_words()


@pytest.mark.parametrize("seed", SEEDS)
def test_named_draws_are_the_words_in_order(seed: int) -> None:
    """Draw m of a stream is word m % 4 of block m // 4; seed 0 and seeds above 2**63 are seeds like any other."""
    draws = Draws(seed)
    for draw in range(9):
        word = Place(seed, int(Stream.SIGNAL), 3, 17, draw // 4).twin_words()[draw % 4]
        assert draws.uniform(Stream.SIGNAL, 3, 17, draw) == unit_interval(word)
        assert draws.normal(Stream.SIGNAL, 3, 17, draw) == pytest.approx(float(ndtri(unit_interval(word))), rel=1e-14)


def test_streams_keep_their_numbers() -> None:
    """The numbers are part of every result: none is shared, none may change."""
    numbers = {1: "NETWORK", 2: "POPULATION", 3: "CUSTOMER", 4: "JOURNEY", 5: "ENCOUNTER", 6: "TELLING"}
    firm = "PRICE LOCAL_CONDITION SIGNAL KNOWLEDGE COMMITMENT TALENT TURNOVER PROPOSAL PILOT SURVEY ESTIMATE"
    numbers |= {20 + place: name for place, name in enumerate(firm.split())} | {255: "REPLICATE"}
    found = {int(stream): name for name, stream in Stream.__members__.items()}
    assert len(found) == len(Stream.__members__)
    assert numbers.items() <= found.items()


def test_replicates_have_seeds_of_their_own() -> None:
    """Seeds follow the published counter and never repeat; 10,000 random ones would with probability 3e-12."""
    found = [replicate_seed(seed, replicate) for seed in SEEDS for replicate in range(2000 if COMPILED else 200)]
    assert len(set(found)) == len(found)
    assert all(0 <= seed < 2**64 for seed in found)
    assert any(seed >= 2**63 for seed in found)
    for seed in SEEDS:
        low, high, _, _ = Place(seed, int(Stream.REPLICATE), entity=7).twin_words()
        assert replicate_seed(seed, 7) == low | high << 32


def test_uniform_is_never_0_or_1() -> None:
    """The smallest and the largest word are half a step from the ends, and no rounding closes the gap."""
    assert float(uniform(np.uint64(0))) == 2.0**-33
    assert float(uniform(np.uint64(ALL_ONES))) == 1.0 - 2.0**-33 < 1.0
    assert math.isfinite(normal_quantile(2.0**-33))
    assert math.isfinite(normal_quantile(1.0 - 2.0**-33))


def test_the_normal_quantile_agrees_with_scipy() -> None:
    """1e-14 relative over the whole range, its ends, its middle and the seams of the approximation."""
    rng = np.random.default_rng(2)
    ends = 2.0 ** -np.arange(1.0, 34.0)
    seams = np.array([0.075, 0.925, math.exp(-25.0), 0.5 + 2.0**-32, 0.5 - 2.0**-33])
    probabilities = np.concatenate(
        [rng.random(2000), ends, 1.0 - ends, seams, seams * (1 + 1e-12), seams * (1 - 1e-12)]
    )
    found = np.array([normal_quantile(float(p)) for p in probabilities])
    np.testing.assert_allclose(found, ndtri(probabilities), rtol=1e-14, atol=1e-300)
    assert np.all(np.diff(found[np.argsort(probabilities)]) >= 0.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_draws_are_uniform(seed: int) -> None:
    """Chi-square on 256 bins, and Kolmogorov-Smirnov; each has half of the false-alarm rate 1e-4."""
    u = to_unit(table_of_words(lambda number: Place(seed, entity=number), N_BLOCKS)).ravel()
    counts, _ = np.histogram(u, bins=256, range=(0.0, 1.0))
    assert chi_square_tail(counts) > ALPHA / 2
    assert kstest(u, "uniform").pvalue > ALPHA / 2


def test_normal_draws_are_normal() -> None:
    """Kolmogorov-Smirnov against the normal law; false-alarm rate 1e-4."""
    draws = Draws(5)
    found = [draws.normal(Stream.PRICE, period=period) for period in range(N_BLOCKS)]
    assert kstest(found, "norm").pvalue > ALPHA


APART: dict[str, Callable[[Place], Place]] = {
    "consecutive entities": lambda place: replace(place, entity=place.entity + 1),
    "consecutive periods": lambda place: replace(place, period=place.period + 1),
    "consecutive blocks": lambda place: replace(place, block=place.block + 1),
    "streams side by side": lambda place: replace(place, stream=int(Stream.TELLING)),
    "streams far apart": lambda place: replace(place, stream=int(Stream.REPLICATE)),
    "consecutive seeds": lambda place: replace(place, seed=place.seed + 1),
    "seeds with another upper half": lambda place: replace(place, seed=place.seed + 2**32),
    "entity and period exchanged": lambda place: replace(place, entity=place.period, period=place.entity),
}


@pytest.mark.parametrize("apart", APART)
def test_draws_are_independent(apart: str) -> None:
    """Correlation and 16 x 16 bins of draws at neighbouring places, which share false-alarm rate 1e-4 equally.

    Places are two apart in entity, period and block, so that no number enters two pairs.
    """

    def place_of(number: int) -> Place:
        return Place(entity=2 * (number % 64), period=2 * (number // 64 % 32) + 1, block=2 * (number // 2048))

    first = to_unit(table_of_words(place_of, N_BLOCKS)).ravel()
    second = to_unit(table_of_words(lambda number: APART[apart](place_of(number)), N_BLOCKS)).ravel()
    assert_independent(first, second)


@pytest.mark.parametrize("pair", [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
def test_words_of_a_block_are_independent(pair: tuple[int, int]) -> None:
    """Correlation and 16 x 16 bins of two words of one block, which share false-alarm rate 1e-4 equally."""
    u = to_unit(table_of_words(lambda number: Place(entity=number), N_BLOCKS))
    assert_independent(u[:, pair[0]], u[:, pair[1]])


def assert_independent(first: NDArray[np.float64], second: NDArray[np.float64]) -> None:
    """Check correlation and the joint law of pairs of uniform numbers, each at half of ``ALPHA``."""
    correlation = float(((first - 0.5) * (second - 0.5)).mean() * 12.0)
    assert 2.0 * norm.sf(abs(correlation) * math.sqrt(len(first))) > ALPHA / 2
    counts, _, _ = np.histogram2d(first, second, bins=16, range=((0.0, 1.0), (0.0, 1.0)))
    assert chi_square_tail(counts.astype(np.int64)) > ALPHA / 2


def test_every_output_bit_is_balanced() -> None:
    """Each of the 128 bits is set in half of the blocks; false-alarm rate 1e-4 over all bits."""
    words = table_of_words(lambda number: Place(entity=number, period=3), N_BLOCKS)
    ones = np.array([((words >> np.uint64(bit)) & np.uint64(1)).sum(axis=0) for bit in range(32)]).ravel()
    tail = np.minimum(binom.cdf(ones, N_BLOCKS, 0.5), binom.sf(ones - 1, N_BLOCKS, 0.5))
    assert 2.0 * tail.min() > ALPHA / 128


def flip(place: Place, bit: int) -> Place:
    """Return the place with one of its 192 bits (128 of the counter, 64 of the seed) turned over."""
    if bit >= 128:
        return replace(place, seed=place.seed ^ 1 << (bit - 128))
    name = ("entity", "period", "block", "stream")[bit // 32]
    return replace(place, **{name: getattr(place, name) ^ 1 << bit % 32})


def test_one_bit_of_the_counter_or_seed_turns_half_of_the_output() -> None:
    """Over 64 places each bit turns Binomial(8192, 1/2) output bits; false-alarm rate 1e-4 over the 192 bits."""
    places = random_places(64 if COMPILED else 16, seed=4)
    before = [place.words() for place in places]
    trials = 128 * len(places)
    for bit in range(192):
        turned = 0
        for place, words in zip(places, before, strict=True):
            turned += sum((a ^ b).bit_count() for a, b in zip(words, flip(place, bit).words(), strict=True))
        tail = min(binom.cdf(turned, trials, 0.5), binom.sf(turned - 1, trials, 0.5))
        assert 2.0 * tail > ALPHA / 192
