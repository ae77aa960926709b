"""Everything Mesa's AgentSet and GroupBy do, done by the lazy set of customers: same answers from the same values."""

from __future__ import annotations

import copy
import inspect
import math
import operator
import statistics
from collections import Counter

import mesa
import numpy as np
import pytest
from mesa.agent import AgentSet

from sim.customers import CustomerGroups, Customers
from sim.customers.groups import GroupBy
from tests.customer_models import SIZE, SmallModel, make_lazy_set, make_plain_set

pytestmark = [  # both come from Mesa's set, which the lazy one is compared with
    pytest.mark.filterwarnings("ignore:AgentSet.__getitem__ is deprecated:PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:No Agents specified:UserWarning"),
]

ROWS = {"everybody": None, "a part, reordered": [*range(150, 20, -3), 7, 199, 0], "one": [42], "nobody": []}


def raise_transient(agent, by, times=1.0):
    agent.transient += by * times
    return agent.transient


def bare(result):
    """Reduce an answer to what both kinds of set must agree on."""
    if isinstance(result, GroupBy):
        return {key: bare(group) for key, group in result}
    if isinstance(result, dict):
        return {key: bare(value) for key, value in result.items()}
    if isinstance(result, mesa.Agent):
        return f"agent {result.unique_id}"
    if isinstance(result, AgentSet | list | tuple):
        return [bare(each) for each in result]
    if isinstance(result, np.ndarray):
        return result.tolist()
    if isinstance(result, int | float | np.number) and not isinstance(result, bool):
        return pytest.approx(float(result), rel=1e-12, abs=1e-12)
    return result


