"""YAML files of a user: small, plain, every key once; a broken one is named, refused alone, and harms no other."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.sources_registry import SourcesRegistry

import sim
from analysis.mandate.feasible import feasible_set
from analysis.show.study.help import help_text as study_help
from analysis.study.command import parse_command as parse_study
from sim.config.help import help_text
from sim.config.registry import register
from sim.config.sources import StrictFiles, strict_files
from sim.config.strict_yaml import MOST_BYTES, MOST_LEVELS, MOST_VALUES, read_mapping, read_text, read_value
from sim.errors import ConfigError
from tests.conftest import Ending

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{chr(ord(name) - 1)}'] * 9)}]\n" for name in "bcdefghi"
)
REFUSED = {
    "a key twice": ("a: 1\nb: 2\na: 3\n", "line 3: the key a is given twice"),
    "a key twice below": ("a:\n  b: 1\n  b: 2\n", "line 3: the key b is given twice"),
    "an anchor in itself": ("a: &x [*x]\n", "line 1: *x stands within what it repeats"),
    "a group in itself": ("a: &x\n  b: *x\n", "line 2: *x stands within what it repeats"),
    "an anchor repeated over and over": (LAUGHS, f"line 5: more than {MOST_VALUES} keys and values"),
    "lists in lists": ("[" * 100_000, f"line 1: more than {MOST_LEVELS} levels"),
    "many keys": ("".join(f"k{n}: 1\n" for n in range(20_000)), f"line {MOST_VALUES // 2}: more than"),
    "the environment": ("t: ${oc.env:HOME}\n", "line 1: ${oc.env:HOME} refers to another value"),
    "a reference within a text": ("t: 'my ${hydra:run.dir}'\n", "refers to another value"),
    "half a reference": ("a:\n  b: ${\n", "line 2: ${ refers to another value"),
    "a tag": ("a: !!python/object/apply:os.system [ls]\n", "line 1: the tag !!python/object/apply:os.system is not"),
    "a tag of its own": ("a: !own 1\n", "the tag !own is not read here"),
    "a tab": (
        "a:\n\tb: 1\n",
        "line 2: not valid YAML: found character that cannot start any token; indent with spaces",
    ),
    "a number for a key": ("1: x\n", "line 1: the key 1 is not a text; quote it"),
    "nothing for a key": ("~: x\n", "the key ~ is not a text"),
    "a list for a key": ("? [a]\n: 1\n", "is not a text"),
    "octal": ("a: 010\n", "line 1: 010 can be read as several numbers"),
    "hexadecimal": ("a: 0x10\n", "0x10 can be read as several numbers"),
    "base of sixty": ("a: 1:30\n", "1:30 can be read as several numbers"),
    "a list": ("- a\n", "holds no keys but a list"),
    "a single value": ("5\n", "holds no keys but a single value"),
    "two documents": ("a: 1\n---\nb: 2\n", "line 2: not valid YAML"),
    "a control character": ("a: 1\nb: \x07\n", "line 2: holds \\x07, which YAML does not allow"),
    "an alias of nothing": ("a: *b\n", "undefined alias"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_file_may_not_hold_is_one_line_with_file_line_and_reason(case: str, tmp_path: Path) -> None:
    content, said = REFUSED[case]
    path = tmp_path / "mine.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_mapping(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"\xff\xfea\x00", "is UTF-16; save it as UTF-8"),
        (b"a: 1\nb: caf\xe9\n", "line 2: is not UTF-8; save it as UTF-8"),
        (b"k: 1\n" * MOST_BYTES, "is larger than 256 KiB"),
    ],
)
def test_other_encodings_and_huge_files_are_refused(raw: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(raw)
    with pytest.raises(ConfigError, match=said):
        read_mapping(tmp_path / "mine.yaml")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder, not a file"):
        read_mapping(tmp_path)
    with pytest.raises(ConfigError, match="there is no such file"):
        read_mapping(tmp_path / "absent.yaml")


def test_values_are_read_as_command_lines_read_them(tmp_path: Path) -> None:
    text = "\ufeffa: 1e6\r\nb: yes\nc: 2024-01-01\nd: true\ne: -3\nf: .5\ng: '010'\nh: null\n"
    text += "i: &i {x: 1}\nj: {<<: *i, y: 2}\n"
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    assert read_mapping(tmp_path / "mine.yaml") == {
        "a": 1e6, "b": "yes", "c": "2024-01-01", "d": True, "e": -3, "f": 0.5, "g": "010", "h": None, "i": {"x": 1},
        "j": {"x": 1, "y": 2},
    }  # fmt: skip
    assert [read_value(text) for text in ("1e6", "0,3", "[1", "*a", "010", "x")] == [1e6, "0,3", "[1", "*a", "010", "x"]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Return a user's folder in which one file of each group is good and others are broken."""
    folder = tmp_path / "mine"
    texts = {
        "scenarios/coordinator.yaml": "scenario: {title: A coordinator}\ngovernance: {role_held: 1}\n",
        "scenarios/half.yaml": "governance:\n  role_held: ${\n",
        "scenarios/twice.yaml": "governance:\n  role_held: 1\n  role_held: 0\n",
        "scenarios/loop.yaml": "scenario: &x\n  title: *x\n",
        "scenarios/home.yaml": "scenario: {title: '${oc.env:HOME}'}\n",
        "scenarios/huge.yaml": "".join(f"k{n}: 1\n" for n in range(200_000)),
        "scenarios/empty.yaml": "# nothing\n",
        "industry/acme.yaml": "# @package _global_\ndefaults: [telecom]\nindustry: {title: Acme}\n",
        "industry/home.yaml": "# @package _global_\ndefaults: [telecom]\nindustry: {title: '${oc.env:HOME}'}\n",
        "industry/twice.yaml": "# @package _global_\ndefaults: [telecom]\nfinance: {margin: 0.3, margin: 0.2}\n",
        "industry/header.yaml": "# @package _global_ more\ndefaults: [telecom]\n",
        "industry/second.yaml": "# @package _global_\ndefaults: [twice]\n",
        "study/twice.yaml": "title: T\nfactors:\n  market.competition: [0, 1]\n  market.competition: [0, 2]\n",
        "feasible/no_cxo.yaml": "free: {}\nfixed: {}\nfree: {}\n",
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "scenarios" / "folder.yaml").mkdir()
    return folder


