"""The twin's word of mouth, leaving, joining and counts against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.market.flows import Flows
from sim.market.offer import Offer
from sim.market.state import NEVER, State
from sim.parameters import Calibration, Market, Parameters, Population, Segment
from sim.parameters.experience import WordOfMouth
from sim.parameters.market import Acquisition
from tests.twin.beginnings import blank_state, listed_network
from tests.twin.comparison import assert_same, assert_same_flows
from tests.twin.luck import ScriptedLuck, TwinStream, Uniforms
from tests.twin.market import TwinMarket
from tests.twin.offers import flat_offer, random_offer
from tests.twin.tally import Tally
from tests.twin.today import Today
from tests.twin.word_of_mouth import telling_probability

PERIOD = 30
STATUS_QUO = Calibration(baseline_hazard_per_year=0.2, advertising_scale=2.0, mean_satisfaction=0.6)
NOBODY_MOVES: Uniforms = (0.0, 1.0, 1.0, 0.5)
"""No journeys, no leaving, no joining."""
STAR = [[1, 2, 3], [0], [0], [0]]
"""Customer 0 knows the three others, who know nobody else."""


def hub(state: State, script: dict[int, Uniforms], parameters: Parameters | None = None) -> TwinMarket:
    """Return customer 0 with three neighbours; everybody without scripted CUSTOMER numbers stays as they are."""
    market = TwinMarket(
        parameters or Parameters(), STATUS_QUO, state, listed_network(STAR), np.array([0.5, 1.0, 2.0, 4.0]), 7
    )
    market.luck = ScriptedLuck(
        {(TwinStream.CUSTOMER, number, PERIOD, 0): script.get(number, NOBODY_MOVES) for number in range(4)}
    )
    return market


def step(market: TwinMarket, **offer: object) -> Flows:
    """Live through ``PERIOD``."""
    return market.step(flat_offer(Parameters(), **offer), PERIOD)


def let_neighbours_talk(market: TwinMarket, satisfactions: dict[int, float], u_telling: float = 0.5) -> Flows:
    """Have customer 0 listen to neighbours of given satisfaction who tell with probability 1/2 each."""
    script = {(TwinStream.TELLING, number, PERIOD, 0): (u_telling, 0.5, 0.5, 0.5) for number in satisfactions}
    today = Today(market.rules, ScriptedLuck(script), flat_offer(Parameters()), PERIOD, Tally(3, 1))
    for number, satisfaction in satisfactions.items():
        market.customers[number].satisfaction = satisfaction
        market.customers[number].tell_probability = 0.5
    market.customers[0].listen(today)
    for customer in market.customers:
        customer.note_telling(today)
    return today.tally.to_flows()


def test_telling_grows_with_feeling_and_journeys() -> None:
    """.05 + .1 * 2 after one journey, .05 + .2 * 1 after a bad one, 1 - .75 ** 3 after three, and never above 1."""
    rules = WordOfMouth()
    assert telling_probability(2.0, 1, rules) == pytest.approx(0.25)
    assert telling_probability(-1.0, 1, rules) == pytest.approx(0.25)
    assert telling_probability(-1.0, 3, rules) == pytest.approx(1.0 - 0.75**3)
    assert telling_probability(-50.0, 2, rules) == 1.0
    assert telling_probability(-50.0, 0, rules) == 0.0


def test_an_outsider_discounts_what_contradicts_a_firm_belief() -> None:
    """Belief -1/3 at precision 3: 1.6 - .6 = +1 weighs .5 / (1 + .3 * 3 / 3), -.4 - .6 = -1 weighs .5 * .9."""
    state = blank_state(4, 3, ours=[0, 1, 1, 1], information=1.0, message_sum=-1.0)
    market = hub(state, {})
    flows = let_neighbours_talk(market, {1: 1.6, 2: -0.4}, u_telling=0.4999)
    customer = market.customers[0]
    assert customer.information == pytest.approx(1.0 + 0.5 / 1.3 + 0.45)
    assert customer.message_sum == pytest.approx(-1.0 + 0.5 / 1.3 - 0.45)
    assert customer.expectation == [0.0, 0.0, 0.0]
    assert (flows.mentions_positive, flows.mentions_negative) == (1.0, 1.0)
    assert [other.last_told_sign for other in market.customers] == [0, 1, -1, 0]
    assert [other.last_told for other in market.customers] == [NEVER, PERIOD, PERIOD, NEVER]


def test_a_satisfied_teller_below_the_mean_lowers_the_belief_with_full_weight() -> None:
    """Satisfaction .3 is a positive mention of level .3 - .6."""
    market = hub(blank_state(4, 3, ours=[0, 1, 1, 1]), {})
    flows = let_neighbours_talk(market, {1: 0.3})
    assert flows.mentions_positive == 0.0  # a draw equal to the probability does not tell
    flows = let_neighbours_talk(market, {1: 0.3}, u_telling=0.1)
    assert flows.mentions_positive == 1.0
    assert market.customers[0].information == pytest.approx(0.5)
    assert market.customers[0].message_sum == pytest.approx(0.5 * -0.3)


def test_a_customer_moves_expectations_a_little() -> None:
    """Two messages of mean .25 against a mean expectation of .1 move all three by (1 - .98 ** 2) * .15."""
    state = blank_state(4, 3)
    state.expectation[:, 0] = [0.0, 0.1, 0.2]
    market = hub(state, {})
    let_neighbours_talk(market, {1: 1.6, 3: 0.1}, u_telling=0.1)
    moved = (1.0 - 0.98**2) * 0.15
    assert market.customers[0].expectation == pytest.approx([moved, 0.1 + moved, 0.2 + moved])
    assert market.customers[0].information == pytest.approx(1.0)
    assert market.customers[0].message_sum == pytest.approx(0.25)


def test_glow_and_news_fade_with_time() -> None:
    """A month is one time constant of the glow and 1/24 of that of beliefs, for ours and outsiders."""
    market = hub(blank_state(4, 3, ours=[0, 1, 1, 1], transient=1.0, information=2.0, message_sum=-3.0), {})
    step(market)
    after = market.to_state()
    assert after.transient == pytest.approx(np.full(4, math.exp(-1.0)))
    assert after.information == pytest.approx(np.full(4, 2.0 * math.exp(-1.0 / 24.0)))
    assert after.message_sum == pytest.approx(np.full(4, -3.0 * math.exp(-1.0 / 24.0)))


def test_the_hazard_of_leaving() -> None:
    """Rival at .6 + .55 * .2 = .71; 1.21 is .5 better, at 1.5 * .86 * .7; two years at .1; price +10 % at 1.5.

    A draw just below the probability leaves and one just above it stays a period longer.
    """
    segment = Segment(satisfaction_sensitivity=1.5, switching_cost=0.2)
    parameters = Parameters(population=Population(segments={"all": segment}))
    hazard = 0.2 * 2.0 * math.exp(-0.86 * 1.5 * 0.7 * 0.5 - 0.6 - 0.2 + 1.5 * 0.1) * 3.0**-0.1
    probability = 1.0 - math.exp(-hazard / 12.0)
    state = blank_state(4, 3, satisfaction=1.21, frailty=2.0, tenure=24, last_told_sign=1, information=9.0)
    state.expectation[:, 0] = [0.1, 0.2, 0.6]
    market = hub(state, {0: (0.0, probability - 1e-9, 0.0, 0.5), 1: (0.0, probability + 1e-9, 0.0, 0.5)}, parameters)
    flows = step(market, price_gap=0.1, rival_quality=0.2)
    leaver, stayer = market.customers[:2]
    assert flows.expected_churn == pytest.approx(4.0 * probability, rel=1e-12)
    assert (flows.churned, flows.acquired) == (1.0, 0.0)
    assert (leaver.ours, leaver.tenure, stayer.ours, stayer.tenure) == (False, 0, True, 25)
    assert (leaver.information, leaver.message_sum) == pytest.approx((3.0, 0.9))
    assert leaver.satisfaction == 1.21


def outsider_with_three_tellers(**acquisition: object) -> TwinMarket:
    """Return an outsider who holds 1.5 messages of sum .6 after this period's fading, with tellers +, +, -."""
    faded = math.exp(-1.0 / 24.0)
    state = blank_state(4, 3, ours=[0, 1, 1, 1], information=1.5 / faded, message_sum=0.6 / faded)
    state.last_told[1:] = PERIOD - 11
    state.last_told_sign[1:] = [1, 1, -1]
    state.personal_satisfaction[0] = 0.3
    state.contacts[:, 0] = 9
    state.transient[0], state.last_failure[0], state.last_told[0] = 1.0, PERIOD - 1, PERIOD - 1
    parameters = Parameters(market=Market(acquisition=Acquisition(market_level=0.1, **acquisition)))
    return hub(state, {}, parameters)


