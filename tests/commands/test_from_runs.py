"""Comparisons of what a sweep left: the numbers of a comparison made directly, and what is left out is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from omegaconf import OmegaConf

import sim
from analysis.compare.command import parse_command, parse_commands
from analysis.compare.sweep_points import flat
from analysis.store.packing import one_replicate
from analysis.store.replicates import Store
from sim.results import Results
from tests.compare_cases import SHORT, noisy_replicate
from tests.conftest import Ending

pytestmark = pytest.mark.usefixtures("noisy_model")

Command = Callable[..., Ending]
PLAIN = ("memo=false", "attribution=false", "twins=0")


@pytest.fixture
def compare(quiet_logging: None, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs one comparison in this process."""
    from analysis.compare.__main__ import main

    def run(*arguments: str) -> Ending:
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return Ending(code, captured.out, captured.err, [])

    return run


@cache
def parameters_of(*overrides: str) -> sim.Parameters:
    """Compose once what several tests ask for."""
    return sim.compose(*SHORT, *overrides)


def leave(folder: str, *others: str, scenarios: tuple[str, ...] = ("no_cxo", "accountable_cxo"), n: int = 4) -> Path:
    """Leave runs of some scenarios at one point in a folder, as a sweep does."""
    for scenario in scenarios:
        overrides = (f"run.n_replicates={n}", *others, f"scenario={scenario}")
        replay = f"python -m sim {' '.join(overrides)}"
        sim.simulate(parameters_of(*overrides)).save(Path(folder) / f"{scenario}{len(others)}{others}", replay=replay)
    return Path(folder)


