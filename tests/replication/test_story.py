"""The life of one customer, lived again in plain Python, is the life the kernels gave it; and what its story says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import sim
from sim.errors import ConfigError, ResultError
from sim.keeping import CUSTOMER_COLUMNS
from sim.market.person import DisagreementError, Person
from sim.market.story import Today, relive
from sim.model import CustomerExperienceModel, run_replicate
from sim.parameters import Parameters
from tests.twin.companies import varied_company

INDUSTRIES = ("auto_insurance", "manufacturer", "retail_bank", "telecom", "ecommerce")
DESIGNS = ("no_cxo", "responsible_cxo", "accountable_cxo", "ceo_as_cxm")
SMALL = ("population.n_customers=240", "time.burn_in_years=1", "time.horizon_years=1", "run.n_workers=1")
EXACT = (*SMALL, "run.precision=double")
KINDS = (
    "own", "handoff", "channel", "repeated", "complained", "recovered", "heard", "told", "left", "joined",
)  # fmt: skip


def relived(parameters: Parameters, replicate: int = 0) -> Iterator[sim.story.Moment]:
    """Live a replicate and re-live everybody in it, all of them checked after every period."""
    model = CustomerExperienceModel(parameters, replicate)
    people = [Person.of(model.market.state, number) for number in range(parameters.population.n_customers)]
    while model.period < parameters.time.n_periods:
        period = model.period
        model.step()
        today = Today(model.market, model.offer, period)
        for number, person in enumerate(people):
            yield relive(person, today)
            people[number] = person.check(model.market.state, period)


def counted(moments: list[sim.story.Moment]) -> dict[str, int]:
    encounters = [encounter for moment in moments for encounter in moment.encounters]
    return {
        "own": sum(encounter.own_failure for encounter in encounters),
        "handoff": sum(encounter.handoff_failure for encounter in encounters),
        "channel": sum(encounter.channel_failure for encounter in encounters),
        "repeated": sum(encounter.repeated for encounter in encounters),
        "complained": sum(encounter.complained for encounter in encounters),
        "recovered": sum(encounter.recovered for encounter in encounters),
        "heard": sum(len(moment.heard) for moment in moments),
        "told": sum(len(moment.told) for moment in moments),
        "left": sum(moment.left for moment in moments),
        "joined": sum(moment.joined for moment in moments),
    }


# Agreement with the kernels


@pytest.mark.parametrize("industry", INDUSTRIES)
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("precision", ["single", pytest.param("double", marks=pytest.mark.slow)])
def test_every_life_is_the_markets_in_every_industry_and_design(industry: str, design: str, precision: str) -> None:
    parameters = sim.compose(f"industry={industry}", f"scenario={design}", *SMALL, f"run.precision={precision}")
    found = counted(list(relived(parameters)))
    for kind in ("heard", "told", "left"):
        assert found[kind] > 0, f"nobody {kind}: the comparison would say nothing about it"
    assert found["told"] == found["heard"], "what is told is heard"


@pytest.mark.parametrize("topology", ["watts_strogatz", "barabasi_albert", "erdos_renyi", "complete"])
def test_every_life_is_the_markets_where_every_rule_has_something_to_do(topology: str) -> None:
    company = varied_company()
    network = company.population.network.model_copy(update={"topology": topology})
    population = company.population.model_copy(update={"network": network, "n_customers": 100, "initial_share": 0.5})
    clock = company.time.model_copy(update={"burn_in_years": 1.0, "horizon_years": 1.0})
    found = counted(list(relived(company.model_copy(update={"population": population, "time": clock}), replicate=2)))
    assert all(found[kind] > 0 for kind in KINDS), found
    assert found["told"] == found["heard"]


def test_the_moments_of_all_lives_add_up_to_the_series_of_the_run() -> None:
    parameters = sim.compose("industry=telecom", "scenario=accountable_cxo", *EXACT)
    series = run_replicate(parameters, 0).series
    moments = list(relived(parameters))
    ours = [moment for moment in moments if moment.ours]
    assert sum(moment.left for moment in moments) == series["new_churned"].sum()
    assert sum(moment.joined for moment in moments) == series["new_acquired"].sum()
    assert sum(len(list(moment.encounters)) for moment in moments) == series["new_encounters"].sum()
    assert sum(encounter.own_failure for m in moments for encounter in m.encounters) == series["new_failures"].sum()
    assert sum(e.handoff_failure for m in moments for e in m.encounters) == series["new_handoff_failures"].sum()
    assert sum(e.recovered for m in moments for e in m.encounters) == series["new_recoveries"].sum()
    np.testing.assert_allclose(sum(m.fate.probability for m in ours), series["new_expected_churned"].sum(), rtol=1e-12)
    last = [moment for moment in ours if moment.period == parameters.time.n_periods - 1]
    np.testing.assert_allclose(np.mean([m.satisfaction for m in last]), series["mean_satisfaction"][-1], rtol=1e-12)


@pytest.mark.parametrize("precision", ["single", "double"])
def test_a_life_that_is_not_the_markets_is_refused(precision: str) -> None:
    model = CustomerExperienceModel(sim.compose(*EXACT if precision == "double" else SMALL), 0)
    person = Person.of(model.market.state, 7)
    model.step()
    relive(person, Today(model.market, model.offer, 0))
    person.check(model.market.state, 0)
    for name in ("satisfaction", "information"):
        changed = Person.of(model.market.state, 7)
        setattr(changed, name, getattr(changed, name) + (1e-11 if precision == "double" else 1e-4))
        with pytest.raises(DisagreementError, match=f"person 7, period 0: re-lived {name}"):
            changed.check(model.market.state, 0)
    changed = Person.of(model.market.state, 7)
    changed.contacts[-1] += 1
    with pytest.raises(DisagreementError, match="contacts"):
        changed.check(model.market.state, 0)


# The story


def test_a_story_is_one_whole_life() -> None:
    parameters = sim.compose("industry=telecom", "scenario=accountable_cxo", *SMALL)
    story = sim.tell_story(parameters, 30, replicate=1)
    assert isinstance(story, sim.Story)
    assert (story.scenario, story.customer, story.replicate) == ("accountable_cxo", 30, 1)
    assert len(story.moments) == parameters.time.n_periods
    assert [moment.months for moment in story.after_switch()] == list(range(1, 13))
    assert story.segment in parameters.population.segments
    for moment in story.moments:
        satisfactions = [journey.satisfaction for journey in moment.journeys]
        assert not satisfactions or satisfactions[-1] == moment.satisfaction
        assert moment.fate.happened == (moment.fate.draw < moment.fate.probability)


@pytest.mark.parametrize(("customer", "replicate", "words"), [
    (240, 0, "customer: 240 is outside 0 to 239"), (-1, 0, "customer: -1"), (0, -1, "replicate: -1"),
])  # fmt: skip
def test_a_customer_who_is_not_there_is_refused(customer: int, replicate: int, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        sim.tell_story(sim.compose(*SMALL), customer, replicate)


# The table of customers


def kept(*overrides: str) -> sim.Results:
    fixed = ("run.n_replicates=2", "run.progress=false")
    return sim.simulate(sim.compose("industry=telecom", "scenario=accountable_cxo", *SMALL, *fixed, *overrides))


def test_keeping_customers_changes_no_number() -> None:
    with_table, without = kept("run.keep_customers=1"), kept()
    assert with_table.summary.equals(without.summary)
    assert with_table.series.equals(without.series)
    assert without.customers.empty
    assert list(without.customers.columns) == list(with_table.customers.columns)
    assert set(with_table.customers["replicate"]) == {0}


def test_the_table_tells_what_the_stories_tell() -> None:
    results = kept("run.keep_customers=2")
    table = results.customers.set_index(["replicate", "customer"])
    for customer in range(0, 240, 24):
        story, row = sim.tell_story(results.parameters, customer, 1), table.loc[(1, customer)]
        left, joined = story.first_left(), next((m for m in story.after_switch() if m.joined), None)
        np.testing.assert_equal(row["first_left_months"], np.nan if left is None else left.months)
        np.testing.assert_equal(row["joined_months"], np.nan if joined is None else joined.months)
        first, last = story.after_switch()[0], story.moments[-1]
        assert row["ours_at_switch"] == first.ours
        assert row["ours_at_end"] == (last.ours != last.fate.happened)
        assert row["segment"] == story.segment
        assert row["value"] == story.value
        if first.ours:
            np.testing.assert_allclose(row["tenure_years_at_switch"], first.tenure_years)
        if row["ours_at_end"]:
            np.testing.assert_allclose(row["satisfaction_at_end"], last.satisfaction)


def test_lifetime_values_sum_to_the_customer_equity() -> None:
    results = kept("run.keep_customers=2")
    clock, rate = results.parameters.time, results.parameters.finance.discount_rate
    total = results.customers.groupby("replicate")["lifetime_value"].sum() * (1.0 + rate) ** -clock.horizon_years
    np.testing.assert_allclose(total, results.summary["customer_equity"], rtol=1e-12)
    ours = results.customers["ours_at_end"]
    assert ours.groupby(results.customers["replicate"]).sum().gt(0).all()
    assert results.customers.loc[~ours, "lifetime_value"].eq(0.0).all()
    assert results.customers.loc[ours, "retention_per_year"].between(0.0, 1.0).all()


def test_the_table_survives_the_disk(tmp_path) -> None:
    results = kept("run.keep_customers=1")
    again = sim.Results.load(results.save(tmp_path / "kept"))
    assert again.customers.equals(results.customers)
    assert tuple(again.tables.customers) == CUSTOMER_COLUMNS
    (tmp_path / "kept" / "customers.parquet").unlink()
    with pytest.raises(ResultError, match="missing"):
        sim.Results.load(tmp_path / "kept")


def test_a_result_without_the_table_is_fine(tmp_path) -> None:
    again = sim.Results.load(kept().save(tmp_path / "bare"))
    assert again.customers.empty
    assert not (tmp_path / "bare" / "customers.parquet").exists()
