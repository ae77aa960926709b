"""What initiatives of odd sizes leave in force and how it fades, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim.organisation.demand import Demand
from sim.organisation.initiatives import Candidate, Kind, Pilot, Proposal
from sim.organisation.programmes import Programmes
from sim.parameters.organisation import Initiatives

CROSSED = np.array([[[0.0, 1.0], [0.0, 0.0]], [[0.0, 0.3], [2.0, 0.0]]])
DEMAND = Demand(np.ones(2), np.ones(2), np.ones((2, 2)), np.ones(2), CROSSED, np.array([True, True]))
RULES = Initiatives(fix_effect=0.8, handoff_effect=0.5, listening_effect=0.15, tools_effect=0.25, half_life_years=0.5)


def in_force() -> Programmes:
    """Return one programme of each kind, of 0.4 to 1.2 budgets; a period is a quarter."""
    held = Programmes(2, DEMAND, RULES, 0.25)
    held.add(Candidate(1, Kind.TOUCHPOINT, 1), 0.4)
    held.add(Candidate(2, Kind.HANDOFF, 0), 0.6)
    held.add(Candidate(3, Kind.HANDOFF, 1), 1.2)
    held.add(Candidate(4, Kind.LISTENING, -1), 0.5)
    held.add(Candidate(5, Kind.TOOLS, -1), 0.7)
    return held


def test_every_kind_adds_its_effect_for_its_size() -> None:
    held = in_force()
    assert held.stock == pytest.approx(3.4)
    assert held.touchpoint == pytest.approx(np.array([0.0, 0.32]))
    # The first journey loses 0.3 of its failures, the second, which crosses the same hand-off, 0.6.
    assert held.kept_handoff == pytest.approx(np.array([[1.0, 0.7 * 0.4], [0.4, 1.0]]))
    assert held.listening == pytest.approx(0.075)
    assert held.tools == pytest.approx(0.175)
    held.add(Candidate(1, Kind.TOUCHPOINT, 1), 0.25)
    held.add(Candidate(4, Kind.LISTENING, -1), 1.0)
    held.add(Candidate(5, Kind.TOOLS, -1), 1.0)
    assert held.touchpoint[1] == pytest.approx(0.52)
    assert (held.listening, held.tools) == (pytest.approx(0.225), pytest.approx(0.425))
    held.add(Candidate(2, Kind.HANDOFF, 0), 50.0)
    assert held.kept_handoff[0, 1] == 0.0


def test_everything_fades_alike_and_upkeep_slows_it() -> None:
    for coverage, left in ((0.0, 2.0**-0.5), (0.5, 2.0**-0.25), (1.0, 1.0)):
        held = in_force()
        held.decay(coverage)
        assert held.stock == pytest.approx(3.4 * left)
        assert held.touchpoint[1] == pytest.approx(0.32 * left)
        assert held.kept_handoff[0, 1] == pytest.approx(1.0 - 0.72 * left)
        assert held.kept_handoff[1, 1] == 1.0
        assert (held.listening, held.tools) == (pytest.approx(0.075 * left), pytest.approx(0.175 * left))


def test_an_offer_that_was_made_does_not_change_with_what_is_added_later() -> None:
    held = in_force()
    made = held.touchpoint
    held.add(Candidate(1, Kind.TOUCHPOINT, 1), 1.0)
    assert made[1] == pytest.approx(0.32)


def test_pilots_that_work_are_felt_in_their_region_alone() -> None:
    held = in_force()

    def pilot(kind: Kind, target: int, size: float, works: bool) -> Pilot:
        return Pilot(Proposal(Candidate(0, kind, target), size, 0.0, 0.0), works, 1)

    pilots = [
        pilot(Kind.TOUCHPOINT, 0, 0.5, True), pilot(Kind.TOUCHPOINT, 0, 0.25, True),
        pilot(Kind.TOUCHPOINT, 1, 0.5, False),
        pilot(Kind.HANDOFF, 0, 0.6, True), pilot(Kind.HANDOFF, 1, 1.2, True), pilot(Kind.HANDOFF, 1, 1.0, False),
        pilot(Kind.LISTENING, -1, 1.0, True),
    ]  # fmt: skip
    assert held.pilot_quality(pilots) == pytest.approx(np.array([0.6, 0.0]))
    assert held.pilot_kept_handoff(pilots) == pytest.approx(np.array([[1.0, 0.28], [0.4, 1.0]]))
    assert held.touchpoint[0] == 0.0
