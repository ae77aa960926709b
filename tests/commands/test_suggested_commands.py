"""Every command that an output suggests, and every command written down to run something again, runs as it stands."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sim.config.application import check
from tests.compare_cases import SHORT

TOKEN = r"""(?:[^\s'"`;]|'[^']*'|"[^"]*")+"""
ARGUMENT = rf"(?:--(?:config-dir|replay|cfg) {TOKEN}|--?[a-z][\w-]*|'[\w.]+=[^']*'|[\w.+~/]+={TOKEN})"
SUGGESTED = re.compile(rf"python -m (?:sim|analysis(?:\.\w+)*)(?: {ARGUMENT})*")
PLACEHOLDER = re.compile(r"=[A-Z]+\b")
"""In usages: not to be run as it stands."""
MINE = "my own, files"
SIZE = ("population.n_customers=300", *SHORT)
OWN = ("--config-dir", MINE, "industry=acme")
FEW = ("min_replicates=4", "max_replicates=8", "attribution=false", "twins=0", "memo=false")
PAIR = "scenarios=[no_cxo,coordinator]"
CASES = {
    "a run": ("sim", (*OWN, "scenario=coordinator", "run.n_replicates=2", *SIZE)),
    "a sweep": (
        "sim",
        (*OWN, "-m", "scenario=coordinator,no_cxo", "run.n_replicates=4", *SIZE, 'hydra.sweep.dir="swept, all"'),
    ),
    "a comparison that cannot tell": ("analysis.compare", (*OWN, PAIR, "baseline=no_cxo", *FEW, *SIZE)),
    "a study": (
        "analysis.study",
        (*OWN, "study=two_factors", "levels=2", "seeds=1", PAIR, "engine.workers=1", *SIZE[:-1]),
    ),
    "a tuning": (
        "analysis.tuned",
        (*OWN, PAIR, "trials=2", "training_seeds=2", "held_out_seeds=2", *SIZE),
    ),
}
"""What is run first, by what it is."""
SMALLER = {
    "sim": ("run.n_replicates=2", *SIZE),
    "analysis.compare": (*FEW, *SIZE),
    "analysis.study": (),
    "analysis.tuned": (),
}
"""What makes a suggested command quick, by its module."""


@pytest.fixture
def run(
    workplace: Path, noisy_model: None, quiet_logging: None, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Return a function that runs a command line in this process, beside a user's folder, and returns what it says."""
    texts = {
        "scenarios/coordinator.yaml": "scenario: {title: A coordinator}\ngovernance: {role_held: 1}\n",
        "industry/acme.yaml": "# @package _global_\ndefaults: [telecom]\nindustry: {title: Acme}\n",
    }
    for name, text in texts.items():
        (workplace / MINE / name).parent.mkdir(parents=True, exist_ok=True)
        (workplace / MINE / name).write_text(text, encoding="utf-8")

    def run_one(module: str, *arguments: str) -> str:
        capsys.readouterr()
        found = importlib.util.find_spec(module)
        entry = f"{module}.__main__" if found and found.submodule_search_locations else module
        code = importlib.import_module(entry).main(list(arguments))
        captured = capsys.readouterr()
        assert code == 0, f"{module} {arguments}: {captured.err}"
        return captured.out + captured.err

    return run_one


def commands_in(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the commands of a text as a shell would split them: the module, then its arguments."""
    for found in SUGGESTED.findall(text):
        if not PLACEHOLDER.search(found):
            yield tuple(shlex.split(found)[2:])


def written_down() -> Iterator[tuple[str, ...]]:
    """Yield the commands in the manifests here; a memo shows that of its manifest."""
    for path in Path().rglob("manifest.json"):
        yield from commands_in(json.loads(path.read_text(encoding="utf-8")).get("replay", ""))


SLOW = ("a sweep", "a tuning")


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.slow) if case in SLOW else case for case in CASES]
)
def test_what_a_command_suggests_and_writes_down_runs(case: str, run: Callable[..., str]) -> None:
    module, arguments = CASES[case]
    commands = {*commands_in(run(module, *arguments)), *written_down()}
    assert commands
    for one, *words in commands:
        given = {word.partition("=")[0] for word in words}
        run(one, *words, *(text for text in SMALLER[one] if text.partition("=")[0] not in given))


@pytest.mark.parametrize("gone", [False, True])
def test_after_a_replay(gone: bool, run: Callable[..., str], workplace: Path) -> None:
    run("sim", *OWN, "run.n_replicates=2", *SIZE)
    (folder,) = (path.parent for path in workplace.rglob("manifest.json"))
    if gone:
        (workplace / MINE).rename(workplace / "elsewhere")
    commands = list(commands_in(run("sim", "--replay", str(folder))))
    assert len(commands) == (0 if gone else 1)
    for module, *words in commands:
        run(module, *words, *SMALLER["sim"])


@pytest.mark.slow
@pytest.mark.parametrize("module", ["sim", "analysis.compare", "analysis.study", "analysis.tuned"])
def test_examples_of_the_help_can_be_given(module: str, run: Callable[..., str]) -> None:
    examples = {one for one in commands_in(run(module, "--help", "--config-dir", MINE)) if any("=" in w for w in one)}
    assert examples
    for one, *words in examples:
        if "-m" in words:
            check([word for word in words if word != "-m"], None, sweep=True)
        else:
            run(one, *words, "--cfg", "job")


def test_a_failed_run_of_a_study_says_how_to_see_it(
    run: Callable[..., str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from analysis.study.__main__ import main

    def fail(*_: object) -> object:
        raise ZeroDivisionError("on purpose")

    with monkeypatch.context() as changed:
        changed.setattr("sim.simulation.run_one", fail)
        assert main([*CASES["a study"][1], 'store="kept, all"']) == 1
    (command,) = (one for one in commands_in(capsys.readouterr().out) if "--replay" in one)
    assert "customer_equity" in run(*command)
