"""The twin's experience of a journey against numbers worked out by hand."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest

from sim.market.state import State
from sim.parameters import Calibration, Experience, Journey, Parameters, Step
from sim.parameters.experience import Channel, Learning, Perception
from tests.twin.beginnings import blank_state, complete_network, listed_network, random_network, random_state
from tests.twin.companies import varied_company
from tests.twin.comparison import assert_same, assert_same_flows
from tests.twin.journey import cross_journey
from tests.twin.luck import Luck, ScriptedLuck, TwinStream
from tests.twin.market import TwinMarket
from tests.twin.offers import flat_offer, random_offer
from tests.twin.perception import encounter_satisfaction, gain_of_contacts, learning_gain, perceived_quality, remembered
from tests.twin.tally import Tally
from tests.twin.today import Today

NEUTRAL = Calibration(satisfaction_intercept=0.0, mean_satisfaction=0.0, satisfaction_slope=0.5)
FRAILTY = np.ones(4)
PERIOD = 100


def small_parameters() -> Parameters:
    """Return the default company with one journey of one step, one of three, and one that returns."""
    steps = {name: Step(department=name) for name in ("sales", "operations", "support")}
    on_the_web = Step(department="operations", channels={"web": 1.0})
    journeys = {
        "short": Journey(rate_per_year=6.0, steps=(steps["sales"],)),
        "long": Journey(rate_per_year=3.0, importance=2.0, steps=tuple(steps.values())),
        "return": Journey(rate_per_year=1.0, rel_severity=0.5, steps=(steps["sales"], on_the_web, steps["sales"])),
    }
    return Parameters(journeys=journeys, experience=Experience(channels={"web": Channel(quality=-0.1, rel_cost=0.25)}))


def one_customer(state: State | None = None, luck: Luck | None = None) -> TwinMarket:
    """Return the market of one customer who expects nothing and has no company."""
    market = TwinMarket(small_parameters(), NEUTRAL, state or blank_state(1, 3), listed_network([[]]), FRAILTY, seed=1)
    market.luck = luck or ScriptedLuck({})
    return market


def live(market: TwinMarket, kind: int, **offer: object) -> Tally:
    """Let the only customer make one journey in ``PERIOD`` and return the tally."""
    tally = Tally(3, 3)
    today = Today(market.rules, market.luck, flat_offer(small_parameters(), **offer), PERIOD, tally)
    cross_journey(market.customers[0], today, 0, kind)
    return tally


def failing(department: int) -> np.ndarray:
    """Return failure probabilities under which one department always fails and no other ever does."""
    probabilities = np.zeros((2, 3))
    probabilities[:, department] = 1.0
    return probabilities


def test_the_gain_is_hyperbolic_without_drift() -> None:
    """V_0 = 4 gives 4/5, 4/9, 4/13, ... = V_0 / (1 + (n + 1) V_0)."""
    gains = gain_of_contacts(Learning(prior_variance=4.0, drift_variance=0.0))
    assert gains == pytest.approx([4.0 / (5.0 + 4.0 * n) for n in range(256)], rel=1e-12)


def test_the_gain_settles_where_drift_and_learning_balance() -> None:
    """V = V / (V + 1) + q has the root V = (q + sqrt(q^2 + 4 q)) / 2, and the gain there is V - q."""
    gains = gain_of_contacts(Learning(prior_variance=4.0, drift_variance=0.03))
    root = (0.03 + math.sqrt(0.03**2 + 4 * 0.03)) / 2
    assert gains[:2] == pytest.approx([0.8, 0.83 / 1.83])
    assert gains[-1] == pytest.approx(root - 0.03, rel=1e-12)
    assert learning_gain(gains, 65535) == gains[255]


@pytest.mark.parametrize(
    ("delivered", "perceived", "satisfaction"),
    [(0.4, 0.33, 0.165), (1.2, 1.01, 0.76), (-0.8, -0.69, -0.935)],
    ids=["inside the zone", "above it", "below it"],
)
def test_one_encounter(delivered: float, perceived: float, satisfaction: float) -> None:
    """Expected .2, required .6: P = x + .25 (.2 - x) - .1 (.6 - x), zone of .3, losses twice, weights .5."""
    found = perceived_quality(delivered, 0.2, 0.6, Perception())
    assert found == pytest.approx(perceived)
    assert encounter_satisfaction(found, 0.2, 1.0, Perception()) == pytest.approx(1.0 + satisfaction)


@pytest.mark.parametrize(("loss_aversion", "ratio"), [(1.0, 1.0), (2.0, 0.975 / 0.7)])
def test_a_loss_weighs_more_than_a_gain(loss_aversion: float, ratio: float) -> None:
    """From rest, 1 SD is perceived as .85: .425 + .5 * .55 up, .425 + .5 * .55 Lambda down."""
    perception = Perception(loss_aversion=loss_aversion)
    up, down = (
        encounter_satisfaction(perceived_quality(shock, 0.0, 0.0, perception), 0.0, 0.0, perception)
        for shock in (1.0, -1.0)
    )
    assert up == pytest.approx(0.7)
    assert -down / up == pytest.approx(ratio)


def test_the_first_of_equal_extremes_is_remembered() -> None:
    """Mean of 1, -2, 2 is 1/3 and the extreme is -2."""
    assert remembered([1.0, -2.0, 2.0], 0.3) == pytest.approx(0.7 / 3 - 0.6)
    assert remembered([1.0, 2.0, -2.0], 0.3) == pytest.approx(0.7 / 3 + 0.6)


def test_a_good_encounter_moves_satisfaction_and_expectation() -> None:
    """Quality 1 gives satisfaction .7, of which 30 % is kept; the first contact teaches 80 %."""
    market = one_customer()
    tally = live(market, 0, quality=np.ones((2, 3))).to_flows()
    customer = market.customers[0]
    assert customer.satisfaction == pytest.approx(0.3 * 0.7)
    assert customer.expectation == pytest.approx([0.8, 0.0, 0.0])
    assert customer.contacts == [1, 0, 0]
    assert tally.perceived_sum == pytest.approx([0.85, 0.0, 0.0])
    assert tally.expectation_sum == pytest.approx([0.0, 0.0, 0.0])
    assert tally.journeys == pytest.approx([1.0, 0.0, 0.0])


def test_the_second_encounter_of_a_journey_knows_the_first() -> None:
    """Sales delivers 1 twice: felt .7, then P = 1 + .25 (.8 - 1) + .1 = 1.05 inside the zone, felt .525.

    In between the web delivers 1 - .1: P = .9 * .85 = .765, felt .3825 + .5 * .465 = .615. Memory is
    .7 * mean(.7, .615, .525) + .3 * .7. The third contact of sales learns with V = .2 * 4 + .03 = .83.
    """
    market = one_customer()
    tally = live(market, 2, quality=np.ones((2, 3))).to_flows()
    customer = market.customers[0]
    assert customer.satisfaction == pytest.approx(0.3 * (0.7 * (0.7 + 0.615 + 0.525) / 3 + 0.3 * 0.7))
    assert customer.expectation == pytest.approx([0.8 + 0.83 / 1.83 * 0.2, 0.8 * 0.9, 0.0])
    assert tally.service_weight == pytest.approx([2.0, 0.25, 0.0])
    assert tally.channel_attempts == 2.0
    assert tally.handoff_attempts[0, 1] == tally.handoff_attempts[1, 0] == 1.0


@pytest.mark.parametrize(("periods_ago", "loss"), [(None, 0.975), (0, 1.4625), (3, 1.4625), (4, 0.975)])
def test_a_second_failure_within_three_months_hurts_more(periods_ago: int | None, loss: float) -> None:
    """A failure of 1 SD from rest takes .425 + .5 * 2 * .55 = .975, and 1.5 times that soon after another."""
    state = blank_state(1, 3)
    if periods_ago is not None:
        state.last_failure[0] = PERIOD - periods_ago
    market = one_customer(state)
    tally = live(market, 0, failure_probability=failing(0)).to_flows()
    customer = market.customers[0]
    assert customer.satisfaction == pytest.approx(-0.3 * loss)
    assert customer.last_failure == PERIOD
    assert customer.expectation[0] == pytest.approx(-0.8)
    assert tally.failures.tolist() == [1.0, 0.0, 0.0]
    assert tally.quality_sum.tolist() == [-1.0, 0.0, 0.0]
    assert tally.complaints.sum() == 0.0


@pytest.mark.parametrize(
    ("u_complaint", "u_recovery", "satisfaction", "transient", "counted"),
    [
        (0.41, 0.10, -0.2925, 0.0, (0.0, 0.0)),
        (0.39, 0.51, -0.2925, 0.0, (1.0, 0.0)),
        (0.39, 0.49, -0.2925 + 0.7 * 0.2925, 0.4 * 0.2925, (1.0, 1.0)),
    ],
    ids=["silent", "complained in vain", "recovered"],
)
def test_recovery_gives_back_phi_of_the_loss(
    u_complaint: float, u_recovery: float, satisfaction: float, transient: float, counted: tuple[float, float]
) -> None:
    """The journey would have been felt as 0, so what is lost is .3 * .975 = .2925."""
    luck = ScriptedLuck({(TwinStream.ENCOUNTER, 0, PERIOD, 1): (u_complaint, u_recovery, 0.5, 0.5)})
    market = one_customer(luck=luck)
    tally = live(market, 0, failure_probability=failing(0), recovery_probability=0.5).to_flows()
    assert market.customers[0].satisfaction == pytest.approx(satisfaction)
    assert market.customers[0].transient == pytest.approx(transient)
    assert (tally.complaints[0], tally.recoveries[0]) == counted


def test_milder_failures_draw_fewer_complaints() -> None:
    """At half the severity a complaint has probability 1 - .6 ** .5 = .2254."""
    for u_complaint, complaints in ((0.2253, 1.0), (0.2255, 0.0)):
        luck = ScriptedLuck({(TwinStream.ENCOUNTER, 0, PERIOD, 3): (u_complaint, 0.5, 0.5, 0.5)})
        tally = live(one_customer(luck=luck), 2, failure_probability=failing(1)).to_flows()
        assert tally.complaints[1] == complaints


@pytest.mark.parametrize(
    ("u_handoff", "department_failures", "channel_failures"),
    [(0.199, 1.0, 0.0), (0.207, 0.0, 1.0), (0.209, 0.0, 0.0)],
)
def test_a_failed_hand_off_is_counted_once(
    u_handoff: float, department_failures: float, channel_failures: float
) -> None:
    """Departments fail below .2 and channels between .2 and 1 - .8 * .99 = .208."""
    handoff_failure = np.zeros((2, 3, 3))
    handoff_failure[0, 0, 1] = 0.2
    luck = ScriptedLuck({(TwinStream.ENCOUNTER, 0, PERIOD, 2): (0.5, 0.5, u_handoff, 0.5)})
    tally = live(one_customer(luck=luck), 2, handoff_failure=handoff_failure).to_flows()
    failed = department_failures + channel_failures
    assert tally.handoff_failures[0, 1] == department_failures
    assert tally.channel_failures == channel_failures
    assert tally.journeys_failed[2] == tally.journeys_handoff_failed[2] == failed
    assert tally.quality_sum[1] == pytest.approx(-0.1 - 0.5 * failed)
    assert tally.failures.sum() == 0.0


def test_the_region_decides_what_is_delivered() -> None:
    """The pilot region gets its own quality."""
    quality = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    market = one_customer(blank_state(1, 3, region=1))
    assert live(market, 0, quality=quality).to_flows().quality_sum[0] == pytest.approx(1.0)


def test_luck_decides_the_quality_of_an_encounter() -> None:
    """Probability .975 is 1.959964 SD above the mean."""
    luck = ScriptedLuck({(TwinStream.ENCOUNTER, 0, PERIOD, 0): (0.975, 0.5, 0.5, 0.5)})
    assert live(one_customer(luck=luck), 0).to_flows().quality_sum[0] == pytest.approx(1.959963984540054)


def test_personal_levels_count() -> None:
    """Level .2 is added to satisfaction, and requirement .5 lowers P by .05: 1 - .25 + .1 * 1.5 = .9."""
    state = blank_state(1, 3, personal_satisfaction=0.2, personal_requirement=0.5)
    market = one_customer(state)
    tally = live(market, 0, quality=np.ones((2, 3)), requirement=np.full(3, -1.0)).to_flows()
    assert tally.perceived_sum[0] == pytest.approx(1.0 - 0.25 + 0.1 * (1.0 - (-1.0 + 0.5)))
    assert market.customers[0].satisfaction == pytest.approx(0.3 * (0.2 + 0.45 + 0.5 * 0.6))


def test_a_heavy_journey_replaces_satisfaction_and_contacts_are_counted_up_to_a_limit() -> None:
    """Importance 20 would move satisfaction six times as far as the journey; it moves all the way."""
    heavy = {
        "heavy": Journey(importance=20.0, steps=tuple(Step(department=d) for d in ("sales", "operations", "support")))
    }
    state = blank_state(1, 3, satisfaction=5.0, contacts=[[65534], [65535], [7]])
    market = TwinMarket(Parameters(journeys=heavy), NEUTRAL, state, listed_network([[]]), FRAILTY, seed=1)
    market.luck = ScriptedLuck({})
    live(market, 0)
    assert market.customers[0].satisfaction == pytest.approx(0.0)
    assert market.to_state().contacts.tolist() == [[65535], [65535], [8]]


def test_a_period_makes_the_journeys_that_luck_says() -> None:
    """Ten a year are 5/6 a month: .9 is two of them, a short one below .6 and one that returns above .9."""
    script = {
        (TwinStream.CUSTOMER, 0, 3, 0): (0.9, 0.999, 0.5, 0.5),
        (TwinStream.JOURNEY, 0, 3, 0): (0.599, 0.901, 0.5, 0.5),
    }
    market = one_customer(luck=ScriptedLuck(script))
    flows = market.step(flat_offer(small_parameters()), 3)
    assert flows.journeys.tolist() == [1.0, 0.0, 1.0]
    assert flows.active == 1.0
    assert market.customers[0].tenure == 1
    assert market.customers[0].tell_probability == pytest.approx(
        1.0 - (1.0 - 0.05 - 0.2 * -market.customers[0].satisfaction) ** 2
    )


def test_a_network_of_all_is_the_complete_network() -> None:
    """Ascending rows of everybody else give the same as the flag."""
    parameters, rng = small_parameters(), np.random.default_rng(5)
    state = random_state(parameters, 12, rng)
    rows = [[other for other in range(12) if other != number] for number in range(12)]
    markets = [
        TwinMarket(parameters, NEUTRAL, state, network, FRAILTY, 9)
        for network in (complete_network(12), listed_network(rows))
    ]
    for period in range(4):
        offer = random_offer(parameters, rng)
        assert_same_flows(markets[0].step(offer, period), markets[1].step(offer, period))
    assert_same(markets[0].to_state(), markets[1].to_state())


def test_nobody_is_lost_and_the_given_state_is_left_alone() -> None:
    """Those who are ours change by who joined less who left; every encounter belongs to a journey."""
    parameters, rng = varied_company(), np.random.default_rng(6)
    state = random_state(parameters, 60, rng, period=50)
    before = copy.deepcopy(state)
    market = TwinMarket(parameters, NEUTRAL, state, random_network(60, 6.0, rng), FRAILTY, 2**63 + 11)
    assert_same(market.to_state(), state, atol=0.0, rtol=0.0)
    ours = int(state.ours.sum())
    for period in range(50, 56):
        flows = market.step(random_offer(parameters, rng), period)
        assert flows.active == ours
        ours += round(flows.acquired - flows.churned)
        assert market.to_state().ours.sum() == ours
        assert flows.encounters.sum() == pytest.approx(flows.journeys @ [3.0, 2.0, 4.0, 1.0])
    assert_same(state, before, atol=0.0, rtol=0.0)
