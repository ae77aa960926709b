"""What must emerge among customers, by the numbers of theory; nothing tested here is set anywhere."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest

from sim.market.kernels.churn import churn_exponent, churn_hazard
from sim.market.kernels.experience import encounter_satisfaction
from sim.market.kernels.recovery import tell_probability
from sim.market.market import Market
from sim.market.offer import Offer
from sim.market.rules import build_rules
from sim.parameters import Calibration, Journey, Parameters
from tests.emergent import Vector, changed, market_under, preset, replicates
from tests.markets import market_of, parameters_with, plain_offer

needs_jit = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="too many customers without compilation")


# ---- word of mouth


def test_a_unit_of_dissatisfaction_is_told_to_twice_as_many_as_a_unit_of_satisfaction() -> None:
    word = preset().experience.word_of_mouth
    rates = (word.strength * word.tell_base, word.strength * word.tell_positive, word.strength * word.tell_negative)
    neutral, pleased, angry = (tell_probability(satisfaction, *rates) for satisfaction in (0.0, 1.0, -1.0))
    assert (angry - neutral) / (pleased - neutral) == pytest.approx(2.0, rel=1e-12)


@needs_jit
def test_two_to_four_and_a_half_positive_mentions_circulate_for_each_negative_one() -> None:
    """Over seven years, four replicates; the mean has a standard error of 0.1."""
    runs = replicates(changed(preset(), **{"population.n_customers": 10_000}), 4)
    positive, negative = (
        sum(run.series[f"new_mentions_{kind}"].sum() for run in runs) for kind in ("positive", "negative")
    )
    assert 2.0 < positive / negative < 4.5


# ---- losses loom larger


def _noise_free(loss_aversion: float) -> Parameters:
    """Return the base preset without chance in encounters, with the crash as its only journey."""
    parameters = changed(
        preset(),
        **{
            "experience.perception.loss_aversion": loss_aversion,
            "experience.perception.encounter_sd": 0.0,
            "experience.perception.personal_satisfaction_sd": 0.0,
            "experience.perception.personal_requirement_sd": 0.0,
            "experience.channel_handoff_failure": 0.0,
            "experience.channels": {},
            "population.n_customers": 500,
        },
    )
    # Departments that no journey visits would not pass validation; here they only stand by.
    return parameters.model_copy(update={"journeys": {"crash": parameters.journeys["crash"]}})


def _moves(parameters: Parameters, journey: Journey) -> tuple[float, float]:
    """Return how far a journey of quality -1 and one of +1 move satisfaction, from E = N = nu = mu = 0."""
    parameters = parameters.model_copy(update={"journeys": {"crash": journey}})
    n = len(parameters.organisation.departments)
    moved = []
    for quality in (-1.0, 1.0):
        offer = plain_offer(n, quality=np.full((2, n), quality))
        market = market_of(parameters, offer)
        market.state.expectation[:] = 0.0
        market.state.contacts[:] = 0
        market.state.satisfaction[:] = market.calibration.satisfaction_intercept
        market.live(offer, 0)
        once = market.state.contacts.sum(axis=0) == len(journey.steps)
        moves = market.state.satisfaction[once] - market.calibration.satisfaction_intercept
        assert moves.size > 5
        np.testing.assert_allclose(moves, moves[0], rtol=1e-12)
        moved.append(float(moves[0]))
    return moved[0], moved[1]


@pytest.mark.parametrize(("loss_aversion", "low", "high"), [(2.0, 1.3, 2.0), (1.0, 0.95, 1.05)])
def test_a_bad_encounter_moves_satisfaction_more_than_an_equally_good_one_under_loss_aversion(
    loss_aversion: float, low: float, high: float
) -> None:
    """At most in the ratio of loss aversion itself; equally without it."""
    rules = build_rules(_noise_free(loss_aversion), Calibration()).perceiving
    worse, neutral, better = (encounter_satisfaction(x, 0.0, 0.0, 0.0, rules) for x in (-1.0, 0.0, 1.0))
    assert low <= (neutral - worse) / (better - neutral) <= high


@pytest.mark.parametrize("n_steps", [1, 4])
@pytest.mark.parametrize(("loss_aversion", "low", "high"), [(2.0, 1.3, 2.0), (1.0, 0.95, 1.05)])
def test_a_bad_journey_moves_satisfaction_more_than_an_equally_good_one_under_loss_aversion(
    loss_aversion: float, low: float, high: float, n_steps: int
) -> None:
    """One encounter, and the whole crash with every encounter alike."""
    parameters = _noise_free(loss_aversion)
    crash = parameters.journeys["crash"]
    worse, better = _moves(parameters, crash.model_copy(update={"rate_per_year": 2.0, "steps": crash.steps[:n_steps]}))
    assert worse < 0.0 < better
    assert low <= -worse / better <= high


# ---- satisfaction and leaving


def _hazards(market: Market, satisfaction: Vector) -> Vector:
    """Return the yearly hazard of each customer of ours at a given satisfaction, all else as found."""
    state, moving = market.state, market.rules.moving
    scalars = moving.scalars
    rival = scalars.rival_intercept
    ours = np.flatnonzero(state.ours)
    return np.array(
        [
            churn_hazard(
                scalars.baseline_hazard * moving.segment_hazard[state.segment[i]] * state.frailty[i],
                churn_exponent(
                    moving.sensitivity[state.segment[i]],
                    level - rival,
                    scalars.price_effect,
                    0.0,
                    scalars.tenure_effect,
                    math.log(1.0 + state.tenure[i] * scalars.period_years),
                ),
            )
            for i, level in zip(ours.tolist(), satisfaction.tolist(), strict=True)
        ]
    )


def _market_after_three_years(competition: float) -> tuple[Market, Vector, float, float]:
    """Return a market, satisfaction of its customers of ours, and satisfaction 1.5 SD below and above their mean."""
    parameters = changed(preset(), **{"market.competition": competition, "population.n_customers": 60_000})
    market, offer = market_under(parameters, seed=11)
    for period in range(3 * parameters.time.periods_per_year):
        market.step(offer, period)
    satisfaction = market.state.satisfaction[market.state.ours == 1]
    mean, spread = float(satisfaction.mean()), float(satisfaction.std())
    return market, satisfaction, mean - 1.5 * spread, mean + 1.5 * spread


def _observed_ratio(hazards: Vector, satisfaction: Vector, low: float, high: float) -> float:
    """Return mean hazard of customers near ``low`` over that of customers near ``high``, whoever they are."""
    width = (high - low) / 12.0
    near = [hazards[np.abs(satisfaction - level) < width].mean() for level in (low, high)]
    return float(near[0] / near[1])


@needs_jit
def test_the_dissatisfied_leave_four_times_as_fast_as_the_satisfied_under_competition() -> None:
    """All else equal, at the preset's competition; the spread of satisfaction has a standard error of 0.5 %."""
    market, satisfaction, low, high = _market_after_three_years(preset().market.competition)
    dissatisfied, satisfied = (_hazards(market, np.full_like(satisfaction, level)).mean() for level in (low, high))
    assert dissatisfied / satisfied >= 4.0


