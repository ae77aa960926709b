"""Small companies to compare implementations on."""

from __future__ import annotations

from typing import Literal

from sim.parameters import Department, Experience, Journey, Organisation, Parameters, Population, Segment, Step, Time
from sim.parameters.experience import Channel


def varied_company(periods_per_year: Literal[4, 12, 52] = 12) -> Parameters:
    """Return a company in which every rule about customers has something to do.

    Four departments; two segments of different value, sensitivity, journey rates and habits (one of them never uses
    the channels of a step); journeys that return to a department, stay in one, change channels and fail mildly or
    badly; about 15 journeys a year.
    """
    journeys = {
        "purchase": Journey(
            rate_per_year=6.0,
            steps=(
                Step(department="sales", channels={"branch": 0.3, "phone": 0.3, "web": 0.4}),
                Step(department="operations", channels={"web": 0.5, "app": 0.5}),
                Step(department="sales", channels={"phone": 0.6, "chat": 0.4}),
            ),
        ),
        "help": Journey(
            rate_per_year=7.0,
            importance=0.5,
            rel_severity=0.4,
            steps=(Step(department="support", channels={"chat": 0.5, "text": 0.5}), Step(department="support")),
        ),
        "damage": Journey(
            rate_per_year=2.0,
            importance=5.0,
            rel_severity=2.0,
            steps=(
                Step(department="support"),
                Step(department="operations", channels={"branch": 1.0}),
                Step(department="billing", channels={"web": 1.0}),
                Step(department="billing", channels={"web": 0.5, "phone": 0.5}),
            ),
        ),
        "never": Journey(rate_per_year=0.0, steps=(Step(department="billing"),)),
    }
    segments = {
        "careful": Segment(share=0.6, journey_rates={"damage": 0.5}, channel_habits={"branch": 2.0, "app": 0.3}),
        "hurried": Segment(
            share=0.4,
            value_eur_per_year=400.0,
            satisfaction_sensitivity=1.4,
            switching_cost=-0.3,
            journey_rates={"help": 1.5},
            channel_habits={"branch": 0.0, "app": 3.0, "chat": 1.7},
        ),
    }
    departments = {
        "sales": Department(sets_promise=True),
        "operations": Department(),
        "support": Department(handles_complaints=True),
        "billing": Department(),
    }
    channels = {
        "branch": Channel(quality=0.3, rel_cost=2.5),
        "web": Channel(quality=-0.2, rel_cost=0.2),
        "app": Channel(quality=0.1, rel_cost=0.1),
    }
    return Parameters(
        population=Population(segments=segments),
        experience=Experience(channels=channels, channel_handoff_failure=0.1),
        journeys=journeys,
        organisation=Organisation(departments=departments),
        time=Time(periods_per_year=periods_per_year),
    )
