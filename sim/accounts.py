"""Every line of the profit and loss account, and what the customers are worth at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.market.flows import Flows
from sim.parameters.finance import Finance

Vector = NDArray[np.float64]

COST_LINES = (
    "direct_cost",
    "service",
    "rework",
    "recovery",
    "acquisition",
    "incentive_pay",
    "office",
    "initiatives",
    "influence",
    "distraction",
)
"""What is taken from revenue, in the order of the account."""
GOVERNANCE_LINES = ("incentive_pay", "office", "initiatives", "influence", "distraction")
"""What governing costs."""
SERVING_LINES = ("service", "rework", "recovery")
"""What serving customers costs."""
LINES = ("revenue", *COST_LINES, "profit")
"""All lines, in the order of the account."""


def post_period(
    flows: Flows,
    unit_costs: Sequence[float] | Vector,
    rework_cost: float,
    recovery_cost: float,
    charges: Mapping[str, float],
    finance: Finance,
) -> dict[str, float]:
    """Return the account of one period, currency; profit is revenue less all costs.

    Parameters
    ----------
    flows
        What happened in the market.
    unit_costs
        Cost of an encounter by department, currency, shape (n_departments,).
    rework_cost, recovery_cost
        Cost of a failure and of a recovered complaint, currency.
    charges
        The governance lines of the period, currency.
    finance
        Margin and acquisition cost.
    """
    failures = float(flows.failures.sum() + flows.handoff_failures.sum()) + flows.channel_failures
    lines = {
        "revenue": flows.revenue,
        "direct_cost": (1.0 - finance.margin) * flows.value_sum,
        "service": float(np.dot(flows.service_weight, np.asarray(unit_costs, dtype=np.float64))),
        "rework": rework_cost * failures,
        "recovery": recovery_cost * float(flows.recoveries.sum()),
        "acquisition": finance.acquisition_cost_eur * flows.acquired,
        **{line: float(charges[line]) for line in GOVERNANCE_LINES},
    }
    lines["profit"] = lines["revenue"] - sum(lines[line] for line in COST_LINES)
    return {line: lines[line] for line in LINES}


def discount_factors(n_periods: int, periods_per_year: int, rate: float) -> Vector:
    """Return what money in the middle of each period after the switch is worth at the switch.

    Parameters
    ----------
    n_periods
        Periods after the switch.
    periods_per_year
        Periods in a year.
    rate
        Discount rate per year, from 0.

    Returns
    -------
    ndarray
        Factors in (0, 1], float64, shape (n_periods,).
    """
    return (1.0 + rate) ** -((np.arange(n_periods) + 0.5) / periods_per_year)


def net_present_value(profit: Vector, periods_per_year: int, rate: float) -> float:
    """Return the present value at the switch of the profits after it, currency.

    Parameters
    ----------
    profit
        Profit of each period after the switch, currency, shape (n_periods,).
    periods_per_year
        Periods in a year.
    rate
        Discount rate per year, from 0.
    """
    return float(np.dot(profit, discount_factors(profit.shape[0], periods_per_year, rate)))


def lifetime_value(margin_per_year: Vector, retention_per_year: Vector, rate: float) -> Vector:
    """Return the present value of customers whose yearly margin starts now: m (1 + i) / (1 + i - r).

    Parameters
    ----------
    margin_per_year
        Margin of each customer, currency per year, shape (n,).
    retention_per_year
        Probability that each stays another year, in [0, 1], shape (n,).
    rate
        Discount rate per year, from 0; above 0 where a customer is sure to stay.

    Returns
    -------
    ndarray
        Currency, float64, shape (n,).

    Notes
    -----
    Source: Gupta, Lehmann & Stuart 2004.
    """
    return np.asarray(margin_per_year * (1.0 + rate) / (1.0 + rate - retention_per_year), dtype=np.float64)


def remaining_values(
    spend_per_year: Vector, value_per_year: Vector, retention_per_year: Vector, burden_per_year: float, finance: Finance
) -> Vector:
    """Return the value at the end of the horizon of each customer then ours, not discounted to the switch.

    Parameters
    ----------
    spend_per_year, value_per_year
        Revenue of each customer at present and at neutral satisfaction, currency per year, shape (n_ours,).
    retention_per_year
        Probability that each stays another year, shape (n_ours,).
    burden_per_year
        Service, rework, recovery, incentive pay and governance per customer and year, currency.
    finance
        Margin and discount rate.

    Returns
    -------
    ndarray
        Currency, float64, shape (n_ours,); their sum is the customer equity.
    """
    margin = spend_per_year - (1.0 - finance.margin) * value_per_year - burden_per_year
    return lifetime_value(margin, retention_per_year, finance.discount_rate)
