"""One customer, as a view of a row of the market's arrays."""

from __future__ import annotations

import copy
import json
import pickle

import mesa
import numpy as np
import pytest

from sim.customers import Customer, Customers
from sim.customers.attributes import Attribute
from sim.market.state import NEVER, Network
from tests.customer_models import COLUMNS, SIZE, SmallModel

SETTABLE = {
    "in_pilot_region": True,
    "value": 123.0,
    "frailty": 0.0,
    "personal_satisfaction": -0.5,
    "personal_requirement": 0.25,
    "satisfaction": 0.75,
    "transient": -0.25,
}


@pytest.fixture
def model():
    return SmallModel()


def test_reads_its_row(model):
    state = model.market.state
    for row in range(SIZE):
        customer = model.customers[row]
        assert customer.unique_id == row
        assert customer.ours is bool(state.ours[row])
        assert customer.segment == ("families", "singles")[state.segment[row]]
        assert customer.in_pilot_region is bool(state.region[row])
        assert customer.value == state.value[row]
        assert customer.frailty == state.frailty[row]
        assert customer.tenure_years == state.tenure[row] / 12
        assert customer.personal_satisfaction == state.personal_satisfaction[row]
        assert customer.personal_requirement == state.personal_requirement[row]
        assert customer.satisfaction == state.satisfaction[row]
        assert customer.transient == state.transient[row]
        assert customer.reported_satisfaction == state.satisfaction[row] + state.transient[row]
        assert customer.expectation.tolist() == state.expectation[:, row].tolist()
        assert customer.last_failure == (None if state.last_failure[row] == NEVER else state.last_failure[row])
        assert customer.last_told == (None if state.last_told[row] == NEVER else state.last_told[row])
        assert customer.last_told_sign == state.last_told_sign[row]
        assert customer.belief == (2.0 * 0.25 + state.message_sum[row]) / (2.0 + state.information[row])


def test_gives_plain_python_values(model):
    values = {name: getattr(model.customers[9], name) for name in COLUMNS if name != "expectation"}
    assert json.loads(json.dumps(values)) == values


def test_every_attribute_says_what_it_is():
    attributes = [item for item in vars(Customer).values() if isinstance(item, Attribute)]
    assert len(attributes) == len(COLUMNS) - 1
    assert all(item.__doc__ and item.__doc__.endswith(".") for item in attributes)


def test_expectation_by_the_name_of_the_department(model):
    assert model.customers[4].expectation_of("support") == model.market.state.expectation[2, 4]
    with pytest.raises(ValueError, match=r"unknown department 'claims'; choose from sales, operations, support"):
        model.customers[4].expectation_of("claims")


def test_is_a_mesa_agent_that_the_model_does_not_register(model):
    customer = model.customers[3]
    assert isinstance(customer, mesa.Agent)
    assert customer.model is model
    assert customer.random is model.random
    assert customer.rng is model.rng
    assert customer.pos is None
    assert len(model.agents) == 0
    customer.step()
    customer.advance()


def test_the_market_has_no_row_outside_its_size(model):
    for row in (-1, SIZE):
        with pytest.raises(IndexError, match="the market has 200, counted from 0"):
            Customer(model, row)
    with pytest.raises(TypeError):
        Customer(model, 1.5)
    assert Customer(model, np.uint32(7)) == model.customers[7]


@pytest.mark.parametrize("name", SETTABLE)
def test_what_is_set_is_stored_in_the_arrays(model, name):
    others = model.customers.select(lambda customer: customer.unique_id != 17)
    before = others.get(name)
    setattr(model.customers[17], name, SETTABLE[name])
    assert getattr(model.customers[17], name) == SETTABLE[name]
    assert others.get(name) == before


def test_expectations_are_set_together_or_for_each_department(model):
    customer = model.customers[17]
    customer.expectation = 0.5
    assert model.market.state.expectation[:, 17].tolist() == [0.5, 0.5, 0.5]
    customer.expectation = [0.1, 0.2, 0.3]
    assert model.market.state.expectation[:, 17].tolist() == [0.1, 0.2, 0.3]
    with pytest.raises(ValueError, match="broadcast"):
        customer.expectation = [0.1, 0.2]


