"""What knowing is worth and what designs lose, on tables small enough to work out by hand."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.maps import information, regret
from analysis.maps.information import Information, Worth
from analysis.maps.sensitivity import influential
from analysis.maps.table import Unit, Wide, wide
from analysis.show.maps import information_picture, regret_picture
from tests.maps_cases import table_of

Z = float(stats.norm.ppf(0.975))
EUROS = Unit("npv", 10.0, "% of revenue")


def in_euros(found: Wide) -> Wide:
    return dataclasses.replace(found, unit=EUROS)


# What knowing is worth


def by_option(n: int = 40) -> Wide:
    """Return a study in which b gains 1 where a switch is on, a quarter of the points, and loses 2 where it is off."""
    on = np.arange(n) % 4 == 0
    x = {
        "f.switch": np.where(on, "on", "off"),
        "f.noise": np.arange(n) * 7 % n + 0.0,
        "f.flat": np.arange(n) * 3 % n + 0.0,
    }
    return in_euros(wide(table_of(x, {"a": np.zeros(n), "b": np.where(on, 1.0, -2.0)}), baseline="a"))


def test_a_rule_that_learns_the_switch_gains_one_in_a_quarter_of_points() -> None:
    found = by_option()
    assert information.choice_of(found) == "a"
    deviation = math.sqrt(40 / 39 * 0.25 * 0.75)
    for worth in (information.perfect_worth(found), information.factor_worth(found, ["f.switch"])):
        assert worth.estimate == pytest.approx(0.25)
        assert worth.error == pytest.approx(deviation / math.sqrt(40))
        assert worth.low == pytest.approx(0.25 - Z * worth.error)
        assert worth.high == pytest.approx(0.25 + Z * worth.error)
    assert information.factor_worth(found, ["f.switch"]).what == "f.switch"
    assert information.factor_worth(found, ["f.noise"]).estimate == 0.0


def test_what_is_chosen_anyway_is_the_highest_mean_and_not_the_first() -> None:
    n = 40
    y = {"a": np.zeros(n), "b": np.where(np.arange(n) % 4 == 0, -1.0, 2.0)}
    found = wide(table_of({"f.x": np.arange(n) * 1.0, "f.y": np.arange(n) * 3.0 % n}, y), baseline="a")
    assert information.choice_of(found) == "b"
    assert information.perfect_worth(found).estimate == pytest.approx(0.25)  # a quarter of points at which a saves 1


def test_no_knowledge_is_worth_less_than_nothing() -> None:
    assert (Worth("x", -3.0, 1.0).low, Worth("x", -3.0, 1.0).high) == (0.0, 0.0)
    assert Worth("x", -1.0, 1.0).high == pytest.approx(Z - 1.0)


def test_factors_are_ranked_by_worth_and_told_with_their_intervals() -> None:
    found = information.information(by_option())
    assert found.frame.columns.tolist() == ["factor", "estimate", "error", "low", "high"]
    assert found.frame["factor"].tolist()[0] == "f.switch"
    assert found.frame["factor"].tolist()[1:] == sorted(found.frame["factor"].tolist()[1:])
    assert found.frame["estimate"].tolist() == pytest.approx([0.25, 0.0, 0.0])
    assert found.clear["factor"].tolist() == ["f.switch"]
    assert found.n_points == 40
    assert found.together.estimate == pytest.approx(0.25)
    assert [one.what.count(" and ") for one in found.sets] == [1] * len(found.sets)
    table = information.frame(found)
    assert table["what"].tolist()[:2] == ["everything, luck included", "all factors, by a rule"]
    assert table["what"].tolist()[2:] == ["flat + noise", "switch", "flat", "noise"]
    assert table.index.tolist() == list(range(6))
    assert table["estimate"].tolist()[0] == found.perfect.estimate
    assert table["low"].tolist()[-3] == found.frame["low"].tolist()[0]


def test_what_meets_all_designs_alike_is_no_information() -> None:
    found = by_option()
    weather = 100.0 + 10.0 * np.sin(np.arange(40.0))
    shifted = dataclasses.replace(found, y=found.y.add(weather, axis=0))
    for worth in (information.factor_worth, lambda one, _: information.perfect_worth(one)):
        before, after = worth(found, ["f.switch"]), worth(shifted, ["f.switch"])
        assert (after.estimate, after.error) == pytest.approx((before.estimate, before.error))


@pytest.mark.parametrize(("n_factors", "sizes"), [(2, [2]), (3, [2, 3]), (5, [2, 3])])
def test_the_two_and_the_three_factors_that_matter_most_are_taken_together(n_factors: int, sizes: list[int]) -> None:
    rng = np.random.default_rng(4)
    x = {f"f.{'abcde'[k]}": rng.random(60) for k in range(n_factors)}
    difference = sum(2.0**-k * values for k, values in enumerate(x.values())) - 0.9
    found = information.information(wide(table_of(x, {"a": np.zeros(60), "b": difference}), baseline="a"))
    assert [one.what for one in found.sets] == [" and ".join(list(x)[:size]) for size in sizes]


def test_of_more_than_six_factors_the_six_that_go_most_closely_with_the_gain_make_a_map() -> None:
    # The seventh matters at its middle and goes neither up nor down, so that no rank correlation shows it.
    rng = np.random.default_rng(5)
    x = {f"f.{'abcdefg'[k]}": rng.random(400) for k in range(7)}
    gain = sum((0.2 - 0.01 * k) * (values - 0.5) for k, values in enumerate(list(x.values())[:6]))
    hidden = 4.0 * np.abs(np.argsort(np.argsort(x["f.g"])) / 399.0 - 0.5) - 1.0
    found = wide(table_of(x, {"a": np.zeros(400), "b": gain + hidden}), baseline="a")
    assert "f.g" not in influential(found, 6)
    assert "f.g" not in information.plane(found)
    assert information.plane(found, 7)[0] == "f.g"


def worth_of(frame: pd.DataFrame) -> Information:
    return Information("a", Worth("everything", 2.0, 0.0), Worth("all", 1.0, 0.0), (), frame, 40, EUROS)


def test_the_sentence_names_the_two_most_valuable_factors_that_are_clear() -> None:
    rows = [
        ("f.x", 1.0, 0.1, 0.8, 1.2),
        ("f.y", 0.5, 0.1, 0.3, 0.7),
        ("f.z", 0.4, 0.1, 0.2, 0.6),
        ("f.w", 0.1, 1.0, 0.0, 2.0),
    ]
    frame = pd.DataFrame(rows, columns=["factor", "estimate", "error", "low", "high"])
    told = information_picture.sentence(worth_of(frame))
    assert told.startswith("Whoever knew everything before choosing would gain 20.0 to 20.0 % of revenue over ")
    assert "8.00 to 12.0" in told
    assert "3.00 to 7.00" in told
    assert "2.00 to 6.00" not in told
    nothing = information_picture.sentence(worth_of(frame[frame["low"] == 0.0]))
    assert nothing.endswith("; no single factor is clearly worth knowing by itself.")


def test_a_map_needs_two_factors_and_takes_the_one_most_worth_knowing_first() -> None:
    rng = np.random.default_rng(3)
    x = {"f.x": rng.random(200), "f.y": rng.random(200)}
    found = wide(table_of(x, {"a": np.zeros(200), "b": x["f.y"] - 0.5 + 0.1 * (x["f.x"] - 0.5)}), baseline="a")
    assert information.plane(found) == ("f.y", "f.x")


# What designs lose


def losses() -> Wide:
    """Return 20 points: a earns 10 or 20, b a tenth less than the best at 19 of them and half of it at the last."""
    a = np.where(np.arange(20) % 2 == 0, 10.0, 20.0)
    b = np.append(0.9 * a[:19], 0.5 * a[19])
    c = np.append(-a[:19], 30.0)
    return in_euros(wide(table_of({"f.x": np.arange(20.0)}, {"a": a, "b": b, "c": c}), baseline="a"))


def test_regret_is_what_is_lost_against_the_best_at_each_point() -> None:
    found = regret.regret(losses())
    frame = found.frame.set_index("design")
    lost = {
        "a": np.array([0.0] * 19 + [10.0]),
        "b": np.array([1.0, 2.0] * 9 + [1.0, 20.0]),
        "c": np.array([20.0, 40.0] * 9 + [20.0, 0.0]),
    }
    for design, values in lost.items():
        row = frame.loc[design]
        half = Z * stats.sem(values)
        assert [row["mean"], row["low"], row["high"]] == pytest.approx(
            [values.mean(), values.mean() - half, values.mean() + half]
        )
        assert [row["median"], row["p95"], row["max"]] == pytest.approx(
            [np.median(values), np.percentile(values, 95), values.max()]
        )
        assert found.table[design].to_numpy() == pytest.approx(values)
    assert frame["max_point"].to_dict() == {"a": 19, "b": 19, "c": 1}
    near, no_worse = {"a": 19, "b": 19, "c": 1}, {"a": 20, "b": 0, "c": 1}
    for column, counts in (("near_best", near), ("no_worse", no_worse)):
        for design, count in counts.items():
            low, high = proportion_confint(count, 20, method="wilson")
            assert frame.loc[design, column] == count / 20
            assert frame.loc[design, [f"{column}_low", f"{column}_high"]].tolist() == pytest.approx([low, high])
    assert found.least("mean") == "a"
    assert found.least("max") == "a"
    assert found.baseline == "a"


def test_near_the_best_is_a_tenth_of_its_size_where_the_best_is_a_loss() -> None:
    y = {"a": np.full(20, -10.0), "b": np.append(np.full(10, -11.0), np.full(10, -11.1))}
    frame = regret.regret(wide(table_of({"f.x": np.arange(20.0)}, y), baseline="a")).frame.set_index("design")
    assert frame["near_best"].to_dict() == {"a": 1.0, "b": 0.5}


def told(**lost: list[float]) -> str:
    """Return the sentence on designs that lose so much at ten pairs of points, two values a pair."""
    y = {name: -np.tile(values, 10) for name, values in lost.items()}
    y["best"] = np.zeros(20)
    found = regret.regret(wide(table_of({"f.x": np.arange(20.0)}, y), baseline="best"))
    keep = found.frame["design"] != "best"
    return regret_picture.sentence(
        dataclasses.replace(found, frame=found.frame[keep], table=found.table[list(lost)], unit=EUROS)
    )


def test_the_sentence_claims_the_least_regret_only_where_it_is_clear() -> None:
    both = told(a=[1.0, 2.0], b=[2.0, 4.0])
    assert "loses least on average" in both
    assert "and at worst, though its worst is 20.0 % of revenue." in both
    half = Z * stats.sem([1.0, 2.0] * 10)
    assert f"({10 * (1.5 - half):.1f} to {10 * (1.5 + half):.1f} % of revenue)" in both
    split = told(a=[0.0, 6.0], b=[4.0, 5.0])
    assert "loses least on average" in split
    assert "has the smallest worst regret (50.0 against 60.0 % of revenue)." in split
    assert split.index(" but ") < split.index("smallest worst")
    undecided = told(a=[0.0, 6.0], b=[1.7, 5.0])
    assert undecided.startswith("Least mean regret is not decided (")
    assert undecided.endswith("has the smallest worst regret, its worst is 50.0 % of revenue.")


def test_a_lead_that_is_always_the_same_is_clear_and_none_is_not() -> None:
    assert "loses least on average" in told(a=[1.0, 2.0], b=[2.0, 3.0])
    assert told(a=[1.0, 2.0], b=[1.0, 2.0]).startswith("Least mean regret is not decided (")
    # A mean lead of 1.7 with an SD (n - 1) just above and just below what 20 points need.
    needed = math.sqrt(20.0) / Z * math.sqrt(19.0 / 20.0)
    for reach, decided in ((0.999 * needed, True), (1.001 * needed, False)):
        assert ("loses least" in told(a=[0.0, 0.0], b=[1.0 - reach, 1.0 + reach])) is decided
