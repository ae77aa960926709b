"""Results whose manifest or files were changed, moved or made elsewhere: read where that is safe, else one line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.command.folders import check_free
from sim import storage
from sim.errors import ResultError
from sim.parameters import Parameters
from sim.results import Results
from sim.storage import SCHEMA_VERSION, write_manifest
from tests.conftest import Ending
from tests.fakes import FakeReplicate, fake_replicate, fake_results

TABLES = ("accounts", "before", "departments", "handoffs", "series", "summary")


@pytest.fixture
def saved(results: Results, tmp_path: Path) -> Path:
    """Return the folder of a result."""
    return results.save(tmp_path / "one")


def manifest_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def rewrite(folder: Path, content: object) -> None:
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def refused(folder: Path) -> str:
    with pytest.raises(ResultError) as caught:
        Results.load(folder)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 400
    return message


def put(*keys: str) -> Callable[[dict[str, Any], Any], None]:
    """Return what sets a value of a manifest."""

    def change(content: dict[str, Any], value: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("keys", "value", "words"),
    [
        ("parameters.market.competition", 0.31, "its parameters were changed after the run"),
        ("parameters.run.seed", 7, "its parameters were changed after the run"),
        ("content_hash", "0" * 64, "its parameters were changed after the run"),
        ("content_hash", 5, "its parameters were changed after the run"),
        ("parameters.market.competition", "lots", "not those of this version"),
        ("parameters.market.competition", 1e308, "not those of this version"),
        ("parameters.run.n_replicates", 10**30, "not those of this version"),
        ("parameters.run.n_replicates", 2.5, "not those of this version"),
        ("parameters.time.horizon_years", float("nan"), "not those of this version"),
        ("parameters.market", None, "not those of this version"),
        ("parameters.run", [], "not those of this version"),
        ("parameters.more", 1, "not those of this version"),
        ("parameters", [], "not those of this version"),
        ("code", None, "not those of this version"),
        ("code", {}, "not those of this version"),
        ("schema_version", SCHEMA_VERSION + 1, f"schema version {SCHEMA_VERSION + 1} is newer than {SCHEMA_VERSION}"),
        ("schema_version", 10**4000, "schema version of many digits is newer"),
        ("schema_version", "2", "not a manifest of a result"),
        ("schema_version", True, "not a manifest of a result"),
        ("schema_version", 2.0, "not a manifest of a result"),
        ("schema_version", 0, "not a manifest of a result"),
        ("kind", "study", "no run but a study"),
        ("kind", "\u001b[31m\n", "no run but something else"),
        ("kind", None, "no run but something else"),
        ("files", [], "not a manifest of a result"),
        ("files", {}, "it does not list series.parquet, "),
        ("files", {"series.parquet": 5}, "not a manifest of a result"),
        ("files", {"series.parquet": {"bytes": 1}}, "not a manifest of a result"),
        ("files", {"../one/series.parquet": {"bytes": 1, "sha256": ""}}, "not a manifest of a result"),
        ("files", {"C:\\\\x": {"bytes": 1, "sha256": ""}}, "not a manifest of a result"),
        ("files", {"..": {"bytes": 1, "sha256": ""}}, "not a manifest of a result"),
        ("files", {"\0": {"bytes": 1, "sha256": ""}}, "not a manifest of a result"),
        ("files", {"gone.parquet": {"bytes": 1, "sha256": ""}}, "gone.parquet: missing, though the manifest lists it"),
    ],
)  # fmt: skip
def test_a_changed_manifest_is_refused_in_one_line(saved: Path, keys: str, value: Any, words: str) -> None:
    content = manifest_of(saved)
    put(*keys.split("."))(content, value)
    rewrite(saved, content)
    assert words in refused(saved)


@pytest.mark.parametrize(
    "content",
    [
        [], 5, None, "text", {}, {"manifest_version": 3, "name": "An extension", "version": "1.0"},
        {"name": "An app", "short_name": "App", "icons": [{"src": "/icon.png"}], "start_url": "/"},
        {"schema_version": 2}, {"schemaVersion": 2, "layers": []},
    ],
)  # fmt: skip
def test_a_manifest_of_something_else_is_told_apart(saved: Path, content: object) -> None:
    rewrite(saved, content)
    assert "manifest.json: not a manifest of a result" in refused(saved)


def test_a_manifest_that_is_no_json_is_told_apart(saved: Path) -> None:
    path = saved / "manifest.json"
    whole = path.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"[" * 100_000, b"\xff\xfe{", whole.decode().encode("utf-16")):
        path.write_bytes(content)
        assert "not a manifest of a result" in refused(saved)


def test_a_manifest_as_windows_writes_it_is_read(saved: Path, results: Results) -> None:
    path = saved / "manifest.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert Results.load(saved).parameters == results.parameters


def test_a_result_of_another_version_is_read_and_says_so(saved: Path, results: Results) -> None:
    """What its digest should be under the other version nobody can tell."""
    content = manifest_of(saved)
    content["code"]["source"], content["content_hash"] = "another", "unknown"
    rewrite(saved, content)
    there = Results.load(saved)
    assert (there.source, there.parameters) == ("another", results.parameters)


@pytest.mark.parametrize("name", TABLES)
def test_tables_that_changed_places_or_names_are_named(saved: Path, name: str) -> None:
    path, other = saved / f"{name}.parquet", saved / f"{TABLES[TABLES.index(name) - 1]}.parquet"
    first, second = path.read_bytes(), other.read_bytes()
    path.write_bytes(second)
    other.write_bytes(first)
    assert "changed" in refused(saved)
    path.write_bytes(first)
    other.rename(saved / "renamed.parquet")
    assert refused(saved).startswith(f"{other}: missing")


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("change", ["half", "words", "no keys"])
def test_tables_that_the_manifest_was_made_to_list_are_held_against_the_parameters(
    saved: Path, name: str, change: str
) -> None:
    path = saved / f"{name}.parquet"
    frame = pd.read_parquet(path)
    if change == "half":
        frame = frame[: len(frame) // 2]
    elif change == "words":
        frame[frame.columns[-1]] = "lots"
    else:
        frame = frame.iloc[:, :0]
    frame.to_parquet(path, index=False)
    write_manifest(saved, manifest_of(saved))
    message = refused(saved)
    assert message.startswith(f"{saved}: its tables do not have ")


def test_a_result_with_fewer_replicates_than_it_says_is_refused(saved: Path, results: Results) -> None:
    content = manifest_of(saved)
    for path in saved.glob("*.parquet"):
        frame = pd.read_parquet(path)
        frame[frame["replicate"] < 3].to_parquet(path, index=False)
    write_manifest(saved, content)
    assert refused(saved) == f"{saved}: its tables do not have as many replicates as its manifest says"


def test_other_files_beside_the_tables_are_left_alone(saved: Path, results: Results) -> None:
    (saved / "more.parquet").write_bytes(b"mine")
    pd.testing.assert_frame_equal(Results.load(saved).summary, results.summary)


def test_a_file_that_the_system_does_not_give_is_named(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def refuse(self: Path, *words: Any, **keys: Any) -> Any:
        if self.name == "series.parquet":
            raise PermissionError(13, "Permission denied", str(self))
        return opened(self, *words, **keys)

    monkeypatch.setattr(Path, "open", refuse)
    assert refused(saved) == f"{saved / 'series.parquet'}: cannot be read: Permission denied"


def test_a_folder_may_be_moved_renamed_and_copied(saved: Path, results: Results, tmp_path: Path) -> None:
    moved = saved.rename(tmp_path / "another name, with blanks")
    copied = shutil.copytree(moved, tmp_path / "deeper" / "copy")
    for folder in (moved, copied):
        pd.testing.assert_frame_equal(Results.load(folder).summary, results.summary)


def test_the_command_in_a_manifest_quotes_its_folder(results: Results, tmp_path: Path) -> None:
    folder = results.save(tmp_path / "two words")
    assert manifest_of(folder)["replay"] == f"python -m sim --replay '{folder}'"


def test_what_is_complete_in_a_folder_is_not_overwritten_whatever_it_is(results: Results, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "table.parquet").write_bytes(b"of a study")
    write_manifest(folder, {"kind": "study"})
    with pytest.raises(ResultError, match="holds a complete result of other content"):
        results.save(folder)
    assert manifest_of(folder)["kind"] == "study"


@pytest.mark.parametrize(("kind", "words"), [("study", "study"), ("comparison", "comparison"), ("tuned", "tuning")])
def test_a_folder_of_something_finished_is_refused_with_the_way_out(tmp_path: Path, kind: str, words: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    check_free(folder)
    check_free(tmp_path / "absent")
    (folder / "table.parquet").touch()
    with pytest.raises(ResultError, match=r"holds something already; choose another$"):
        check_free(folder)
    write_manifest(folder, {"kind": kind})
    with pytest.raises(ResultError) as caught:
        check_free(folder)
    assert str(caught.value) == (
        f"folder: {folder} holds a finished {words}: leave folder= out or choose another; "
        "what was run for it is kept, and not run again"
    )


def test_a_folder_that_cannot_be_looked_into_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(ResultError, match=r"cannot be read: Permission denied$"):
        check_free(tmp_path)


# Replays


@pytest.mark.usefixtures("fake_model")
def test_a_replay_of_a_changed_result_runs_nothing(command: Callable[..., Ending], saved: Path) -> None:
    content = manifest_of(saved)
    content["parameters"]["market"]["competition"] = 0.31
    rewrite(saved, content)
    ending = command("--replay", str(saved))
    assert (ending.code, ending.files) == (2, [])
    assert ending.err == (
        f"error: {saved / 'manifest.json'}: its parameters were changed after the run (their digest differs)\n"
    )


@pytest.mark.usefixtures("fake_model")
def test_a_replay_of_a_result_of_another_version_says_so(
    command: Callable[..., Ending], saved: Path, results: Results
) -> None:
    content = manifest_of(saved)
    content["code"]["source"] = "another"
    rewrite(saved, content)
    ending = command("--replay", str(saved))
    assert ending.code == 0
    assert ending.err == f"warning: {saved}: made with another version of the simulator, numbers may differ\n"
    [folder] = [Path(name).parent for name in ending.files if name.endswith("manifest.json")]
    pd.testing.assert_frame_equal(Results.load(folder).summary, fake_results(results.parameters).summary)


# Folders that vanish while something is written or run


def test_a_run_whose_folder_vanishes_meanwhile_is_written_whole_or_not_at_all(
    command: Callable[..., Ending], fake_model: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(parameters: Parameters, replicate: int) -> FakeReplicate:
        shutil.rmtree("outputs")
        return fake_replicate(parameters, replicate)

    monkeypatch.setattr("sim.simulation.run_one", vanish)
    ending = command("run.n_replicates=1", "time.horizon_years=1")
    assert (ending.code, ending.err) == (0, "")
    [folder] = [Path(name).parent for name in ending.files if name.endswith("manifest.json")]
    assert Results.load(folder).n_replicates == 1


@pytest.mark.parametrize("name", ["series.parquet", "summary.csv", "manifest.json"])
def test_a_folder_that_vanishes_while_it_is_written_leaves_nothing(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def vanish(path: Path) -> None:
        if path.name == name:
            shutil.rmtree(path.parent)
        flush(path)

    flush = storage._flush
    monkeypatch.setattr(storage, "_flush", vanish)
    with pytest.raises(ResultError, match=r"one: cannot be written: No such file or directory$"):
        results.save(tmp_path / "one")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_elsewhere_is_named_itself(results: Results, tmp_path: Path) -> None:
    def draw(_: Results, folder: Path) -> None:
        raise OSError(28, "No space left on device", "/elsewhere/cache of fonts")

    with pytest.raises(ResultError, match=r"^/elsewhere/cache of fonts: cannot be written: No space left on device$"):
        results.save(tmp_path / "one", draw=draw)
    assert list(tmp_path.iterdir()) == []
