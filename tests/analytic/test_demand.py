"""What journeys ask of departments, added up by hand over two journeys and two segments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.organisation.demand import expected_demand
from sim.parameters import Parameters
from tests.markets import parameters_with

CRASH = {"rate_per_year": 0.1, "importance": 3.0, "rel_severity": 2.0}
QUESTION = {"rate_per_year": 2.0, "importance": 0.5, "rel_severity": 0.5}


def two_journeys(**importance: float) -> Parameters:
    steps = {"crash": ("sales", "support", "support", "operations"), "question": ("operations", "support")}
    journeys: dict[str, Any] = {
        name: {**rules, "importance": importance.get(name, rules["importance"]),
               "steps": [{"department": department} for department in steps[name]]}
        for name, rules in (("crash", CRASH), ("question", QUESTION))
    }  # fmt: skip
    segments = {"drivers": {"share": 0.25, "journey_rates": {"crash": 3.0}}, "others": {"share": 0.75}}
    recovery = {"experience.recovery.complaint_share": 0.4, "experience.recovery.severity": 1.5}
    return parameters_with(**{"journeys": journeys, "population.segments": segments}, **recovery)


def test_demand_by_hand() -> None:
    found = expected_demand(two_journeys())
    # Drivers crash three times as often: 0.1 x (0.25 x 3 + 0.75) = 0.15 a year; everybody asks twice.
    assert found.encounters == pytest.approx(np.array([0.15, 2.15, 2.30]))
    crash, question = 1.0 - 0.6**3.0, 1.0 - 0.6**0.75
    assert found.complaint_encounters == pytest.approx(
        np.array([0.15 * crash, 0.15 * crash + 2.0 * question, 0.30 * crash + 2.0 * question])
    )
    handoffs = np.zeros((3, 3))
    handoffs[0, 2] = handoffs[2, 1] = 0.15 * crash
    handoffs[1, 2] = 2.0 * question
    assert found.complaint_handoffs == pytest.approx(handoffs)
    touch = np.array([0.45, 0.45 + 1.0, 0.90 + 1.0])
    assert found.touch_weight == pytest.approx(touch / touch.mean())
    weights = np.zeros((2, 3, 3))
    weights[0, 0, 2] = weights[0, 2, 1] = 0.45
    weights[1, 1, 2] = 1.0
    assert found.journey_handoff_weight == pytest.approx(weights / touch.mean())
    assert found.handoff_weight == pytest.approx(weights.sum(axis=0) / touch.mean())


@pytest.mark.parametrize(
    ("crash", "question", "moments"),
    [(3.0, 0.5, [True, False]), (1.0, 1.0, [True, True]), (0.7, 0.9, [False, True])],
)
def test_moments_of_truth_are_journeys_of_average_importance_or_more(
    crash: float, question: float, moments: list[bool]
) -> None:
    assert expected_demand(two_journeys(crash=crash, question=question)).moment_of_truth.tolist() == moments
