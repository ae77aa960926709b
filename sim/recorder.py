"""What is kept of every period: series, departments, accounts and hand-offs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.market.flows import Flows

if TYPE_CHECKING:
    from sim.model import CustomerExperienceModel

Vector = NDArray[np.float64]

_GAPS = ("knowledge_gap", "specification_gap", "delivery_gap", "perception_gap", "communication_gap")
_FATES = ("proposed", "refused", "piloted", "scaled", "dropped")
_MEANS = ("morale", "load", "gaming", "staff", "eroded_standard", "effort", "experience_effort")


def market_series(flows: Flows) -> dict[str, float]:
    """Return the series of one period that the market alone explains."""
    active = max(flows.active, 1e-300)
    encounters = float(flows.encounters.sum())
    return {
        "n_active": flows.active,
        "new_acquired": flows.acquired,
        "new_churned": flows.churned,
        "new_expected_churned": flows.expected_churn,
        "mean_satisfaction": flows.satisfaction_sum / active,
        "sd_satisfaction": max(0.0, flows.satisfaction_square_sum / active - (flows.satisfaction_sum / active) ** 2)
        ** 0.5,
        "mean_reported_satisfaction": flows.reported_sum / active,
        "share_satisfied": flows.satisfied / active,
        "nps": 100.0 * (flows.promoters - flows.detractors) / active,
        "share_loyal": flows.loyal / active,
        "share_of_wallet": flows.revenue / max(flows.value_sum, 1e-300),
        "mean_tenure_years": flows.tenure_sum / active,
        "new_encounters": encounters,
        "new_failures": float(flows.failures.sum()),
        "new_handoffs": float(flows.handoff_attempts.sum()),
        "new_handoff_failures": float(flows.handoff_failures.sum()),
        "new_channel_changes": flows.channel_attempts,
        "new_channel_failures": flows.channel_failures,
        "new_complaints": float(flows.complaints.sum()),
        "new_recoveries": float(flows.recoveries.sum()),
        "new_journeys": float(flows.journeys.sum()),
        "new_journeys_failed": float(flows.journeys_failed.sum()),
        "new_mentions_positive": flows.mentions_positive,
        "new_mentions_negative": flows.mentions_negative,
        "mean_quality": float(flows.quality_sum.sum()) / max(encounters, 1e-300),
        "mean_perceived_quality": float(flows.perceived_sum.sum()) / max(encounters, 1e-300),
        "mean_expectation": float(flows.expectation_sum.sum()) / max(encounters, 1e-300),
    }


def _named(firm: dict[str, float]) -> dict[str, float]:
    """Name the scalars of the firm as series are named: what adds up over time begins with ``new_``."""
    names = {fate: f"new_initiatives_{fate}" for fate in _FATES} | {"turnover": "new_holders_left"}
    return {names.get(name, name): value for name, value in firm.items()}


class Recorder:
    """Keeps every period of one replicate in arrays that are sized once.

    Parameters
    ----------
    n_periods
        Periods of the run.
    """

    def __init__(self, n_periods: int) -> None:
        self._n_periods = n_periods
        self.series: dict[str, Vector] = {}
        """Series by name, each of shape (n_periods,)."""
        self.departments: dict[str, Vector] = {}
        """Department columns by name, each of shape (n_periods, n_departments)."""
        self.accounts: dict[str, Vector] = {}
        """Account lines by name, currency per period, each of shape (n_periods,)."""
        self.handoffs: dict[str, Vector] = {}
        """Hand-offs after the switch: attempts and failures, index (from, to)."""

    def record(self, model: CustomerExperienceModel) -> None:
        """Keep the period that the model has just lived."""
        period, flows = model.period, model.flows
        departments, firm = model.company.record(period)
        row = market_series(flows) | _named(firm)
        for name in _GAPS:
            row[f"mean_{name}"] = float(np.mean(departments[name]))
        for name in _MEANS:
            row[f"mean_{name}"] = float(np.mean(departments[name]))
        row["gaming_bias"] = firm["kpi_measured"] - firm["kpi_true"]
        counts = {
            "encounters": flows.encounters,
            "failures": flows.failures,
            "complaints": flows.complaints,
            "recoveries": flows.recoveries,
        }
        for name, value in row.items():
            self._column(self.series, name, ())[period] = value
        for name, values in (departments | counts).items():
            self._column(self.departments, name, np.shape(values))[period] = values
        for name, value in model.account.items():
            self._column(self.accounts, name, ())[period] = value
        if period >= model.parameters.time.n_burn_in:
            for name, matrix in (("attempts", flows.handoff_attempts), ("failures", flows.handoff_failures)):
                self.handoffs[name] = self.handoffs.get(name, np.zeros_like(matrix)) + matrix

    def _column(self, table: dict[str, Vector], name: str, shape: tuple[int, ...]) -> Vector:
        """Return a column, made of NaN when its name is first recorded."""
        if name not in table:
            table[name] = np.full((self._n_periods, *shape), np.nan)
        return table[name]
