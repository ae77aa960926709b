"""The command of comparisons: its files, its table from its own files, its mistakes, its help."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import sim
from analysis.compare.command import parse_command
from analysis.compare.request import Request
from sim.outcomes import OUTCOMES
from tests.compare_cases import SMALL
from tests.conftest import Ending

pytestmark = pytest.mark.usefixtures("noisy_model")


@pytest.fixture
def compare(workplace: Path, quiet_logging: None, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ending]:
    """Return a function that runs one command line in this process, in an empty folder."""
    from analysis.compare.__main__ import main

    def run(*arguments: str) -> Ending:
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return Ending(code, captured.out, captured.err, sorted(str(p) for p in workplace.rglob("*")))

    return run


def recompute(folder: Path, design: str, baseline: str) -> pd.DataFrame:
    """Redo a design's part of the table from results.csv with pandas and scipy alone."""
    rows = pd.read_csv(folder / "results.csv")
    wide = rows.set_index(["design", "replicate", "outcome"])["value"].unstack("outcome")  # noqa: PD010  no pivot needed
    ours, theirs = wide.loc[design], wide.loc[baseline]
    paired = ours - theirs
    n = len(paired)
    half = stats.t.ppf(0.975, n - 1) * paired.std() / np.sqrt(n)
    return pd.DataFrame(
        {
            "mean": ours.mean(),
            "difference": paired.mean(),
            "low": paired.mean() - half,
            "high": paired.mean() + half,
            "p_value": stats.ttest_rel(ours, theirs).pvalue,
            "variance_reduction": 1.0 - paired.var() / (ours.var() + theirs.var()),
        }
    )


def test_the_table_follows_from_the_results_beside_it(compare: Callable[..., Ending], workplace: Path) -> None:
    ending = compare("folder=out", "memo=false", "attribution=false", "twins=0", *SMALL)
    assert ending.code == 0, ending.err
    table = pd.read_csv(workplace / "out" / "table.csv").set_index(["design", "outcome"])
    parquet = pd.read_parquet(workplace / "out" / "results.parquet")
    pd.testing.assert_frame_equal(parquet, pd.read_csv(workplace / "out" / "results.csv"), check_dtype=False)
    for design in ("responsible_cxo", "accountable_cxo", "ceo_as_cxm"):
        theirs = table.loc[design]
        student = theirs.index[theirs["method"] == "student"]
        assert len(student) == len(OUTCOMES)
        redone = recompute(workplace / "out", design, "no_cxo").loc[student]
        for column in redone:
            np.testing.assert_allclose(theirs.loc[student, column], redone[column], rtol=1e-9, atol=1e-12)


def test_the_command_writes_its_files_and_says_what_it_found(compare: Callable[..., Ending], workplace: Path) -> None:
    ending = compare("folder=out", "memo=false", "attribution=false", "twins=0", *SMALL)
    assert ending.code == 0, ending.err
    assert {"results.csv", "results.parquet", "accounts.parquet", "table.csv", "manifest.json"} <= {
        path.name for path in (workplace / "out").iterdir()
    }
    for words in ("Yearly retention", "95 % interval", "verdict", "Holm", "Files: out", "Next:"):
        assert words in ending.out
    manifest = json.loads((workplace / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["kind"] == "comparison"
    assert set(manifest["content_hashes"]) == set(Request().scenarios)
    again = compare("folder=out", *SMALL)
    assert again.code == 2
    assert again.err == (
        "error: folder: out holds a finished comparison: leave folder= out or choose another; "
        "what was run for it is kept, and not run again\n"
    )


def test_the_next_command_asks_for_more_certainty_and_keeps_the_rest(compare: Callable[..., Ending]) -> None:
    ending = compare("folder=out", "memo=false", "attribution=false", "twins=0", "market.competition=0.3", *SMALL)
    words = next(line for line in ending.out.splitlines() if line.startswith("Next:")).split()
    assert words[1:4] == ["python", "-m", "analysis.compare"]
    following = parse_command(words[4:])
    assert following.request.max_replicates == 16  # the cap was reached
    assert following.parameters["no_cxo"].market.competition == 0.3
    assert not any(word.startswith("folder=") for word in words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("scenario=no_cxo",), "scenario: give the designs as scenarios=[a,b]"),
        (("run.n_replicates=3",), "run.n_replicates: decided by precision"),
        (("precison=0.1",), "did you mean precision?"),
        (("market.compettion=0.1",), "did you mean market.competition?"),
        (("market.competition=99",), "market.competition: 99 is outside 0 to 3"),
        (("scenarios=[no_cxo,accountable]",), "did you mean accountable_cxo?"),
        (("industry=telecom,retail_bank",), "industry: telecom,retail_bank is several values"),
        (("-m",), "--multirun: not an option of a comparison; name the designs as scenarios=[a,b]"),
        (("-m", "industry=telecom,ecommerce"), "once for each value"),
        (("industry=telecom,ecommerce",), "once for each value"),
        (("--cfg", "hydra"), "--cfg job shows"),
        (("--cfg", "all"), "--cfg job shows"),
        (("--resolve", "--cfg", "job"), "--cfg job shows plain values"),
        (("--config-name", "x"), "--config-dir DIR"),
        (("--hydra-help",), "--hydra-help: not an option of a comparison; see --help"),
        (("--replay", "x"), "see --help"),
        (("--nonsense",), "see --help"),
        (("--config-dir", "nowhere"), "--config-dir: no folder 'nowhere'"),
        (("hydra.run.dir=x",), "hydra.run.dir: not used by a comparison"),
        (("folder=3",), "folder: 3 is not a folder"),
        (("precision",), "not an override"),
    ],
)
def test_mistakes_are_told_in_one_line(compare: Callable[..., Ending], arguments: tuple[str, ...], words: str) -> None:
    ending = compare(*arguments)
    assert ending.code == 2
    assert words in ending.err
    assert ending.err.count("\n") == 1
    assert ending.files == []


