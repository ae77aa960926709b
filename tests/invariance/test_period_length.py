"""Quarters, months and weeks describe the same company: rates are per year, and no result depends on the clock."""

from __future__ import annotations

from functools import cache

import numba
import numpy as np
import pytest

from sim.market.calibration import calibrate
from sim.market.market import Market
from sim.organisation.status_quo import status_quo_offer
from sim.parameters import Calibration, Parameters
from tests.emergent import Vector, changed, preset, replicates

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="too many customers without compilation")

PERIODS = (4, 12, 52)
TOLERANCE = 0.03
"""Relative difference between two lengths of period that is accepted."""
NPS_TOLERANCE = 1.5
"""The same for the net promoter score, points: 3 % of the 50 points between the industries of the presets."""
RELATIVE = ("retention_per_year", "mean_satisfaction", "n_active_end", "npv", "npv_with_equity", "profit_per_year")


def _with_periods(parameters: Parameters, periods_per_year: int, constants: Calibration | None) -> Parameters:
    given = None if constants is None else constants.model_dump()
    return changed(parameters, **{"time.periods_per_year": periods_per_year, "market.calibration": given})


@cache
def _constants(periods_per_year: int) -> Calibration:
    """Return the constants of the base preset, solved with periods of this length."""
    parameters = _with_periods(preset(), periods_per_year, None)
    return calibrate(parameters, status_quo_offer(parameters))


@cache
def _market_outcomes(periods_per_year: int) -> dict[str, float]:
    """Return what seven years of the status quo come to, with the constants solved with months."""
    parameters = _with_periods(
        changed(preset(), **{"population.n_customers": 40_000}), periods_per_year, _constants(12)
    )
    offer = status_quo_offer(parameters)
    market = Market(parameters, _constants(12), offer, seed=7)
    flows = [market.step(offer, period) for period in range(7 * periods_per_year)]
    last = flows[-2 * periods_per_year :]
    active = sum(one.active for one in last)
    return {
        "mean_satisfaction": sum(one.satisfaction_sum for one in last) / active,
        "retention_per_year": (1.0 - sum(one.expected_churn for one in last) / active) ** periods_per_year,
        "revenue_per_year": sum(one.revenue for one in last) / 2.0,
        "encounters_per_year": sum(float(one.encounters.sum()) for one in flows) / 7.0,
        "n_active_end": flows[-1].active,
        "nps": 100.0 * sum(one.promoters - one.detractors for one in last) / active,
    }


@pytest.mark.parametrize("periods_per_year", [4, 52])
def test_customers_live_the_same_in_quarters_and_in_weeks_as_in_months(periods_per_year: int) -> None:
    """Within 3 %: four standard errors or more of every outcome (the largest, of satisfaction and customers: 0.7 %)."""
    months, others = _market_outcomes(12), _market_outcomes(periods_per_year)
    for name, value in others.items():
        allowed = NPS_TOLERANCE if name == "nps" else TOLERANCE * abs(months[name])
        assert value == pytest.approx(months[name], abs=allowed), name


@pytest.mark.parametrize("periods_per_year", [4, 52])
def test_the_solve_finds_the_same_constants_with_quarters_and_with_weeks(periods_per_year: int) -> None:
    """Within four standard errors of two independent solves; they are luck of the pilots, 1 to 2 % each."""
    months, others = _constants(12), _constants(periods_per_year)
    assert others.satisfaction_intercept == pytest.approx(months.satisfaction_intercept, abs=0.05)
    assert others.mean_satisfaction == pytest.approx(months.mean_satisfaction, abs=0.05)
    assert others.baseline_hazard_per_year == pytest.approx(months.baseline_hazard_per_year, rel=0.06)
    assert others.advertising_scale == pytest.approx(months.advertising_scale, rel=0.04)
    assert others.satisfaction_slope == pytest.approx(months.satisfaction_slope, rel=0.12)


@cache
def _company_outcomes(scenario: str, periods_per_year: int) -> dict[str, Vector]:
    """Return headline outcomes by replicate, without initiatives: their luck alone would take 300 replicates."""
    changes = {"population.n_customers": 5000, "organisation.frozen.initiatives": True}
    parameters = _with_periods(changed(preset(scenario), **changes), periods_per_year, _constants(12))
    runs = replicates(parameters, 24)
    return {name: np.array([run.summary[name] for run in runs]) for name in (*RELATIVE, "nps")}


@pytest.mark.slow
@pytest.mark.parametrize("periods_per_year", [4, 52])
@pytest.mark.parametrize("scenario", ["no_cxo", "accountable_cxo"])
def test_headline_outcomes_are_the_same_in_quarters_and_in_weeks_as_in_months(
    scenario: str, periods_per_year: int
) -> None:
    """Within 3 %; 24 replicates each, because luck cannot be shared between lengths of period.

    The standard error of a difference is 0.4 to 1.4 %, of the net promoter score 0.6 points.
    """
    months, others = _company_outcomes(scenario, 12), _company_outcomes(scenario, periods_per_year)
    for name, values in others.items():
        expected = float(months[name].mean())
        allowed = NPS_TOLERANCE if name == "nps" else TOLERANCE * abs(expected)
        assert float(values.mean()) == pytest.approx(expected, abs=allowed), name
