"""Rates of which no event was counted have an interval; checked against scipy and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.explain.pairs import Ratio


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("n", [1, 12, 4_000])
def test_a_count_of_zero_has_the_exact_interval(n: int, confidence: float) -> None:
    expected = stats.binomtest(0, 4 * n).proportion_ci(confidence, method="exact")
    low, high = Ratio.of(np.zeros((4, 1)), np.full((4, 1), float(n))).interval(confidence)
    assert (float(low[0]), float(high[0])) == pytest.approx((expected.low, expected.high), rel=1e-12)


def test_rare_events_are_covered_where_none_is_counted() -> None:
    # 0.4 failures expected in all: two of three experiments count none, and none of those may claim a rate of nought.
    rng, rate = np.random.default_rng(11), 1e-4
    wholes = np.full((10, 2000), 400.0)
    parts = rng.binomial(400, rate, wholes.shape).astype(float)
    low, high = Ratio.of(parts, wholes).interval(0.95)
    none = parts.sum(axis=0) == 0.0
    assert none.mean() == pytest.approx(np.exp(-0.4), abs=0.05)
    assert ((low <= rate) & (high >= rate))[none].all()


def test_the_rarer_of_two_bounds_a_step_that_never_failed() -> None:
    never, often = (Ratio.of(np.zeros((3, 1)), np.full((3, 1), n)) for n in (10.0, 1000.0))
    expected = stats.binomtest(0, 30).proportion_ci(0.95, method="exact").high
    assert never.either(often).interval(0.95)[1] == pytest.approx([expected])
    some = Ratio.of(np.array([[1.0], [2.0], [0.0]]), np.full((3, 1), 1000.0))
    assert never.either(some).interval(0.95)[1] == pytest.approx(some.interval(0.95)[1]), "something was counted"


def test_two_counts_of_zero_differ_by_no_more_than_either_may_be() -> None:
    ours, theirs = (Ratio.of(np.zeros((3, 1)), np.full((3, 1), n)) for n in (10.0, 1000.0))
    difference, low, high = ours.apart(theirs, 0.95)
    assert difference == pytest.approx([0.0])
    assert low == pytest.approx([-stats.binomtest(0, 3000).proportion_ci(0.95, method="exact").high])
    assert high == pytest.approx([stats.binomtest(0, 30).proportion_ci(0.95, method="exact").high])
    assert np.concatenate(ours.apart(ours, 0.95)) == pytest.approx([0.0, 0.0, 0.0]), "the same one"


def test_nothing_tried_or_one_replicate_has_no_interval() -> None:
    assert np.isnan(Ratio.of(np.zeros((3, 1)), np.zeros((3, 1))).interval(0.95)).all()
    assert np.isnan(Ratio.of(np.zeros((1, 1)), np.full((1, 1), 50.0)).interval(0.95)).all()
