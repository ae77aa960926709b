"""Results: tables, folders that are complete or absent, pairs of designs, and processes that change nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy import stats

import sim
from sim import workers
from sim.accounts import GOVERNANCE_LINES, discount_factors
from sim.comparison import mean_interval, paired_statistics, payback_period, return_on_spend
from sim.errors import ResultError
from sim.identity import content_hash
from sim.outcomes import OUTCOMES
from sim.parameters import Parameters
from sim.results import Results
from sim.storage import SCHEMA_VERSION
from tests.fakes import fake_replicate, slow_square, square_or_die

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells processes apart by /proc")
TABLES = ("accounts.parquet", "before.parquet", "departments.parquet", "handoffs.parquet", "series.parquet")


def invent(parameters: Parameters | None = None, n_replicates: int = 4, **levers: float) -> Results:
    """Return invented results of a design."""
    base = parameters or sim.compose("time.horizon_years=2", f"run.n_replicates={n_replicates}")
    governance = base.governance.model_copy(update=levers)
    moved = base.model_copy(update={"governance": governance})
    replicates = [fake_replicate(moved, number) for number in range(base.run.n_replicates)]
    return Results.from_replicates(moved, replicates, wall_seconds=1.0)


@pytest.fixture(scope="module")
def base() -> Parameters:
    return sim.compose("time.horizon_years=2", "run.n_replicates=4")


@pytest.fixture
def results(base: Parameters) -> Results:
    return invent(base)


# Tables


def test_series_are_tidy(results: Results) -> None:
    frame = results.series
    assert list(frame.columns) == ["scenario", "replicate", "period", "metric", "value"]
    one = frame[(frame.replicate == 2) & (frame.metric == "n_active") & (frame.period == 30)]
    assert one.value.item() == results.tables.series["n_active"][2, 30]
    assert set(frame.scenario) == {"no_cxo"}


def test_accounts_are_tidy_and_add_up(results: Results) -> None:
    frame = results.accounts.pivot_table(index=["replicate", "period"], columns="line", values="value", observed=True)
    assert list(results.accounts.columns) == ["replicate", "period", "line", "value"]
    costs = frame.drop(columns=["revenue", "profit"]).sum(axis=1)
    assert np.allclose(frame.revenue - costs, frame.profit, rtol=1e-12)


def test_summary_has_a_row_per_replicate_and_a_column_per_outcome(results: Results) -> None:
    assert results.summary.shape == (4, 1 + len(OUTCOMES))
    assert list(results.summary.columns) == ["replicate", *OUTCOMES]
    assert list(results.before.columns) == ["replicate", *OUTCOMES]


def test_departments_and_handoffs_carry_names(results: Results) -> None:
    names = results.department_names
    departments = results.departments.set_index(["replicate", "period", "department"])
    assert departments.loc[(1, 7, names[2]), "morale"] == results.tables.departments["morale"][1, 7, 2]
    handoffs = results.handoffs.set_index(["replicate", "from", "to"])
    assert handoffs.loc[(3, names[0], names[4]), "failures"] == results.tables.handoffs["failures"][3, 0, 4]


def test_replicates_are_ordered_whoever_finished_first(base: Parameters) -> None:
    replicates = [fake_replicate(base, number) for number in (2, 0, 3, 1)]
    ordered = Results.from_replicates(base, replicates, 1.0)
    pd.testing.assert_frame_equal(ordered.summary, invent(base).summary)


# Folders


def test_what_is_saved_is_loaded(results: Results, tmp_path: Path) -> None:
    folder = results.save(tmp_path / "one")
    loaded = Results.load(folder)
    assert loaded.parameters == results.parameters
    pd.testing.assert_frame_equal(loaded.summary, results.summary)
    pd.testing.assert_frame_equal(loaded.before, results.before)
    pd.testing.assert_frame_equal(loaded.accounts, results.accounts)
    pd.testing.assert_frame_equal(loaded.handoffs, results.handoffs)
    pd.testing.assert_frame_equal(loaded.series, results.series, rtol=1e-6)
    pd.testing.assert_frame_equal(loaded.departments, results.departments, rtol=1e-6)
    assert loaded.manifest["content_hash"] == results.manifest["content_hash"]
    assert np.array_equal(loaded.tables.seeds, results.tables.seeds)


def test_the_spreadsheet_summary_is_exact(results: Results, tmp_path: Path) -> None:
    folder = results.save(tmp_path / "one")
    pd.testing.assert_frame_equal(pd.read_csv(folder / "summary.csv"), results.summary, check_exact=True)


def test_series_on_disk_are_wide_small_floats_split_by_byte(results: Results, tmp_path: Path) -> None:
    folder = results.save(tmp_path / "one")
    metadata = pq.read_metadata(folder / "series.parquet")
    columns = {
        metadata.row_group(0).column(n).path_in_schema: metadata.row_group(0).column(n)
        for n in range(metadata.num_columns)
    }
    assert columns["n_active"].physical_type == "FLOAT"
    assert columns["n_active"].compression == "ZSTD"
    assert "BYTE_STREAM_SPLIT" in columns["n_active"].encodings
    assert metadata.num_rows == 4 * results.n_periods


def test_the_manifest_tells_everything(results: Results, tmp_path: Path) -> None:
    folder = results.save(tmp_path / "one", replay="python -m sim scenario=no_cxo")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["schema_version"] == SCHEMA_VERSION
    assert manifest["replay"] == "python -m sim scenario=no_cxo"
    assert manifest["seed"] == results.parameters.run.seed
    assert manifest["parameters"]["governance"] == results.parameters.governance.model_dump()
    assert set(manifest["code"]) == {"version", "source", "commit", "dirty"}
    assert {"python", "packages", "n_cpus"} <= set(manifest["environment"])
    assert manifest["calibration"] == {"satisfaction_intercept": 0.5}
    assert manifest["created"].endswith("+00:00")
    assert manifest["wall_seconds"] == 1.0
    assert set(manifest["files"]) == {*TABLES, "summary.parquet", "summary.csv"}


def test_saving_leaves_only_the_folder(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path / "one")
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_complete_result_of_other_content_is_not_overwritten(
    results: Results, base: Parameters, tmp_path: Path
) -> None:
    results.save(tmp_path / "one")
    with pytest.raises(ResultError, match="other content"):
        invent(base, decision_rights=0.5).save(tmp_path / "one")
    assert Results.load(tmp_path / "one").parameters == results.parameters


def test_the_same_content_may_be_saved_again(results: Results, base: Parameters, tmp_path: Path) -> None:
    results.save(tmp_path / "one")
    (tmp_path / "one" / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "one" / "series.parquet").write_bytes(b"damaged")
    invent(base).save(tmp_path / "one")
    assert Results.load(tmp_path / "one").n_replicates == 4
    assert (tmp_path / "one" / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_folder_without_manifest_is_not_a_result(results: Results, tmp_path: Path) -> None:
    folder = results.save(tmp_path / "one")
    (folder / "manifest.json").unlink()
    with pytest.raises(ResultError, match="did not finish"):
        Results.load(folder)
    with pytest.raises(ResultError, match="no such folder"):
        Results.load(tmp_path / "two")


@pytest.mark.parametrize("name", [*TABLES, "summary.parquet", "summary.csv"])
def test_a_truncated_file_is_named(results: Results, tmp_path: Path, name: str) -> None:
    folder = results.save(tmp_path / "one")
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ResultError, match=f"{name}.*truncated or changed.*bytes") as caught:
        Results.load(folder)
    assert "\n" not in str(caught.value)


def test_a_changed_or_missing_file_is_named(results: Results, tmp_path: Path) -> None:
    folder = results.save(tmp_path / "one")
    content = bytearray((folder / "accounts.parquet").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "accounts.parquet").write_bytes(content)
    with pytest.raises(ResultError, match=r"accounts.parquet.*changed"):
        Results.load(folder)
    (folder / "accounts.parquet").unlink()
    with pytest.raises(ResultError, match=r"accounts.parquet: missing"):
        Results.load(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema_version": SCHEMA_VERSION + 1}, f"schema version {SCHEMA_VERSION + 1} is newer than {SCHEMA_VERSION}"),
        ({"files": None}, "not a manifest"),
        ({"parameters": {"marke": {}}}, "not those of this version"),
    ],
)
def test_a_manifest_that_cannot_be_used(results: Results, tmp_path: Path, change: dict, words: str) -> None:
    path = results.save(tmp_path / "one") / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    with pytest.raises(ResultError, match=words):
        Results.load(tmp_path / "one")
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ResultError, match="not a manifest"):
        Results.load(tmp_path / "one")


def test_a_full_disk_while_moving_leaves_nothing_complete(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    replace = Path.replace

    def fill(self: Path, target: Path) -> Path:
        if self.name == "series.parquet":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fill)
    with pytest.raises(ResultError, match="No space left on device"):
        results.save(folder)
    with pytest.raises(ResultError, match="did not finish"):
        Results.load(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_folder_that_cannot_be_made(results: Results, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ResultError, match="cannot be written"):
        results.save(tmp_path / "file" / "one")


# Content address


def test_the_address_ignores_what_changes_no_number(base: Parameters) -> None:
    run = base.run.model_copy(update={"n_threads": 2, "n_workers": 3, "progress": False, "profile": True})
    assert content_hash(base.model_copy(update={"run": run})) == content_hash(base)


@pytest.mark.parametrize(
    "override", ["run.seed=1", "run.n_replicates=5", "market.competition=0.3", "scenario=accountable_cxo"]
)
def test_the_address_follows_what_changes_numbers(base: Parameters, override: str) -> None:
    assert content_hash(sim.compose("time.horizon_years=2", "run.n_replicates=4", override)) != content_hash(base)


# Pairs of designs


def test_differences_are_paired_student_t(base: Parameters) -> None:
    rng = np.random.default_rng(1)
    luck = rng.normal(0.0, 3.0, 12)
    values, baseline = luck + rng.normal(1.0, 0.1, 12), luck + rng.normal(0.0, 0.1, 12)
    found = paired_statistics(values, baseline)
    interval = stats.ttest_rel(values, baseline).confidence_interval(0.95)
    assert found["difference"] == pytest.approx(np.mean(values - baseline))
    assert found["low"] == pytest.approx(interval.low)
    assert found["high"] == pytest.approx(interval.high)
    assert found["standard_error"] == pytest.approx(stats.sem(values - baseline))
    independent = values.var(ddof=1) + baseline.var(ddof=1)
    assert found["variance_reduction"] == pytest.approx(1.0 - np.var(values - baseline, ddof=1) / independent)


def test_the_interval_of_a_mean_is_student_t() -> None:
    values = np.random.default_rng(2).normal(5.0, 1.0, 9)
    interval = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert mean_interval(values) == pytest.approx((values.mean(), interval.low, interval.high))


def test_one_replicate_has_no_interval() -> None:
    found = paired_statistics(np.array([2.0]), np.array([1.0]))
    assert found["difference"] == 1.0
    assert np.isnan([found["low"], found["high"], found["standard_error"]]).all()


def test_a_design_against_itself_differs_by_nothing(results: Results, base: Parameters) -> None:
    found = sim.difference(results, invent(base))
    assert (found.outcomes.difference == 0.0).all()
    assert np.isnan(found.roi)
    assert found.payback_months is None
    assert found.share_paid_back == 0.0


def test_return_and_payback_by_hand(base: Parameters) -> None:
    design, baseline = invent(base, decision_rights=0.8), invent(base)
    found = sim.difference(design, baseline)
    clock = base.time
    factors = discount_factors(clock.n_horizon, clock.periods_per_year, base.finance.discount_rate)
    ours, theirs = design.tables.accounts, baseline.tables.accounts
    profit = (ours["profit"] - theirs["profit"])[:, clock.n_burn_in :] @ factors
    spend = sum((ours[line] - theirs[line])[:, clock.n_burn_in :] @ factors for line in GOVERNANCE_LINES)
    assert found.roi == pytest.approx(profit.mean() / spend.mean())
    assert found.roi_low <= found.roi <= found.roi_high
    assert found.outcomes.loc["nps", "difference"] == pytest.approx(0.8)
    assert found.outcomes.loc["nps", "unit"] == "points"
    cumulative = found.cumulative.mean(axis=0)
    month = found.payback_months
    assert month is not None
    assert (cumulative[int(month) - 1 :] > 0.0).all()
    assert cumulative[int(month) - 2] <= 0.0


@pytest.mark.parametrize(
    ("cumulative", "period"),
    [
        ([1.0, 2.0], 1),
        ([-1.0, 1.0], 2),
        ([-1.0, 1.0, -1.0, 1.0], 4),
        ([1.0, -1.0], None),
        ([0.0], None),
        ([np.nan], None),
    ],
)
def test_payback_is_the_first_period_that_stays_positive(cumulative: list[float], period: int | None) -> None:
    assert payback_period(np.array(cumulative)) == period


def test_return_on_spend_covers_the_truth_in_95_percent_of_samples() -> None:
    # 400 samples: the share covered has an SD of 0.011, so 0.90 to 0.99 is wrong once in 10 000.
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(400):
        spend = rng.normal(100.0, 5.0, 20)
        profit = 0.5 * spend + rng.normal(0.0, 20.0, 20)
        _, low, high = return_on_spend(profit, spend)
        covered += low <= 0.5 <= high
    assert 0.90 <= covered / 400 <= 0.99


@pytest.mark.parametrize(
    ("override", "key"),
    [
        ("run.seed=1", "run.seed"),
        ("run.n_replicates=3", "run.n_replicates"),
        ("time.horizon_years=3", "time.horizon_years"),
        ("time.burn_in_years=1", "time.burn_in_years"),
        ("time.periods_per_year=4", "time.periods_per_year"),
        ("finance.discount_rate=0.2", "finance.discount_rate"),
        ("finance.currency=USD", "finance.currency"),
    ],
)
def test_what_is_not_a_pair_is_refused(results: Results, override: str, key: str) -> None:
    other = invent(sim.compose("time.horizon_years=2", "run.n_replicates=4", override))
    with pytest.raises(ResultError, match=f"{key}: .* paired comparison"):
        sim.difference(other, results)


# Processes


def test_progress_is_told_after_every_replicate(base: Parameters, fake_model: None) -> None:
    told: list[tuple[int, int]] = []
    sim.simulate(base, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_number_of_workers() -> None:
    cores = workers.usable_cores()
    assert workers.usable_workers(0, 1, 100.0) == 1
    assert workers.usable_workers(0, 100, 1e-3) == 1
    assert workers.usable_workers(0, 100, 10.0) == min(cores, 100)
    assert workers.usable_workers(8, 3, 1e-3) == 3
    assert workers.usable_workers(1, 100, 10.0) == 1


def test_items_on_processes_give_what_one_process_gives() -> None:
    found: list[int] = []
    workers.map_items(slow_square, range(6), 2, found.append)
    assert sorted(found) == [number * number for number in range(6)]


def test_a_killed_worker_loses_no_item() -> None:
    found: list[int] = []
    with pytest.warns(RuntimeWarning, match="a worker process was killed"):
        workers.map_items(square_or_die, range(6), 2, found.append)
    assert sorted(found) == [number * number for number in range(6)]


def test_an_error_in_a_worker_comes_through_and_stops_the_others() -> None:
    with pytest.raises(ZeroDivisionError):
        workers.map_items(divide, [1, 0, 2], 2, lambda _: None)
    deadline = time.monotonic() + 5.0  # the thread of the pool may be the one that takes note of the end
    while multiprocessing.active_children() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert multiprocessing.active_children() == []


def divide(number: int) -> float:
    return 1 / number


def test_a_script_without_a_guard_starts_itself_once(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from sim import workers\nfrom tests.fakes import slow_square\n"
        "found = []\nworkers.map_items(slow_square, range(4), 2, found.append)\nprint(sorted(found))\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, env=environment())
    assert done.stdout == "[0, 1, 4, 9]\n"
    assert done.stderr == ""


@needs_proc
def test_an_interrupt_ends_all_workers(tmp_path: Path) -> None:
    process, children = start_pool(tmp_path)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert err.count("Traceback") == 1
    assert_gone(children)


@needs_proc
def test_workers_leave_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    process, children = start_pool(tmp_path)
    process.kill()
    process.communicate(timeout=20)
    assert_gone(children)


def start_pool(tmp_path: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """Start a process whose two workers sleep, and wait until they do."""
    script = tmp_path / "pool.py"
    script.write_text(
        "import multiprocessing, threading, time\n"
        "from sim import workers\nfrom tests.fakes import sleep_long\n"
        "def tell():\n"
        "    while len(multiprocessing.active_children()) < 2:\n"
        "        time.sleep(0.05)\n"
        "    time.sleep(2.0)\n"
        "    print(*[child.pid for child in multiprocessing.active_children()], flush=True)\n"
        "threading.Thread(target=tell, daemon=True).start()\n"
        "workers.map_items(sleep_long, range(4), 2, print)\n",
        encoding="utf-8",
    )
    words = [sys.executable, str(script)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    assert process.stdout is not None
    return process, [int(word) for word in process.stdout.readline().split()]


def assert_gone(children: list[int], seconds: float = 15.0) -> None:
    assert len(children) == 2
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(is_alive(child) for child in children):
            return
        time.sleep(0.1)
    pytest.fail("workers outlived their parent")


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def environment() -> dict[str, str]:
    root = str(Path(sim.__file__).parents[1])
    return {**os.environ, "PYTHONPATH": root}
