"""Executives: commitment, tenure, information, authority and politics."""

from __future__ import annotations

import mesa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.organisation.costs import governance_charges, influence_cost
from sim.organisation.demand import expected_demand
from sim.organisation.executives import ChiefExecutive, relative_shortfall
from sim.organisation.experience_officer import ExperienceOfficer
from sim.organisation.status_quo import information_reliability, talk_share
from sim.parameters.governance import Governance
from sim.parameters.organisation import Costs, Executives
from sim.streams import Draws, Stream
from tests.company_cases import HALF_IN_A_YEAR, PlainLuck
from tests.fake_market import build_company, run_company, run_period
from tests.markets import parameters_with

HELD = {"governance.role_held": 1.0, "governance.listening": 1.0, "governance.decision_rights": 0.7}


def chief(seed=1, period_years=1 / 12, **rules):
    return ChiefExecutive(mesa.Model(rng=1), Executives(**rules), Draws(seed), period_years)


def officer(seed=1, period_years=1 / 12, **changed):
    parameters = parameters_with(**{f"organisation.executives.{name}": value for name, value in changed.items()})
    demand = expected_demand(parameters)
    return ExperienceOfficer(mesa.Model(rng=1), parameters.organisation, demand, Draws(seed), period_years)


@pytest.mark.parametrize("periods_per_year", [4, 12])
def test_commitment_wanders_around_its_mean_with_its_spread(periods_per_year):
    # 400 companies at 10 years: independent, so the standard error of the mean is .0075 and of the spread .0053.
    ends = []
    for seed in range(400):
        executive = chief(seed, 1.0 / periods_per_year, commitment_mean=0.5, commitment_sd=0.15, commitment_years=1.0)
        for period in range(2 * periods_per_year):
            executive.drift(period)
        ends.append(executive.commitment)
    assert np.mean(ends) == pytest.approx(0.5, abs=0.03)
    assert np.std(ends) == pytest.approx(0.15, abs=0.022)


def test_commitment_starts_spread_as_it_stays():
    starts = [chief(seed, commitment_mean=0.5, commitment_sd=0.15).commitment for seed in range(400)]
    assert np.std(starts) == pytest.approx(0.15, abs=0.022)


def test_commitment_stays_a_share():
    executive = chief(commitment_mean=0.95, commitment_sd=0.5)
    values = []
    for period in range(200):
        executive.drift(period)
        values.append(executive.commitment)
    assert 0.0 <= min(values) < max(values) == 1.0


def test_commitment_forgets_with_its_time_constant():
    # Two companies whose only difference is a bad quarter: the difference fades as exp(-t / time constant).
    calm, shocked = chief(impatience=0.5), chief(impatience=0.5)
    for quarter in range(5):
        for month in range(3):
            calm.see_profit(100.0, month == 2)
            shocked.see_profit(100.0 if quarter < 4 else 50.0, month == 2)
    first = calm.commitment - shocked.commitment
    # Shortfall .5 times impatience .5 takes a quarter of commitment.
    assert first == pytest.approx(0.25 * calm.commitment)
    for period in range(12):
        calm.drift(period)
        shocked.drift(period)
    assert calm.commitment - shocked.commitment == pytest.approx(first * np.exp(-1.0), rel=1e-9)


def test_commitment_survives_good_quarters_and_the_first_year():
    patient, executive = chief(), chief(impatience=10.0)
    for _ in range(4):
        executive.see_profit(-100.0, True)
    executive.see_profit(50.0, True)
    assert executive.commitment == patient.commitment


@pytest.mark.parametrize(
    ("profit", "usual", "expected"),
    [
        (50.0, 100.0, 0.5),
        (-500.0, 100.0, 1.0),
        (120.0, 100.0, 0.0),
        (-150.0, -100.0, 0.5),
        (-1.0, 0.0, 1.0),
        (0.0, 0.0, 0.0),
    ],
)
def test_a_shortfall_is_relative_to_the_usual_profit(profit, usual, expected):
    assert relative_shortfall(profit, usual) == expected


