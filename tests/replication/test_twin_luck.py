"""The twin's luck and the choices it drives: quantiles, kinds of journey and channels."""

from __future__ import annotations

from sim.parameters import Calibration, Segment, Step
from tests.twin.companies import varied_company
from tests.twin.luck import count_of_events, philox4x32
from tests.twin.rules import Rules, channel_probabilities, first_reached


def test_channels_follow_the_habits_of_the_segment() -> None:
    """Equal weights and a threefold habit of the web give 1/4 and 3/4; habits of nothing are ignored."""
    step = Step(department="sales", channels={"phone": 0.5, "web": 0.5})
    assert channel_probabilities(step, Segment(channel_habits={"web": 3.0})) == (0.0, 0.25, 0.75, 0.0, 0.0, 0.0)
    nobody = Segment(channel_habits={"web": 0.0, "phone": 0.0})
    assert channel_probabilities(step, nobody) == (0.0, 0.5, 0.5, 0.0, 0.0, 0.0)
    assert [first_reached(u, [0.0, 0.25, 0.75], otherwise=2) for u in (0.001, 0.25, 0.26, 1.0)] == [1, 1, 2, 2]


def test_the_number_of_journeys_is_the_poisson_quantile() -> None:
    """At mean 1/2 the cumulative probabilities are .60653, .90980, .98561."""
    assert [count_of_events(u, 0.5) for u in (0.606, 0.607, 0.909, 0.910, 0.986)] == [0, 1, 1, 2, 3]
    assert count_of_events(0.999, 0.0) == 0
    assert count_of_events(1.0 - 2.0**-33, 12.0) <= 32


def test_the_luck_of_the_twin_meets_the_published_vector() -> None:
    """Random123's vector of the digits of pi."""
    words = philox4x32((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0))
    assert words == (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)


def test_rounding_never_chooses_a_channel_nobody_uses() -> None:
    """Beyond the last cumulative probability the last channel in use is taken: web, then chat."""
    rules = Rules(varied_company(), Calibration())
    first, _, last = rules.journeys[0].steps
    assert rules.choose_channel(0, first, 1.0 + 1e-9) == 2
    assert rules.choose_channel(1, first, 1e-9) == 1  # the hurried never go to a branch
    assert rules.choose_channel(0, last, 1.0 + 1e-9) == 3
    assert rules.choose_journey(0, 1.0 + 1e-9) == 3
