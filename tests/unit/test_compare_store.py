"""The store of replicates: nothing is run twice, nothing damaged is used, nothing depends on the order."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from analysis.compare.replication import interleave, replicate_until_known
from analysis.store.replicates import Store, address_of
from sim.errors import ResultError
from sim.parameters import Parameters
from tests.compare_cases import REQUEST, noisy_replicate

pytestmark = pytest.mark.usefixtures("noisy_model")


def test_what_was_run_is_not_run_again(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    one = replicate_until_known(REQUEST, designs, first)
    two = replicate_until_known(REQUEST, designs, second)
    assert first.n_run == 2 * one.n_replicates
    assert second.n_run == 0
    pd.testing.assert_frame_equal(one.table, two.table)


def test_a_larger_comparison_runs_only_what_is_missing(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    small = REQUEST.model_copy(update={"max_replicates": 4, "precision": 1e-5})
    large = REQUEST.model_copy(update={"max_replicates": 16, "precision": 1e-5})
    replicate_until_known(small, designs, Store(tmp_path))
    extended, afresh = Store(tmp_path), Store(tmp_path / "other")
    one = replicate_until_known(large, designs, extended)
    two = replicate_until_known(large, designs, afresh)
    assert (extended.n_run, afresh.n_run) == (24, 32)
    pd.testing.assert_frame_equal(one.table, two.table)


def test_a_comparison_that_was_stopped_goes_on_to_the_same_table(
    designs: Mapping[str, Parameters], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = replicate_until_known(REQUEST, designs, Store(tmp_path / "whole"))
    calls = 0

    def interrupted(parameters: Parameters, replicate: int) -> object:
        nonlocal calls
        calls += 1
        if calls == 8:
            raise KeyboardInterrupt
        return noisy_replicate(parameters, replicate)

    monkeypatch.setattr("sim.simulation.run_one", interrupted)
    store = Store(tmp_path / "stopped")
    with pytest.raises(KeyboardInterrupt):
        replicate_until_known(REQUEST, designs, store)
    assert store.n_run == 7
    kept = [sum(store.holds(one, number) for number in range(16)) for one in designs.values()]
    assert kept in ([4, 3], [3, 4])  # interleaved, so balanced
    resumed = Store(tmp_path / "stopped")
    again = replicate_until_known(REQUEST, designs, resumed)
    assert resumed.n_run == 2 * again.n_replicates - 7
    pd.testing.assert_frame_equal(again.table, whole.table)


def test_replicates_kept_are_those_of_one_run_to_the_bit(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    parameters = designs["accountable_cxo"].model_copy(
        update={"run": designs["accountable_cxo"].run.model_copy(update={"n_replicates": 5})}
    )
    direct = sim.simulate(parameters)
    Store(tmp_path).simulate(parameters)
    kept = Store(tmp_path).simulate(parameters)
    assert kept.manifest["content_hash"] == direct.manifest["content_hash"]
    for name in ("series", "accounts", "summary", "before", "departments", "handoffs"):
        pd.testing.assert_frame_equal(getattr(kept, name), getattr(direct, name), check_exact=True)


def test_the_order_of_runs_changes_nothing(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    forward, backward = Store(tmp_path / "forward"), Store(tmp_path / "backward")
    tasks = list(interleave(designs, 6))
    forward.fill(tasks)
    backward.fill(tasks[::-1])
    run = {"n_replicates": 6}
    for one in designs.values():
        six = one.model_copy(update={"run": one.run.model_copy(update=run)})
        pd.testing.assert_frame_equal(forward.gather(six).summary, backward.gather(six).summary, check_exact=True)


def test_the_address_follows_what_changes_a_replicate_and_nothing_else(designs: Mapping[str, Parameters]) -> None:
    base = designs["no_cxo"]

    def moved(**run: object) -> str:
        return address_of(base.model_copy(update={"run": base.run.model_copy(update=run)}))

    address = address_of(base)
    assert moved(n_replicates=99, first_replicate=7, n_workers=3, progress=False, keep_customers=2) == address
    assert moved(seed=1) != address
    assert address_of(designs["accountable_cxo"]) != address


def test_a_damaged_replicate_is_run_again(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    tasks = list(interleave(designs, 2))
    Store(tmp_path).fill(tasks)
    victims = sorted(tmp_path.rglob("*.npz"))
    victims[0].write_bytes(victims[0].read_bytes()[:500])
    victims[1].write_bytes(b"")
    store = Store(tmp_path)
    assert store.fill(tasks) == 2
    assert Store(tmp_path).fill(tasks) == 0


def test_a_store_that_vanishes_under_a_comparison_costs_it_nothing(
    designs: Mapping[str, Parameters], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = replicate_until_known(REQUEST, designs, Store(tmp_path / "whole"))

    def vanish(parameters: Parameters, replicate: int) -> object:
        shutil.rmtree(tmp_path / "cut", ignore_errors=True)
        return noisy_replicate(parameters, replicate)

    monkeypatch.setattr("sim.simulation.run_one", vanish)
    cut = Store(tmp_path / "cut")
    pd.testing.assert_frame_equal(replicate_until_known(REQUEST, designs, cut).table, whole.table)
    assert cut.n_run == 2 * whole.n_replicates


def test_a_damaged_replicate_is_named(
    designs: Mapping[str, Parameters], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = (designs["no_cxo"], 0)
    Store(tmp_path).fill([task])
    [path] = tmp_path.rglob("*.npz")
    path.write_bytes(path.read_bytes()[:500])
    assert Store(tmp_path).fill([task]) == 1
    assert capsys.readouterr().err == (
        f"warning: {path}: damaged, set aside as 000000.npz.damaged: the replicate is run again\n"
    )


def test_two_processes_may_share_a_store(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    """Both begin before either has kept anything; the later one finds the earlier one's file in its way."""
    one, two = Store(tmp_path), Store(tmp_path)
    task = (designs["no_cxo"], 0)
    one.fill([task])
    result = one.gather(single(designs["no_cxo"]))
    two._keep(result)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["000000.npz"]
    assert Store(tmp_path).fill([task]) == 0


