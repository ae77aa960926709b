"""The lazy set of customers beyond what Mesa's does, and the model that has customers."""

from __future__ import annotations

import copy
import gc
import pickle
import tracemalloc
import weakref
from collections import Counter
from functools import partial
from random import Random

import mesa
import numpy as np
import pytest
from mesa.agent import AgentSet

from sim.customers import Customer, Customers
from sim.market.state import State
from tests.customer_models import COLUMNS, N_DEPARTMENTS, SIZE, Plain, SmallModel


@pytest.fixture
def model():
    return SmallModel()


class TestCustomers:
    def test_making_it_costs_nothing_at_ten_million(self):
        size = 10_000_000
        zeros = {
            name: np.broadcast_to(array.dtype.type(0), size)
            for name, array in SmallModel().market.state._asdict().items()
        }
        for name in ("expectation", "contacts"):
            zeros[name] = np.broadcast_to(zeros[name], (N_DEPARTMENTS, size))
        model = SmallModel(state=State(**zeros))
        tracemalloc.start()
        customers = model.customers
        assert len(customers) == size
        assert customers[size - 1].unique_id == size - 1
        assert next(iter(customers)) in customers
        assert len(customers.select().copy()) == size
        assert customers[5:8].get("unique_id") == customers.take([5, 6, 7]).get("unique_id") == [5, 6, 7]
        assert len(customers.select(at_most=3)) == 3
        assert tracemalloc.get_traced_memory()[1] < 20_000
        tracemalloc.stop()

    def test_what_is_made_of_it_outlives_the_views(self, model):
        customers = model.customers
        made = [
            customers.select(lambda customer: customer.ours),
            customers.select("ours"),
            customers.sort("value"),
            customers.shuffle(),
            customers[3:90],
            customers & customers,
            customers | customers,
            customers.take([4, 2]),
            *customers.groupby("segment").groups.values(),
        ]
        sizes = [len(each) for each in made]
        gc.collect()
        assert all(type(each) is Customers for each in made)
        assert [len(list(each)) for each in made] == sizes
        assert min(sizes) > 0

    def test_rows_are_distinct_and_keep_their_order(self, model):
        customers = Customers(model, [7, 3, 7, 9, 3])
        assert customers.rows.tolist() == [7, 3, 9]
        assert Customers(model, range(4)).rows.tolist() == [0, 1, 2, 3]
        assert Customers(model, (row for row in (5, 2))).rows.tolist() == [5, 2]
        assert Customers(model, np.array([5, 2], dtype=np.uint32)).rows.dtype == np.int64
        assert repr(customers) == "<Customers: 3 of 200>"

    @pytest.mark.parametrize(
        ("rows", "error"),
        [([SIZE], IndexError), ([-1], IndexError), ([1.5], TypeError), ([True], TypeError), ([[1]], TypeError)],
    )
    def test_rows_that_do_not_exist_are_refused(self, model, rows, error):
        with pytest.raises(error, match="rows"):
            Customers(model, rows)

    def test_the_rows_are_not_the_callers(self, model):
        rows = np.array([3, 4])
        customers = Customers(model, rows)
        rows[0] = 9
        assert customers[0].unique_id == 3
        for mine in (customers, model.customers, model.customers.select("ours")):
            with pytest.raises(ValueError, match="read-only"):
                mine.rows[0] = 9

    @pytest.mark.parametrize("name", COLUMNS)
    @pytest.mark.parametrize("rows", [None, [8, 3, 150]])
    def test_columns_hold_the_attributes_of_the_customers(self, model, name, rows):
        customers = Customers(model, rows)
        column = customers.column(name)
        assert column.dtype in (np.float64, np.int64, np.bool_, np.object_)
        assert column.tolist() == [np.asarray(getattr(customer, name)).tolist() for customer in customers]

    def test_a_column_is_ones_own(self, model):
        column = model.customers.column("satisfaction")
        column[:] = 9.0
        assert 9.0 not in model.market.state.satisfaction
        model.market.state.satisfaction[:] = 8.0
        assert 8.0 not in column
        with pytest.raises(AttributeError, match="no column 'neighbours'"):
            model.customers.column("neighbours")

    def test_expectation_of_a_department(self, model):
        assert Customers(model, [8, 3]).expectation_of("operations").tolist() == [
            model.market.state.expectation[1, 8],
            model.market.state.expectation[1, 3],
        ]
        with pytest.raises(ValueError, match="choose from"):
            model.customers.expectation_of("claims")

    def test_attributes_beside_the_arrays_are_read_one_by_one(self, model):
        assert [len(each) for each in model.customers[:3].get("neighbours")] == [0, 2, 2]
        assert model.customers.agg("neighbours", lambda sets: sum(map(len, sets))) == 2 * (SIZE - 1)

    def test_numpy_and_own_functions_get_an_array_and_python_ones_a_list(self, model):
        given = []
        customers = model.customers
        customers.agg("value", given.append)
        customers.agg("value", partial(np.quantile, q=0.5))
        assert isinstance(given[0], np.ndarray)
        assert customers.agg("satisfaction", lambda values: (values > 0).mean()) == np.mean(
            customers.column("satisfaction") > 0
        )
        assert type(next(iter(customers.agg("ours", Counter)))) is bool
        assert type(customers.agg("value", sum)) is float
        assert type(customers.agg("ours", sum)) is int
        assert type(customers.agg("ours", max)) is bool

    def test_an_aggregate_neither_follows_nor_changes_the_market(self, model):
        kept = model.customers.agg("satisfaction", np.asarray)
        model.customers.set("satisfaction", 9.0)
        assert 9.0 not in kept
        with pytest.raises(ValueError, match="read-only"):
            model.customers.agg("satisfaction", lambda values: values.sort())

    def test_set_takes_one_value_or_one_for_each(self, model):
        chosen = Customers(model, [8, 3])
        chosen.set("satisfaction", [0.1, 0.2])
        assert model.market.state.satisfaction[[3, 8]].tolist() == [0.2, 0.1]
        chosen.set("expectation", 0.5)
        assert (model.market.state.expectation[:, [3, 8]] == 0.5).all()
        chosen.set("expectation", [0.1, 0.2, 0.3])
        assert chosen.column("expectation").tolist() == [[0.1, 0.2, 0.3]] * 2
        chosen.set("expectation", [[1, 2, 3], [4, 5, 6]])
        assert model.customers[3].expectation.tolist() == [4, 5, 6]
        model.customers.set("expectation", [0.1, 0.2, 0.3])
        assert model.customers[99].expectation.tolist() == [0.1, 0.2, 0.3]
        for value in ([0.1, 0.2, 0.3], []):
            with pytest.raises(ValueError, match="broadcast"):
                chosen.set("satisfaction", value)

    @pytest.mark.parametrize("rows", [None, list(range(150, 20, -3))])
    @pytest.mark.parametrize("at_most", [float("inf"), 5, 0.1, 0])
    def test_function_name_and_mask_select_the_same(self, model, rows, at_most):
        customers = Customers(model, rows)
        expected = customers.select(lambda customer: customer.ours, at_most=at_most).rows.tolist()
        assert customers.select("ours", at_most=at_most).rows.tolist() == expected
        assert customers.select(customers.column("ours"), at_most=at_most).rows.tolist() == expected
        assert customers.select(customers.get("ours"), at_most=at_most).rows.tolist() == expected

    @pytest.mark.parametrize("mask", [[True], np.ones(SIZE), "value", "segment", "expectation"])
    def test_a_mask_is_true_or_false_for_each_customer(self, model, mask):
        with pytest.raises(ValueError, match=r"a mask of True and False of shape \(200,\) expected"):
            model.customers.select(mask)

    def test_a_misspelt_condition_is_refused(self, model):
        with pytest.raises(AttributeError, match="no column 'mine'"):
            model.customers.select("mine")

    def test_counts_and_shares(self, model):
        customers, ours = model.customers, int(model.market.state.ours.sum())
        assert customers.count_where("ours") == customers.count_where(lambda customer: customer.ours) == ours
        assert customers.share_where(customers.column("ours")) == ours / SIZE
        assert np.isnan(customers[:0].share_where("ours"))

    def test_a_selection_shows_the_customers_as_they_are_now(self, model):
        ours = model.customers.select("ours")
        size = len(ours)
        model.customers.set("satisfaction", 0.9)
        assert set(ours.get("satisfaction")) == {0.9}
        model.market.state.ours[:] = 0
        assert len(ours) == size

    def test_changing_a_set_in_place_leaves_copies_and_loops_alone(self, model):
        customers = model.customers[:50]
        other = customers.copy()
        seen = [customers.select(lambda _: False, inplace=True) and customer for customer in customers]
        assert len(seen) == 50
        assert len(customers) == 0
        assert len(other) == 50
        assert other[0] in other
        assert other[0] not in customers

    @pytest.mark.parametrize("source", [Random, np.random.default_rng])
    def test_shuffling_repeats_with_the_generator_of_the_set(self, model, source):
        first, second = (Customers(model, random=source(3)) for _ in range(2))
        order = first.shuffle().rows.tolist()
        assert order == second.shuffle().rows.tolist() != list(range(SIZE))
        assert first.shuffle().rows.tolist() != order
        second.shuffle()
        seen = []
        assert first.shuffle_do(seen.append) is first
        assert [customer.unique_id for customer in seen] == second.shuffle(inplace=True).rows.tolist()

    def test_shuffling_uses_the_generator_of_the_model_by_default(self, model):
        assert model.customers.random is model.random
        assert model.customers.select("ours").random is model.random

    def test_shuffled_places_are_uniform(self, model):
        """A chi-square of 400 shuffles of 20 customers over 20 x 20 places; false alarm 1e-6."""
        customers = Customers(model, range(20), random=Random(1))
        orders = np.array([customers.shuffle().rows for _ in range(400)])
        counts = np.array([np.bincount(orders[:, place], minlength=20) for place in range(20)])
        statistic = ((counts - 20.0) ** 2 / 20.0).sum() * 19 / 20
        assert statistic < 501.0  # chi-square with 19 x 19 degrees of freedom, upper 1e-6 point

    def test_only_customers_of_the_same_model_can_join(self, model):
        agent = Plain(mesa.Model(rng=1))
        stranger = SmallModel().customers[3]
        for other in ([agent], [stranger], AgentSet([agent], random=Random(1)), stranger.model.customers):
            with pytest.raises(TypeError, match="customers of its own model"):
                model.customers | other
            with pytest.raises(TypeError, match="customers of its own model"):
                model.customers ^ other
            assert len(model.customers & other) == 0
            assert len(model.customers - other) == SIZE
        with pytest.raises(TypeError, match="customers of its own model"):
            AgentSet([agent], random=Random(1)) | model.customers
        assert list(AgentSet([agent], random=Random(1)) - model.customers) == [agent]
        assert stranger not in model.customers

    def test_copies_and_pickles_keep_members_order_and_generator(self, model):
        customers = Customers(model, [5, 2, 9])
        for other in (copy.copy(customers), customers.copy(), copy.deepcopy(customers)):
            assert other.rows.tolist() == [5, 2, 9]
            assert other.model is model
            assert other.random is model.random
        model.kept = [customers, model.customers]
        for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            assert twin.kept[0].rows.tolist() == [5, 2, 9]
            assert len(twin.kept[1]) == SIZE
            assert twin.kept[0].model is twin
            assert twin.kept[0].random is twin.random
            twin.kept[0].set("satisfaction", 9.0)
            assert 9.0 not in model.market.state.satisfaction
            assert twin.customers[2].satisfaction == 9.0

    def test_methods_of_the_set_take_any_order_of_a_large_part(self, model):
        rows = np.random.default_rng(2).permutation(SIZE)[:120]
        customers = Customers(model, rows)
        assert customers.sort("unique_id", ascending=True).rows.tolist() == sorted(rows.tolist())
        assert [customers.index(customers[place]) for place in range(120)] == list(range(120))


