"""Every outcome of a window that can be worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.accounts import COST_LINES, LINES
from sim.outcomes import OUTCOMES, Window, measure

WEIGHTED = ("mean_satisfaction", "share_satisfied", "nps", "share_loyal", "share_of_wallet", "mean_tenure_years")
MEAN = (
    "mean_quality", "mean_knowledge_gap", "mean_specification_gap", "mean_delivery_gap", "mean_perception_gap",
    "mean_communication_gap", "over_promise", "gaming_bias", "mean_morale",
)  # fmt: skip
SHARES = {
    "failures_per_encounter": ("new_failures", "new_encounters"),
    "failures_per_handoff": ("new_handoff_failures", "new_handoffs"),
    "share_journeys_failed": ("new_journeys_failed", "new_journeys"),
    "mention_ratio": ("new_mentions_positive", "new_mentions_negative"),
}
TOTALS = ("new_initiatives_scaled", "new_initiatives_dropped", "new_initiatives_refused", "new_holders_left")


def window(n_periods: int, **changes: np.ndarray) -> Window:
    """Return the last of eight quarters; customers double in number in the last quarter."""
    series = {"n_active": np.array([100.0] * 7 + [200.0])}
    series |= {name: np.arange(8.0) * (rank + 1) for rank, name in enumerate(WEIGHTED)}
    series |= {name: np.arange(8.0) + rank for rank, name in enumerate(MEAN)}
    series |= {part: np.full(8, 3.0 + rank) for rank, (part, _) in enumerate(SHARES.values())}
    series |= {whole: np.full(8, 20.0) for _, whole in SHARES.values()}
    series |= {name: np.arange(8.0) * (rank + 1) for rank, name in enumerate(TOTALS)}
    series |= {"new_churned": np.full(8, 5.0), "new_expected_churned": np.full(8, 10.0), **changes}
    accounts = {line: np.full(8, 2.0**rank) for rank, line in enumerate(COST_LINES)}
    accounts |= {"revenue": np.full(8, 500.0), "profit": np.array([0.0] * 4 + [100.0] * 4)}
    last = slice(8 - n_periods, None)
    return Window(
        {name: values[last] for name, values in series.items()},
        {name: accounts[name][last] for name in LINES},
        periods_per_year=4,
        discount_rate=0.21,
        equity=1210.0,
    )


def test_every_outcome_is_what_it_is_by_hand() -> None:
    found = measure(window(8), window(4))
    expected = {
        "retention_per_year": 0.96**4,  # 20 of 500 customer quarters
        "expected_retention_per_year": 0.92**4,
        "n_active_end": 200.0,
        # four quarters of 100 that begin a year after the switch, discounted from their middles
        "npv": 100.0 * sum(1.1 ** -(2.0 + number / 2.0 + 0.25) for number in range(4)),
        "customer_equity": 1210.0 / 1.21**2,
        "profit_per_year": 400.0,
        "revenue_per_year": 2000.0,
        "cost_to_serve": 4 * (2.0 + 4.0 + 8.0) / 125.0,  # service, rework and recovery
        "cx_spend": 4 * (32.0 + 64.0 + 128.0 + 256.0 + 512.0),  # the five lines of governing
        **{name: (rank + 1) * (4 + 5 + 6 + 2 * 7) / 5.0 for rank, name in enumerate(WEIGHTED)},
        **{name: 5.5 + rank for rank, name in enumerate(
            ("mean_quality", "knowledge_gap", "specification_gap", "delivery_gap", "perception_gap",
             "communication_gap", "over_promise", "gaming_bias", "mean_morale"))},
        **{name: (3.0 + rank) / 20.0 for rank, name in enumerate(SHARES)},
        **{name: 28.0 * (rank + 1) for rank, name in enumerate(
            ("initiatives_scaled", "initiatives_dropped", "initiatives_refused", "holders_left"))},
    }  # fmt: skip
    expected["npv_with_equity"] = expected["npv"] + expected["customer_equity"]
    assert found == pytest.approx(expected, rel=1e-12)
    assert list(found) == list(OUTCOMES)


def test_more_leave_than_were_there_leaves_nobody() -> None:
    found = measure(window(8, new_churned=np.full(8, 900.0), new_expected_churned=np.full(8, 900.0)), window(4))
    assert found["retention_per_year"] == pytest.approx(0.96**4)  # of the last year alone
    gone = window(4, new_churned=np.full(8, 900.0), new_expected_churned=np.full(8, 900.0))
    assert measure(gone, gone)["retention_per_year"] == 0.0
    assert measure(gone, gone)["expected_retention_per_year"] == 0.0


def test_where_there_is_nothing_to_share_every_outcome_is_finite_and_nobody_is_zero() -> None:
    parts = {part: np.zeros(8) for part, _ in SHARES.values()}
    wholes = {whole: np.zeros(8) for _, whole in SHARES.values()}
    empty = window(
        4, n_active=np.zeros(8), new_churned=np.zeros(8), new_expected_churned=np.zeros(8), **wholes, **parts
    )
    found = measure(empty, empty)
    assert [found[name] for name in SHARES] == [0.0] * len(SHARES)
    assert [found[name] for name in WEIGHTED] == [0.0] * len(WEIGHTED)
    assert found["retention_per_year"] == found["expected_retention_per_year"] == 1.0
    assert math.isfinite(found["cost_to_serve"])


def test_the_board_decides_by_seven_outcomes() -> None:
    """What the first table of the README shows: loyalty, how many customers there are, and money."""
    assert [name for name, outcome in OUTCOMES.items() if outcome.headline] == [
        "retention_per_year", "mean_satisfaction", "nps", "n_active_end", "npv", "npv_with_equity", "profit_per_year",
    ]  # fmt: skip


def test_a_share_of_one_is_a_share() -> None:
    single = {whole: np.array([0.0] * 7 + [1.0]) for _, whole in SHARES.values()}
    found = measure(window(4, **single), window(4, **single))
    assert [found[name] for name in SHARES] == [12.0, 16.0, 20.0, 24.0]