@pytest.mark.parametrize("periods_per_year", [4, 12, 52])
def test_holders_stay_as_long_as_their_hazard_says(periods_per_year):
    # Yearly hazard .5 without vacancies over 8,000 years in all: departures are Poisson, 4,000 expected, sd 63.
    years, leavers = 200, 0
    levers = Governance(role_held=1.0, turnover_per_year=0.5)
    n_seats = 40 if periods_per_year == 4 else 5
    for seed in range(n_seats):
        seat = officer(seed, 1.0 / periods_per_year, vacancy_years=0.0)
        for period in range(years * periods_per_year):
            seat.hold_seat(levers, period)
            leavers += seat.departures
    # At most one departure a period: 1 - exp(-.5 dt) of them.
    expected = n_seats * years * periods_per_year * -np.expm1(-0.5 / periods_per_year)
    assert leavers == pytest.approx(expected, abs=4.0 * np.sqrt(expected))


@pytest.mark.parametrize("periods_per_year", [4, 12, 52])
def test_a_vacancy_lasts_exactly_as_long_as_it_should(periods_per_year):
    seat, levers = (
        officer(3, 1.0 / periods_per_year, vacancy_years=0.4),
        Governance(role_held=1.0, turnover_per_year=1.0),
    )
    period = 0
    while not seat.departures:
        seat.hold_seat(levers, period)
        period += 1
    calm, empty = Governance(role_held=1.0), 1.0 - seat.present
    for later in range(period, period + periods_per_year):
        seat.hold_seat(calm, later)
        empty += 1.0 - seat.present
    assert empty / periods_per_year == pytest.approx(0.4, abs=1e-12)
    assert seat.present == 1.0


def test_a_successor_starts_anew():
    seat = officer(3, vacancy_years=0.0, initial_credibility=0.5)
    levers = Governance(role_held=1.0, turnover_per_year=12.0)
    seat.credibility, talent = 0.9, seat.talent
    period = 0
    while not seat.departures:
        seat.hold_seat(levers, period)
        period += 1
    assert seat.credibility == 0.5
    assert seat.talent != talent
    assert seat.tenure_years == pytest.approx(1 / 12)


def test_nobody_holds_a_role_that_does_not_exist():
    seat = officer()
    for period in range(50):
        seat.hold_seat(Governance(turnover_per_year=12.0), period)
        assert (seat.present, seat.departures, seat.holder) == (0.0, 0, 0)


def test_talents_are_spread_as_declared():
    # 300 first holders: standard error of the mean .006.
    talents = [officer(seed, talent_mean=0.6, talent_sd=0.1).talent for seed in range(300)]
    assert np.mean(talents) == pytest.approx(0.6, abs=0.025)
    assert np.std(talents) == pytest.approx(0.1, abs=0.018)
    assert officer(talent_mean=1.0, talent_sd=0.0).talent == 0.95


@given(present=st.floats(0, 1), talent=st.floats(0, 1), attention=st.floats(0, 1), involved=st.floats(0, 1))
def test_information_is_talent_times_listening_thinned_by_attention(present, talent, attention, involved):
    levers = Governance(listening=0.8, ceo_involvement=involved)
    expected = max(0.2, present * talent * 0.8 * (1.0 - involved * (1.0 - attention)))
    assert information_reliability(levers, present, talent, attention, 0.2) == pytest.approx(expected)


def test_talk_grows_with_information():
    assert talk_share(Governance(base_talk=0.2, talk_gain=0.7), 1.0, 0.6) == pytest.approx(0.62)
    assert talk_share(Governance(base_talk=0.2, talk_gain=0.7), 0.0, 0.6) == 0.2
    assert talk_share(Governance(base_talk=0.9, talk_gain=1.0), 1.0, 0.6) == 1.0


def test_authority_is_rights_times_commitment_times_credibility():
    parameters = parameters_with(**HELD)
    company = build_company(parameters)
    for period in range(40):
        _, firm, _ = run_period(company, parameters, period)
        if period < 24:
            assert firm["authority"] == 0.0
    company.govern(40)
    officer_, executive = company.experience_officer, company.chief_executive
    expected = 0.7 * executive.commitment * officer_.credibility * officer_.present
    assert company.authority == pytest.approx(expected)


@given(authority=st.floats(0, 1), commitment=st.floats(0, 1))
def test_influence_costs_most_with_authority_that_nobody_stands_behind(authority, commitment):
    assert influence_cost(authority, commitment, 0.003) == pytest.approx(0.003 * authority * (1.0 - commitment))
    assert influence_cost(authority, 1.0, 0.003) == 0.0


@pytest.mark.parametrize(("authority", "commitment"), [(1.1, 0.5), (0.5, -0.1)])
def test_impossible_politics_are_refused(authority, commitment):
    with pytest.raises(ValueError, match="between 0 and 1"):
        influence_cost(authority, commitment, 0.003)