@needs_jit
def test_customers_seen_to_be_dissatisfied_leave_four_times_as_fast_under_full_competition() -> None:
    """Whoever they are: those who stayed dissatisfied are the loyal by nature, which makes the gap smaller."""
    market, satisfaction, low, high = _market_after_three_years(1.0)
    assert _observed_ratio(_hazards(market, satisfaction), satisfaction, low, high) >= 4.0


@needs_jit
def test_the_dissatisfied_stay_all_the_same_under_monopoly() -> None:
    """At most 1.1 times; the ratio of the two groups of 1,200 has a standard error of 0.03."""
    market, satisfaction, low, high = _market_after_three_years(0.0)
    hazards = _hazards(market, satisfaction)
    np.testing.assert_array_equal(_hazards(market, np.full_like(satisfaction, low)), hazards)
    assert 0.9 < _observed_ratio(hazards, satisfaction, low, high) < 1.1


# ---- recovery


def _random_customers(rng: np.random.Generator) -> Parameters:
    """Return customers of any kind, among them those far outside the plausible ranges."""
    return parameters_with(
        **{
            "population.n_customers": 150,
            "population.initial_share": 0.9,
            "journeys.purchase.rate_per_year": 6.0,
            "journeys.purchase.importance": rng.uniform(0.1, 5.0),
            "experience.perception.loss_aversion": rng.uniform(1.0, 5.0),
            "experience.perception.zone_lower": rng.uniform(0.0, 2.0),
            "experience.perception.zone_upper": rng.uniform(0.0, 2.0),
            "experience.perception.assimilation": rng.uniform(0.0, 0.95),
            "experience.perception.contrast": rng.uniform(0.0, 0.95),
            "experience.perception.quality_weight": rng.uniform(0.0, 2.0),
            "experience.perception.disconfirmation_weight": rng.uniform(0.0, 2.0),
            "experience.memory.peak_weight": rng.uniform(0.0, 1.0),
            "experience.memory.satisfaction_gain": rng.uniform(0.0, 1.0),
            "experience.recovery.severity": rng.uniform(0.0, 5.0),
            "experience.recovery.complaint_share": rng.uniform(0.0, 1.0),
            "experience.recovery.loyalty_restored": rng.choice([rng.uniform(0.0, 0.999), 0.999]),
            "experience.recovery.glow": rng.uniform(0.0, 3.0),
            "experience.recovery.double_deviation": rng.uniform(1.0, 5.0),
        }
    )


