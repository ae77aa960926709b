"""Intervals of shares and rank correlations, against scipy and known truths."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.compare.intervals import spearman, wilson


@pytest.mark.parametrize(("successes", "n"), [(0, 20), (3, 50), (50, 100), (100, 100)])
def test_wilsons_interval_is_that_of_the_score_test(successes: int, n: int) -> None:
    expected = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    assert wilson(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_of_no_cases_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_interval_of_a_rank_correlation_covers_the_truth() -> None:
    """Of 400 intervals for a known rho (.286, normal with r = .3) at least 90 % cover; 95 % should, SD 1.1 %."""
    rng = np.random.default_rng(2)
    truth = 6.0 / np.pi * np.arcsin(0.15)
    covered = 0
    for _ in range(400):
        x = rng.normal(size=200)
        y = 0.3 * x + np.sqrt(1.0 - 0.09) * rng.normal(size=200)
        _, low, high, _ = spearman(x, y)
        covered += low <= truth <= high
    assert covered >= 360


def test_a_rank_correlation_without_spread_or_numbers_is_none() -> None:
    assert np.isnan(spearman(np.ones(10), np.arange(10.0))).all()
    assert np.isnan(spearman(np.arange(3.0), np.arange(3.0))).all()