@pytest.mark.parametrize(("nudge", "acquired"), [(-1e-9, 1.0), (1e-9, 0.0)])
def test_the_hazard_of_joining(nudge: float, acquired: float) -> None:
    """E0 = (.5 + .2 + .6) / 4.5; .03 * 2 * 1.5 * exp(.6 (E0 - .2)) + .1 (2/3 - .9 / 3)."""
    expected = 1.3 / 4.5
    hazard = 0.09 * math.exp(0.6 * (expected - 0.2)) + 0.1 * (2.0 / 3.0 - 0.3)
    market = outsider_with_three_tellers()
    joining = (0.0, 0.0, 1.0 - math.exp(-hazard / 12.0) + nudge, 0.76)
    assert isinstance(market.luck, ScriptedLuck)
    market.luck.script[TwinStream.CUSTOMER, 0, PERIOD, 0] = joining
    flows = step(market, promise=0.5, rival_quality=0.2, advertising=1.5)
    customer = market.customers[0]
    assert (flows.acquired, flows.churned, flows.active) == (acquired, 0.0, 3.0)
    assert customer.ours == bool(acquired)
    assert customer.tenure == 0
    if acquired:
        assert customer.expectation == pytest.approx([expected] * 3)
        assert customer.satisfaction == pytest.approx(0.6 + 0.55 * 0.2 + 0.3)
        assert customer.contacts == [0, 0, 0]
        assert (customer.frailty, customer.last_told, customer.last_failure) == (4.0, NEVER, NEVER)
        assert customer.information == pytest.approx(1.5)
        assert (customer.transient, customer.last_told_sign) == (0.0, 0)


