"""The model in the hands of Mesa's users: batch_run, seeds, silence, the end of a run, and what is refused."""

from __future__ import annotations

import copy
import logging
import pickle
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest
from mesa.batchrunner import batch_run
from mesa.datacollection import DataCollector

import sim
from sim.customers import Customer
from sim.errors import ConfigError
from sim.model import HEADLINES, CustomerExperienceModel, run_replicate
from sim.parameters import Parameters

EXAMPLE = Path(sim.__file__).parents[1] / "examples" / "mesa_batch.py"
TINY = ("population.n_customers=200", "time.burn_in_years=1", "time.horizon_years=1", "time.periods_per_year=4")
# Mesa 3.5 prefers `rng` to `iterations`, which Mesa 3.3 does not know.
pytestmark = pytest.mark.filterwarnings("ignore:The `iterations` keyword argument:DeprecationWarning")


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return sim.compose("scenario=accountable_cxo", *TINY)


@pytest.fixture
def model(parameters: Parameters) -> CustomerExperienceModel:
    return CustomerExperienceModel(parameters)


def _batch(parameters: dict[str, Any], **options: Any) -> pd.DataFrame:
    return pd.DataFrame(batch_run(CustomerExperienceModel, parameters, display_progress=False, **options))


# batch_run


def test_iterations_of_batch_run_are_the_replicates_of_simulate(parameters: Parameters) -> None:
    table = _batch({"parameters": [parameters]}, iterations=2)
    expected = [run_replicate(parameters, replicate).summary for replicate in (0, 1)]
    for name in HEADLINES:
        np.testing.assert_allclose(table[name], [summary[name] for summary in expected], rtol=1e-12)
    assert table["npv_with_equity"].nunique() == 2


def test_an_iteration_has_the_same_luck_in_every_design(parameters: Parameters) -> None:
    twice = _batch({"parameters": [parameters, parameters]}, iterations=2)
    values = twice["npv_with_equity"].to_numpy()
    assert values[0] == values[1] != values[2] == values[3]


def test_replicates_can_be_a_parameter_of_the_batch(parameters: Parameters) -> None:
    table = _batch({"parameters": [parameters], "replicate": [1, 0]})
    assert list(table["npv"]) == [run_replicate(parameters, replicate).summary["npv"] for replicate in (1, 0)]


def test_seeds_can_be_a_parameter_of_the_batch(parameters: Parameters) -> None:
    table = (
        _batch({"parameters": [parameters], "seed": [7]})
        if "3.3" in mesa.__version__
        else _batch({"parameters": [parameters]}, rng=[7])
    )
    assert list(table["npv"]) == [CustomerExperienceModel(_with_seed(parameters, 7)).run().summary["npv"]]


def test_a_batch_can_follow_the_periods(parameters: Parameters) -> None:
    table = _batch({"parameters": [parameters]}, data_collection_period=1)
    lived = CustomerExperienceModel(parameters)
    lived.run()
    np.testing.assert_array_equal(table["n_active_end"], lived.recorder.series["n_active"])


def test_a_record_given_without_brackets_says_how_to_give_it(parameters: Parameters) -> None:
    with pytest.raises(TypeError, match=r"given tuple; .*\{'parameters': \[parameters\]\}"):
        _batch({"parameters": parameters})


def test_the_example_prints_the_change_and_its_error(capsys: pytest.CaptureFixture[str]) -> None:
    example = runpy.run_path(str(EXAMPLE))
    table = example["run_batch"]("population.n_customers=200", *TINY[1:])
    assert list(table.index[:2]) == [(0, "accountable_cxo"), (0, "no_cxo")]
    expected = run_replicate(sim.compose("scenario=no_cxo", *TINY), 1).summary
    assert table.loc[(1, "no_cxo"), "npv"] == expected["npv"]
    example["main"].__globals__["run_batch"] = lambda: table
    example["main"]()
    value = table["npv_with_equity"].to_numpy().reshape(-1, 2)
    change = value[:, 0] - value[:, 1]
    error = change.std(ddof=1) / len(change) ** 0.5
    assert capsys.readouterr().out.endswith(f"change: {change.mean():,.0f}, standard error {error:,.0f}\n")


