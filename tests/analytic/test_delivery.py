"""From states of departments to the offer, in numbers that can be followed by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.market.offer import Offer
from sim.organisation.delivery import Delivery
from sim.organisation.demand import Demand
from sim.organisation.initiatives import Candidate, Kind, Pilot, Proposal
from sim.organisation.programmes import Programmes
from sim.organisation.status_quo import status_quo_offer
from sim.parameters.organisation import Initiatives
from tests.company_cases import round_status_quo
from tests.markets import parameters_with

DEMAND = Demand(
    encounters=np.array([1.0, 2.0, 3.0]),
    complaint_encounters=np.array([0.5, 1.0, 1.5]),
    complaint_handoffs=np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]),
    touch_weight=np.ones(3),
    journey_handoff_weight=np.array([[[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]]),
    moment_of_truth=np.array([True]),
)
RULES = {
    "population.pilot_share": 0.25,
    "organisation.delivery.conformance": 0.5,
    "organisation.delivery.complaint_capacity": 1.5,
    "organisation.initiatives.rescue_effect": 0.2,
    "experience.recovery.success_probability": 0.5,
    "experience.recovery.support_effect": 0.1,
    "market.acquisition.advertising": 1.75,
    **{f"organisation.departments.{name}.failure_probability": value
       for name, value in (("sales", 0.04), ("operations", 0.05), ("support", 0.06))},
}  # fmt: skip
PILOTS = [
    Pilot(Proposal(Candidate(1, Kind.TOUCHPOINT, 1), 0.4, 0.0, 0.0), works=True, quarters_left=1),
    Pilot(Proposal(Candidate(3, Kind.HANDOFF, 0), 1.0, 0.0, 0.0), works=True, quarters_left=1),
]
ENVIRONMENT = SimpleNamespace(requirement=np.array([0.5, 0.6, 0.7]), price_gap=0.03, rival_quality=0.11)
BASE = [0.2, 0.4, -0.1]
QUALITY = np.array([BASE, [0.2, 0.8, -0.1]])
"""At large, and in the pilot region with the touchpoint fix."""
HANDOFF = np.full((3, 3), 0.1)


def delivery(**changes: Any) -> Delivery:
    return Delivery(parameters_with(**(RULES | changes)), round_status_quo(), DEMAND)


def delivered(one: Delivery, rescue: float = 0.0) -> tuple[Offer, list[Any]]:
    """Deliver a period: half of the failures of all hand-offs are fixed, and a journey's are on trial besides."""
    departments = [SimpleNamespace(base_delivery=lambda value=value: value) for value in BASE]
    programmes = Programmes(3, DEMAND, Initiatives(fix_effect=1.0, handoff_effect=0.5), 1.0 / 12.0)
    programmes.touchpoint = np.array([0.01, 0.02, 0.03])
    programmes.kept_handoff = np.full((3, 3), 0.5)
    one.deliver(departments, programmes, PILOTS, HANDOFF, 0.25, ENVIRONMENT, rescue)  # type: ignore[arg-type]
    return one.offer, departments


def test_the_offer_is_what_departments_and_pilots_deliver() -> None:
    one = delivery()
    offer, departments = delivered(one)
    mixed = np.array([0.2, 0.5, -0.1])
    assert offer.quality == pytest.approx(QUALITY)
    assert one.quality == pytest.approx(mixed)
    assert one.mean_offered() == pytest.approx(0.2)
    assert [department.quality for department in departments] == pytest.approx(mixed)
    assert [department.programme for department in departments] == [0.01, 0.02, 0.03]
    assert offer.failure_probability == pytest.approx(np.array([0.04, 0.05, 0.06]) * np.exp(-0.5 * QUALITY))
    piloted = np.full((3, 3), 0.05)
    piloted[0, 1] = 0.025
    assert offer.handoff_failure == pytest.approx(np.array([np.full((3, 3), 0.05), piloted]))
    assert offer.promise == pytest.approx(0.2 + 0.25)
    assert offer.requirement.tolist() == [0.5, 0.6, 0.7]
    assert offer.requirement is not ENVIRONMENT.requirement
    assert (offer.price_gap, offer.rival_quality, offer.advertising) == (0.03, 0.11, 1.75)


def expected_complaints(failure: np.ndarray, handoff: np.ndarray) -> np.ndarray:
    own = np.array([0.5, 1.0, 1.5]) * failure
    return own + np.array([0.0, 2.0 * handoff[0, 1], 1.0 * handoff[1, 2]])


