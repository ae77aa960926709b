"""What a study keeps: parts that are whole or absent, claimed, read as one table; jobs whose process is killed."""

from __future__ import annotations

import os
import re
import time
from functools import partial
from pathlib import Path

import pytest
from pyarrow import dataset

from analysis.store import parts
from analysis.store.parts import StudyStore
from analysis.study.engines.local import LocalEngine
from sim.errors import ResultError
from tests.study_cases import rows
from tests.study_jobs import die_always, die_once

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_a_damaged_part_counts_as_missing(tmp_path: Path) -> None:
    store = StudyStore(tmp_path)
    store.prepare({"study": "mine"})
    store.keep("whole", rows(3))
    store.keep("cut", rows(2, 3))
    path = store.part_path("cut")
    path.write_bytes(path.read_bytes()[:-9])
    assert store.known() == {row["address"] for row in rows(3)}
    assert not store.holds("cut")
    assert list(store.read({rows(1)[0]["address"], rows(1, 3)[0]["address"]}).index) == [rows(1)[0]["address"]]


def test_a_part_is_claimed_by_one_process_at_a_time(tmp_path: Path) -> None:
    store = StudyStore(tmp_path)
    store.prepare({})
    with store.claim("part", patient=False) as ours:
        assert ours
        with StudyStore(tmp_path).claim("part", patient=False) as theirs:
            assert not theirs
    with store.claim("part", patient=True) as ours:
        assert ours


def test_what_killed_processes_left_goes_with_the_next_study(tmp_path: Path) -> None:
    store = StudyStore(tmp_path)
    store.prepare({})
    left = [store.parts / ".a.parquet.1-ab.tmp", store.failures / ".a.json.1-ab.tmp", store.claims / "free.lock"]
    young = store.parts / ".b.parquet.1-ab.tmp"
    for path in [*left, young]:
        path.touch()
    with store.claim("held", patient=False):
        for path in [*left, store.claims / "held.lock"]:
            os.utime(path, (time.time() - 4_000.0,) * 2)
        store.prepare({})
        assert [path.exists() for path in [*left, young]] == [False, False, False, True]
        assert (store.claims / "held.lock").exists()
    assert not (store.claims / "held.lock").exists()


def test_a_claim_ends_with_an_error(tmp_path: Path) -> None:
    store = StudyStore(tmp_path)
    store.prepare({})
    with pytest.raises(KeyboardInterrupt), store.claim("part", patient=False):
        raise KeyboardInterrupt
    assert list(store.claims.iterdir()) == []


def test_a_store_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ResultError, match=r"^store: .*file: cannot be written: Not a directory$"):
        StudyStore(tmp_path / "file").prepare({})


def test_any_reader_of_parquet_takes_the_parts_for_one_table(tmp_path: Path) -> None:
    store = StudyStore(tmp_path)
    store.prepare({})
    for part in range(3):
        store.keep(str(part), rows(4, 4 * part))
    table = dataset.dataset(str(store.parts)).to_table(columns=["scenario", "npv_with_equity"]).to_pandas()
    found = table.groupby("scenario", observed=True)["npv_with_equity"].agg(["size", "mean"])
    assert found.loc["no_cxo"].tolist() == [12, 1.5]


@pytest.mark.skipif(not ARCHITECTURE.exists(), reason="looks at the files of a checkout")
def test_the_line_of_the_documentation_reads_a_store_with_duckdb(workplace: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed; the parts are read without it above")
    store = StudyStore()
    store.prepare({})
    for part in range(3):
        store.keep(str(part), rows(4, 4 * part))
    query = re.search(r"SELECT [^`]*FROM 'outputs[^`\"]*", ARCHITECTURE.read_text(encoding="utf-8"))
    assert query is not None
    assert duckdb.sql(query[0]).fetchall() == [("no_cxo", 12, 1.5)]


def test_reading_opens_every_part_once_however_many_runs_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = StudyStore(tmp_path)
    store.prepare({})
    for part in range(3):
        store.keep(str(part), rows(100, 100 * part))
    opened: list[str] = []
    read = parts._read_part

    def read_and_note(path: Path) -> object:
        opened.append(path.name)
        return read(path)

    monkeypatch.setattr(parts, "_read_part", read_and_note)
    assert len(store.read({row["address"] for row in rows(300)})) == 300
    assert opened == ["0.parquet", "1.parquet", "2.parquet"]


@pytest.mark.slow
def test_a_hundred_thousand_runs_are_read_in_seconds(tmp_path: Path) -> None:
    store = StudyStore(tmp_path)
    store.prepare({})
    for part in range(20):
        store.keep(str(part), rows(100, 100 * part))
    begun = time.process_time()
    assert len(store.read({row["address"] for row in rows(2_000)})) == 2_000
    assert 50 * (time.process_time() - begun) < 60.0  # a fiftieth of the parts; an idle machine takes a tenth


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    answers = dict(LocalEngine(2).run(partial(die_once, str(tmp_path)), range(8)))
    assert answers == {number: number * number for number in range(8)}


def test_a_job_that_kills_its_process_each_time_takes_no_other_along() -> None:
    answers = dict(LocalEngine(2).run(die_always, range(8)))
    assert answers == {number: None if number == 3 else number * number for number in range(8)}


@pytest.mark.slow
def test_job_arrays_give_what_processes_give(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    from analysis.study.engines.slurm import SlurmEngine

    engine = SlurmEngine(2, 5, "", "local", tmp_path / "jobs")
    answers = dict(engine.run(partial(die_once, str(tmp_path)), range(4)))
    assert answers == {number: number * number for number in range(4)}