# Data collection


def test_the_collector_follows_the_headline_outcomes(model: CustomerExperienceModel) -> None:
    while model.running:
        model.step()
    frame, summary = model.datacollector.get_model_vars_dataframe(), model.result().summary
    assert len(frame) == 8
    assert {name: frame[name].iloc[-1] for name in HEADLINES} == {name: summary[name] for name in HEADLINES}
    assert frame["npv"].isna().tolist() == [True] * 4 + [False] * 4
    assert frame["npv_with_equity"].isna().tolist() == [True] * 7 + [False]
    series = model.recorder.series
    left = series["new_churned"][4] / series["n_active"][4]  # a year that has one quarter: the first after the switch
    assert frame["retention_per_year"].iloc[4] == pytest.approx((1.0 - left) ** 4, rel=1e-12)
    discounted = model.recorder.accounts["profit"][4:6] / 1.1 ** np.array([0.125, 0.375])
    assert frame["npv"].iloc[5] == pytest.approx(discounted.sum(), rel=1e-12)


def test_another_collector_may_be_set(model: CustomerExperienceModel) -> None:
    model.datacollector = DataCollector(
        {"lived": "period"}, agent_reporters={"type": lambda agent: type(agent).__name__},
        agenttype_reporters={Customer: {"satisfaction": "satisfaction"}},
    )  # fmt: skip
    model.step()
    model.step()
    assert list(model.datacollector.get_model_vars_dataframe()["lived"]) == [1, 2]
    agents = model.datacollector.get_agent_vars_dataframe()
    assert set(agents["type"]) == {"Department", "ChiefExecutive", "ExperienceOfficer"}
    assert len(model.datacollector.get_agenttype_vars_dataframe(Customer)) == 2 * 200


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_of_a_model_goes_on_as_the_model_does(
    model: CustomerExperienceModel, duplicate: Callable[[Any], Any]
) -> None:
    model.step()
    other = duplicate(model)
    for each in (model, other):
        while each.running:
            each.step()
    assert other.result().summary == model.result().summary
    pd.testing.assert_frame_equal(
        other.datacollector.get_model_vars_dataframe(), model.datacollector.get_model_vars_dataframe()
    )


# Seeds


def _with_seed(parameters: Parameters, seed: int) -> Parameters:
    return parameters.model_copy(update={"run": parameters.run.model_copy(update={"seed": seed})})


@pytest.mark.parametrize("keyword", ["seed", "rng"])
@pytest.mark.parametrize("value", [3, np.int64(3)])
def test_a_seed_takes_the_place_of_that_of_the_run(parameters: Parameters, keyword: str, value: int) -> None:
    model = CustomerExperienceModel(parameters, **{keyword: value})
    assert model.seed_of_replicate == CustomerExperienceModel(_with_seed(parameters, 3)).seed_of_replicate
    assert model.parameters.run.seed == 3
    assert model.seed_of_replicate != CustomerExperienceModel(parameters).seed_of_replicate


@pytest.mark.parametrize("make", [lambda: [1, 2], lambda: np.random.SeedSequence(5), lambda: np.random.default_rng(5)])
def test_a_generator_or_several_numbers_seed_a_model_repeatably(
    parameters: Parameters, make: Callable[[], Any]
) -> None:
    first, second = (CustomerExperienceModel(parameters, rng=make()) for _ in range(2))
    assert first.seed_of_replicate == second.seed_of_replicate