CASES = {
    "agg": [
        lambda s: s.agg("satisfaction", sum),
        lambda s: s.agg("satisfaction", [sum, len, math.fsum]),
        lambda s: s.agg("ours", [sum, any, all, len]),
        lambda s: len(s) and s.agg("value", [min, max, np.mean, np.median, statistics.mean, sorted]),
        lambda s: s.agg("ours", Counter),
        lambda s: s.agg("segment", Counter),
        lambda s: s.agg("last_failure", Counter),
        lambda s: s.agg("last_told_sign", [sum, lambda v: sum(x * 100 for x in v)]),
        lambda s: s.agg("tenure_years", iter([len])),
        lambda s: s.agg("expectation", len),
        lambda s: len(s) and s.agg("expectation", [np.mean, sum]),
    ],
    "count": [lambda s: [s.count(agent) for agent in s], lambda s: s.count("nobody")],
    "do": [
        lambda s: s.do(raise_transient, 0.5, times=2.0).get("transient"),
        lambda s: s.do("step"),
        lambda s: s.do("__setattr__", "satisfaction", 0.25).get("satisfaction"),
    ],
    "get": [
        lambda s: s.get("satisfaction"),
        lambda s: s.get("expectation"),
        lambda s: s.get(["unique_id", "segment", "last_told"]),
        lambda s: s.get([]),
        lambda s: s.get("mood", handle_missing="default"),
        lambda s: s.get(["mood", "value"], handle_missing="default", default_value=-1),
        lambda s: s.get("pos"),
    ],
    "groupby": [
        lambda s: s.groupby("segment"),
        lambda s: s.groupby("ours"),
        lambda s: s.groupby("satisfaction"),
        lambda s: s.groupby("last_failure"),
        lambda s: s.groupby(lambda agent: agent.unique_id % 3),
        lambda s: s.groupby("segment", result_type="list"),
        lambda s: s.groupby(lambda agent: agent.unique_id % 3, result_type="list"),
    ],
    "index": [lambda s: [s.index(agent) for agent in s]],
    "isdisjoint": [
        lambda s: s.isdisjoint(s.select(lambda agent: agent.ours)),
        lambda s: s.select(lambda agent: not agent.ours).isdisjoint(s.select(lambda agent: agent.ours)),
    ],
    "map": [
        lambda s: s.map(raise_transient, 0.5, times=2.0),
        lambda s: s.map("step"),
        lambda s: s.map(operator.attrgetter("segment")),
    ],
    "select": [
        lambda s: s.select(),
        lambda s: s.select() is not s,
        lambda s: s.select(inplace=True) is s,
        lambda s: s.select(lambda agent: agent.satisfaction > 0.5),
        lambda s: s.select(lambda agent: agent.satisfaction > 0.5, at_most=7),
        lambda s: s.select(lambda agent: agent.satisfaction > 0.5, at_most=0.25),
        lambda s: s.select(lambda agent: agent.ours, inplace=True),
        lambda s: s.select(lambda agent: None),
        lambda s: [s.select(at_most=n) for n in (0, 1, 5, 10**6, 0.0, 0.333, 1.0, 2.5, -1, -0.5)],
        lambda s: [s.select(lambda agent: agent.ours, at_most=n) for n in (0, 1, 5, 10**6, 0.0, 0.333, 1.0, 2.5, -1)],
        lambda s: s.select(agent_type=mesa.Agent),
        lambda s: s.select(agent_type=mesa.Model),
        lambda s: s.select(lambda agent: agent.ours, agent_type=mesa.Model, at_most=3),
    ],
    "set": [
        lambda s: s.set("satisfaction", 0.75).get("satisfaction"),
        lambda s: s.set("in_pilot_region", True).get("in_pilot_region"),
        lambda s: s.set("value", 10.0) is s,
    ],
    "shuffle": [
        lambda s: sorted(s.shuffle().get("unique_id")),
        lambda s: sorted(s.shuffle(inplace=True).get("unique_id")),
        lambda s: s.shuffle(inplace=True) is s,
        lambda s: s.shuffle() is not s,
    ],
    "shuffle_do": [
        lambda s: s.shuffle_do(raise_transient, 0.5, times=2.0).get("transient"),
        lambda s: s.shuffle_do("step"),
    ],
    "sort": [
        lambda s: s.sort("satisfaction"),
        lambda s: s.sort("satisfaction", ascending=True),
        lambda s: s.sort("ours"),
        lambda s: s.sort("segment"),
        lambda s: s.sort("segment", ascending=True),
        lambda s: s.sort("last_told_sign", inplace=True),
        lambda s: s.sort("satisfaction", inplace=True) is s,
        lambda s: s.sort(lambda agent: agent.satisfaction),
        lambda s: s.sort(lambda agent: (agent.segment, -agent.value), ascending=True),
    ],
    "to_list": [lambda s: s.to_list() if hasattr(s, "to_list") else list(s)],
    "container": [
        len,
        list,
        bool,
        lambda s: list(reversed(s)),
        lambda s: [s[0], s[-1]] if len(s) else "empty",
        lambda s: [s[1:9:2], s[-3:], s[::-1], s[50:], s[5:2]],
        lambda s: [agent in s for agent in s],
        lambda s: ["nobody" in s, None in s, [] in s],
        copy.copy,
    ],
    "algebra": [
        lambda s: s & s.select(lambda agent: agent.ours),
        lambda s: s.select(lambda agent: agent.ours) & s.sort("value"),
        lambda s: s.select(lambda agent: agent.ours) | s.sort("value"),
        lambda s: s - s.select(lambda agent: agent.ours),
        lambda s: s.select(lambda agent: agent.ours) - s,
        lambda s: s.select(lambda agent: agent.ours) ^ s.select(lambda agent: agent.satisfaction > 0.5),
        lambda s: list(s.select(lambda agent: agent.ours)) & s,
        lambda s: s & list(s.select(lambda agent: agent.ours)),
        lambda s: s | [*s, *s],
        lambda s: [s == s.sort("value"), s != s.sort("value"), s == list(s), s == "nobody"],
        lambda s: [f(s, s.select(lambda a: a.ours)) for f in (operator.le, operator.lt, operator.ge, operator.gt)],
        lambda s: [f(s.select(lambda a: a.ours), s) for f in (operator.le, operator.lt, operator.ge, operator.gt)],
        lambda s: [f(s, s.sort("value")) for f in (operator.le, operator.lt, operator.ge, operator.gt)],
    ],
}
REFUSED = {
    "add": lambda s: s.add(s[0]),
    "discard": lambda s: s.discard(s[0]),
    "remove": lambda s: s.remove(s[0]),
    "pop": lambda s: s.pop(),
    "clear": lambda s: s.clear(),
}
GROUP_CASES = {
    "agg": [
        lambda g: g.agg("value", sum),
        lambda g: g.agg("value", np.mean),
        lambda g: g.agg("segment", Counter),
        lambda g: g.agg("satisfaction", max),
    ],
    "count": [lambda g: g.count()],
    "do": [
        lambda g: g.do("set", "transient", 0.5),
        lambda g: g.do(lambda group: group.set("transient", 0.5)) is g,
    ],
    "map": [
        lambda g: g.map("get", "value"),
        lambda g: g.map(len),
        lambda g: g.map("agg", "value", func=sum),
        lambda g: g.map("select", at_most=2),
        lambda g: g.map(lambda group, attribute: group.agg(attribute, sum), "value"),
    ],
    "container": [len, lambda g: list(g)],
}


