"""The seat of the CX role and its desk, quarter by quarter, in numbers that can be followed by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np
import pytest

from sim.organisation.demand import Demand
from sim.organisation.experience_officer import ExperienceOfficer
from sim.organisation.initiative_desk import InitiativeDesk, read_journeys
from sim.organisation.initiatives import (
    Audience,
    Candidate,
    Kind,
    Pilot,
    Proposal,
    Reading,
    candidate_worth,
    list_candidates,
)
from sim.organisation.programmes import Programmes
from sim.parameters import Parameters
from sim.streams import Stream
from tests.company_cases import PlainLuck
from tests.markets import parameters_with

CROSSED = np.array([[[0.0, 1.0, 0.0], [0.0, 0.0, 2.0], [0.0, 0.0, 0.0]]])
DEMAND = Demand(np.ones(3), np.ones(3), np.ones((3, 3)), np.array([1.0, 2.0, 0.5]), CROSSED, np.array([True]))
RULES = {
    "executives.talent_mean": 0.2,
    "executives.talent_sd": 0.01,
    "executives.initial_credibility": 0.5,
    "executives.vacancy_years": 0.33,
    "initiatives.fix_effect": 1.0,
    "initiatives.handoff_effect": 0.5,
    "initiatives.listening_effect": 0.1,
    "initiatives.tools_effect": 0.2,
    "initiatives.pilot_noise": 0.0,
    "initiatives.estimate_noise": 0.0,
    "initiatives.credibility_gain": 0.25,
    "initiatives.proposal_size": 0.5,
    "initiatives.attempts": 2,
    "initiatives.base_success": 0.35,
    "initiatives.informed_success": 0.5,
    "initiatives.pilot_quarters": 2,
    "initiatives.pilot_cost_share": 0.4,
    "initiatives.half_life_years": 0.25,
    "initiatives.upkeep_share": 0.3,
}
READING = Reading(0.4, np.array([0.3, 0.1, 0.9]), np.full((3, 3), 0.1), 2.0, np.zeros(3), 0.0, 0.0)
FORCED = Audience(authority=1.0, care=0.0, local_weight=1.0)
LEVERS = Parameters().governance.model_copy(update={"role_held": 0.8, "turnover_per_year": 4.0 * math.log(2.0)})
"""Half of all quarters end with the holder leaving."""


def officer(uniform: float = 0.5, **changes: Any) -> ExperienceOfficer:
    organisation = parameters_with(
        **{f"organisation.{key}": value for key, value in (RULES | changes).items()}
    ).organisation
    return ExperienceOfficer(mesa.Model(rng=1), organisation, DEMAND, PlainLuck(uniform), 0.25)  # type: ignore[arg-type]


def pilot(number: int, size: float = 0.5, works: bool = True, left: int = 1, kind: Kind = Kind.TOUCHPOINT) -> Pilot:
    return Pilot(Proposal(Candidate(number, kind, number), size, 0.0, 0.0), works, left)


# The seat


def test_a_holder_who_stays_gathers_tenure() -> None:
    one = officer(0.51)
    assert one.present == 0.0
    assert (one.holder, one.talent, one.credibility) == (0, pytest.approx(0.2 + 0.01 * int(Stream.TALENT)), 0.5)
    for quarter in range(1, 4):
        one.hold_seat(LEVERS, quarter)
        assert (one.departures, one.present) == (0, 0.8)
        assert one.tenure_years == pytest.approx(quarter / 4.0)


def test_a_vacancy_of_four_months_takes_a_quarter_and_a_month_of_the_next() -> None:
    one = officer(0.49)
    one.tenure_years, one.credibility = 3.0, 0.9
    one.hold_seat(LEVERS, 1)
    assert (one.departures, one.holder, one.credibility) == (1, 1, 0.5)
    assert one.talent == pytest.approx(0.2 + 0.01 * (int(Stream.TALENT) + 0.1))
    assert (one.present, one.tenure_years) == (0.0, 0.0)
    assert one.vacancy_years == pytest.approx(0.08)
    one.hold_seat(LEVERS, 2)  # who has not come yet does not leave
    assert (one.departures, one.holder, one.vacancy_years) == (0, 1, 0.0)
    assert one.present == pytest.approx(0.8 * (1.0 - 0.08 / 0.25))
    assert one.tenure_years == pytest.approx(0.17)


def test_a_role_that_nobody_holds_is_not_left() -> None:
    one = officer(0.0)
    one.present, one.departures = 0.5, 3
    one.hold_seat(LEVERS.model_copy(update={"role_held": 0.0}), 1)
    assert (one.present, one.departures, one.holder, one.tenure_years) == (0.0, 0, 0, 0.0)


def test_talent_is_a_share_below_one() -> None:
    assert officer(**{"executives.talent_mean": 1.0, "executives.talent_sd": 1.0}).talent == 0.95


# Pilots


def test_pilots_are_judged_when_they_are_due_and_move_the_standing() -> None:
    one = officer()
    good, bad, young = pilot(0), pilot(1, works=False), pilot(2, left=2)
    one.pilots = [good, bad, young]
    assert one.judge_pilots(4) == [good]
    assert one.pilots == [young]
    assert young.quarters_left == 1
    assert one.counts == {"proposed": 0, "refused": 0, "piloted": 0, "scaled": 1, "dropped": 1}
    assert one.credibility == pytest.approx((0.5 + 0.25 * 0.5) * 0.75)
    assert [proposal.candidate.number for proposal in one.rank_candidates(READING, 0.5, 4)] == [3]
    one.start_period()
    assert set(one.counts.values()) == {0}


def test_candidates_are_ranked_by_what_they_are_worth() -> None:
    # touchpoints: 1 x 0.3, 2 x 0.1, 0.5 x 0.5 (no more than the fix); the journey: (1 + 2) x 0.1 x 0.25 x 2
    ranked = officer().rank_candidates(READING, 0.5, 4)
    assert [(proposal.candidate.number, pytest.approx(proposal.value)) for proposal in ranked] == [
        (0, 0.3), (2, 0.25), (1, 0.2), (3, 0.15)
    ]  # fmt: skip
    assert {proposal.size for proposal in ranked} == {0.5}
    equal = officer().rank_candidates(
        READING._replace(gap=np.array([0.2, 0.1, 0.4]), handoff_failure=np.zeros((3, 3))), 0.5, 4
    )
    assert [proposal.candidate.number for proposal in equal] == [0, 1, 2]


def test_numbers_of_candidates_do_not_depend_on_which_journeys_can_be_fixed() -> None:
    nothing, small, large = np.zeros((3, 3)), CROSSED[0], CROSSED[0]
    demand = DEMAND._replace(
        journey_handoff_weight=np.array([large, nothing, small, large]),
        moment_of_truth=np.array([True, True, False, True]),
    )
    found = [(one.number, one.kind, one.target) for one in list_candidates(3, demand)]
    assert found == [
        (0, Kind.TOUCHPOINT, 0), (1, Kind.TOUCHPOINT, 1), (2, Kind.TOUCHPOINT, 2), (3, Kind.HANDOFF, 0),
        (6, Kind.HANDOFF, 3), (7, Kind.LISTENING, -1), (8, Kind.TOOLS, -1),
    ]  # fmt: skip


def test_every_kind_of_candidate_is_worth_what_it_changes() -> None:
    rules = parameters_with(**{f"organisation.{key}": value for key, value in RULES.items()}).organisation.initiatives
    rules = rules.model_copy(update={"fix_effect": 0.8})
    known = READING._replace(knowledge_worth=np.array([0.2, 0.4, 0.6]), tools_worth=0.35, future_budgets=3.0)

    def worth(kind: Kind, target: int, size: float) -> tuple[float, float]:
        return candidate_worth(Candidate(9, kind, target), size, known, DEMAND, rules)

    assert worth(Kind.TOUCHPOINT, 1, 0.5) == pytest.approx((2.0 * 0.1, 0.8))
    # Two of nine hand-offs are crossed; half a budget removes a quarter of a failure of 0.1, each worth 2.
    assert worth(Kind.HANDOFF, 0, 0.5) == pytest.approx((3.0 * 0.025 * 2.0, 0.025 * 2.0 / 0.5))
    assert worth(Kind.HANDOFF, 0, 4.0) == pytest.approx((3.0 * 0.1 * 2.0, 0.1 * 2.0 / 4.0))  # no more than all
    # 0.05 of reliability: (0.2 + 2 x 0.4 + 0.5 x 0.6) now, and 0.5 x 0.8 for each of three budgets to come
    assert worth(Kind.LISTENING, -1, 0.5) == pytest.approx((0.05 * 1.3 + 0.05 * 0.5 * 0.8 * 3.0, 0.4 * 0.1))
    assert worth(Kind.TOOLS, -1, 0.5) == pytest.approx((3.5 * 0.35 * 0.1, 0.35 * 0.2))


def test_estimates_are_off_by_a_log_normal_factor_that_knowledge_narrows() -> None:
    found = officer(**{"initiatives.estimate_noise": 0.5}).rank_candidates(READING, 0.5, 3)
    best = next(proposal for proposal in found if proposal.candidate.number == 2)
    assert best.value == pytest.approx(0.25 * math.exp(0.5 * 0.6 * (int(Stream.ESTIMATE) + 0.2 + 0.03)))


def test_what_passes_goes_on_trial_and_works_by_luck_and_knowledge() -> None:
    # A proposal works with probability 0.35 + 0.5 x 0.4 = 0.55.
    for uniform, works in ((0.54, True), (0.56, False)):
        one = officer(uniform)
        assert one.propose(READING, 1.2, FORCED, 4) == 0.0
        assert [(trial.proposal.candidate.number, trial.proposal.size) for trial in one.pilots] == [
            (0, 0.5), (2, 0.5), (1, pytest.approx(0.2))
        ]  # fmt: skip
        assert {trial.works for trial in one.pilots} == {works}
        assert {trial.quarters_left for trial in one.pilots} == {2}
        assert one.counts == {"proposed": 3, "refused": 0, "piloted": 3, "scaled": 0, "dropped": 0}


def test_a_budget_below_a_standard_proposal_is_one_small_one() -> None:
    one = officer(0.0)
    assert one.propose(READING, 0.28, FORCED, 4) == 0.0
    # At this size the fix closes 0.28 of either gap: 1 x 0.28 is worth most.
    assert [(trial.proposal.candidate.number, trial.proposal.size) for trial in one.pilots] == [(0, 0.28)]
    assert one.pilots[0].proposal.value == pytest.approx(0.28)


def test_every_place_is_offered_twice_and_then_refused() -> None:
    one = officer(1.0)
    nobody = Audience(0.0, 0.0, 1.0)
    assert one.propose(READING, 1.2, nobody, 4) == pytest.approx(1.0)  # four candidates, two a place, none left
    assert one.counts == {"proposed": 4, "refused": 4, "piloted": 0, "scaled": 0, "dropped": 0}
    assert one.pilots == []
    assert one.propose(READING, 0.0, nobody, 4) == 0.0


def test_what_follows_a_refused_proposal_takes_its_place_and_the_rest_waits() -> None:
    class OnlySecond(PlainLuck):
        """Refuses the best candidate alone."""

        def uniform(self, stream: Stream, entity: int = 0, period: int = 0, draw: int = 0) -> float:
            return 1.0 if stream is Stream.PROPOSAL and entity == 0 else 0.0

    one = officer()
    one._draws = OnlySecond()  # type: ignore[assignment]
    assert one.propose(READING, 1.5, Audience(0.5, 0.0, 1.0), 4) == 0.0
    assert [trial.proposal.candidate.number for trial in one.pilots] == [2, 1, 3]
    assert one.counts["refused"] == 1


# The desk


def desk(one: ExperienceOfficer) -> tuple[InitiativeDesk, Programmes]:
    programmes = Programmes(3, DEMAND, one._rules, 1.0 / 12.0)
    one.present = 0.5
    return InitiativeDesk(one, programmes, one._rules), programmes


def test_a_quarter_spends_on_upkeep_pilots_scaling_and_what_was_refused() -> None:
    one = officer(0.0)
    held, programmes = desk(one)
    programmes.stock = 0.2
    scaled, failed = pilot(0, size=0.25), pilot(1, size=0.125, works=False)
    one.pilots = [scaled, failed]
    held.run_quarter(READING, FORCED, 2.0, 4)
    # An effect halves in a quarter, so that keeping 0.45 up would cost 0.225; 0.3 x 1 are there for it.
    assert programmes.stock == pytest.approx(0.45)
    upkeep = 0.225
    proposed = 0.5 + (1.0 - upkeep - 0.5)
    assert sum(trial.proposal.size for trial in one.pilots) == pytest.approx(proposed)
    assert held.spending == pytest.approx(upkeep + 0.4 * proposed / 2.0 + 0.6 * 0.25)
    assert held.rescue == 0.0
    before = programmes.stock
    held.start_period()
    assert programmes.stock == before  # all of the decay is prevented


def test_scarce_upkeep_prevents_its_share_of_the_decay() -> None:
    one = officer(0.0)
    held, programmes = desk(one)
    programmes.stock = 4.0
    held.run_quarter(READING, FORCED, 2.0, 4)
    held.start_period()
    covered = 0.3 / 2.0  # of the two budgets that would be needed
    assert programmes.stock == pytest.approx(4.0 * 2.0 ** (-(1.0 / 12.0) * (1.0 - covered) / 0.25))


def test_refused_budget_is_rescue_work_and_what_does_not_work_is_scaled_without_effect() -> None:
    one = officer(1.0, **{"initiatives.proposal_size": 1.0})
    held, programmes = desk(one)
    lucky = pilot(0, size=0.25, works=False)
    one.pilots = [lucky]
    one._rules = one._rules.model_copy(update={"pilot_noise": 10.0})  # what does not work looks as if it did
    held.run_quarter(READING, Audience(0.0, 0.0, 1.0), 6.0, 4)
    assert one.counts["scaled"] == 1
    assert programmes.stock == 0.0
    assert held.rescue == 1.0
    assert held.spending == pytest.approx(2.0 + 0.6 * 0.25)  # two places were refused


def test_a_vacant_desk_does_and_spends_nothing() -> None:
    one = officer(0.0)
    held, programmes = desk(one)
    one.present, programmes.stock = 0.0, 1.0
    held.rescue = held.spending = held._coverage = 0.7
    one.pilots = [pilot(0)]
    held.run_quarter(READING, FORCED, 2.0, 4)
    assert (held.rescue, held.spending, one.pilots[0].quarters_left) == (0.0, 0.0, 1)
    held.start_period()
    assert programmes.stock == pytest.approx(2.0 ** (-1.0 / 3.0))


def test_the_holder_expects_budgets_over_the_mean_life_of_an_effect() -> None:
    held, _ = desk(officer())
    assert held.future_budgets(1.5) == pytest.approx(4.0 * 0.25 / math.log(2.0) * 1.5 * 0.5)


def test_journeys_are_read_through_what_gaming_hides() -> None:
    departments = [
        SimpleNamespace(believed_requirement=0.6, quality=0.2, gaming=0.5, experience_effort=0.4,
                        record=SimpleNamespace(knowledge_bias=-0.3)),
    ]  # fmt: skip
    keys = {"delivery.effort_scale": 0.4 / math.log(2.0), "workforce.morale_quality": 0.35}
    organisation = parameters_with(**{f"organisation.{key}": value for key, value in keys.items()}).organisation
    found = read_journeys(departments, np.full((1, 1), 0.1), 0.8, 1.7, 2.5, organisation)  # type: ignore[arg-type]
    assert found.gap == pytest.approx([0.6 - 0.2 - 0.2 * 0.5])
    assert found.knowledge_worth == pytest.approx([0.15])
    assert (found.information, found.failure_weight, found.tools_worth, found.future_budgets) == (0.8, 1.7, 0.35, 2.5)
    assert found.handoff_failure.tolist() == [[0.1]]