def test_without_a_seed_a_model_is_replicate_0(parameters: Parameters) -> None:
    for given in ({}, {"rng": None}, {"seed": None}, {"replicate": 0}):
        assert CustomerExperienceModel(parameters, **given).replicate == 0


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"seed": 1, "rng": 1}, ValueError, "give one of them"),
        ({"rng": -1}, ConfigError, "rng: -1 is outside 0 to 9223372036854775807"),
        ({"seed": 2**63}, ConfigError, "is outside 0 to"),
        ({"rng": "three"}, TypeError, "three"),
    ],
)
def test_what_is_no_seed_is_refused(parameters: Parameters, given: dict[str, Any], error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        CustomerExperienceModel(parameters, **given)


# Silence


class OtherModel(mesa.Model):
    """A model of somebody else."""

    def step(self) -> None:
        """Do nothing."""


def test_steps_leave_no_line_in_the_log_of_the_host(
    model: CustomerExperienceModel, caplog: pytest.LogCaptureFixture
) -> None:
    loggers = {name: logging.getLogger(name).level for name in ("", "MESA", "MESA.mesa.model")}
    # Commands that ran in this process before have set the level of Mesa's log for themselves.
    with caplog.at_level(logging.INFO), caplog.at_level(logging.INFO, "MESA"):
        while model.running:
            model.step()
        sim.simulate(
            model.parameters.model_copy(update={"run": model.parameters.run.model_copy(update={"n_replicates": 1})})
        )
        assert caplog.messages == []
        OtherModel().step()
    assert len(caplog.messages) == 1
    assert loggers == {name: logging.getLogger(name).level for name in loggers}


# The end of a run, and what the company keeps


def test_a_step_after_the_last_period_names_the_horizon(model: CustomerExperienceModel) -> None:
    model.run()
    assert not model.running
    with pytest.raises(RuntimeError, match=r"its horizon is 8 periods \(time.burn_in_years=1, time.horizon_years=1\)"):
        model.step()
    assert model.period == 8


def _first(model: CustomerExperienceModel) -> Any:
    return next(iter(model.departments))


REFUSED: dict[str, Callable[[CustomerExperienceModel], object]] = {
    "remove": lambda model: _first(model).remove(),
    "remove an executive": lambda model: model.company.chief_executive.remove(),
    "remove all": lambda model: model.remove_all_agents(),
    "deregister": lambda model: model.deregister_agent(_first(model)),
    "add": lambda model: model.departments.add(model.company.chief_executive),
    "discard": lambda model: model.departments.discard(_first(model)),
    "remove from the set": lambda model: model.departments.remove(_first(model)),
    "sort in place": lambda model: model.departments.sort("load", inplace=True),
    "shuffle in place": lambda model: model.departments.shuffle(inplace=True),
    "select in place": lambda model: model.departments.select(at_most=1, inplace=True),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_the_company_keeps_its_agents(
    model: CustomerExperienceModel, change: Callable[[CustomerExperienceModel], object]
) -> None:
    before = [agent.unique_id for agent in model.agents], model.departments.get("name")
    with pytest.raises(TypeError, match=r"organisation\.departments says which there are"):
        change(model)
    assert ([agent.unique_id for agent in model.agents], model.departments.get("name")) == before


def test_sets_made_from_the_departments_are_ordinary(model: CustomerExperienceModel) -> None:
    made = model.departments.select(at_most=2), model.departments.sort("name"), model.departments.shuffle()
    for other in (*made, model.departments.copy(), copy.copy(model.departments)):
        size = len(other)
        other.discard(next(iter(other)))
        assert len(other) == size - 1
    assert len(model.departments) == len(model.parameters.organisation.departments)


# Precision


@pytest.mark.parametrize("precision", ["single", "double"])
def test_numbers_of_customers_are_float64_whatever_they_are_kept_in(parameters: Parameters, precision: str) -> None:
    run = parameters.run.model_copy(update={"precision": precision})
    model = CustomerExperienceModel(parameters.model_copy(update={"run": run}))
    model.step()
    names = ("value", "frailty", "tenure_years", "personal_satisfaction", "personal_requirement", "satisfaction",
             "transient", "reported_satisfaction", "expectation", "belief")  # fmt: skip
    for name in names:
        assert model.customers.column(name).dtype == np.float64, name
        assert model.customers.agg(name, np.mean).dtype == np.float64, name
    assert model.customers.expectation_of("claims").dtype == np.float64
    grouped = model.customers.groupby("segment").agg("satisfaction", np.std)
    assert {value.dtype for value in grouped.values()} == {np.dtype(np.float64)}
    exact = model.market.state.satisfaction.astype(np.float64).mean()
    assert model.customers.agg("satisfaction", np.mean) == exact
