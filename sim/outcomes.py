"""Every outcome, declared once: name, unit, direction, aggregation and definition.

Names of series tell how they add up over time: ``new_`` sums, ``n_`` is a stock, ``mean_``, ``share_`` and ``rate_``
are averaged. Money lines are those of :mod:`sim.accounts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.accounts import GOVERNANCE_LINES, SERVING_LINES, net_present_value

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of periods of one replicate, as outcomes see it."""

    series: Mapping[str, Vector]
    """Series by name, each of shape (n_periods,)."""
    accounts: Mapping[str, Vector]
    """Account lines by name, currency per period, each of shape (n_periods,)."""
    periods_per_year: int
    discount_rate: float
    equity: float
    """Customer equity at the end of the window, currency, not discounted; NaN where it was not valued."""

    @property
    def years(self) -> float:
        """Length of the window in years."""
        return len(self.accounts["profit"]) / self.periods_per_year

    def total(self, name: str) -> float:
        """Sum of a series over the window."""
        return float(np.sum(self.series[name]))

    def mean(self, name: str) -> float:
        """Mean of a series over the window."""
        return float(np.mean(self.series[name]))

    def money(self, *lines: str) -> float:
        """Sum of account lines over the window, currency."""
        return float(sum(np.sum(self.accounts[line]) for line in lines))