def test_a_comparison_of_a_sweep_is_the_comparison_made_directly(
    command: Command, compare: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("-m", "hydra.sweep.dir=swept", "scenario=glob(*)", "run.n_replicates=5", *SHORT).code == 0
    direct = compare("folder=direct", *PLAIN, *SHORT, "min_replicates=5", "max_replicates=5", "store=elsewhere")
    assert direct.code == 0, direct.err
    monkeypatch.setattr("sim.simulation.run_one", None)  # nothing is run again
    ending = compare("runs=swept", "folder=out", *PLAIN)
    assert ending.code == 0, ending.err
    for name in ("table.csv", "results.csv"):
        assert Path("out", name).read_bytes() == Path("direct", name).read_bytes()
    pd.testing.assert_frame_equal(
        pd.read_parquet("out/accounts.parquet"), pd.read_parquet("direct/accounts.parquet"), check_exact=True
    )
    assert ending.out.split("Files:")[0].splitlines()[1:] == direct.out.split("Files:")[0].splitlines()[1:]
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    assert manifest["replay"] == "python -m analysis.compare runs=swept memo=false attribution=false twins=0"


def test_keys_swept_besides_the_design_give_a_comparison_each(compare: Command, workplace: Path) -> None:
    for value in (0.2, 0.7):
        folder = leave("swept", f"market.competition={value}")
    ending = compare(f"runs={folder}", "folder=out", *PLAIN)
    assert ending.code == 0, ending.err
    assert sorted(path.name for path in Path("out").iterdir()) == ["market.competition=0.2", "market.competition=0.7"]
    assert ending.out.count("accountable_cxo against no_cxo") == 2
    replay = json.loads(Path("out/market.competition=0.7/manifest.json").read_text(encoding="utf-8"))["replay"]
    assert replay.endswith(" market.competition=0.7")
    (one,) = parse_commands([f"runs={folder}", "market.competition=0.7"])
    assert one.parameters["no_cxo"].market.competition == 0.7
    assert len(one.supplied) == 2


def test_points_are_told_apart_by_few_keys(workplace: Path) -> None:
    for industry, office in product(("telecom", "retail_bank"), (0.5, 1.0)):
        folder = leave("swept", f"industry={industry}", f"governance.rel_office={office}", n=2)
    commands = parse_commands([f"runs={folder}"])
    assert {command.folder.name for command in commands} == {
        f"industry={industry},governance.rel_office={value}"
        for industry in ("telecom", "retail_bank")
        for value in ("0.5", "1.0")
    }
    chosen = parse_commands([f"runs={folder}", "industry=telecom", "governance.rel_office=1"])
    assert [command.parameters["no_cxo"].industry.name for command in chosen] == ["telecom"]


def test_what_is_not_complete_is_named_and_left_out(compare: Command, workplace: Path) -> None:
    folder = leave("swept", "market.competition=0.2")
    leave("swept", "market.competition=0.7", scenarios=("no_cxo", "accountable_cxo", "ceo_as_cxm"))
    lost, cut, killed = (next(folder.glob(f"{name}*")) for name in ("no_cxo1*0.2", "accountable_cxo1*0.2", "ceo"))
    other = Path(shutil.copytree(lost, folder / "other"))
    (lost / "manifest.json").unlink()
    (cut / "accounts.parquet").write_bytes(b"PAR1")
    killed.rename(folder / f".{killed.name}.partial-1")
    content = json.loads((other / "manifest.json").read_text(encoding="utf-8"))
    old = {"code": content["code"] | {"source": "old"}, "replay": "python -m sim"}
    (other / "manifest.json").write_text(json.dumps(content | old), encoding="utf-8")
    leave("swept", "run.seed=7", scenarios=("ceo_as_cxm",))
    task = ["run.n_replicates=4", "market.competition=0.2,0.7", "scenario=no_cxo,accountable_cxo,ceo_as_cxm"]
    sweeper = "hydra._internal.core_plugins.basic_sweeper.BasicSweeper"
    node = {"sweeper": {"_target_": sweeper}, "overrides": {"task": task}, "runtime": {"config_sources": []}}
    OmegaConf.save(OmegaConf.create({"hydra": node}), folder / "multirun.yaml")
    assert (
        compare(f"runs={folder}", "market.competition=0.7", "run.seed=20261122", f"folder={folder}/x", *PLAIN).code == 0
    )
    ending = compare(f"runs={folder}", "folder=out", *PLAIN)
    assert ending.code == 0, ending.err
    told = [line for line in ending.out.splitlines() if line.startswith("left out: ")]
    assert len(told) == 5
    assert "swept: without a result: market.competition=0.2 scenario=no_cxo, market.competition=0.2" in told[0]
    for words in ("accounts.parquet: truncated or changed", "another version", "x: no run but a comparison"):
        assert sum(words in line for line in told) == 1
    assert "run.seed=7 ceo_as_cxm alone" in told[-1]
    assert ending.out.count("accountable_cxo against no_cxo") == 1


def test_designs_are_compared_on_the_replicates_that_all_have(compare: Command, workplace: Path) -> None:
    more = leave("first", n=6)
    few = leave("second", scenarios=("ceo_as_cxm",), n=3)
    ending = compare(f"runs=[{more},{few}]", "folder=out", *PLAIN)
    assert ending.code == 0, ending.err
    assert "replicates: no_cxo 6, accountable_cxo 6, ceo_as_cxm 3; the first 3, which all have, are used" in ending.out
    assert set(pd.read_csv("out/results.csv")["replicate"]) == {0, 1, 2}
    (command,) = parse_commands([f"runs={more},{few}", "scenarios=[no_cxo,accountable_cxo]"])
    assert command.request.max_replicates == 6
    assert command.remarks[:1] == () or "replicates" not in command.remarks[0]


def test_replicates_split_over_runs_are_put_together_and_extended(
    compare: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave("swept")
    folder = leave("swept", "run.first_replicate=4")
    (command,) = parse_commands([f"runs={folder}"])
    assert command.request.min_replicates == command.request.max_replicates == 8
    ran = []

    def count(parameters: sim.Parameters, replicate: int) -> object:
        ran.append(replicate)
        return noisy_replicate(parameters, replicate)

    monkeypatch.setattr("sim.simulation.run_one", count)
    ending = compare(f"runs={folder}", "min_replicates=10", "run.n_workers=1", "folder=out", *PLAIN)
    assert ending.code == 0, ending.err
    assert sorted(ran) == [8, 8, 9, 9]


def test_twins_are_told_of_where_customers_were_kept(workplace: Path) -> None:
    plain = leave("plain")
    command = parse_command([f"runs={plain}"])
    assert command.request.twins == 0
    assert "twins are left out" in command.remarks[0]
    again = parse_command([f"runs={plain}", "twins=2"])
    assert {one.run.keep_customers for one in again.parameters.values()} == {4}
    kept = leave("kept", "run.keep_customers=3")
    command = parse_command([f"runs={kept}"])
    assert command.request.twins == 3
    assert {one.run.keep_customers for one in command.parameters.values()} == {3}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("runs=nowhere",), "runs: no folder 'nowhere'"),
        (("runs=.",), "runs: no complete run in .: no run at all"),
        (("runs=3",), "runs: 3 is not a folder"),
        (("runs=swept", "market.competition=0.3"), "market.competition: no run has 0.3; choose from 0.7"),
        (("runs=swept", "market.compettion=0.3"), "did you mean market.competition?"),
        (("runs=swept", "population=small"), "population: with runs=, choose by a key"),
        (("runs=swept", "market={}"), "market: "),
        (("runs=swept", "scenarios=[no_cxo,ceo_as_cxm]"), "scenarios: no complete run of ceo_as_cxm there"),
        (("runs=swept", "baseline=ceo_as_cxm"), "baseline: ceo_as_cxm is not among the scenarios"),
        (("runs=alone",), "runs: no_cxo alone, which makes no comparison"),
        (("runs=once",), "fewer than two replicates from the first on"),
        (("runs=[swept,alone]", "run.seed=7"), "no_cxo alone"),
    ],
)
def test_mistakes_are_told_in_one_line(
    compare: Command, workplace: Path, arguments: tuple[str, ...], words: str
) -> None:
    if arguments[0] not in ("runs=.", "runs=nowhere", "runs=3"):
        leave("swept", n=2)
        leave("alone", "run.seed=7", scenarios=("no_cxo",))
        leave("once", n=1)
    ending = compare(*arguments)
    assert ending.code == 2
    assert words in ending.err
    assert ending.err.count("\n") == 1
    assert not Path("outputs").exists()


def test_a_replicate_out_of_a_result_is_the_run_of_it_alone(base: sim.Parameters) -> None:
    whole = Results.from_replicates(base, [noisy_replicate(base, number) for number in range(4)], 4.0)
    store = Store("none")
    store.supply(whole)
    assert not Path("none").exists()
    joined = store.gather(base)
    assert joined.summary.equals(whole.summary)
    assert joined.series.equals(whole.series)
    assert one_replicate(whole, 2).first_replicate == 2
    assert flat(base)["run.seed"] == base.run.seed
