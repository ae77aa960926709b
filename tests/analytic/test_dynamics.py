"""Steps through time against their closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.organisation import dynamics


def test_an_approach_covers_its_share_and_all_of_it_without_a_time_constant() -> None:
    for years in (0.5, 1.0, 2.0):
        assert dynamics.approach_share(0.25, years) == pytest.approx(1.0 - math.exp(-0.25 / years))
        assert dynamics.memory_share(0.25, years) == pytest.approx(math.exp(-0.25 / years))
    assert (dynamics.approach_share(0.25, 0.0), dynamics.memory_share(0.25, 0.0)) == (1.0, 0.0)
    with pytest.raises(ValueError, match="at least 0 years"):
        dynamics.approach_share(0.25, -1.0)


def test_events_and_half_lives() -> None:
    assert dynamics.event_probability(2.0, 0.25) == pytest.approx(1.0 - math.exp(-0.5))
    assert dynamics.halving_factor(0.5, 0.25) == 0.25
    assert dynamics.halving_factor(0.25, 0.5) == pytest.approx(math.sqrt(0.5))


def test_a_deviation_keeps_its_share_and_its_spread() -> None:
    assert dynamics.next_deviation(0.2, 0.6, 0.5, 2.0) == pytest.approx(0.12 + 0.5 * 0.8 * 2.0)
    assert dynamics.next_deviation(0.2, 1.0, 0.5, 2.0) == 0.2
    assert dynamics.next_deviation(0.2, 1.0 + 1e-15, 0.5, 2.0) == pytest.approx(0.2)


def test_means_and_bounds() -> None:
    assert dynamics.mean_of(np.array([1.0, 2.0, 6.0])) == 3.0
    assert [dynamics.clip(value, -1.0, 2.0) for value in (-5.0, -1.0, 0.5, 2.0, 9.0)] == [-1.0, -1.0, 0.5, 2.0, 2.0]
