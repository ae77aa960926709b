"""Files of stores: whole or absent, set aside where damaged, whoever else looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from analysis.compare.replication import interleave
from analysis.store.files import read_json, read_whole, set_aside, write_json, write_whole
from analysis.store.parts import StudyStore
from analysis.store.replicates import Store
from sim.parameters import Parameters
from tests.study_cases import rows


def parse(content: bytes) -> str:
    if not content.startswith(b"good"):
        raise ValueError("damaged")
    return content.decode()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_damaged_file_is_named_once_and_set_aside_under_a_name_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "part"
    for number, ending in enumerate(("damaged", "damaged-2", "damaged-3")):
        path.write_bytes(b"bad %d" % number)
        assert read_whole(path, parse, "its runs are done again") is None
        assert capsys.readouterr().err == (
            f"warning: {path}: damaged, set aside as part.{ending}: its runs are done again\n"
        )
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == {
        "part.damaged": b"bad 0", "part.damaged-2": b"bad 1", "part.damaged-3": b"bad 2",
    }  # fmt: skip


def test_whoever_sees_the_damage_late_leaves_the_new_file_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "part"
    path.write_bytes(b"bad")
    seen = path.stat()
    set_aside(path, seen, "")
    set_aside(path, seen, "")  # nothing is there
    write_whole(path, lambda stream: stream.write(b"good"), durable=False)
    capsys.readouterr()
    set_aside(path, seen, "")
    assert capsys.readouterr().err == ""
    assert path.read_bytes() == b"good"
    assert names(tmp_path) == ["part", "part.damaged"]


def test_many_that_see_the_damage_at_once_set_one_file_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each repairs what it found missing, as processes do that share a store; no repair is lost."""
    path = tmp_path / "part"

    def use(_: int) -> None:
        if read_whole(path, parse, "") is None:
            write_whole(path, lambda stream: stream.write(b"good"), durable=False)

    for _ in range(20):
        path.write_bytes(b"bad")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(use, range(8)))
        assert path.read_bytes() == b"good"
    assert len(names(tmp_path)) == 21
    assert capsys.readouterr().err.count("\n") == 20


def test_what_is_not_there_or_not_given_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "part"
    assert read_whole(path, parse, "") is None
    path.write_bytes(b"good")
    assert read_whole(path / "below", parse, "") is None
    assert capsys.readouterr().err == ""

    def refuse(self: Path, mode: str) -> None:
        raise OSError(5, "Input/output error", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    assert read_whole(path, parse, "the replicate is run again") is None
    assert capsys.readouterr().err == (
        f"warning: {path}: cannot be read (Input/output error): the replicate is run again\n"
    )
    assert names(tmp_path) == ["part"]


def test_a_damaged_file_on_a_disk_that_cannot_be_written_is_named_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "part"
    path.write_bytes(b"bad")

    def refuse(self: Path, target: Path) -> None:
        raise OSError(30, "Read-only file system", str(self))

    monkeypatch.setattr(Path, "rename", refuse)
    assert read_whole(path, parse, "its runs are done again") is None
    assert capsys.readouterr().err == (
        f"warning: {path}: damaged, and cannot be set aside (Read-only file system): its runs are done again\n"
    )
    assert names(tmp_path) == ["part"]


@pytest.mark.parametrize("content", ["{", "[]", "7", "", '"text"', "[" * 100_000, "\xff"])
def test_json_that_is_no_object_is_damaged(tmp_path: Path, content: str) -> None:
    path = tmp_path / "note.json"
    path.write_bytes(content.encode("latin-1"))
    assert read_json(path, "") == {}
    assert names(tmp_path) == ["note.json.damaged"]
    write_json(path, {"a": 1})
    assert read_json(path, "") == {"a": 1}


def test_what_is_interrupted_while_it_is_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "part"
    write_whole(path, lambda stream: stream.write(b"old"), durable=True)

    def stop(stream: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, stop, durable=True)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["part"]


# Both stores, with a byte of every part of a file changed


@pytest.mark.usefixtures("noisy_model")
def test_a_replicate_with_any_byte_changed_is_run_again_or_reads_the_same(
    designs: Mapping[str, Parameters], tmp_path: Path
) -> None:
    task = next(iter(interleave(designs, 1)))
    Store(tmp_path, outcomes_only=True).fill([task])
    [path] = tmp_path.rglob("*.npz")
    whole = path.read_bytes()
    expected = Store(tmp_path, outcomes_only=True)._read(*task).tables.summary
    for place in np.random.default_rng(1).integers(len(whole), size=150):
        changed = bytearray(whole)
        changed[place] ^= 0x41
        path.write_bytes(changed)
        found = Store(tmp_path, outcomes_only=True)._read(*task)
        if found is None:
            assert not path.exists()
        else:  # names and times in the headers of the archive
            assert found.tables.summary == expected
    assert len(list(tmp_path.rglob("*.damaged*"))) > 100


def test_a_part_with_any_byte_changed_is_done_again_or_reads_the_same(tmp_path: Path) -> None:
    store = StudyStore(tmp_path)
    store.prepare({})
    content = [{**row, "npv": float(number)} for number, row in enumerate(rows(30))]
    store.keep("part", content)
    wanted = [row["address"] for row in content]
    path = store.part_path("part")
    whole, expected = path.read_bytes(), store.read(wanted)
    for place in np.random.default_rng(1).integers(len(whole), size=150):
        changed = bytearray(whole)
        changed[place] ^= 0x41
        path.write_bytes(changed)
        known = store.known()
        assert known == (set(wanted) if path.exists() else set())
        if known:  # what no reader of these columns needs
            assert store.read(wanted).equals(expected)
    assert len(list(tmp_path.rglob("*.damaged*"))) > 75


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PK\x03\x04", b"half of something", bytes(100)])
def test_files_that_are_something_else_are_set_aside(
    designs: Mapping[str, Parameters], tmp_path: Path, content: bytes
) -> None:
    task = next(iter(interleave(designs, 1)))
    store, replicates = StudyStore(tmp_path), Store(tmp_path)
    store.prepare({})
    for path in (store.part_path("part"), replicates.path_of(*task), store.failure_path("ab" * 32)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert store.known() == set()
    assert store.failed(["ab" * 32]) == {}
    assert not replicates.holds(*task)
    assert len(list(tmp_path.rglob("*.damaged"))) == 3


def test_a_damaged_manifest_of_a_store_is_set_aside_and_written_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = StudyStore(tmp_path)
    store.prepare({"study": "one"})
    [path] = tmp_path.rglob("manifest.json")
    for content in ('{"kind": "store of studies", "studies": 5}', '{"kind": "something else"}', "{"):
        path.write_text(content, encoding="utf-8")
        store.prepare({"study": "two"})
        assert f"{path}: damaged, set aside" in capsys.readouterr().err
        studies = read_json(path, "")["studies"]
        assert list(studies.values()) == [{"study": "two"}]
    assert len(list(tmp_path.rglob("manifest.json.damaged*"))) == 3