@pytest.mark.parametrize(("last_told", "code"), [(PERIOD, 1), (PERIOD - 11, 1), (PERIOD - 12, 0), (NEVER, 0)])
def test_a_telling_counts_for_a_year(last_told: int, code: int) -> None:
    """Twelve periods, this one included."""
    market = hub(blank_state(4, 3, last_told=last_told, last_told_sign=1), {})
    step(market)
    assert [customer.code for customer in market.customers] == [code] * 4


def test_classic_imitation_counts_every_customer() -> None:
    """With count_all_customers a customer who spoke ill counts for us, and an outsider never counts."""
    market = outsider_with_three_tellers(count_all_customers=True)
    step(market)
    assert [customer.code for customer in market.customers] == [0, 1, 1, 1]


def test_bad_mouths_never_make_the_hazard_negative() -> None:
    """Without innovation, two thirds against one third of bad mouths at weight 5 keep everybody out."""
    market = outsider_with_three_tellers(innovation_per_year=0.0, negative_weight=5.0)
    assert isinstance(market.luck, ScriptedLuck)
    market.luck.script[TwinStream.CUSTOMER, 0, PERIOD, 0] = (0.0, 0.0, 2.0**-33, 0.5)
    assert step(market).acquired == 0.0


def test_what_is_told_in_a_period_counts_in_it() -> None:
    """A journey, a telling and an imitation by the outsider in one period."""
    state = blank_state(4, 3, ours=[0, 1, 0, 0], satisfaction=2.0)
    rules = Acquisition(innovation_per_year=0.0, imitation_per_year=5.0)
    market = hub(state, {1: (0.9, 1.0, 1.0, 0.5)}, Parameters(market=Market(acquisition=rules)))
    assert isinstance(market.luck, ScriptedLuck)
    market.luck.script[TwinStream.TELLING, 1, PERIOD, 0] = (0.1, 0.5, 0.5, 0.5)
    market.luck.script[TwinStream.CUSTOMER, 0, PERIOD, 0] = (0.0, 0.0, 1.0 - math.exp(-5.0 / 3.0 / 12.0) - 1e-9, 0.5)
    flows = step(market)
    assert (flows.mentions_positive, flows.acquired) == (1.0, 1.0)
    assert market.customers[0].message_sum > 0.0