def test_governance_is_charged_line_by_line():
    levers = Governance(rel_office=0.6, rel_distraction=1.0)
    lines = governance_charges(
        1e6, levers, Costs(), incentive_share=0.005, spending=0.5, authority=0.4, commitment=0.75
    )
    assert lines == pytest.approx(
        {"incentive_pay": 5000.0, "office": 1800.0, "initiatives": 3000.0, "influence": 300.0, "distraction": 3000.0}
    )


def test_credibility_moves_only_when_pilots_are_judged():
    parameters = parameters_with(**HELD, **{"governance.rel_budget": 1.0, "governance.added_cx_weight": 0.5})
    _, firm, _ = run_company(parameters)
    judged = (firm["scaled"] + firm["dropped"])[1:] > 0.0
    moved = np.diff(firm["credibility"]) != 0.0
    np.testing.assert_array_equal(moved, judged)
    assert judged.sum() > 5


def test_the_survey_is_noisy_and_flattered_by_gaming():
    quiet = parameters_with(**{"organisation.listening.survey_size": 400})
    _, firm, _ = run_company(quiet)
    error = firm["kpi_measured"] - firm["kpi_true"]
    # Status quo: gaming .05 / 3 / 3 through a weight of .5, and a third of a quarter's answers each month.
    assert error.mean() == pytest.approx(0.5 * 0.05 / 9, abs=4 * 0.8 / np.sqrt(400 / 3 * len(error)))
    assert error.std() == pytest.approx(0.8 / np.sqrt(400 / 3), rel=0.3)
    loud = {
        "governance.added_cx_weight": 0.95,
        "governance.attribution": 1.0,
        "organisation.contracts.gaming_cost": 1.0,
        "organisation.contracts.culture_years": 0.0,
        "organisation.listening.survey_size": 1_000_000,
    }
    _, firm, _ = run_company(parameters_with(**loud), n_periods=30)
    assert (firm["kpi_measured"] - firm["kpi_true"])[-1] == pytest.approx(0.5 * 1.0, abs=0.01)


def test_luck_of_the_start_and_of_each_period_is_drawn_apart():
    rules = Executives(commitment_mean=0.5, commitment_sd=0.01, commitment_years=HALF_IN_A_YEAR)
    one = ChiefExecutive(mesa.Model(rng=1), rules, PlainLuck(), 1.0)
    draw = int(Stream.COMMITMENT)
    start = 0.01 * (draw + 0.001)
    assert one.commitment == pytest.approx(0.5 + start)
    one.drift(0)
    one.drift(1)
    first = 0.5 * start + 0.01 * np.sqrt(0.75) * draw
    assert one.commitment == pytest.approx(0.5 + 0.5 * first + 0.01 * np.sqrt(0.75) * (draw + 0.01))


def test_the_worst_quarter_costs_all_commitment_and_no_more():
    rules = Executives(commitment_mean=0.6, commitment_sd=0.0, commitment_years=HALF_IN_A_YEAR, impatience=2.0)
    one = ChiefExecutive(mesa.Model(rng=1), rules, PlainLuck(), 1.0)
    for profit in (10.0, 20.0, 10.0, 20.0):
        one.see_profit(profit, True)
    assert one.commitment == 0.6
    one.see_profit(5.0, False)
    assert one.commitment == 0.6
    one.see_profit(-30.0, True)
    assert one.commitment == 0.0
    one.drift(1)
    assert one.commitment == pytest.approx(0.3)  # half of the way back
    # The usual is now the mean of 20, 10, 20 and -25: a tenth below it costs twice that share.
    one.see_profit(0.9 * 25.0 / 4.0, True)
    assert one.commitment == pytest.approx(0.3 * 0.8)


def test_influence_is_possible_at_either_end():
    assert [influence_cost(*ends, 0.004) for ends in ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))] == [
        0,
        0,
        0.004,
        0,
    ]


def test_every_line_of_governance_scales_with_its_lever_and_revenue():
    levers = Governance(rel_office=0.5, rel_distraction=0.25)
    costs = Costs(office_share=0.004, distraction_share=0.008, influence_share=0.02, initiatives_share=0.006)
    charges = governance_charges(2000.0, levers, costs, 0.003, 1.5, 0.6, 0.75)
    assert charges == pytest.approx(
        {"incentive_pay": 6.0, "office": 4.0, "initiatives": 18.0, "influence": 6.0, "distraction": 4.0}
    )