Direction = Literal["more", "less", "neither"]
Aggregation = Literal["last_year", "horizon", "end"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One number about a run, per replicate."""

    name: str
    title: str
    unit: str
    direction: Direction
    """Whether more of it is better for the board."""
    aggregation: Aggregation
    """Window it is taken over: the last year of the horizon, the whole horizon, or its end."""
    definition: str
    group: Literal["loyalty", "profit", "diagnosis"]
    compute: Callable[[Window], float]
    headline: bool = False


def _retention(window: Window) -> float:
    leaving = window.total("new_churned") / max(1e-300, window.total("n_active"))
    return float((1.0 - min(leaving, 1.0)) ** window.periods_per_year)


def _expected_retention(window: Window) -> float:
    leaving = window.total("new_expected_churned") / max(1e-300, window.total("n_active"))
    return float((1.0 - min(leaving, 1.0)) ** window.periods_per_year)


def _weighted(name: str) -> Callable[[Window], float]:
    """Return the mean of a series over customers rather than periods."""
    def compute(window: Window) -> float:
        """Return the mean over a window."""
        active = window.series["n_active"]
        return float(np.dot(window.series[name], active) / max(1e-300, float(active.sum())))

    return compute


def _mean(name: str) -> Callable[[Window], float]:
    return lambda window: window.mean(name)


def _total(name: str) -> Callable[[Window], float]:
    return lambda window: window.total(name)


def _last(name: str) -> Callable[[Window], float]:
    return lambda window: float(window.series[name][-1])


def _share(part: str, whole: str) -> Callable[[Window], float]:
    """Return a total as a share of another; 0 where there is nothing to share."""
    def compute(window: Window) -> float:
        """Return the share over a window."""
        total = window.total(whole)
        return window.total(part) / total if total > 0.0 else 0.0

    return compute


def _mention_ratio(window: Window) -> float:
    """Return positive over negative messages; one negative message is counted at least, so that it is finite."""
    return window.total("new_mentions_positive") / max(1.0, window.total("new_mentions_negative"))


def _npv(window: Window) -> float:
    return net_present_value(window.accounts["profit"], window.periods_per_year, window.discount_rate)


def _discounted_equity(window: Window) -> float:
    """Return customer equity at the end of the window as worth at its beginning."""
    return float(window.equity * (1.0 + window.discount_rate) ** -window.years)


def _yearly(*lines: str) -> Callable[[Window], float]:
    return lambda window: window.money(*lines) / window.years


def _per_customer_year(*lines: str) -> Callable[[Window], float]:
    return lambda window: window.money(*lines) / max(1e-300, window.total("n_active") / window.periods_per_year)


_DECLARED = (
    Outcome("retention_per_year", "Yearly retention", "share", "more", "last_year", "Share of customers who stay a year at the period's rate of leaving.", "loyalty", _retention, headline=True),
    Outcome("expected_retention_per_year", "Expected yearly retention", "share", "more", "last_year", "The same from the probabilities of leaving, without the luck of who leaves.", "loyalty", _expected_retention),
    Outcome("mean_satisfaction", "Mean satisfaction", "satisfaction units", "more", "last_year", "Mean cumulative satisfaction of customers.", "loyalty", _weighted("mean_satisfaction"), headline=True),
    Outcome("share_satisfied", "Share satisfied", "share", "more", "last_year", "Share of customers with satisfaction above 0.", "loyalty", _weighted("share_satisfied")),
    Outcome("nps", "Net promoter score", "points", "more", "last_year", "Share of promoters less share of detractors on reported satisfaction, times 100.", "loyalty", _weighted("nps"), headline=True),
    Outcome("share_loyal", "Loyal share", "share", "more", "last_year", "Share of customers who are satisfied and have been ours for at least a year.", "loyalty", _weighted("share_loyal")),
    Outcome("share_of_wallet", "Share of wallet", "ratio to neutral", "more", "last_year", "Spend over what the same customers would spend if neutral.", "loyalty", _weighted("share_of_wallet")),
    Outcome("n_active_end", "Active customers", "customers", "more", "end", "Customers of ours in the last period.", "loyalty", _last("n_active"), headline=True),
    Outcome("mean_tenure_years", "Mean tenure", "years", "more", "last_year", "Mean time since joining.", "loyalty", _weighted("mean_tenure_years")),
    Outcome("npv", "Net present value", "currency", "more", "horizon", "Profits after the switch, discounted to it.", "profit", _npv, headline=True),
    Outcome("customer_equity", "Customer equity at the end", "currency", "more", "end", "Remaining margin expected of the customers then ours, net of serving and governing, discounted to the switch.", "profit", _discounted_equity),
    Outcome("npv_with_equity", "Net present value with customer equity", "currency", "more", "horizon", "The two together.", "profit", lambda window: _npv(window) + _discounted_equity(window), headline=True),
    Outcome("profit_per_year", "Profit", "currency per year", "more", "last_year", "Profit of the year.", "profit", _yearly("profit"), headline=True),
    Outcome("revenue_per_year", "Revenue", "currency per year", "more", "last_year", "Revenue of the year.", "profit", _yearly("revenue")),
    Outcome("cost_to_serve", "Cost to serve", "currency per customer and year", "less", "last_year", "Service, rework and recovery per customer.", "profit", _per_customer_year(*SERVING_LINES)),
    Outcome("cx_spend", "Spend on governing experience", "currency per year", "neither", "horizon", "Incentive pay, office, initiatives, influence and distraction, per year.", "profit", _yearly(*GOVERNANCE_LINES)),
    Outcome("mean_quality", "Delivered quality", "SD of encounters", "more", "last_year", "Mean quality of encounters, failures included.", "diagnosis", _mean("mean_quality")),
    Outcome("knowledge_gap", "Knowledge gap", "SD of encounters", "less", "last_year", "Requirement less what departments believe it is.", "diagnosis", _mean("mean_knowledge_gap")),
    Outcome("specification_gap", "Specification gap", "SD of encounters", "less", "last_year", "What is believed to be required less what is specified.", "diagnosis", _mean("mean_specification_gap")),
    Outcome("delivery_gap", "Delivery gap", "SD of encounters", "less", "last_year", "What is specified less what is delivered.", "diagnosis", _mean("mean_delivery_gap")),
    Outcome("perception_gap", "Perception gap", "SD of encounters", "less", "last_year", "What is delivered less what is perceived.", "diagnosis", _mean("mean_perception_gap")),
    Outcome("communication_gap", "Communication gap", "SD of encounters", "less", "last_year", "What is promised less what is delivered.", "diagnosis", _mean("mean_communication_gap")),
    Outcome("over_promise", "Over-promise", "SD of encounters", "less", "last_year", "Promise above mean quality.", "diagnosis", _mean("over_promise")),
    Outcome("failures_per_encounter", "Failures in departments", "share of encounters", "less", "last_year", "Encounters that fail in the department itself.", "diagnosis", _share("new_failures", "new_encounters")),
    Outcome("failures_per_handoff", "Failed hand-offs", "share of hand-offs", "less", "last_year", "Hand-offs between departments that fail.", "diagnosis", _share("new_handoff_failures", "new_handoffs")),
    Outcome("share_journeys_failed", "Journeys with a failure", "share of journeys", "less", "last_year", "Journeys with at least one failure of any kind.", "diagnosis", _share("new_journeys_failed", "new_journeys")),
    Outcome("mention_ratio", "Positive to negative mentions", "ratio", "more", "last_year", "Messages from satisfied over messages from dissatisfied customers, of which one at least is counted.", "diagnosis", _mention_ratio),
    Outcome("gaming_bias", "Score inflated by gaming", "satisfaction units", "less", "last_year", "Measured CX score less the true one.", "diagnosis", _mean("gaming_bias")),
    Outcome("mean_morale", "Morale", "ratio to status quo", "more", "last_year", "Mean morale of departments.", "diagnosis", _mean("mean_morale")),
    Outcome("initiatives_scaled", "Initiatives scaled", "initiatives", "more", "horizon", "Pilots judged a success and rolled out.", "diagnosis", _total("new_initiatives_scaled")),
    Outcome("initiatives_dropped", "Initiatives dropped", "initiatives", "neither", "horizon", "Pilots judged a failure.", "diagnosis", _total("new_initiatives_dropped")),
    Outcome("initiatives_refused", "Initiatives refused", "initiatives", "less", "horizon", "Proposals that departments turned down.", "diagnosis", _total("new_initiatives_refused")),
    Outcome("holders_left", "Holders of the role who left", "persons", "neither", "horizon", "Turnover of the CX role.", "diagnosis", _total("new_holders_left")),
)

OUTCOMES: Mapping[str, Outcome] = {outcome.name: outcome for outcome in _DECLARED}
"""All outcomes by name, in the order in which they are shown."""


def measure(window: Window, last_year: Window, names: Iterable[str] = tuple(OUTCOMES)) -> dict[str, float]:
    """Compute outcomes from a window and from its last year.

    Parameters
    ----------
    window
        What outcomes over the horizon and at its end are taken from.
    last_year
        What outcomes of a year are taken from.
    names
        Which outcomes; all by default.

    Returns
    -------
    dict of str to float
        Each in its own unit, :attr:`Outcome.unit`; NaN where the window holds nothing to take it from.
    """
    outcomes = {name: OUTCOMES[name] for name in names}
    return {
        name: float(outcome.compute(last_year if outcome.aggregation == "last_year" else window))
        for name, outcome in outcomes.items()
    }