def test_a_vector_read_earlier_neither_changes_nor_can_be_changed(model):
    customer = model.customers[17]
    earlier = customer.expectation
    customer.expectation = 9.0
    assert 9.0 not in earlier
    with pytest.raises(ValueError, match="read-only"):
        earlier[0] = 1.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("satisfaction", float("nan")),
        ("transient", float("inf")),
        ("value", 0.0),
        ("frailty", -0.1),
        ("satisfaction", "high"),
        ("in_pilot_region", 2),
        ("expectation", [0.0, 0.0, float("nan")]),
    ],
)
def test_a_value_out_of_range_is_refused(model, name, value):
    before = model.customers.column(name)
    with pytest.raises(ValueError, match=r"expected|could not convert"):
        setattr(model.customers[5], name, value)
    with pytest.raises(ValueError, match=r"expected|could not convert"):
        model.customers.set(name, value)
    assert np.array_equal(model.customers.column(name), before)


@pytest.mark.parametrize("name", sorted(set(COLUMNS) - SETTABLE.keys() - {"expectation", "unique_id"}))
def test_what_the_market_decides_is_read_only(model, name):
    with pytest.raises(AttributeError, match=f"{name} of a customer is read-only"):
        setattr(model.customers[5], name, getattr(model.customers[6], name))
    with pytest.raises(AttributeError, match=f"{name} of a customer is read-only"):
        model.customers.set(name, 1)


@pytest.mark.parametrize("name", ["mood", "pos", "unique_id", "model", "neighbours", "satisfacton"])
def test_an_attribute_that_would_vanish_with_the_view_is_refused(model, name):
    with pytest.raises(AttributeError, match=f"cannot hold '{name}'; one can set .*satisfaction, transient"):
        setattr(model.customers[5], name, 1)
    with pytest.raises(AttributeError, match=f"cannot hold '{name}'"):
        model.customers.set(name, 1)


def test_neighbours_are_those_of_the_network(model):
    assert model.customers[5].neighbours.get("unique_id") == [4, 6]
    assert model.customers[1].neighbours.get("unique_id") == [2, SIZE - 1]
    assert isinstance(model.customers[5].neighbours, Customers)
    assert len(model.customers[0].neighbours) == 0


def test_everybody_is_a_neighbour_in_a_complete_network():
    model = SmallModel(network=Network(np.zeros(SIZE + 1, np.int64), np.zeros(0, np.uint32), True))
    assert model.customers[5].neighbours == model.customers - [model.customers[5]]


def test_two_views_of_one_row_are_one_customer(model):
    assert model.customers[5] == Customer(model, 5)
    assert len({model.customers[5], Customer(model, 5), model.customers[6]}) == 2
    assert model.customers[5] != model.customers[6]
    assert model.customers[5] != SmallModel().customers[5]
    assert model.customers[5] != 5


def test_shows_what_matters(model):
    state = model.market.state
    state.tenure[3], state.ours[3], state.segment[3] = 18, 1, 0
    model.customers[3].satisfaction = 0.5
    assert repr(model.customers[3]) == "<Customer 3: families, ours for 1.5 years, satisfaction 0.50>"
    state.ours[3] = 0
    assert repr(model.customers[3]) == "<Customer 3: families, outside, satisfaction 0.50>"


def test_can_be_neither_removed_nor_created(model):
    with pytest.raises(TypeError, match="cannot be removed"):
        model.customers[3].remove()
    with pytest.raises(TypeError, match=r"population\.n_customers"):
        Customer.create_agents(model, 3, [1, 2, 3])
    with pytest.raises(TypeError, match=r"population\.n_customers"):
        Customer.from_dataframe(model, None)


def test_copies_are_views_of_the_same_row(model):
    customer = model.customers[3]
    assert copy.copy(customer) == customer
    assert copy.deepcopy(customer) == customer
    model.favourite = customer
    other = copy.deepcopy(model)
    assert other.favourite == other.customers[3]
    other = pickle.loads(pickle.dumps(model))
    assert other.favourite == other.customers[3]
    assert other.favourite.satisfaction == customer.satisfaction
