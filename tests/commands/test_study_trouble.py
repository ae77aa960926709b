"""Studies in trouble: damaged and vanished stores, notes of failures that were changed or are of something else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sim
from analysis.study.__main__ import main
from analysis.study.running import Plan
from analysis.study.table import gather, read_study
from tests.conftest import Ending
from tests.fakes import FakeReplicate, fake_replicate
from tests.study_cases import SMALL


def parts() -> list[Path]:
    return sorted(Path("outputs").rglob("*.parquet"))


def test_a_damaged_part_is_named_set_aside_and_done_again(study: Callable[..., Ending]) -> None:
    assert study(*SMALL, "folder=a", "engine.runs_per_task=8").code == 0
    chosen = parts()[0]
    chosen.write_bytes(chosen.read_bytes()[:-9])
    ended = study(*SMALL, "folder=b", "engine.runs_per_task=8")
    assert ended.code == 0
    assert ended.err == f"warning: {chosen}: damaged, set aside as {chosen.name}.damaged: its runs are done again\n"
    assert " 0 to do" not in ended.out
    assert chosen.with_name(f"{chosen.name}.damaged").is_file()
    pd.testing.assert_frame_equal(read_study("a"), read_study("b"))


def test_runs_that_vanish_after_they_were_done_are_told_and_done_again(
    study: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gather_nothing(plan: Plan) -> pd.DataFrame:
        shutil.rmtree("outputs/.studies")
        return gather(plan)

    with monkeypatch.context() as patch:
        patch.setattr("analysis.study.table.gather", gather_nothing)
        ended = study(*SMALL, "folder=a")
    assert (ended.code, ended.err) == (
        2,
        "error: store: outputs/.studies: 36 runs that were kept are gone or damaged; "
        "the same command does them again\n",
    )
    assert not Path("a").exists()
    assert study(*SMALL, "folder=a").code == 0
    assert len(read_study("a")) == 36


def test_a_store_that_vanishes_under_a_study_ends_it_in_one_line(
    study: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(parameters: sim.Parameters, replicate: int) -> FakeReplicate:
        shutil.rmtree("outputs", ignore_errors=True)
        return fake_replicate(parameters, replicate)

    with monkeypatch.context() as patch:
        patch.setattr("sim.simulation.run_one", vanish)
        ended = study(*SMALL, "folder=a")
    assert (ended.code, ended.err) == (
        2,
        "error: store: outputs/.studies: cannot be written: No such file or directory\n",
    )
    assert ended.files == []
    assert study(*SMALL, "folder=a").code == 0


def test_the_folder_of_a_finished_study_is_refused_with_the_way_out(study: Callable[..., Ending]) -> None:
    assert study(*SMALL, "folder=a").code == 0
    ended = study(*SMALL, "folder=a")
    assert (ended.code, ended.err) == (
        2,
        "error: folder: a holds a finished study: leave folder= out or choose another; "
        "what was run for it is kept, and not run again\n",
    )
    assert "36 there already, 0 to do" in study(*SMALL).out


# Notes of failures


@pytest.fixture
def note(study: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the note of a run that failed."""

    def fail(parameters: sim.Parameters, replicate: int) -> FakeReplicate:
        raise ArithmeticError("no customers left")

    with monkeypatch.context() as patch:
        patch.setattr("sim.simulation.run_one", fail)
        assert study(*SMALL, "folder=failed").code == 1
    return sorted(Path("outputs").rglob("failures/*.json"))[0]


def change(path: Path, keys: str, value: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    inner = content
    *groups, last = keys.split(".")
    for group in groups:
        inner = inner[group]
    inner[last] = value
    path.write_text(json.dumps(content), encoding="utf-8")


def replayed(note: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["--replay", str(note)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_note_is_replayed_without_a_word_and_a_moved_one_too(
    note: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (note, shutil.copy(note, tmp_path / "another name.json")):
        code, out, err = replayed(Path(path), capsys)
        assert (code, err) == (0, "")
        assert out.startswith("two_factors: point ")


@pytest.mark.parametrize(
    ("keys", "value"),
    [("parameters.market.competition", 0.31), ("parameters.run.seed", 5), ("address", "of another version")],
)
def test_a_note_that_was_changed_or_is_of_another_version_says_so(
    note: Path, keys: str, value: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    change(note, keys, value)
    code, _, err = replayed(note, capsys)
    assert (code, err) == (
        0,
        f"warning: {note}: made with another version of the simulator, or changed since; what follows may differ\n",
    )


@pytest.mark.parametrize(
    ("keys", "value", "words"),
    [
        ("parameters.market.competition", 99, "market.competition: 99 is outside 0 to 3 (ratio)"),
        ("parameters.market.competition", 10**400, "market.competition: "),
        ("parameters.market.competition", "lots", "market.competition: 'lots' is not a number"),
        ("parameters.more", 1, "more: no such key"),
        ("parameters.market", None, "market: "),
        ("parameters", [], "is no note of a failure"),
        ("parameters.run", [], "run: "),
        ("point", "7; rm", "is no note of a failure"),
        ("study", None, "is no note of a failure"),
        ("seed", 1.5, "is no note of a failure"),
    ],
)
def test_a_note_that_cannot_be_used_is_one_line(
    note: Path, keys: str, value: Any, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(note, keys, value)
    code, _, err = replayed(note, capsys)
    *warnings, error = err.splitlines()
    assert code == 2
    assert error.startswith("error: ")
    assert words in error
    assert len(warnings) <= 1


def test_what_a_note_says_of_itself_cannot_steer_the_terminal(note: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(note, "study", "\x1b[2J\nmine")
    assert replayed(note, capsys)[1].splitlines()[0].startswith("?[2J?mine: point ")


@pytest.mark.parametrize("content", ["", "{", "[]", "7", "[" * 100_000, '{"name": "an app", "version": "1.0"}'])
def test_files_that_are_no_notes_are_one_line(
    workplace: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path("package.json")
    path.write_text(content, encoding="utf-8")
    assert replayed(path, capsys) == (2, "", "error: --replay: package.json is no note of a failure\n")
    path.write_bytes(b"\xff\xfe")
    assert replayed(path, capsys) == (
        2, "", "error: --replay: package.json cannot be read (UnicodeDecodeError)\n",
    )  # fmt: skip


def test_failures_name_where_their_notes_are_now(study: Callable[..., Ending], note: Path) -> None:
    shutil.move("outputs/.studies", "moved here")
    assert study(*SMALL, "store=moved here", "folder=again", "action=gather").code == 1
    failed = pd.read_csv("again/failures.csv")
    assert set(failed["replay"].str.contains("--replay 'moved here/")) == {True}
