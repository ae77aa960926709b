"""The command of a study: its keys, its mistakes, its help, and ready studies."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.study.command import options, parse_command
from analysis.study.table import read_study
from sim.installation import install_command
from tests.conftest import Ending
from tests.study_cases import COMPETITION, SMALL


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["study=regime"], "study: no option 'regime'; choose from "),
        (["engine=cloud"], "engine: no option 'cloud'; choose from local, ray, slurm"),
        (["engine.worker=2"], "engine.worker: no such key; did you mean engine.workers?"),
        (["engine.workers=-1"], "engine.workers: -1 cannot be used; accepted: 0 to 4096 (processes)"),
        (["engine=ray", "engine.address=head"], "engine.address: 'head' is neither auto nor host:port"),
        (["seeds=0"], "seeds: 0 cannot be used; accepted: 1 to 1000 (seeds)"),
        (["points=0"], "points: 0 is below 1"),
        (["pionts=7"], "pionts: no such key; did you mean points?"),
        (["design=spiral"], "design: 'spiral' cannot be used; accepted: one of grid, "),
        (["design=csv"], "file: missing; design=csv takes its points from file=PATH"),
        (["design=csv", "file=absent.csv"], "file: absent.csv: no such file"),
        (["scenario=no_cxo"], "scenario: give the designs as scenarios=[a,b]"),
        (["scenarios=[no_cxo,no_cxo]"], "scenarios: no_cxo is given twice"),
        (["scenarios=[nobody]"], "scenario: no option 'nobody'; choose from "),
        (["run.n_replicates=3"], "run.n_replicates: give seeds=N"),
        (["market.competition=0.1,0.2"], "make it a factor: factors=[market.competition]"),
        (["market.competition=9"], "market.competition: 9 is outside 0 to 3 (ratio)"),
        (["factors=[market.compettion]"], "did you mean market.competition?"),
        (["factors.market.competition=[0,1]"], "factors.market.competition: this study varies ranges"),
        (["factors={population.segments.pirates.share: [0.1, 0.2]}"], "not set in this industry"),
        (["-m"], "--multirun: not an option of a study"),
        (["--cfg", "hydra"], "--cfg hydra: not used by a study"),
        (["--replay", "absent.json"], "--replay: absent.json cannot be read (FileNotFoundError)"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(study: Callable[..., Ending], words: list[str], message: str) -> None:
    ended = study(*words)
    assert ended.code == 2
    assert message in ended.err
    assert ended.err.count("\n") == 1
    assert ended.files == []


@pytest.mark.parametrize("name", sorted(options("study", None)))
def test_every_ready_study_can_be_asked_for_and_opens_with_its_command(name: str) -> None:
    path = options("study", None)[name]
    opening = path.read_text(encoding="utf-8").splitlines()[0]
    words = opening.removeprefix("# python -m analysis.study ").split()
    command = parse_command(words)
    assert command.name == name
    assert command.request.title
    assert next(iter(command.parameters.values())).population.n_customers == 2_000


def test_help_names_studies_engines_and_keys(study: Callable[..., Ending]) -> None:
    ended = study("--help")
    assert ended.code == 0
    for word in ("regimes", "two_factors", "local", "engine.workers", "seeds = 1", "--replay"):
        assert word in ended.out


def test_the_configuration_can_be_shown(study: Callable[..., Ending]) -> None:
    shown = study(*SMALL, "--cfg", "job").out
    assert "design: grid" in shown
    assert "n_customers: 2000" in shown


def test_a_study_of_ones_own(study: Callable[..., Ending], tmp_path: Path) -> None:
    (tmp_path / "mine" / "study").mkdir(parents=True)
    text = "title: Mine\ndesign: latin_hypercube\npoints: 4\nfactors:\n  market.competition: [0.2, 0.8]\n"
    (tmp_path / "mine" / "study" / "own.yaml").write_text(text, encoding="utf-8")
    ended = study("study=own", *SMALL[1:], "--config-dir", str(tmp_path / "mine"), "folder=a", "scenarios=[no_cxo]")
    assert ended.code == 0, ended.err
    assert read_study("a")[COMPETITION].between(0.2, 0.8).all()


@pytest.mark.parametrize(("engine", "library"), [("slurm", "submitit"), ("ray", "ray")])
def test_an_engine_without_its_library_says_what_to_install(
    study: Callable[..., Ending], monkeypatch: pytest.MonkeyPatch, engine: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    ended = study(*SMALL, f"engine={engine}")
    assert ended.code == 2
    assert ended.err == f"error: engine: {library} is missing; {install_command(engine)} installs it\n"
    assert ended.files == []