class TestModel:
    def test_customers_are_found_by_their_type(self, model):
        Plain(model)
        assert model.agents_by_type[Customer] == model.customers
        assert len(model.agents_by_type[Plain]) == 1
        assert model.agent_types == [Plain, Customer]
        assert len(model.agents) == 1

    def test_removing_all_agents_leaves_the_customers(self, model):
        Plain(model)
        model.remove_all_agents()
        assert len(model.agents) == 0
        assert len(model.customers) == SIZE

    def test_the_mixin_may_stand_beside_mesas_model(self):
        class Beside(SmallModel, mesa.Model):
            pass

        assert len(Beside().customers) == SIZE

    def test_data_collector_reports_customers_and_the_model(self, model):
        collector = mesa.DataCollector(
            model_reporters={
                "mean": lambda m: m.customers.agg("satisfaction", np.mean),
                "ours": lambda m: m.customers.select("ours"),
            },
            agenttype_reporters={
                Customer: {
                    "satisfaction": "satisfaction",
                    "segment": "segment",
                    "expectation": "expectation",
                    "neighbours": "neighbours",
                    "high": lambda customer: customer.satisfaction > 1.0,
                }
            },
        )
        first = model.market.state.satisfaction.copy()
        for _ in range(2):
            collector.collect(model)
            model.customers.set("satisfaction", 2.0)
            model.customers.set("expectation", 3.0)
            model.step()
        frame = collector.get_agenttype_vars_dataframe(Customer)
        by_step = [group for _, group in frame.groupby(level="Step")]
        assert [len(group) for group in by_step] == [SIZE, SIZE]
        assert by_step[0].index.get_level_values("AgentID").tolist() == list(range(SIZE))
        assert by_step[0]["satisfaction"].tolist() == first.tolist()
        assert set(by_step[1]["satisfaction"]) == {2.0}
        assert by_step[1]["high"].all()
        assert by_step[0]["segment"].tolist() == model.customers.get("segment")
        assert 3.0 not in np.concatenate(by_step[0]["expectation"].to_list())
        assert by_step[0]["neighbours"].iloc[5].model is model
        means = collector.get_model_vars_dataframe()["mean"].tolist()
        assert means == [first.mean(), 2.0]

    def test_customers_do_not_keep_their_model_alive(self):
        model = SmallModel()
        gone = weakref.ref(model)
        assert len(set(model.customers.select("ours"))) > 0
        del model
        gc.collect()
        assert gone() is None