def test_no_public_method_of_agentset_is_left_out():
    public = {name for name in dir(AgentSet) if not name.startswith("_")}
    assert public <= CASES.keys() | REFUSED.keys()


def test_no_public_method_of_groupby_is_left_out():
    assert {name for name in dir(GroupBy) if not name.startswith("_")} <= GROUP_CASES.keys()


def test_nothing_inherited_looks_at_the_weak_references_of_agentset():
    left = {
        name
        for kind in AgentSet.__mro__
        if kind.__module__.startswith("mesa")
        for name, method in vars(kind).items()
        if inspect.isfunction(method)
        and "_agents" in inspect.getsource(method)
        and getattr(Customers, name) is getattr(AgentSet, name)
    }
    assert not left
    assert not hasattr(SmallModel().customers, "_agents")


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS.keys())
@pytest.mark.parametrize(("method", "number"), [(m, n) for m, cases in CASES.items() for n in range(len(cases))])
def test_a_set_of_customers_answers_as_a_set_of_plain_agents(method, number, rows):
    case = CASES[method][number]
    model = SmallModel()
    plain, _kept = make_plain_set(rows)
    expected = bare(case(plain))
    assert bare(case(make_lazy_set(model, rows))) == expected


@pytest.mark.parametrize("by", ["segment", "last_told_sign", lambda agent: agent.unique_id // 50])
@pytest.mark.parametrize(
    ("kind", "case"),
    [("agentset", case) for cases in GROUP_CASES.values() for case in cases]
    + [("list", case) for method in ("agg", "count", "container") for case in GROUP_CASES[method]],
)
def test_groups_of_customers_answer_as_groups_of_plain_agents(case, by, kind):
    model = SmallModel()
    plain, _kept = make_plain_set()
    expected = bare(case(plain.groupby(by, result_type=kind)))
    groups = make_lazy_set(model).groupby(by, result_type=kind)
    assert isinstance(groups, CustomerGroups)
    assert bare(case(groups)) == expected


@pytest.mark.parametrize("kind", ["agentset", "list"])
def test_groups_take_several_functions_at_once(kind):
    groups = SmallModel().customers.groupby("segment", result_type=kind)
    assert groups.agg("value", iter([sum, len])) == {
        name: [bare(groups.agg("value", sum)[name]), len(group)] for name, group in groups
    }


@pytest.mark.parametrize("method", REFUSED)
def test_membership_cannot_be_changed_one_by_one(method):
    customers = SmallModel().customers
    with pytest.raises(TypeError, match="view of the market's arrays"):
        REFUSED[method](customers)
    assert len(customers) == SIZE


@pytest.mark.parametrize("change", [operator.ior, operator.iand, operator.isub, operator.ixor])
def test_in_place_operators_are_refused_too(change):
    customers = SmallModel().customers
    with pytest.raises(TypeError, match="view of the market's arrays"):
        change(customers[:20], customers[10:30])


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda s: s.get("mood"), AttributeError),
        (lambda s: s.get(["value", "mood"]), AttributeError),
        (lambda s: s.get("value", handle_missing="ignore"), ValueError),
        (lambda s: s.agg("mood", sum), AttributeError),
        (lambda s: s.agg("segment", sum), TypeError),
        (lambda s: s.agg("last_failure", max), TypeError),
        (lambda s: s.select(lambda a: False).agg("value", max), ValueError),
        (lambda s: s.sort("mood"), AttributeError),
        (lambda s: s.sort("last_failure"), TypeError),
        (lambda s: s.sort("expectation"), ValueError),
        (lambda s: s.groupby("mood"), AttributeError),
        (lambda s: s.groupby("expectation"), TypeError),
        (lambda s: s.do("dance"), AttributeError),
        (lambda s: s.map("dance"), AttributeError),
        (lambda s: s[SIZE], IndexError),
        (lambda s: s[-SIZE - 1], IndexError),
        (lambda s: s["value"], TypeError),
        (lambda s: s.index("nobody"), ValueError),
        (lambda s: s.index(s[3], 4), ValueError),
        (lambda s: s & 1, TypeError),
        (lambda s: s | 1, TypeError),
        (lambda s: s - 1, TypeError),
        (lambda s: s ^ 1, TypeError),
        (lambda s: s <= 1, TypeError),
        (lambda s: s >= 1, TypeError),
        (hash, TypeError),
    ],
)
def test_a_mistake_raises_what_mesa_raises(call, error):
    model = SmallModel()
    plain, _kept = make_plain_set()
    with pytest.raises(error):
        call(plain)
    with pytest.raises(error):
        call(make_lazy_set(model))
