"""Who stays under one design and leaves under the other: counted by hand on tables made for it, then on real runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sim
from analysis.explain.twins import KEPT, LOST, NET, find_switchers, switchers
from sim.errors import ResultError
from sim.keeping import CUSTOMER_COLUMNS
from sim.parameters import Parameters
from sim.results import Results
from tests.fakes import fake_replicate

NEVER = np.nan
ANNUITY = 1.0 / 1.1  # a horizon of one year at 10 %


def parameters_of(design: str, *overrides: str) -> Parameters:
    fixed = ("population.n_customers=60", "run.n_replicates=2", "time.horizon_years=1", "run.keep_customers=2")
    return sim.compose(f"scenario={design}", *fixed, *overrides)


def made(
    design: str, left: dict[int, dict[int, float]], at_switch: range = range(10), returned: float = 0.0
) -> Results:
    """Return a result in which the given customers leave in the given months, by replicate.

    Customer c is worth 100 c + 100 if still there, and ``returned`` if not.
    """
    parameters = parameters_of(design)
    results = Results.from_replicates(parameters, [fake_replicate(parameters, number) for number in range(2)], 0.0)
    table = {name: np.full((2, 60), NEVER) for name in CUSTOMER_COLUMNS}
    table["segment"][:], table["value"][:] = 0.0, 1000.0 + np.arange(60.0)
    table["ours_at_switch"][:] = table["ours_at_end"][:] = np.isin(np.arange(60), at_switch)
    table["tenure_years_at_switch"][:] = np.arange(60.0)
    table["lifetime_value"][:] = 100.0 * np.arange(60.0) + 100.0
    for number, months in left.items():
        for customer, month in months.items():
            table["first_left_months"][number, customer] = month
            table["lifetime_value"][number, customer] = returned
    return Results(parameters, replace(results.tables, customers=table), results.manifest)


def test_switchers_are_those_who_leave_in_one_life_only() -> None:
    design = made("accountable_cxo", {0: {1: 5.0, 2: 7.0}, 1: {3: 2.0}})
    baseline = made("no_cxo", {0: {2: 6.0, 4: 8.0, 5: 9.0}, 1: {4: 3.0, 20: 4.0}})  # 20 is not ours at the switch
    found = find_switchers(design, baseline)
    rows = found.customers.set_index(["replicate", "customer"])
    assert rows["direction"].to_dict() == {(0, 1): LOST, (0, 4): KEPT, (0, 5): KEPT, (1, 3): LOST, (1, 4): KEPT}
    assert rows["left_months"].to_dict() == {(0, 1): 5.0, (0, 4): 8.0, (0, 5): 9.0, (1, 3): 2.0, (1, 4): 3.0}
    assert found.n_replicates == 2


def test_counts_shares_and_worth_have_student_intervals() -> None:
    design = made("accountable_cxo", {0: {1: 5.0}, 1: {}})
    baseline = made("no_cxo", {0: {4: 8.0, 5: 9.0}, 1: {4: 3.0}})
    counts = find_switchers(design, baseline).counts
    assert counts.loc[KEPT, "customers"] == 1.5
    assert counts.loc[LOST, "customers"] == 0.5
    assert counts.loc[NET, "customers"] == 1.0
    half = 12.706204736 * 0.5  # Student's t with 1 degree of freedom, times the standard error of 1 and 2
    np.testing.assert_allclose(counts.loc[KEPT, "customers_high"], 1.5 + half, rtol=1e-8)
    np.testing.assert_allclose(counts.loc[KEPT, "share"], 0.15)
    np.testing.assert_allclose(counts.loc[KEPT, "worth"], (500.0 + 600.0 + 500.0) / 2.0 * ANNUITY)
    np.testing.assert_allclose(counts.loc[LOST, "worth"], 200.0 / 2.0 * ANNUITY)
    np.testing.assert_allclose(counts.loc[NET, "worth"], (1600.0 - 200.0) / 2.0 * ANNUITY)


def test_the_worth_of_one_who_came_back_is_what_is_left_of_the_difference() -> None:
    found = find_switchers(made("accountable_cxo", {}), made("no_cxo", {0: {4: 8.0}}, returned=120.0))
    np.testing.assert_allclose(found.customers["worth"], [(500.0 - 120.0) * ANNUITY])


def test_swapping_the_designs_swaps_the_directions() -> None:
    one, other = made("accountable_cxo", {0: {1: 5.0, 6: 1.0}, 1: {3: 2.0}}), made("no_cxo", {0: {4: 8.0}, 1: {5: 9.0}})
    forth, back = find_switchers(one, other), find_switchers(other, one)
    swapped = forth.customers.assign(direction=forth.customers["direction"].map({KEPT: LOST, LOST: KEPT}))
    pd.testing.assert_frame_equal(swapped, back.customers)
    columns = ["customers", "share", "worth"]
    np.testing.assert_allclose(
        forth.counts.loc[NET, columns].to_numpy(float), -back.counts.loc[NET, columns].to_numpy(float)
    )


def test_equal_lives_have_no_switchers() -> None:
    same = {0: {1: 5.0}, 1: {2: 6.0}}
    found = find_switchers(made("accountable_cxo", same), made("no_cxo", {0: {1: 4.0}, 1: {2: 6.0}}))
    assert found.customers.empty
    assert found.representative(3).empty
    assert (found.counts[["customers", "share", "worth"]] == 0.0).all().all()


def test_the_representative_is_in_the_middle_of_the_larger_group() -> None:
    months = dict.fromkeys(range(1, 10), 10.0)
    found = find_switchers(made("accountable_cxo", {0: {0: 1.0}}), made("no_cxo", {0: months}))
    assert found.representative()["customer"].tolist() == [5]  # the median of 1 to 9 in value and tenure
    assert found.representative(3)["customer"].tolist() == [5, 4, 6]  # 4 and 6 are as near: the lower goes first
    assert found.representative(3, LOST)["customer"].tolist() == [0]


def test_results_without_customers_or_without_a_common_past_are_refused() -> None:
    kept, other = made("accountable_cxo", {}), made("no_cxo", {}, at_switch=range(9))
    bare = Results(kept.parameters, replace(kept.tables, customers={}), kept.manifest)
    with pytest.raises(ResultError, match=r"run\.keep_customers: no customers of accountable_cxo were kept"):
        find_switchers(kept, bare)
    with pytest.raises(ResultError, match="not the same customers at the switch"):
        find_switchers(kept, other)


class Compared:
    """What twins read of a comparison."""

    def __init__(self, *results: Results) -> None:
        self.results = {one.scenario: one for one in results}
        self.baseline = results[0]
        self.designs = [one.scenario for one in results[1:]]
        self.request = None


@pytest.fixture(scope="module")
def compared() -> Compared:
    size = ("industry=telecom", "population.n_customers=600", "time.horizon_years=3", "run.n_replicates=2")
    fixed = (*size, "run.keep_customers=2", "run.n_workers=1")
    return Compared(*(sim.simulate(sim.compose(f"scenario={name}", *fixed)) for name in ("no_cxo", "accountable_cxo")))


def test_switchers_of_a_comparison_are_those_of_its_stories(compared: Compared) -> None:
    found = switchers(compared, "accountable_cxo")
    assert len(found.customers) > 0
    for row in found.representative(2).itertuples():
        lives = {
            name: sim.tell_story(one.parameters, row.customer, row.replicate) for name, one in compared.results.items()
        }
        left = {name: story.first_left() for name, story in lives.items()}
        stays, leaves = ("accountable_cxo", "no_cxo") if row.direction == KEPT else ("no_cxo", "accountable_cxo")
        assert left[stays] is None
        assert left[leaves] is not None
        assert left[leaves].months == row.left_months


def test_a_design_that_is_not_there_is_refused(compared: Compared) -> None:
    with pytest.raises(ResultError, match="nobody: not in this comparison"):
        switchers(compared, "nobody")


def test_a_design_against_itself_has_no_switchers(compared: Compared) -> None:
    assert switchers(compared, "no_cxo").customers.empty
