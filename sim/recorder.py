"""What is kept of every period: series, departments, accounts and hand-offs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.market.flows import Flows

Vector = NDArray[np.float64]

_NAMES = {
    **{fate: f"new_initiatives_{fate}" for fate in ("proposed", "refused", "piloted", "scaled", "dropped")},
    "turnover": "new_holders_left",
}
"""Scalars of the firm that are named as series are: what adds up over time begins with ``new_``."""
_GAPS = ("knowledge_gap", "specification_gap", "delivery_gap", "perception_gap", "communication_gap")
_MEANS = (*_GAPS, "morale", "load", "gaming", "staff", "eroded_standard", "effort", "experience_effort")
_MEAN_NAMES = tuple(f"mean_{name}" for name in _MEANS)


def market_series(flows: Flows) -> dict[str, float]:
    """Return the series of one period that the market alone explains."""
    active = max(flows.active, 1e-300)
    # Added up at once, which is faster than one by one and the same to the last bit.
    by_department = (
        flows.encounters,
        flows.failures,
        flows.complaints,
        flows.recoveries,
        flows.quality_sum,
        flows.perceived_sum,
        flows.expectation_sum,
    )
    totals = np.array(by_department).sum(axis=1).tolist()
    encounters, failures, complaints, recoveries, quality, perceived, expectation = totals
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
        "new_failures": failures,
        "new_handoffs": float(flows.handoff_attempts.sum()),
        "new_handoff_failures": float(flows.handoff_failures.sum()),
        "new_channel_changes": flows.channel_attempts,
        "new_channel_failures": flows.channel_failures,
        "new_complaints": complaints,
        "new_recoveries": recoveries,
        "new_journeys": float(flows.journeys.sum()),
        "new_journeys_failed": float(flows.journeys_failed.sum()),
        "new_mentions_positive": flows.mentions_positive,
        "new_mentions_negative": flows.mentions_negative,
        "mean_quality": quality / max(encounters, 1e-300),
        "mean_perceived_quality": perceived / max(encounters, 1e-300),
        "mean_expectation": expectation / max(encounters, 1e-300),
    }


class _Table:
    """Columns of one kind, kept in one array that is sized when the first row is added.

    Parameters
    ----------
    n_periods
        Periods of the run.
    """

    def __init__(self, n_periods: int) -> None:
        self._n_periods = n_periods
        self._values: Vector = np.empty(0)
        self._names: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, Vector]:
        """Columns by name, views of the array; NaN in periods not lived yet."""
        return dict(zip(self._names, self._values, strict=True)) if self._names else {}

    def add(self, period: int, row: Mapping[str, float] | Mapping[str, Vector]) -> None:
        """Keep the row of a period; every row names the same columns in the same order."""
        values, names = np.array(list(row.values())), tuple(row)
        if not self._names:
            self._values = np.full((len(row), self._n_periods, *values.shape[1:]), np.nan)
            self._names = names
        elif names != self._names:
            raise ValueError(
                f"a period is recorded with other columns: {set(names) ^ set(self._names) or 'their order'}"
            )
        self._values[:, period] = values


class LivedPeriod(NamedTuple):
    """What is recorded of one period."""

    period: int
    """Number of the period, from 0."""
    flows: Flows
    """What happened in the market."""
    departments: Mapping[str, Vector]
    """Columns of the company by name, each of shape (n_departments,)."""
    firm: Mapping[str, float]
    """Scalars of the company by name."""
    account: Mapping[str, float]
    """Account lines by name, currency."""


class Recorder:
    """Keeps every period of one replicate in arrays that are sized once.

    Parameters
    ----------
    n_periods
        Periods of the run.
    n_burn_in
        Periods before the switch; hand-offs are added up after it.
    """

    def __init__(self, n_periods: int, n_burn_in: int) -> None:
        self._n_burn_in = n_burn_in
        self._series, self._departments, self._accounts = _Table(n_periods), _Table(n_periods), _Table(n_periods)
        self.handoffs: dict[str, Vector] = {}
        """Hand-offs after the switch: attempts and failures, index (from, to)."""

    @property
    def series(self) -> dict[str, Vector]:
        """Series by name, each of shape (n_periods,)."""
        return self._series.columns

    @property
    def departments(self) -> dict[str, Vector]:
        """Department columns by name, each of shape (n_periods, n_departments)."""
        return self._departments.columns

    @property
    def accounts(self) -> dict[str, Vector]:
        """Account lines by name, currency per period, each of shape (n_periods,)."""
        return self._accounts.columns

    def record(self, lived: LivedPeriod) -> None:
        """Keep a period.

        Parameters
        ----------
        lived
            The period just lived; periods are recorded once each, in order.
        """
        flows, departments, firm = lived.flows, lived.departments, lived.firm
        row = market_series(flows)
        row.update((_NAMES.get(name, name), value) for name, value in firm.items())
        row.update(
            zip(_MEAN_NAMES, np.array([departments[name] for name in _MEANS]).mean(axis=1).tolist(), strict=True)
        )
        row["gaming_bias"] = firm["kpi_measured"] - firm["kpi_true"]
        served = {
            "encounters": flows.encounters,
            "failures": flows.failures,
            "complaints": flows.complaints,
            "recoveries": flows.recoveries,
        }
        self._series.add(lived.period, row)
        self._departments.add(lived.period, {**departments, **served})
        self._accounts.add(lived.period, lived.account)
        if lived.period >= self._n_burn_in:
            for name, matrix in (("attempts", flows.handoff_attempts), ("failures", flows.handoff_failures)):
                self.handoffs[name] = self.handoffs.get(name, np.zeros_like(matrix)) + matrix