def test_a_store_of_outcomes_keeps_nothing_else_and_travels_without_its_memory(
    designs: Mapping[str, Parameters], tmp_path: Path
) -> None:
    small = single(designs["no_cxo"])
    whole, light = Store(tmp_path), Store(tmp_path, outcomes_only=True)
    expected, found = whole.simulate(small), light.simulate(small)
    pd.testing.assert_frame_equal(found.summary, expected.summary, check_exact=True)
    assert not found.tables.series
    sent = pickle.loads(pickle.dumps(light))
    pd.testing.assert_frame_equal(sent.simulate(small).summary, expected.summary, check_exact=True)
    assert sent.n_run == 0
    files = {path.name: path.stat().st_size for path in tmp_path.rglob("*.npz")}
    assert files["000000-outcomes.npz"] < files["000000.npz"]


def test_a_store_that_cannot_be_written_is_named(designs: Mapping[str, Parameters], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        store = Store(folder)
        with pytest.raises(ResultError, match=r"^store: .*: cannot be written: "):
            store.fill([(designs["no_cxo"], 0)])
    with pytest.raises(ResultError, match="not kept"):
        Store(tmp_path / "empty").gather(designs["no_cxo"])


def test_a_store_holds_no_more_in_memory_however_much_is_run(
    designs: Mapping[str, Parameters], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.store.replicates.REMEMBERED", 3)
    base, store = designs["no_cxo"], Store(tmp_path)
    given = sim.simulate(single(base))
    store.supply(given)
    for seed in range(6):
        store.simulate(base.model_copy(update={"run": base.run.model_copy(update={"seed": seed, "n_replicates": 2})}))
    assert (len(store._memory), len(store._addresses)) == (3, 3)
    assert store.n_run == 12
    pd.testing.assert_frame_equal(store.simulate(single(base)).summary, given.summary)
    assert store.n_run == 12  # what was supplied is held as long as the store lives


def test_what_was_supplied_without_what_is_asked_for_is_run_and_takes_its_place(
    designs: Mapping[str, Parameters], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = single(designs["no_cxo"])
    wanted = one.model_copy(update={"run": one.run.model_copy(update={"keep_customers": 1})})
    store = Store(tmp_path)
    store.supply(sim.simulate(one))
    kept = {"segment": np.zeros(1)}
    monkeypatch.setattr("sim.simulation.run_one", lambda *task: replace(noisy_replicate(*task), customers=kept))
    assert not store.holds(wanted, 0)
    assert store.simulate(wanted).tables.customers
    assert store.n_run == 1


def single(parameters: Parameters) -> Parameters:
    return parameters.model_copy(update={"run": parameters.run.model_copy(update={"n_replicates": 1})})


def test_replicates_can_be_run_alone(designs: Mapping[str, Parameters]) -> None:
    base = designs["accountable_cxo"]

    def run(**keys: int) -> pd.DataFrame:
        return sim.simulate(base.model_copy(update={"run": base.run.model_copy(update=keys)})).summary

    whole, part = run(n_replicates=6), run(first_replicate=4, n_replicates=2)
    pd.testing.assert_frame_equal(whole.iloc[4:].reset_index(drop=True), part, check_exact=True)
    assert part["replicate"].tolist() == [4, 5]
