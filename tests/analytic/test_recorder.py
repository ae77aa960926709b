"""What is kept of a period: series of the market added up by hand, tables that hold every period in its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.recorder import LivedPeriod, Recorder, market_series
from tests.flows_cases import flows

MEANS = (
    "knowledge_gap", "specification_gap", "delivery_gap", "perception_gap", "communication_gap", "morale", "load",
    "gaming", "staff", "eroded_standard", "effort", "experience_effort",
)  # fmt: skip
FATES = ("proposed", "refused", "piloted", "scaled", "dropped")


def test_the_series_of_the_market_are_what_they_add_up_to_by_hand() -> None:
    assert market_series(flows()) == pytest.approx(
        {
            "n_active": 50.0,
            "new_acquired": 6.0,
            "new_churned": 3.0,
            "new_expected_churned": 2.5,
            "mean_satisfaction": 0.4,
            "sd_satisfaction": 0.6,  # of 26 / 50 less 0.16
            "mean_reported_satisfaction": 0.3,
            "share_satisfied": 0.7,
            "nps": 30.0,
            "share_loyal": 0.6,
            "share_of_wallet": 1.25,
            "mean_tenure_years": 3.2,
            "new_encounters": 40.0,
            "new_failures": 5.0,
            "new_handoffs": 16.0,
            "new_handoff_failures": 3.0,
            "new_channel_changes": 14.0,
            "new_channel_failures": 4.0,
            "new_complaints": 9.0,
            "new_recoveries": 5.0,
            "new_journeys": 24.0,
            "new_journeys_failed": 7.0,
            "new_mentions_positive": 21.0,
            "new_mentions_negative": 17.0,
            "mean_quality": -0.2,
            "mean_perceived_quality": 0.4,
            "mean_expectation": 0.25,
        }
    )


def test_a_market_in_which_nobody_is_ours_has_zeros() -> None:
    nothing = {name: np.zeros_like(getattr(flows(), name)) for name in flows().__slots__}
    assert set(market_series(flows(**{name: value + 0.0 for name, value in nothing.items()})).values()) == {0.0}


def test_rounding_of_sums_leaves_no_spread_below_zero() -> None:
    alike = flows(satisfaction_sum=50.0 * 0.3, satisfaction_square_sum=50.0 * 0.09 * (1.0 - 1e-15))
    assert market_series(alike)["sd_satisfaction"] == 0.0


def period(number: int, **changes: Any) -> LivedPeriod:
    """Return a period of two, the second after the switch."""
    departments = {name: np.array([0.0, 2.0 * rank + number]) for rank, name in enumerate(MEANS)}
    firm = {fate: float(rank) for rank, fate in enumerate(FATES)}
    firm |= {"turnover": 9.0, "kpi_measured": 1.5, "kpi_true": 0.25, "promise": 0.125}
    return LivedPeriod(number, flows(**changes), departments, firm, {"revenue": 10.0 + number, "profit": 3.0})


def test_a_period_is_kept_whole_and_in_its_place() -> None:
    recorder = Recorder(3, 1)
    recorder.record(period(0))
    recorder.record(period(1, acquired=8.0))
    series = recorder.series
    assert series["new_acquired"].tolist()[:2] == [6.0, 8.0]
    assert all(np.isnan(column[2]).all() and np.isfinite(column[:2]).all() for column in series.values())
    for rank, name in enumerate(MEANS):
        assert series[f"mean_{name}"].tolist()[:2] == [rank, rank + 0.5]
        assert recorder.departments[name][:2].tolist() == [[0.0, 2.0 * rank], [0.0, 2.0 * rank + 1.0]]
    for rank, fate in enumerate(FATES):
        assert series[f"new_initiatives_{fate}"][1] == rank
        assert fate not in series
    assert series["new_holders_left"][0] == 9.0
    assert series["gaming_bias"][0] == 1.25
    assert series["promise"][0] == 0.125
    kept = {"encounters": [10, 30], "failures": [2, 3], "complaints": [3, 6], "recoveries": [1, 4]}
    for name, expected in kept.items():
        assert recorder.departments[name][0].tolist() == expected
    assert recorder.accounts["revenue"].tolist()[:2] == [10.0, 11.0]


def test_handoffs_are_added_up_from_the_switch_on() -> None:
    recorder = Recorder(3, 1)
    for number in range(3):
        recorder.record(period(number))
    assert recorder.handoffs["attempts"].tolist() == [[0.0, 14.0], [18.0, 0.0]]
    assert recorder.handoffs["failures"].tolist() == [[0.0, 4.0], [2.0, 0.0]]


@pytest.mark.parametrize(("changed", "words"), [
    ({"profit": 1.0, "revenue": 2.0}, "their order"), ({"revenue": 1.0, "loss": 2.0}, "loss"),
])  # fmt: skip
def test_a_period_with_other_columns_is_refused(changed: dict[str, float], words: str) -> None:
    recorder = Recorder(2, 1)
    recorder.record(period(0))
    other = period(1)._replace(account=changed)
    with pytest.raises(ValueError, match=f"other columns: .*{words}"):
        recorder.record(other)
