"""Pruning a store: only what other source left long ago goes, and only when asked."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from analysis.compare.replication import interleave
from analysis.store import __main__ as prune
from analysis.store.parts import MEASURED, StudyStore
from analysis.store.prune import Kept, list_replicates, list_studies
from analysis.store.replicates import Store
from sim.parameters import Parameters

pytestmark = pytest.mark.usefixtures("fake_model")


@pytest.fixture
def store(designs: Mapping[str, Parameters], tmp_path: Path) -> Path:
    """Return a store of two designs with three replicates each, untouched for 40 days."""
    Store(tmp_path).fill(list(interleave(designs, 3)))
    age(tmp_path, 40.0)
    return tmp_path


def age(folder: Path, days: float) -> None:
    then = time.time() - days * 86_400.0
    for path in files(folder):
        os.utime(path, (then, then))


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def prune_store(store: Path, *more: str) -> int:
    return prune.main(["--store", str(store), *more])


def test_replicates_of_this_source_stay_however_old(store: Path, designs: Mapping[str, Parameters]) -> None:
    assert prune_store(store, "--delete") == 0
    assert Store(store).fill(list(interleave(designs, 3))) == 0


def test_nothing_is_deleted_unless_asked(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("analysis.store.prune.code_digest", lambda: "other source")
    assert prune_store(store) == 0
    said = capsys.readouterr().out
    assert "older than 30 days: 6 replicates" in said
    assert "nothing was deleted" in said
    assert len(files(store)) == 6
    assert prune_store(store, "--delete") == 0
    assert list(store.iterdir()) == []


def test_what_was_written_lately_stays_with_all_of_its_address(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.store.prune.code_digest", lambda: "other source")
    young = files(store)[0]
    os.utime(young)
    assert prune_store(store, "--delete") == 0
    assert [path.parent for path in files(store)] == [young.parent] * 3
    age(store, 20.0)
    assert prune_store(store, "--delete") == 0
    assert len(files(store)) == 3
    assert prune_store(store, "--delete", "--days", "10") == 0
    assert files(store) == []


def test_files_that_are_no_replicates_stay(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.store.prune.code_digest", lambda: "other source")
    one, other = sorted({path.parent for path in files(store)})
    (one / "notes.txt").write_text("mine", encoding="utf-8")
    for path in other.iterdir():
        path.write_bytes(b"damaged")
    age(store, 40.0)
    mine = store / "ab" / "mine.npz"
    mine.parent.mkdir(exist_ok=True)
    mine.write_bytes(b"mine")
    assert prune_store(store, "--delete") == 0
    assert set(files(store)) == {one / "notes.txt", *other.iterdir(), mine}


def test_a_store_that_is_not_there_is_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prune_store(tmp_path / "nowhere") == 0
    assert capsys.readouterr().out.count("0 replicates") == 2
    assert prune_store(tmp_path, "--days", "0.5") == 2
    assert capsys.readouterr().err == "error: --days: 0.5 is below 1\n"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a store of studies with a part, a failure, a claim and a manifest, untouched for 40 days."""
    store = StudyStore(tmp_path)
    store.prepare({"study": "mine"})
    store.keep("0a" * 16, [{"address": "a", "scenario": "no_cxo", "seed": 1, **dict.fromkeys(MEASURED, 1.0)}])
    store.note_failure("ab" * 32, {"status": "failed"})
    (store.claims / f"{'0b' * 16}.lock").touch()
    age(tmp_path, 40.0)
    return tmp_path


def prune_runs(runs: Path, *more: str) -> int:
    return prune.main(["--studies", str(runs), *more])


def test_runs_of_studies_of_this_source_stay_however_old(runs: Path) -> None:
    before = files(runs)
    assert prune_runs(runs, "--delete") == 0
    assert files(runs) == before
    assert StudyStore(runs).known() == {"a"}