BROKEN = {
    "scenario=half": "half.yaml: line 2: ${ refers to another value",
    "scenario=twice": "twice.yaml: line 3: the key role_held is given twice",
    "scenario=loop": "loop.yaml: line 2: *x stands within what it repeats",
    "scenario=home": "home.yaml: line 1: ${oc.env:HOME} refers to another value",
    "scenario=huge": "huge.yaml: is larger than",
    "scenario=empty": "empty.yaml: holds nothing",
    "scenario=folder": "folder.yaml: is a folder, not a file",
    "industry=home": "home.yaml: line 3: ${oc.env:HOME} refers to another value",
    "industry=twice": "twice.yaml: line 3: the key margin is given twice",
    "industry=header": "header.yaml: line 1: Too many components",
    "industry=second": "twice.yaml: line 3: the key margin is given twice",
}


@pytest.mark.parametrize("choice", BROKEN)
def test_a_broken_file_is_refused_when_it_is_chosen(choice: str, mine: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        sim.compose(choice, config_dir=str(mine))
    assert BROKEN[choice] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_broken_files_harm_no_other(mine: Path) -> None:
    begun = time.process_time()
    parameters = sim.compose("scenario=coordinator", "industry=acme", config_dir=str(mine))
    assert (parameters.scenario.title, parameters.industry.title) == ("A coordinator", "Acme")
    assert time.process_time() - begun < 10.0  # the file of 200,000 keys alone took 20


def test_files_that_are_not_asked_for_are_not_read(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def note(path: Path) -> str:
        read.append(path.name)
        return read_text(path)

    monkeypatch.setattr("sim.config.strict_yaml.read_text", note)
    monkeypatch.setattr("sim.config.sources.read_text", note)
    sim.compose("scenario=coordinator", "industry=acme", config_dir=str(mine))
    assert set(read) == {"coordinator.yaml", "acme.yaml"}


def test_help_names_broken_files_with_the_reason(mine: Path) -> None:
    text = help_text(["--help", "--config-dir", str(mine)])
    assert "  coordinator      A coordinator\n" in text
    assert "  twice            (cannot be used: line 4: " not in text
    for name, reason in (("half", "line 2: ${ refers to"), ("huge", "is larger than"), ("folder", "is a folder")):
        (line,) = (line for line in text.splitlines() if line.startswith(f"  {name} "))
        assert f"(cannot be used: {reason}" in line
    assert "(cannot be used: line 4: the key market.competition is given twice)" in study_help(
        ["--config-dir", str(mine)]
    )


def test_a_pattern_that_matches_a_broken_file_is_refused_before_anything_runs(
    mine: Path, command: Callable[..., Ending]
) -> None:
    ending = command("-m", "scenario=glob(*)", "--config-dir", str(mine))
    assert ending.code == 2
    assert ending.err.count("\n") == 1
    assert "empty.yaml: holds nothing" in ending.err
    assert ending.files == []


def test_studies_and_feasible_sets_are_read_as_strictly(mine: Path) -> None:
    with pytest.raises(ConfigError, match=r"twice.yaml: line 4: the key market.competition is given twice"):
        parse_study(["--config-dir", str(mine), "study=twice"])
    with pytest.raises(ConfigError, match=r"no_cxo.yaml: line 3: the key free is given twice"):
        feasible_set("no_cxo", sim.compose().governance, mine)


@pytest.mark.parametrize("name", ["My design", "Gr\u00f6\u00dfe", "a,b"])
def test_a_name_that_no_result_can_bear_is_refused(name: str, mine: Path) -> None:
    (mine / "scenarios" / f"{name}.yaml").write_text("governance: {role_held: 1}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be the name of a file"):
        sim.compose(f'scenario="{name}"', config_dir=str(mine))


@pytest.mark.parametrize("name", ["CEO", "v1.2", "a-b"])
def test_capitals_dots_and_dashes_are_names(name: str, mine: Path) -> None:
    (mine / "scenarios" / f"{name}.yaml").write_text("governance: {role_held: 1}\n", encoding="utf-8")
    assert sim.compose(f"scenario={name}", config_dir=str(mine)).scenario.name == name


@pytest.mark.parametrize(
    "place", ["it's, my files", "Gr\u00f6\u00dfe \u201cx\u201d", "x" * 200 + "/" + "y" * 100, "a=b$c"]
)
def test_a_folder_may_have_any_name(place: str, mine: Path) -> None:
    folder = mine.parent / place
    (folder / "scenarios").mkdir(parents=True)
    (folder / "scenarios" / "own.yaml").write_text("governance: {role_held: 1}\n", encoding="utf-8")
    assert sim.compose("scenario=own", config_dir=str(folder)).scenario.name == "own"


def test_hydra_takes_the_strict_source_for_its_own() -> None:
    """In a process of a launcher Hydra registers its own source beside the one that was sent."""
    register()
    usual = SourcesRegistry.instance().resolve("file")
    with strict_files():
        SourcesRegistry.instance().register(FileConfigSource)
        assert SourcesRegistry.instance().resolve("file") is StrictFiles
    assert SourcesRegistry.instance().resolve("file") is usual is not StrictFiles
    assert pickle.loads(pickle.dumps(StrictFiles)) is StrictFiles