def _after_one_journey(parameters: Parameters, failure: Vector, recovery: float, seed: int) -> tuple[Vector, Vector]:
    """Return satisfaction and reported satisfaction of those who made one journey, from the same state and luck."""
    n = failure.shape[0]
    market = market_of(parameters, plain_offer(n), seed=seed)
    market.state.contacts[:] = 0
    failing = plain_offer(n, failure_probability=np.stack([failure, failure]), recovery_probability=recovery)
    market.live(failing, 0)
    once = (market.state.contacts == 1).all(axis=0)
    satisfaction = market.state.satisfaction[once]
    return satisfaction, satisfaction + market.state.transient[once]


def test_a_failed_journey_never_leaves_more_loyalty_than_a_flawless_one_however_well_it_is_recovered() -> None:
    """Same luck with and without failures, 80 kinds of customers; loyalty is what leaving and spending see."""
    rng = np.random.default_rng(5)
    n_journeys = 0
    for seed in range(80):
        parameters, failure = _random_customers(rng), rng.choice([0.0, 0.3, 1.0], size=3)
        failed, _ = _after_one_journey(parameters, failure, 0.8, seed)
        flawless, _ = _after_one_journey(parameters, np.zeros(3), 0.8, seed)
        assert np.all(failed <= flawless + 1e-9 * np.maximum(1.0, np.abs(flawless)))
        n_journeys += failed.size
    assert n_journeys > 2000


@pytest.mark.parametrize(("restored", "glow", "paradox"), [(0.7, 0.4, True), (0.3, 0.4, False), (0.3, 1.2, True)])
def test_recovery_may_make_what_customers_report_better_than_if_nothing_had_failed(
    restored: float, glow: float, paradox: bool
) -> None:
    """It does where what is restored and the glow exceed the loss together; of three failures, all are recovered."""
    parameters = parameters_with(
        **{
            "population.n_customers": 400,
            "experience.recovery.complaint_share": 1.0,
            "experience.recovery.loyalty_restored": restored,
            "experience.recovery.glow": glow,
        }
    )
    loyalty, report = _after_one_journey(parameters, np.ones(3), 1.0, seed=1)
    flawless, flawless_report = _after_one_journey(parameters, np.zeros(3), 1.0, seed=1)
    assert loyalty.size > 10
    assert np.all(loyalty < flawless)
    assert np.all((report > flawless_report) == paradox)


