"""Companies to try: the levers of an accountable officer, links cut, a short clock."""

from __future__ import annotations

import numpy as np

ACCOUNTABLE = {
    "governance.added_cx_weight": 0.5,
    "governance.local_weight_offset": 0.4,
    "governance.attribution": 0.5,
    "governance.decision_rights": 0.7,
    "governance.role_held": 1.0,
    "governance.listening": 1.0,
    "governance.talk_gain": 0.7,
    "governance.rel_office": 1.0,
    "governance.rel_budget": 1.0,
    "governance.turnover_per_year": 0.34,
    "governance.decision_lag_months": 1.0,
}
LINKS_OFF = {
    f"organisation.links.{name}": False
    for name in ("quality", "handoffs", "promise", "recovery", "requirement", "operating_cost")
}
SHORT = {"time.burn_in_years": 1.0, "time.horizon_years": 2.0}


def same(left, right):
    return all(np.array_equal(a[key], b[key]) for a, b in zip(left, right, strict=True) for key in a)