def test_runs_of_studies_of_other_source_go_when_asked(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("analysis.store.prune.code_digest", lambda: "0123456789abcdef")
    assert prune_runs(runs) == 0
    said = capsys.readouterr().out
    assert "older than 30 days: 4 files of studies" in said
    assert "replicates" not in said
    assert len(files(runs)) == 4
    os.utime(files(runs)[0])  # one young file keeps all
    assert prune_runs(runs, "--delete") == 0
    assert len(files(runs)) == 4
    age(runs, 40.0)
    assert prune_runs(runs, "--delete") == 0
    assert list(runs.iterdir()) == []


def test_what_is_not_of_a_store_of_studies_stays(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.store.prune.code_digest", lambda: "0123456789abcdef")
    root = next(runs.iterdir())
    mine = [root / "parts" / "mine.parquet", root / "notes.txt", runs / "other" / "manifest.json"]
    foreign = runs / "fedcba9876543210-1" / "parts" / f"{'0a' * 16}.parquet"  # without a manifest of a store
    for path in [*mine, foreign]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", encoding="utf-8")
    age(runs, 40.0)
    assert prune_runs(runs, "--delete") == 0
    assert set(files(runs)) == {*mine, foreign}


def test_both_stores_are_looked_at_unless_one_is_named(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prune.main([]) == 0
    assert capsys.readouterr().out == (
        "outputs/.runs: 0 replicates, 0.0 MB; of other source and older than 30 days: 0 replicates, 0.0 MB\n"
        "outputs/.studies: 0 files of studies, 0.0 MB; "
        "of other source and older than 30 days: 0 files of studies, 0.0 MB\n"
    )


LEFT_BY_A_COMPARISON = (".000001.npz.77-0123abcd", ".000001.npz.77-0123abcd.tmp", "000001.npz.damaged",
                        "000001-outcomes.npz.damaged-2")  # fmt: skip
LEFT_BY_A_STUDY = (f"parts/.{'0c' * 16}.parquet.77-0123abcd.tmp", f"parts/{'0c' * 16}.parquet.damaged",
                   f"failures/{'0c' * 32}.json.damaged-3", "manifest.json.damaged")  # fmt: skip


def test_old_leftovers_of_comparisons_go_and_what_only_looks_like_them_stays(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, place = files(store), files(store)[0].parent
    mine = [place / name for name in ("notes.damaged", ".mine.npz.77-0123abcd.tmp", "000001.npz.damage", "000001.npz~")]
    left = [place / name for name in LEFT_BY_A_COMPARISON]
    for path in [*mine, *left]:
        path.write_bytes(b"x" * 300_000)
    age(store, 40.0)
    os.utime(left[0])
    assert prune_store(store, "--delete") == 0
    assert "; damaged or half-written: 4 files, older: 3 files, 0.9 MB\n" in capsys.readouterr().out
    assert files(store) == sorted([*kept, *mine, left[0]])


def test_old_leftovers_of_studies_of_this_source_go(runs: Path) -> None:
    kept, root = files(runs), next(runs.iterdir())
    for name in LEFT_BY_A_STUDY:
        (root / name).write_bytes(b"x")
    assert prune_runs(runs, "--delete") == 0
    assert len(files(runs)) == 8
    age(runs, 40.0)
    assert prune_runs(runs, "--delete") == 0
    assert files(runs) == kept
    assert (root / "parts").is_dir()


def test_a_version_whose_manifest_is_damaged_is_named_and_left_alone(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("analysis.store.prune.code_digest", lambda: "0123456789abcdef")
    root = next(runs.iterdir())
    (root / "manifest.json").write_text('{"kind": "store of st', encoding="utf-8")
    age(runs, 40.0)
    before = files(runs)
    assert prune_runs(runs, "--delete") == 0
    assert files(runs) == before
    assert capsys.readouterr().err == f"warning: {root}: left alone, because its manifest.json is damaged\n"


# Stores in use: something happens between the look and the deletion.


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Return a function that lets something happen after a store was looked at, before anything is deleted."""
    delete = prune.delete

    def arrange(happens: Callable[[], object]) -> None:
        def first(old: Sequence[Kept]) -> list[Kept]:
            happens()
            return delete(old)

        monkeypatch.setattr(prune, "delete", first)

    monkeypatch.setattr("analysis.store.prune.code_digest", lambda: "0123456789abcdef")
    return arrange


def test_a_study_that_begins_while_its_store_is_pruned_keeps_it(
    runs: Path, meanwhile: Callable[[Callable[[], object]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(runs)
    meanwhile(lambda: StudyStore(runs).prepare({"study": "mine"}))
    assert prune_runs(runs, "--delete") == 0
    assert files(runs) == [path for path in before if path.suffix != ".lock"]  # nobody holds that claim
    assert "deleted but for 4 files, 0.0 MB, which came into use meanwhile" in capsys.readouterr().out


def test_a_study_under_way_whose_files_are_all_old_keeps_them(
    runs: Path, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    before = files(runs)
    with StudyStore(runs).claim("0b" * 16, patient=False):
        age(runs, 40.0)
        assert prune_runs(runs, "--delete") == 0
        assert files(runs) == before
    age(runs, 40.0)
    assert prune_runs(runs, "--delete") == 0
    assert files(runs) == []


def test_a_comparison_that_keeps_a_replicate_while_its_store_is_pruned_keeps_its_address(
    store: Path, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    chosen = files(store)[0].parent
    meanwhile(lambda: (chosen / "000003.npz").write_bytes(b"new") and os.utime(chosen / "000000.npz"))
    assert prune_store(store, "--delete") == 0
    assert {path.parent for path in files(store)} == {chosen}
    assert len(files(store)) == 4


def test_files_that_go_while_a_store_is_looked_at_are_passed_over(
    store: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A study removes its claims and temporary files at any time."""
    gone = {"000001.npz", f"{'0b' * 16}.lock"}
    stat = Path.stat

    def vanish(self: Path, **keys: bool) -> os.stat_result:
        if self.name in gone:
            raise FileNotFoundError(2, "No such file or directory", str(self))
        return stat(self, **keys)

    monkeypatch.setattr(Path, "stat", vanish)
    assert [len(one.files) for one in list_replicates(store)] == [2, 2]
    assert [len(one.files) for one in list_studies(runs)] == [3]
