"""Shapley values from sampled orders: balance, what holds exactly, and unbiasedness against known values."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, permutations

import numpy as np
import pytest
from scipy import stats

from analysis.explain.shapley import balanced_orders, coalitions_of, sampled_values, shapley_values, williams_rows

FALSE_ALARM = 1e-4
"""Chance that a test below fails of an estimator that is right; seeds are fixed, so it fails always or never."""


def with_reverses(orders):
    return [each for order in orders for each in (order, order[::-1])]


def sample(worth: np.ndarray, seed: int, n_orders: int) -> np.ndarray:
    """Return the estimate of each order and its reverse, shape (n_orders, n_players)."""
    orders = balanced_orders(len(worth).bit_length() - 1, n_orders, (seed,))
    game = dict(enumerate(worth))
    return np.array([sampled_values(game, [order, order[::-1]]) for order in orders])


def airport(costs) -> np.ndarray:
    n = len(costs)
    return np.array([max((costs[k] for k in range(n) if c >> k & 1), default=0.0) for c in range(1 << n)])


@pytest.mark.parametrize("n_players", range(2, 9))
def test_a_block_is_a_williams_design(n_players: int) -> None:
    # Williams 1949: every treatment as often at every place, and as often right after every other.
    rows = with_reverses(balanced_orders(n_players, len(williams_rows(n_players)), (1,)))
    for place in range(n_players):
        assert set(Counter(row[place] for row in rows).values()) == {len(rows) // n_players}
    neighbours = Counter(pair for row in rows for pair in pairwise(row))
    assert len(neighbours) == n_players * (n_players - 1)
    assert set(neighbours.values()) == {len(rows) // n_players}


def test_every_order_is_drawn_alike_at_every_place_of_a_block() -> None:
    # All 24 orders of 4 players, 2,400 draws of the first and of the second of a block.
    draws = [balanced_orders(4, 2, (seed, 5)) for seed in range(2400)]
    for place in range(2):
        counts = Counter(orders[place] for orders in draws)
        assert len(counts) == 24
        assert stats.chisquare(list(counts.values())).pvalue > FALSE_ALARM / 2


def test_more_orders_begin_with_the_same_and_another_seed_gives_others() -> None:
    few, many, other = (balanced_orders(7, n, seed) for n, seed in ((5, (3, 1)), (20, (3, 1)), (20, (4, 1))))
    assert many[:5] == few
    assert many != other


def test_over_all_orders_sampling_is_exact() -> None:
    # Littlechild & Owen 1973: each segment of the runway is shared equally by those who need it.
    worth = airport([1.0, 3.0, 6.0, 10.0])
    found = sampled_values(dict(enumerate(worth)), list(permutations(range(4))))
    assert found == pytest.approx([1 / 4, 1 / 4 + 2 / 3, 1 / 4 + 2 / 3 + 3 / 2, 71 / 12 + 1 / 2])


def test_one_order_and_its_reverse_share_what_two_achieve_without_error() -> None:
    # A game of single players and pairs: Shapley gives each of a pair half of what the two achieve.
    rng = np.random.default_rng(4)
    single, pair = rng.normal(size=6), np.triu(rng.normal(size=(6, 6)), 1)
    inside = np.array([[c >> k & 1 for k in range(6)] for c in range(64)])
    worth = inside @ single + np.einsum("ci,ij,cj->c", inside, pair, inside)
    for found in sample(worth, seed=8, n_orders=9):
        assert found == pytest.approx(single + (pair + pair.T).sum(axis=1) / 2, abs=1e-12)


def test_efficiency_dummy_and_linearity_hold_in_every_sample() -> None:
    rng = np.random.default_rng(5)
    worth, other = 1e6 * rng.normal(size=(2, 128))
    dummy = worth[np.arange(128) & ~8]  # player 3 adds nothing to anybody
    assert sample(worth, 1, 20).sum(axis=1) == pytest.approx(np.full(20, worth[-1] - worth[0]), rel=1e-9, abs=1e-9)
    assert (sample(dummy, 1, 20)[:, 3] == 0.0).all()
    assert sample(worth - 3 * other, 1, 20) == pytest.approx(sample(worth, 1, 20) - 3 * sample(other, 1, 20))


def t_values(blocks: np.ndarray, truth: np.ndarray) -> np.ndarray:
    # A whole block shares some parts of an airport without error; what is left there is rounding.
    rounding = 1e-12 * np.abs(truth).max()
    return (blocks.mean(axis=0) - truth) / (blocks.std(axis=0, ddof=1) / np.sqrt(len(blocks)) + rounding)


@pytest.mark.parametrize("n_orders", [7, 20, 3])
def test_sampled_values_are_unbiased(n_orders: int) -> None:
    # 400 independent draws, each averaged over its orders, whole blocks or cut ones, against the exact values of
    # an airport game and of an arbitrary one with interactions of all sizes, Bonferroni over players.
    for worth in (airport([1.0, 2.0, 2.0, 5.0, 9.0, 11.0, 20.0]), np.random.default_rng(6).normal(size=128)):
        means = np.array([sample(worth, seed, n_orders).mean(axis=0) for seed in range(400)])
        limit = stats.t.isf(FALSE_ALARM / (2 * 7), 399)
        assert np.abs(t_values(means, shapley_values(worth))).max() < limit
        assert means.std(axis=0).max() > 0.0


def test_players_who_are_alike_get_the_same_on_average() -> None:
    # Players 1 and 2 of the airport are alike; a single sample may favour one of them.
    worth = airport([1.0, 2.0, 2.0, 5.0, 9.0])
    apart = np.array([np.diff(sample(worth, seed, 5).mean(axis=0)[1:3])[0] for seed in range(400)])
    assert np.abs(apart).max() > 0.0
    assert abs(t_values(apart[:, None], np.zeros(1))[0]) < stats.t.isf(FALSE_ALARM / 2, 399)


def test_a_students_interval_over_orders_covers() -> None:
    # Games that differ by luck: 600 experiments of 20 replicates, each with an order of its own. Balance makes the
    # interval no shorter than it should be: at least 95 % less 3.7 binomial standard errors.
    rng = np.random.default_rng(7)
    mean_game = rng.normal(size=32)
    truth, hits = shapley_values(mean_game), 0
    for experiment in range(600):
        orders = balanced_orders(5, 20, (experiment, 9))
        games = mean_game + rng.normal(size=(20, 32))
        shares = np.array(
            [sampled_values(dict(enumerate(g)), [o, o[::-1]])[2] for g, o in zip(games, orders, strict=True)]
        )
        half = stats.t.ppf(0.975, 19) * stats.sem(shares)
        hits += abs(shares.mean() - truth[2]) <= half
    assert hits / 600 >= 0.95 - 3.7 * np.sqrt(0.95 * 0.05 / 600)


def test_the_coalitions_on_the_way_grow_by_one() -> None:
    way = coalitions_of((3, 0, 2, 1))
    assert way[0] == 0
    assert way[-1] == 15
    assert [coalition.bit_count() for coalition in way] == [0, 1, 2, 3, 4]
    with pytest.raises(KeyError):
        sampled_values({0: np.zeros(1)}, [(0, 1)])


@pytest.mark.parametrize("n_players", range(2, 9))
def test_no_order_of_a_square_nor_its_reverse_is_there_twice(n_players: int) -> None:
    rows = williams_rows(n_players)
    assert len(set(with_reverses(rows))) == 2 * len(rows)
    assert len(rows) == {2: 1, 3: 3, 4: 2, 5: 5, 6: 3, 7: 7, 8: 4}[n_players]
