"""Results: tables, folders that are complete or absent, and their content address."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import sim
from sim.errors import ResultError
from sim.identity import content_hash
from sim.outcomes import OUTCOMES
from sim.parameters import Parameters
from sim.results import Results
from sim.storage import SCHEMA_VERSION
from tests.fakes import fake_replicate, fake_results

TABLES = ("accounts.parquet", "before.parquet", "departments.parquet", "handoffs.parquet", "series.parquet")


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
    pd.testing.assert_frame_equal(ordered.summary, fake_results(base).summary)


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
        fake_results(base, decision_rights=0.5).save(tmp_path / "one")
    assert Results.load(tmp_path / "one").parameters == results.parameters


def test_the_same_content_may_be_saved_again(results: Results, base: Parameters, tmp_path: Path) -> None:
    results.save(tmp_path / "one")
    (tmp_path / "one" / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "one" / "series.parquet").write_bytes(b"damaged")
    fake_results(base).save(tmp_path / "one")
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
