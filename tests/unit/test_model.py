"""The model as a Mesa user meets it: agents, agent sets, data collection, the plan, and no model left behind."""

from __future__ import annotations

import gc
import sys
import weakref

import mesa
import numpy as np
import pytest
from mesa.datacollection import DataCollector

import sim
from sim.customers import Customer
from sim.model import CustomerExperienceModel, run_replicate
from sim.parameters import Parameters
from sim.plan import PLAN, PREPARATIONS, describe_plan

TINY = ("population.n_customers=400", "time.burn_in_years=1", "time.horizon_years=1")


def _parameters(*overrides: str) -> Parameters:
    return sim.compose("scenario=accountable_cxo", *TINY, *overrides)


@pytest.fixture(scope="module")
def lived() -> CustomerExperienceModel:
    model = CustomerExperienceModel(_parameters())
    for _ in range(18):
        model.step()
    return model


def test_departments_are_an_agent_set(lived: CustomerExperienceModel) -> None:
    departments = lived.departments
    assert isinstance(departments, mesa.agent.AgentSet)
    assert [department.name for department in departments] == list(lived.parameters.organisation.departments)
    strained = departments.select(lambda department: department.load > 0.0)
    assert len(strained) == len(departments)
    assert departments.agg("effort", np.mean) == pytest.approx(np.mean([d.effort for d in departments]))


def test_every_department_records_its_local_metric_in_its_own_unit(lived: CustomerExperienceModel) -> None:
    metrics = lived.recorder.departments["local_metric"][: lived.period]
    assert metrics.shape == (18, len(lived.departments))
    assert np.all(np.isfinite(metrics))
    records = lived.parameters.organisation.departments.values()
    np.testing.assert_allclose(metrics[0], [record.metric_base for record in records], rtol=0.35)
    assert all(record.metric and record.metric_unit for record in records)


def test_executives_are_agents_of_the_model(lived: CustomerExperienceModel) -> None:
    names = {type(agent).__name__ for agent in lived.agents}
    assert {"Department", "ChiefExecutive", "ExperienceOfficer"} <= names


def test_a_customer_is_a_view_of_the_arrays(lived: CustomerExperienceModel) -> None:
    customer = lived.customers[123]
    assert isinstance(customer, Customer)
    assert customer.satisfaction == lived.market.state.satisfaction[123]
    ours = lived.customers.select("ours")
    assert len(ours) == int(lived.market.state.ours.sum())
    mean = lived.market.state.satisfaction[lived.market.state.ours == 1].mean()
    assert ours.agg("satisfaction", np.mean) == pytest.approx(mean)
    assert ours.agg("satisfaction", np.mean) == pytest.approx(lived.recorder.series["mean_satisfaction"][17], abs=0.2)


def test_a_data_collector_sees_model_departments_and_customers() -> None:
    model = CustomerExperienceModel(_parameters("population.n_customers=60"))
    collector = DataCollector(
        model_reporters={"active": lambda m: m.flows.active, "profit": lambda m: m.account["profit"]},
        agenttype_reporters={
            type(next(iter(model.departments))): {"quality": "quality", "name": "name"},
            Customer: {"satisfaction": "satisfaction"},
        },
    )
    for _ in range(3):
        model.step()
        collector.collect(model)
    frame = collector.get_model_vars_dataframe()
    np.testing.assert_array_equal(frame["active"], model.recorder.series["n_active"][:3])
    customers = collector.get_agenttype_vars_dataframe(Customer)
    assert len(customers) == 3 * 60
    departments = collector.get_agenttype_vars_dataframe(type(next(iter(model.departments))))
    assert set(departments["name"]) == set(model.parameters.organisation.departments)


def test_stepping_a_model_by_hand_is_the_same_as_running_it() -> None:
    parameters = _parameters()
    by_hand = CustomerExperienceModel(parameters)
    while by_hand.running:
        by_hand.step()
    assert by_hand.result().summary == run_replicate(parameters, 0).summary


def test_watching_a_model_changes_nothing() -> None:
    parameters = _parameters()
    watched = CustomerExperienceModel(parameters)
    while watched.running:
        watched.step()
        watched.customers.shuffle_do(lambda customer: customer.satisfaction)
        watched.departments.shuffle_do(lambda department: department.quality)
        watched.random.random()
        watched.rng.random()
    assert watched.result().summary == run_replicate(parameters, 0).summary


def test_the_plan_names_every_phase_with_its_reason() -> None:
    lines = describe_plan().splitlines()
    assert len(lines) == len(PLAN) == 11
    for line, phase in zip(lines, PLAN, strict=True):
        assert phase.name in line
        assert phase.reason in line


def test_a_profile_times_every_phase_and_changes_nothing() -> None:
    plain = run_replicate(_parameters(), 0)
    timed = run_replicate(_parameters("run.profile=true"), 0)
    assert plain.phase_seconds == {}
    assert list(timed.phase_seconds) == [*PREPARATIONS, *(phase.name for phase in PLAN)]
    assert all(seconds >= 0.0 for seconds in timed.phase_seconds.values())
    assert timed.summary == plain.summary


def test_no_model_is_kept_alive_once_it_is_dropped() -> None:
    references = []
    for replicate in range(3):
        model = CustomerExperienceModel(_parameters(), replicate)
        model.step()
        model.customers.agg("satisfaction", np.mean)
        references.append(weakref.ref(model))
        del model
    gc.collect()
    assert [reference() for reference in references] == [None, None, None]


def test_memory_does_not_grow_with_the_number_of_runs() -> None:
    parameters = _parameters("population.n_customers=60", "time.horizon_years=0.25", "time.periods_per_year=4")

    def run(first: int, last: int) -> int:
        """Run replicates and return the blocks of memory that Python holds afterwards."""
        for replicate in range(first, last):
            run_replicate(parameters, replicate)
        gc.collect()
        return sys.getallocatedblocks()

    before = run(0, 40)  # fills the caches
    # A model holds some 400 blocks, so a hundred models kept would be 40,000; caches settle within some hundreds.
    assert run(40, 140) - before < 1000


def test_handoffs_are_added_up_from_the_first_period_after_the_switch(lived: CustomerExperienceModel) -> None:
    series, switch = lived.recorder.series, lived.parameters.time.n_burn_in
    assert series["new_handoffs"][switch] > 0.0
    for kept, name in (("attempts", "new_handoffs"), ("failures", "new_handoff_failures")):
        assert lived.recorder.handoffs[kept].sum() == series[name][switch : lived.period].sum()