def test_customers_of_the_period_are_counted_before_anybody_moves() -> None:
    """Satisfactions -.5, 0, .5 and 2 of value 1200 a year; spend stops growing at satisfaction 1."""
    leaving = (0.0, 0.0, 0.0, 0.5)
    state = blank_state(
        4, 3, satisfaction=[-0.5, 0.0, 0.5, 2.0], value=1200.0, tenure=[12, 12, 11, 12], transient=[math.e] * 4
    )
    flows = step(hub(state, {0: leaving, 3: leaving}))
    assert (flows.active, flows.churned) == (4.0, 2.0)
    assert flows.value_sum == pytest.approx(400.0)
    assert flows.revenue == pytest.approx(100.0 * (4.0 + 0.08 * (-0.5 + 0.0 + 0.5 + 1.0)))
    assert flows.satisfaction_sum == pytest.approx(2.0)
    assert flows.satisfaction_square_sum == pytest.approx(4.5)
    assert flows.reported_sum == pytest.approx(6.0)
    assert (flows.satisfied, flows.loyal) == (2.0, 1.0)
    assert (flows.promoters, flows.detractors) == (3.0, 0.0)
    assert flows.tenure_sum == pytest.approx(47.0 / 12.0)


def test_a_comparison_names_what_differs() -> None:
    """The message holds the column, the place and both numbers; a rounding error is forgiven."""
    a, b = blank_state(3, 2), blank_state(3, 2)
    b.expectation[1, 2] = 1e-13
    assert_same(a, b)
    b.expectation[1, 2] = 0.25
    b.tenure[0] = 1
    with pytest.raises(AssertionError, match=r"(?s)tenure: 1 of 3 .*expectation: 1 of 6 .*\(1, 2\).*0\.25"):
        assert_same(a, b)
    flows = Tally(3, 1).to_flows()
    other = Tally(3, 1)
    other.add("handoff_failures", (1, 2))
    with pytest.raises(AssertionError, match="handoff_failures: 1 of 9"):
        assert_same_flows(flows, other.to_flows())


def test_random_offers_change_and_stay_plausible() -> None:
    """No two are alike, regions differ, and failures lie between 0 and .3, none on the diagonal."""
    rng = np.random.default_rng(3)
    first, second = random_offer(Parameters(), rng), random_offer(Parameters(), rng)
    for name in Offer._fields:
        assert np.all(np.not_equal(getattr(first, name), getattr(second, name)) | (name == "handoff_failure"))
    assert not np.allclose(first.quality[0], first.quality[1])
    for probabilities in (first.failure_probability, first.handoff_failure):
        assert probabilities.min() >= 0.0
        assert 0.1 < probabilities.max() <= 0.3
    assert np.all(first.handoff_failure[:, range(3), range(3)] == 0.0)
