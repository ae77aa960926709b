"""Initiatives: what is proposed, who lets it pass, what it leaves and what it costs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.organisation import initiatives
from sim.organisation.demand import expected_demand
from sim.organisation.dynamics import halving_factor
from sim.organisation.initiatives import Audience, Candidate, Kind, Pilot, Proposal, Reading
from sim.organisation.programmes import Programmes
from sim.parameters.experience import Perception
from sim.parameters.organisation import Initiatives
from tests.fake_market import build_company, run_company, run_period
from tests.markets import parameters_with

ACCOUNTABLE = {
    "governance.added_cx_weight": 0.5,
    "governance.attribution": 0.5,
    "governance.decision_rights": 0.7,
    "governance.role_held": 1.0,
    "governance.listening": 1.0,
    "governance.rel_budget": 1.0,
}
RULES = Initiatives()
DEMAND = expected_demand(parameters_with())


def programmes(**changed):
    return Programmes(3, DEMAND, Initiatives(**changed), 1 / 12)


def reading(**changed):
    plain = Reading(
        information=0.5,
        gap=np.array([0.2, 0.4, -0.1]),
        handoff_failure=np.full((3, 3), 0.1),
        failure_weight=1.0,
        knowledge_worth=np.zeros(3),
        tools_worth=0.0,
        future_budgets=0.0,
    )
    return plain._replace(**changed)


@pytest.mark.parametrize("periods_per_year", [4, 12, 52])
def test_programmes_halve_in_their_half_life(periods_per_year):
    rules = Initiatives(half_life_years=1.25)
    held = Programmes(3, DEMAND, rules, 1.0 / periods_per_year)
    held.add(Candidate(1, Kind.TOUCHPOINT, 1), 1.0)
    held.add(Candidate(3, Kind.HANDOFF, 0), 1.0)
    held.add(Candidate(4, Kind.LISTENING, -1), 1.0)
    held.add(Candidate(5, Kind.TOOLS, -1), 1.0)
    for _ in range(round(1.25 * periods_per_year)):
        held.decay(0.0)
    assert held.touchpoint[1] == pytest.approx(0.5 * rules.fix_effect, rel=1e-12)
    assert 1.0 - held.kept_handoff[0, 1] == pytest.approx(0.5 * rules.handoff_effect, rel=1e-12)
    assert held.listening == pytest.approx(0.5 * rules.listening_effect, rel=1e-12)
    assert held.tools == pytest.approx(0.5 * rules.tools_effect, rel=1e-12)


def test_upkeep_stops_decay_as_far_as_it_covers():
    full, half = programmes(), programmes()
    for held in (full, half):
        held.add(Candidate(0, Kind.TOUCHPOINT, 0), 1.0)
    full.decay(1.0)
    half.decay(0.5)
    assert full.touchpoint[0] == 1.0
    assert half.touchpoint[0] == pytest.approx(2.0 ** (-0.5 / 12 / RULES.half_life_years))


def test_upkeep_costs_what_renewal_would_cost():
    assert initiatives.upkeep_coverage(0.05, 2.0, 0.1) == pytest.approx(0.25)
    assert initiatives.upkeep_coverage(9.0, 2.0, 0.1) == 1.0
    assert initiatives.upkeep_coverage(9.0, 0.0, 0.1) == 0.0


def test_handoff_fixes_compound_and_never_remove_more_than_all():
    held = programmes(handoff_effect=0.5)
    for _ in range(2):
        held.add(Candidate(3, Kind.HANDOFF, 0), 1.0)
    assert held.kept_handoff[0, 1] == 0.25
    assert held.kept_handoff[0, 2] == 1.0  # the journey never goes from the first department to the third
    held.add(Candidate(3, Kind.HANDOFF, 0), 9.0)
    assert held.kept_handoff[0, 1] == 0.0


def test_pilots_reach_the_pilot_region_only_if_they_work():
    held = programmes()
    pilots = [
        Pilot(Proposal(Candidate(0, Kind.TOUCHPOINT, 0), 0.5, 1.0, 1.0), works=True, quarters_left=1),
        Pilot(Proposal(Candidate(1, Kind.TOUCHPOINT, 1), 0.5, 1.0, 1.0), works=False, quarters_left=1),
        Pilot(Proposal(Candidate(3, Kind.HANDOFF, 0), 0.5, 1.0, 1.0), works=True, quarters_left=1),
    ]
    np.testing.assert_allclose(held.pilot_quality(pilots), [0.5, 0.0, 0.0])
    assert held.pilot_kept_handoff(pilots)[0, 1] == pytest.approx(1.0 - 0.5 * RULES.handoff_effect)
    np.testing.assert_array_equal(held.touchpoint, 0.0)


@given(budget=st.floats(0.0, 5.0), standard=st.floats(0.05, 2.0))
def test_proposals_share_out_the_budget(budget, standard):
    sizes = initiatives.proposal_sizes(budget, standard)
    assert sum(sizes) == pytest.approx(budget, abs=1e-8)
    assert all(0.0 < size <= standard for size in sizes)


@pytest.mark.parametrize(("budget", "standard"), [(-0.1, 0.5), (1.0, 0.0)])
def test_impossible_budgets_are_refused(budget, standard):
    with pytest.raises(ValueError, match="budget"):
        initiatives.proposal_sizes(budget, standard)


@pytest.mark.parametrize(
    ("gain", "expected"),
    [
        (0.96, 0.3),  # what is gained, .5 x .96, is what is lost, .8 x .6: even odds, times a credibility of .6
        (1.619167, 0.45),  # net .329584 is .3 x ln 3: three to one
        (0.300833, 0.15),  # net -.329584: one to three
        (1.0, 0.309996),  # net .02, a fifteenth of the scale: 1 / (1 + e^-.0667) = .516660
    ],
)
def test_buy_in_weighs_gain_against_disruption_times_credibility(gain, expected):
    audience = Audience(authority=0.0, care=0.5, local_weight=0.8)
    rules = Initiatives(local_disruption=0.6, buy_in_scale=0.3)
    assert initiatives.buy_in(gain, audience, 0.6, rules) == pytest.approx(expected, abs=1e-6)


@settings(deadline=None)
@given(gain=st.floats(-5.0, 5.0), credibility=st.floats(0.0, 1.0))
def test_buy_in_grows_with_the_gain_and_with_credibility_and_is_symmetric(gain, credibility):
    audience = Audience(authority=0.0, care=0.5, local_weight=0.0)
    willing = initiatives.buy_in(gain, audience, credibility, RULES)
    assert 0.0 <= willing <= credibility
    assert initiatives.buy_in(gain + 0.1, audience, credibility, RULES) >= willing
    assert willing + initiatives.buy_in(-gain, audience, credibility, RULES) == pytest.approx(credibility)


def test_nobody_follows_a_holder_without_credibility():
    audience = Audience(authority=0.0, care=0.5, local_weight=0.8)
    assert initiatives.buy_in(1.0, audience, 0.0, RULES) == 0.0
    assert initiatives.buy_in(1e6, audience, 1.0, RULES) == pytest.approx(1.0)
    assert initiatives.buy_in(-1e6, audience, 1.0, RULES) == pytest.approx(0.0)


def test_a_proposal_passes_on_authority_else_on_buy_in():
    assert initiatives.pass_probability(1.0, 0.0) == 1.0
    assert initiatives.pass_probability(0.0, 0.3) == 0.3
    assert initiatives.pass_probability(0.5, 0.3) == pytest.approx(0.65)


def test_success_needs_knowledge():
    rules = Initiatives(base_success=0.35, informed_success=0.5)
    assert initiatives.success_probability(0.0, rules) == 0.35
    assert initiatives.success_probability(0.6, rules) == pytest.approx(0.65)
    assert initiatives.success_probability(1.0, Initiatives(base_success=0.9, informed_success=0.5)) == 1.0


def test_pilots_are_misjudged_as_often_as_the_noise_says():
    # Noise .3 against half of .5: the normal tail beyond .25 / .3 is .2023; 20,000 draws, standard error .003.
    normals = np.random.default_rng(1).normal(size=20_000)
    missed = np.mean([not initiatives.looks_successful(True, 0.5, z, 400, RULES) for z in normals])
    fooled = np.mean([initiatives.looks_successful(False, 0.5, z, 400, RULES) for z in normals])
    assert missed == pytest.approx(0.2023, abs=0.012)
    assert fooled == pytest.approx(0.2023, abs=0.012)
    sharper = np.mean([initiatives.looks_successful(False, 0.5, z, 1600, RULES) for z in normals])
    assert sharper == pytest.approx(0.0478, abs=0.006)


def test_credibility_moves_towards_what_pilots_show():
    rules = Initiatives(credibility_gain=0.25)
    assert initiatives.next_credibility(0.4, True, rules) == pytest.approx(0.55)
    assert initiatives.next_credibility(0.4, False, rules) == pytest.approx(0.3)


def test_estimates_are_exact_when_everything_is_known():
    assert initiatives.estimation_factor(2.0, 1.0, RULES) == 1.0
    # One SD of a noise of .5, of which .8 is left: e^.4.
    assert initiatives.estimation_factor(1.0, 0.2, Initiatives(estimate_noise=0.5)) == pytest.approx(1.491825, abs=1e-6)


def test_a_touchpoint_is_worth_its_gap_as_far_as_the_fix_closes_it():
    worth = [
        initiatives.candidate_worth(Candidate(d, Kind.TOUCHPOINT, d), 0.3, reading(), DEMAND, RULES)[0]
        for d in range(3)
    ]
    np.testing.assert_allclose(worth, [0.2, 0.3, 0.0])


def test_a_handoff_is_worth_the_failures_it_removes():
    # One journey, two hand-offs as heavy as an encounter each: 2 x .1 x (.5 x .5) removed, severity 2.
    value, gain = initiatives.candidate_worth(
        Candidate(3, Kind.HANDOFF, 0), 0.5, reading(failure_weight=2.0), DEMAND, RULES
    )
    assert value == pytest.approx(2 * 0.1 * 0.25 * 2.0)
    assert gain == pytest.approx(0.1 * 0.5 * 2.0)


def test_a_failure_weighs_its_severity_and_the_disappointment():
    perception = Perception(quality_weight=0.5, disconfirmation_weight=0.25, loss_aversion=2.0, zone_lower=0.3)
    assert initiatives.felt_severity(1.0, perception) == pytest.approx(1.0 + 0.5 * 2.0 * 0.7)
    assert initiatives.felt_severity(0.2, perception) == 0.2
    unmoved = Perception(quality_weight=0.0, loss_aversion=2.0, zone_lower=0.3)
    assert initiatives.felt_severity(1.0, unmoved) == pytest.approx(1.0 + 2.0 * 0.7)


def test_listening_and_tools_are_worth_what_they_add():
    listening = reading(knowledge_worth=np.full(3, 0.1), future_budgets=2.0)
    value, _ = initiatives.candidate_worth(Candidate(4, Kind.LISTENING, -1), 1.0, listening, DEMAND, RULES)
    assert value == pytest.approx(3 * 0.1 * 0.15 + 0.15 * 0.5 * 1.0 * 2.0)
    value, gain = initiatives.candidate_worth(
        Candidate(5, Kind.TOOLS, -1), 1.0, reading(tools_worth=0.3), DEMAND, RULES
    )
    assert (value, gain) == (pytest.approx(3 * 0.3 * 0.2), pytest.approx(0.3 * 0.2))


def test_candidates_are_touchpoints_handoffs_of_moments_of_truth_listening_and_tools():
    journeys = {
        "crash": {"rate_per_year": 0.1, "importance": 3.0, "steps": [{"department": d} for d in ("sales", "support")]},
        "question": {
            "rate_per_year": 2.0,
            "importance": 0.5,
            "steps": [{"department": d} for d in ("operations", "support")],
        },
        "renewal": {"rate_per_year": 1.0, "importance": 2.0, "steps": [{"department": "sales"}]},
    }
    demand = expected_demand(parameters_with(journeys=journeys))
    np.testing.assert_array_equal(demand.moment_of_truth, [True, False, True])
    kinds = [(c.kind.value, c.target) for c in initiatives.list_candidates(3, demand)]
    assert kinds == [
        ("touchpoint", 0),
        ("touchpoint", 1),
        ("touchpoint", 2),
        ("handoff", 0),
        ("listening", -1),
        ("tools", -1),
    ]


def test_demand_averages_rates_over_segments():
    segments = {"a": {"share": 0.25, "journey_rates": {"purchase": 3.0}}, "b": {"share": 0.75}}
    demand = expected_demand(parameters_with(**{"population.segments": segments}))
    np.testing.assert_allclose(demand.encounters, 3.0 * (0.25 * 3.0 + 0.75))
    # Complaints: severity 1, share .4.
    np.testing.assert_allclose(demand.complaint_encounters, 0.4 * demand.encounters)
    assert demand.complaint_handoffs[0, 1] == pytest.approx(0.4 * demand.encounters[0])
    assert demand.complaint_handoffs[1, 0] == 0.0


def test_gaming_hides_gaps_from_a_holder_who_does_not_listen():
    def proposals(gaming_cost):
        changed = ACCOUNTABLE | {
            "organisation.contracts.gaming_cost": gaming_cost,
            "organisation.contracts.culture_years": 0.0,
            "governance.listening": 0.0,
        }
        company = build_company(parameters_with(**changed))
        for period in range(24):
            run_period(company, parameters_with(**changed), period)
        company.read_environment(24)
        company.govern(24)
        company.respond(24)
        company.pursue_initiatives(24)
        return company.experience_officer.rank_candidates(
            reading(gap=np.array([d.believed_requirement - d.quality - 0.8 * d.gaming for d in company.departments])),
            0.5,
            24,
        )

    assert len(proposals(0.3)) < len(proposals(1e6))


def test_money_spent_is_pilots_scaling_refusals_and_nothing_else():
    parameters = parameters_with(**ACCOUNTABLE, **{"time.burn_in_years": 1.0})
    company = build_company(parameters)
    sizes, spent = {"piloted": 0, "scaled": 0}, []
    for period in range(60):
        _, firm, lines = run_period(company, parameters, period)
        if period >= 12 and period % 3 == 0:
            spent.append(lines["initiatives"] / (0.006 * firm["revenue"]))
            sizes["piloted"], sizes["scaled"] = firm["piloted"], firm["scaled"]
            expected = 0.5 * (0.4 * firm["piloted"] + 0.6 * firm["scaled"]) + firm["rescue"]
            assert spent[-1] == pytest.approx(expected, abs=1e-12)
    assert max(spent) <= 1.6
    assert sum(spent) <= len(spent) + 1e-9  # never more than the budget in the long run


@pytest.mark.parametrize("attempts", [1, 2])
def test_a_refused_place_goes_to_the_next_best_and_then_to_rescue(attempts):
    # No authority and a disruption nobody accepts: two places a quarter, every attempt is refused, all is rescue.
    changed = ACCOUNTABLE | {
        "governance.decision_rights": 0.0,
        "organisation.initiatives.local_disruption": 10.0,
        "organisation.initiatives.attempts": attempts,
        "time.burn_in_years": 1.0,
    }
    _, firm, lines = run_company(parameters_with(**changed), n_periods=36)
    np.testing.assert_array_equal(firm["proposed"][12::3], 2 * attempts)
    np.testing.assert_array_equal(firm["refused"], firm["proposed"])
    np.testing.assert_array_equal(firm["rescue"][12:], 1.0)
    np.testing.assert_allclose(lines["initiatives"][12:], 0.006 * firm["revenue"][12:])


def test_rescue_work_recovers_complaints_while_it_lasts():
    changed = ACCOUNTABLE | {"governance.decision_rights": 0.0, "organisation.initiatives.local_disruption": 10.0}
    parameters = parameters_with(**changed)
    company, plain = (
        build_company(parameters),
        build_company(parameters_with(**changed | {"governance.rel_budget": 0.0})),
    )
    for period in range(25):
        run_period(company, parameters, period)
        run_period(plain, parameters, period)
    gained = company.offer().recovery_probability - plain.offer().recovery_probability
    assert gained == pytest.approx(RULES.rescue_effect)


def test_upkeep_spends_no_more_than_there_is_to_keep_alive():
    changed = ACCOUNTABLE | {"organisation.initiatives.upkeep_share": 1.0, "time.burn_in_years": 1.0}
    _, firm, lines = run_company(parameters_with(**changed), n_periods=60)
    # All of the budget could go to upkeep, nothing is in force: nothing is spent on it and nothing new is ruled out.
    assert firm["proposed"].sum() > 0.0
    assert lines["initiatives"][12:].sum() <= 1.02 * 0.006 * firm["revenue"][12:].sum()


def test_nothing_is_proposed_or_paid_when_initiatives_are_frozen():
    parameters = parameters_with(**ACCOUNTABLE, **{"organisation.frozen.initiatives": True})
    departments, firm, lines = run_company(parameters)
    for fate in ("proposed", "refused", "piloted", "scaled", "dropped", "rescue"):
        assert firm[fate].sum() == 0.0
    assert lines["initiatives"].sum() == 0.0
    assert departments["programme"].sum() == 0.0


def test_nobody_proposes_without_a_holder():
    parameters = parameters_with(**ACCOUNTABLE | {"governance.role_held": 0.0})
    _, firm, lines = run_company(parameters)
    assert firm["proposed"].sum() == 0.0
    assert lines["initiatives"].sum() == 0.0


def test_fates_balance():
    parameters = parameters_with(**ACCOUNTABLE)
    for replicate in range(3):
        company = build_company(parameters, replicate)
        rows = [run_period(company, parameters, period)[1] for period in range(parameters.time.n_periods)]
        count = {
            fate: sum(row[fate] for row in rows) for fate in ("proposed", "refused", "piloted", "scaled", "dropped")
        }
        assert count["proposed"] == count["refused"] + count["piloted"] > 0.0
        assert count["piloted"] == count["scaled"] + count["dropped"] + len(company.experience_officer.pilots)


def test_a_certain_company_scales_every_quarter_and_delivers_it():
    # Full authority, perfect success, no noise, one place a quarter: it is piloted, and scaled a quarter later.
    changed = ACCOUNTABLE | {
        "governance.decision_rights": 1.0,
        "organisation.executives.commitment_mean": 1.0,
        "organisation.executives.commitment_sd": 0.0,
        "organisation.executives.impatience": 0.0,
        "organisation.executives.initial_credibility": 1.0,
        "organisation.initiatives.base_success": 1.0,
        "organisation.initiatives.pilot_noise": 0.0,
        "organisation.initiatives.proposal_size": 1.0,
        "organisation.initiatives.listening_effect": 0.0,
        "organisation.initiatives.half_life_years": 50.0,
        "market.requirement.initial": 3.0,
        "time.burn_in_years": 1.0,
        "time.horizon_years": 1.0,
    }
    departments, firm, _ = run_company(parameters_with(**changed))
    np.testing.assert_array_equal(firm["scaled"][12:].reshape(4, 3).sum(axis=1), [0, 1, 1, 1])
    np.testing.assert_array_equal(firm["refused"], 0.0)
    assert departments["programme"][-1].sum() == pytest.approx(3.0, rel=0.02)


def test_pilots_are_seen_from_the_market_in_the_pilot_region():
    parameters = parameters_with(**ACCOUNTABLE)
    company, seen = build_company(parameters), 0
    for period in range(60):
        run_period(company, parameters, period)
        offer, extra = company.offer(), np.zeros(3)
        for pilot in company.experience_officer.pilots:
            if pilot.works and pilot.proposal.candidate.kind is Kind.TOUCHPOINT:
                extra[pilot.proposal.candidate.target] += pilot.proposal.size * RULES.fix_effect
        np.testing.assert_allclose(offer.quality[1] - offer.quality[0], extra, atol=1e-12)
        mixed = [0.8 * a + 0.2 * b for a, b in zip(*offer.quality, strict=True)]
        np.testing.assert_allclose([d.quality for d in company.departments], mixed, atol=1e-12)
        seen += extra.any()
    assert seen > 3


def test_a_vacancy_pauses_initiatives():
    changed = ACCOUNTABLE | {
        "governance.turnover_per_year": 12.0,
        "organisation.executives.vacancy_years": 5.0,
        "time.horizon_years": 3.0,
    }
    _, firm, lines = run_company(parameters_with(**changed))
    gone = int(np.flatnonzero(firm["turnover"])[0])
    later = slice(gone + 3, None)
    assert firm["role_present"][later].sum() == 0.0
    assert firm["proposed"][later].sum() == firm["rescue"][later].sum() == lines["initiatives"][later].sum() == 0.0


def test_halving_is_exact():
    assert halving_factor(1.0, 1.0) == 0.5
    assert halving_factor(0.25, 0.5) == pytest.approx(2.0**-0.5)


def test_a_lucky_measurement_makes_a_pilot_look_better():
    # Half of what was promised is 0.5; 400 answers and noise 0.3: two deviations are 0.6.
    rules = Initiatives(fix_effect=1.0, pilot_noise=0.3)
    assert initiatives.looks_successful(False, 1.0, 2.0, 400, rules)
    assert not initiatives.looks_successful(False, 1.0, -2.0, 400, rules)
    assert not initiatives.looks_successful(True, 1.0, -2.0, 400, rules)
    assert initiatives.looks_successful(True, 1.0, -2.0, 1600, rules)  # four times the answers, half of the noise
    assert not initiatives.looks_successful(False, 0.5, -2.0, 400, rules)


def test_rounding_splits_no_sliver_off_a_budget():
    assert initiatives.proposal_sizes(0.3, 0.1) == [0.1, 0.1, 0.1]
    assert initiatives.proposal_sizes(0.7, 0.1) == [0.1] * 7
