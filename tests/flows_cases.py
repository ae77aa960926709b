"""Flows of one period with numbers that can be added up by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.market.flows import Flows


def flows(**changes: Any) -> Flows:
    """Return the flows of two departments and two journeys, some replaced; no two numbers are alike by chance."""
    values: dict[str, Any] = {
        "encounters": [10.0, 30.0],
        "failures": [2.0, 3.0],
        "quality_sum": [4.0, -12.0],
        "perceived_sum": [6.0, 10.0],
        "expectation_sum": [3.0, 7.0],
        "complaints": [3.0, 6.0],
        "recoveries": [1.0, 4.0],
        "service_weight": [12.0, 25.0],
        "handoff_attempts": [[0.0, 7.0], [9.0, 0.0]],
        "handoff_failures": [[0.0, 2.0], [1.0, 0.0]],
        "channel_attempts": 14.0,
        "channel_failures": 4.0,
        "journeys": [11.0, 13.0],
        "journeys_failed": [5.0, 2.0],
        "journeys_handoff_failed": [1.0, 1.0],
        "mentions_positive": 21.0,
        "mentions_negative": 17.0,
        "active": 50.0,
        "revenue": 1000.0,
        "value_sum": 800.0,
        "satisfaction_sum": 20.0,
        "satisfaction_square_sum": 26.0,
        "reported_sum": 15.0,
        "satisfied": 35.0,
        "promoters": 24.0,
        "detractors": 9.0,
        "loyal": 30.0,
        "tenure_sum": 160.0,
        "expected_churn": 2.5,
        "churned": 3.0,
        "acquired": 6.0,
    }
    arrays = {name: np.array(value) if isinstance(value, list) else value for name, value in (values | changes).items()}
    return Flows(**arrays)