@pytest.mark.parametrize("given", ["[no_cxo,accountable_cxo]", "no_cxo,accountable_cxo", "glob([no_cxo,acc*])"])
def test_scenarios_can_be_listed_or_matched(given: str) -> None:
    command = parse_command([f"scenarios={given}"])
    assert sorted(command.request.scenarios) == ["accountable_cxo", "no_cxo"]
    assert list(command.parameters) == list(command.request.scenarios)


def test_scenarios_of_the_user_are_compared(compare: Callable[..., Ending], workplace: Path) -> None:
    folder = workplace / "own" / "scenarios"
    folder.mkdir(parents=True)
    text = "scenario: {title: A committee}\ngovernance: {attribution: 0.4, decision_rights: 0.3}\n"
    (folder / "committee.yaml").write_text(text, encoding="utf-8")
    assert "A committee" in compare("--config-dir", "own", "--help").out
    asked = ("scenarios=[no_cxo,committee]", "memo=false", "attribution=false", "twins=0", "folder=out", *SMALL)
    (folder / "committee.md").write_text("What would change our mind: a quorum.", encoding="utf-8")
    assert parse_command(["--config-dir", "own", asked[0]]).notes() == {
        "committee": "What would change our mind: a quorum."
    }
    (folder / "committee.md").write_bytes("What would\nchange our mind: caf\u00e9".encode("cp1252"))
    ending = compare("--config-dir", "own", *asked)
    assert ending.code == 2
    assert ending.err == f"error: {folder / 'committee.md'}: line 2: byte 0xE9 is not UTF-8\n"
    (folder / "committee.md").write_text("What would change our mind: a quorum.", encoding="utf-8-sig")
    ending = compare("--config-dir", "own", *asked)
    assert ending.code == 0, ending.err
    assert set(pd.read_csv(workplace / "out" / "table.csv")["design"]) == {"no_cxo", "committee"}


def test_help_lists_every_key_and_leaves_nothing(compare: Callable[..., Ending]) -> None:
    ending = compare("--help")
    assert ending.code == 0
    assert all(f"  {name} = " in ending.out for name in Request.model_fields)
    assert ending.files == []


def test_the_configuration_can_be_shown(compare: Callable[..., Ending]) -> None:
    ending = compare("--cfg", "job", "precision=0.05", "market.competition=0.3")
    assert ending.code == 0
    assert "precision: 0.05" in ending.out
    assert "competition: 0.3" in ending.out
    assert ending.files == []


def test_an_interrupt_says_how_to_go_on(compare: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.simulation.run_one", stop)
    ending = compare(*SMALL)
    assert ending.code == 130
    assert ending.err == "interrupted: finished runs are kept; the same command goes on from there\n"


@pytest.mark.slow
def test_a_small_comparison_of_the_model(workplace: Path) -> None:
    root = str(Path(sim.__file__).parents[1])
    arguments = [
        "scenarios=[no_cxo,accountable_cxo]", "population.n_customers=300", "time.burn_in_years=1",
        "time.horizon_years=1", "min_replicates=3", "max_replicates=3", "memo=false", "attribution=false", "twins=0",
    ]  # fmt: skip
    run = partial(
        subprocess.run, [sys.executable, "-m", "analysis.compare", *arguments], capture_output=True, text=True,
        cwd=workplace, env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    first, second = run(), run()
    assert first.returncode == second.returncode == 0, first.stderr
    one, two = (sorted((workplace / "outputs").glob(f"2*/*/{name}")) for name in ("table.csv", "results.csv"))
    assert len(one) == len(two) == 2
    for pair in (one, two):
        assert pair[0].read_bytes() == pair[1].read_bytes()


@pytest.mark.slow
def test_a_whole_comparison_of_the_model_writes_its_memo(workplace: Path) -> None:
    root = str(Path(sim.__file__).parents[1])
    arguments = [
        "scenarios=[no_cxo,accountable_cxo]", "population.n_customers=300", "time.burn_in_years=1",
        "time.horizon_years=1", "min_replicates=3", "max_replicates=3", "attribution_customers=100",
        "attribution_replicates=2", "twins=1", "folder=out",
    ]  # fmt: skip
    words = [sys.executable, "-m", "analysis.compare", *arguments]
    done = subprocess.run(words, capture_output=True, text=True, cwd=workplace, env={**os.environ, "PYTHONPATH": root})
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (workplace / "out").iterdir()}
    assert {"memo.html", "attribution.png", "bridge.svg", "results.csv", "table.csv", "manifest.json"} <= names
    manifest = json.loads((workplace / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == names - {"manifest.json"}