def test_complaints_are_expected_ones_over_those_of_the_status_quo_and_thin_recovery_beyond_capacity() -> None:
    one = delivery(**{"organisation.delivery.complaint_capacity": 0.9})
    offer, _ = delivered(one, rescue=0.4)
    at_zero = np.array([0.04, 0.05, 0.06])
    before = expected_complaints(at_zero * np.exp(-0.5 * np.array([0.2, 0.3, 0.1])), np.full((3, 3), 0.02))
    regions = at_zero * np.exp(-0.5 * QUALITY)
    handoff = np.full((3, 3), 0.05)
    handoff[0, 1] = 0.75 * 0.05 + 0.25 * 0.025
    after = expected_complaints(0.75 * regions[0] + 0.25 * regions[1], handoff)
    assert one.rel_complaints == pytest.approx(after / before)
    whole = after.sum() / before.sum()
    assert whole > 0.9
    # Support is 0.2 below its quality in the status quo; 0.2 x 0.4 by refused capacity at rescue work.
    assert offer.recovery_probability == pytest.approx((0.5 - 0.1 * 0.2 + 0.08) * 0.9 / whole)


def test_recovery_is_a_probability_and_not_thinned_within_capacity() -> None:
    one = delivery()
    assert one._recovery_probability(1.0, 0.0) == 0.5
    assert one._recovery_probability(1.5, 0.0) == 0.5
    assert one._recovery_probability(3.0, 0.0) == pytest.approx(0.25)
    assert one._recovery_probability(0.0, 0.0) == 0.5
    scarce = delivery(**{"organisation.delivery.complaint_capacity": 0.9})
    assert scarce._recovery_probability(0.95, 0.0) == pytest.approx(0.5 * 0.9 / 0.95)
    one.quality = one.quality + 50.0
    assert one._recovery_probability(1.0, 0.0) == 1.0
    one.quality = one.quality - 100.0
    assert one._recovery_probability(1.0, 0.0) == 0.0


def test_without_complaints_in_the_status_quo_their_ratio_is_one() -> None:
    nothing = DEMAND._replace(complaint_encounters=np.zeros(3), complaint_handoffs=np.zeros((3, 3)))
    one = Delivery(parameters_with(**RULES), round_status_quo(), nothing)
    assert one._compare_complaints(one.offer) == 1.0
    assert one.rel_complaints.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("link", "fields"),
    [
        ("quality", ("quality", "failure_probability")),
        ("handoffs", ("handoff_failure",)),
        ("promise", ("promise",)),
        ("recovery", ("recovery_probability",)),
    ],
)
def test_a_link_that_is_off_carries_the_status_quo(link: str, fields: tuple[str, ...]) -> None:
    changes = RULES | {f"organisation.links.{link}": False}
    offer, _ = delivered(delivery(**changes), rescue=1.0)
    whole, _ = delivered(delivery(), rescue=1.0)
    start = status_quo_offer(parameters_with(**changes), round_status_quo())
    for name in fields:
        assert np.array_equal(getattr(offer, name), getattr(start, name))
        assert not np.array_equal(getattr(whole, name), getattr(start, name))
    if link == "quality":  # the promise is of what is offered
        assert offer.promise == pytest.approx(0.2 + 0.25)


def test_the_offer_of_the_status_quo_by_hand() -> None:
    start = status_quo_offer(parameters_with(**RULES, **{"market.rival.quality": 0.4}), round_status_quo())
    assert start.quality.tolist() == [[0.2, 0.3, 0.1]] * 2
    failure = [at_zero * math.exp(-0.5 * q) for at_zero, q in ((0.04, 0.2), (0.05, 0.3), (0.06, 0.1))]
    assert start.failure_probability == pytest.approx(np.array([failure, failure]))
    assert start.handoff_failure[1] == pytest.approx(round_status_quo().handoff_failure)
    assert start.promise == pytest.approx(0.2 + 0.15)
    assert start.requirement.tolist() == [0.5, 0.6, 0.7]
    assert (start.price_gap, start.rival_quality, start.advertising) == (0.0, 0.4, 1.75)
    assert start.recovery_probability == 0.5
    scarce = RULES | {"organisation.delivery.complaint_capacity": 0.8}
    assert status_quo_offer(parameters_with(**scarce), round_status_quo()).recovery_probability == pytest.approx(0.4)
