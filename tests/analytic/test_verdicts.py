"""What verdicts let be said: relations, counts of designs, differences with what qualifies them."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from analysis.command.numbers import scale_of
from analysis.compare.comparison import Comparison
from analysis.compare.verdicts import Finding, read_verdicts
from analysis.show.claims import change_scale, count_groups, describe, state_verdict
from tests.memo_cases import invent, with_row, with_title

FINDING = Finding(
    "a",
    "nps",
    "Net promoter score",
    "points",
    "EUR",
    12.0,
    11.0,
    13.0,
    2.0,
    1.0,
    3.0,
    0.5,
    0.01,
    "better",
    40,
    35.0,
    0.8,
)
NAMES = {"a": "First", "b": "Second", "c": "Third"}


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return invent()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "+2.0 points, 95 % interval +1.0 to +3.0 points"),
        (
            {"verdict": "equivalent"},
            "+2.0 points, 95 % interval +1.0 to +3.0 points; less than the smallest effect that matters, 0.5 points",
        ),
        (
            {"verdict": "cannot tell yet"},
            "+2.0 points, 95 % interval +1.0 to +3.0 points; not enough after correction for the number of comparisons",
        ),
        ({"verdict": "cannot tell yet", "low": -1.0}, "+2.0 points, 95 % interval \u22121.0 to +3.0 points"),
        ({"low": math.nan, "high": math.nan}, "+2.0 points, no interval: one replicate"),
        ({"unit": "share", "difference": 0.02, "low": 0.01, "high": 0.03}, "+2.00 pp, 95 % interval +1.00 to +3.00 pp"),
    ],
)
def test_a_difference_is_told_with_its_interval_and_what_the_verdict_adds(
    changes: dict[str, float | str], words: str
) -> None:
    assert describe(dataclasses.replace(FINDING, **changes)) == words


@pytest.mark.parametrize(
    ("low", "high", "excludes"),
    [
        (1.0, 2.0, True),
        (0.1, 0.2, True),
        (-2.0, -1.0, True),
        (-1.0, 1.0, False),
        (0.0, 1.0, False),
        (math.nan, 1.0, False),
        (1.0, math.inf, False),
        (math.inf, 1.0, False),
    ],
)
def test_an_interval_excludes_zero_on_either_side(low: float, high: float, excludes: bool) -> None:
    assert dataclasses.replace(FINDING, low=low, high=high).excludes_zero is excludes


@pytest.mark.parametrize("verdict", ["better", "worse", "higher", "lower"])
def test_a_verdict_needs_no_excuse(verdict: str) -> None:
    assert describe(dataclasses.replace(FINDING, verdict=verdict)) == "+2.0 points, 95 % interval +1.0 to +3.0 points"


def test_a_difference_beside_others_is_written_on_their_scale() -> None:
    money = dataclasses.replace(FINDING, unit="currency", difference=2e4, low=1e4, high=3e4, currency="EUR")
    assert describe(money) == "EUR +20.0 k, 95 % interval +10.0 to +30.0 k"
    millions = scale_of("currency", "EUR", (2e6,), change=True)
    assert describe(money, "90 %", millions) == "EUR +0.02 m, 90 % interval +0.01 to +0.03 m"


def test_one_clause_states_the_relation() -> None:
    assert state_verdict(FINDING, "A", "B", "90 %") == (
        "A is better than B (+2.0 points, 90 % interval +1.0 to +3.0 points)"
    )
    unknown = dataclasses.replace(FINDING, verdict="")
    assert state_verdict(unknown, "A", "B").startswith("A cannot yet be told apart from B (")


def test_a_finding_is_the_row_of_the_table(comparison: Comparison) -> None:
    changed = with_row(comparison, "ceo_as_cxm", "nps", difference=3.0, low=2.0, high=math.nan, n_replicates=math.nan)
    found = read_verdicts(changed).find("ceo_as_cxm", "nps")
    assert found is not None
    row = comparison.table.query("design == 'ceo_as_cxm' and outcome == 'nps'").iloc[0]
    assert (found.design, found.outcome, found.title, found.unit) == ("ceo_as_cxm", "nps", row["title"], "points")
    assert (found.difference, found.low, found.n_replicates) == (3.0, 2.0, 0)
    assert math.isnan(found.high)
    for name in ("mean", "mean_low", "mean_high", "smallest_effect", "replicates_needed"):
        assert getattr(found, name) == row[name]
    whole = read_verdicts(comparison).find("ceo_as_cxm", "nps")
    assert whole is not None
    assert (whole.n_replicates, whole.currency, whole.verdict) == (6, comparison.currency, row["verdict"])
    assert read_verdicts(comparison).find("ceo_as_cxm", "luck") is None
    assert read_verdicts(comparison).find("nobody", "nps") is None


def test_designs_are_grouped_by_verdict_in_the_order_of_verdicts(comparison: Comparison) -> None:
    given = {"responsible_cxo": "cannot tell yet", "accountable_cxo": "worse", "ceo_as_cxm": "worse"}
    for design, verdict in given.items():
        comparison = with_row(comparison, design, "npv", verdict=verdict)
    found = read_verdicts(comparison).groups("npv")
    assert list(found.items()) == [
        ("worse", ["accountable_cxo", "ceo_as_cxm"]), ("cannot tell yet", ["responsible_cxo"])
    ]  # fmt: skip
    assert read_verdicts(comparison).groups("luck") == {}


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"better": ["a", "b"]}, "better under both designs"),
        ({"better": ["a", "b", "c"]}, "better under all three designs"),
        ({"better": ["a"]}, "better under \u201cFirst\u201d"),
        ({"better": ["a"], "worse": ["b"]}, "better under \u201cFirst\u201d and worse under \u201cSecond\u201d"),
        ({"better": ["a", "c"], "worse": ["b"], "equivalent": []},
         "better under two of three designs and worse under \u201cSecond\u201d"),
    ],
)  # fmt: skip
def test_one_design_is_named_and_several_are_counted(groups: dict[str, list[str]], words: str) -> None:
    assert count_groups(NAMES, groups) == words


def test_titles_are_those_of_the_scenarios_and_names_where_there_is_none(comparison: Comparison) -> None:
    assert list(read_verdicts(comparison).names) == list(comparison.results)
    assert (
        read_verdicts(with_title(comparison, "ceo_as_cxm", "The  chief\nexecutive")).titles["ceo_as_cxm"]
        == "The chief executive"
    )
    assert read_verdicts(with_title(comparison, "ceo_as_cxm", " ")).titles["ceo_as_cxm"] == "ceo as cxm"


def test_differences_that_stand_together_share_a_scale_of_the_largest(comparison: Comparison) -> None:
    table = comparison.table.copy()
    chosen = table["outcome"] == "npv"
    table.loc[chosen, ["difference", "low", "high"]] = [2.0, 1.0, 3.0]
    small = dataclasses.replace(comparison, table=table)
    assert change_scale(read_verdicts(small), "npv").full(2.0, signed=True) == "EUR +2.00"
    large = with_row(small, "ceo_as_cxm", "npv", high=3e6)
    assert change_scale(read_verdicts(large), "npv").full(2e6, signed=True) == "EUR +2.00 m"
    shares = dataclasses.replace(comparison, table=pd.DataFrame(table).assign(low=np.nan, high=np.nan))
    assert change_scale(read_verdicts(shares), "retention_per_year").suffix == " pp"
    assert change_scale(read_verdicts(comparison), "luck").suffix == ""