@needs_jit
def test_years_of_recovered_failures_cost_loyalty_in_the_base_preset() -> None:
    """One encounter in ten fails and every complaint is won back, against no failures: after three years, same luck.

    The paired difference of satisfaction is known to 0.001; reported satisfaction gains in the first months.
    """
    parameters = changed(preset(), **{"population.n_customers": 20_000, "experience.recovery.complaint_share": 1.0})
    offer = market_under(parameters, seed=3)[1]
    nothing = np.zeros_like(offer.failure_probability)
    flawless = offer._replace(failure_probability=nothing, handoff_failure=np.zeros_like(offer.handoff_failure))
    recovered = flawless._replace(failure_probability=nothing + 0.1, recovery_probability=1.0)
    markets = [market_under(parameters, seed=3)[0] for _ in range(2)]
    expected_churn, satisfaction, reported = np.zeros((3, 36, 2))
    for period in range(36):
        for index, (market, what) in enumerate(zip(markets, (recovered, flawless), strict=True)):
            flows = market.step(what, period)
            expected_churn[period, index] = flows.expected_churn / flows.active
            satisfaction[period, index] = flows.satisfaction_sum / flows.active
            reported[period, index] = flows.reported_sum / flows.active
    assert reported[0, 0] > reported[0, 1]
    assert np.all(satisfaction[:, 0] < satisfaction[:, 1])
    assert satisfaction[-1, 0] < satisfaction[-1, 1] - 0.01
    assert np.all(expected_churn[6:, 0] > expected_churn[6:, 1])


# ---- quality, satisfaction, revenue


def _losses(parameters: Parameters, seed: int, n_years: int) -> tuple[Vector, Vector]:
    """Return what a year of quality lower by 0.5 takes from satisfaction and from revenue (share of it), by period."""
    ppy = parameters.time.periods_per_year
    satisfaction, revenue = np.zeros((2, n_years * ppy, 2))
    markets = [market_under(parameters, seed)[0] for _ in range(2)]
    offer = market_under(parameters, seed)[1]
    worse = offer._replace(quality=offer.quality - 0.5)
    for period in range(-ppy, n_years * ppy):
        offers: tuple[Offer, Offer] = (offer, worse if 0 <= period < ppy else offer)
        for index in range(2):
            flows = markets[index].step(offers[index], period + ppy)
            if period >= 0:
                satisfaction[period, index] = flows.satisfaction_sum / flows.active
                revenue[period, index] = flows.revenue
    return satisfaction[:, 0] - satisfaction[:, 1], 1.0 - revenue[:, 1] / revenue[:, 0]


def _months_to_half(loss: Vector) -> float:
    """Return after how many months a loss first reaches half of its peak, between months by interpolation."""
    half = 0.5 * float(loss.max())
    after = int(np.argmax(loss >= half))
    before = loss[after - 1] if after > 0 else 0.0
    return after + float((half - before) / (loss[after] - before))


@needs_jit
def test_revenue_follows_satisfaction_after_three_to_twelve_months() -> None:
    """After a year of lower quality half of the peak loss comes so much later; the lag has a standard error of 0.4."""
    parameters = changed(preset(), **{"population.n_customers": 15_000})
    losses = [_losses(parameters, seed, n_years=5) for seed in range(4)]
    satisfaction, revenue = (np.mean([pair[index] for pair in losses], axis=0) for index in range(2))
    assert math.isclose(satisfaction[-1], 0.0, abs_tol=0.2 * satisfaction.max())
    assert 3.0 <= _months_to_half(revenue) - _months_to_half(satisfaction) <= 12.0
