"""The documents: keys and commands they name exist and run, links resolve, lists agree with the code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

import sim
from sim.config.catalogue import list_industries, list_scenarios
from sim.config.keys import all_keys, find_field
from sim.installation import NAME
from sim.market.flows import Flows
from sim.market.offer import Offer
from sim.market.state import Network, State
from sim.outcomes import OUTCOMES
from sim.parameters import Governance, Parameters
from sim.parameters.reference import ROOT
from sim.plan import PLAN, describe_plan
from sim.streams import Stream
from tests.readme_output import COLUMNS, FIRST_RUN, PARTS, README, compare_designs, find_part, replace_part

CHANGELOG = ROOT / "CHANGELOG.md"
ODD = ROOT / "docs" / "odd.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
PERFORMANCE = ROOT / "docs" / "performance.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
WRITTEN = [README, CHANGELOG, CONTRIBUTING, ODD, ARCHITECTURE, PERFORMANCE]
"""Documents written by hand; the others are generated or belong to a study."""
DOCUMENTS = sorted({*WRITTEN, *(ROOT / "docs").glob("*.md"), *(ROOT / "scenarios").glob("*.md")})
TINY = (
    "population.n_customers=300",
    "time.burn_in_years=1",
    "time.horizon_years=0.5",
    "run.n_replicates=1",
    "run.n_workers=1",
)
GROUPS = tuple(Parameters.model_fields)
OTHER_NAMES = {"e_0", "n_burn_in", "n_horizon"}
"""Words of the description that are neither keys nor arrays."""
MACHINE = r"(?<![\w.<>])/(?:home|work|root|tmp|usr|opt|Users|mnt|var)/|[A-Z]:\\|localhost|127\.0\.0\.1"


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def fenced(text: str, language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def prose(text: str) -> str:
    """Return a document without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def commands(text: str) -> Iterator[str]:
    """Yield every command of the shell blocks and every one shown with a prompt, one by one."""
    for block in fenced(text, "sh"):
        for line in block.splitlines():
            yield from (part.strip() for part in line.split("&&") if part.strip() and not line.startswith("#"))
    yield from re.findall(r"^\$ (.+)$", text, re.MULTILINE)


def slug(heading: str) -> str:
    """Return the anchor of a heading as repositories show it."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#{1,6} (.+)$", prose(read(path)), re.MULTILINE)}


def links(path: Path) -> list[str]:
    return re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", prose(read(path)))


SIM_COMMANDS = sorted({text for path in WRITTEN for text in commands(read(path)) if text.startswith("python -m sim ")})
MODULES = sorted({text for path in WRITTEN for text in re.findall(r"python -m ([\w.]+)", read(path))})


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_resolve(path: Path) -> None:
    for link in links(path):
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        file = path if not target else (path.parent / target).resolve()
        assert file.is_relative_to(ROOT), f"{link} leaves the project"
        assert file.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in anchors(file), f"{link}: no such heading"


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_files_that_are_named_exist(path: Path) -> None:
    named = re.findall(r"`((?:sim|tests|docs|conf|scenarios|analysis)/[\w./]+)`", read(path))
    for file in (file for file in named if "NAME" not in file):
        assert (ROOT / file).exists(), f"{file} does not exist"


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_no_path_of_a_machine_and_no_address_of_one(path: Path) -> None:
    found = re.search(MACHINE, read(path))
    assert found is None, f"names {found.group()}" if found else ""


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_keys_that_are_named_exist(path: Path) -> None:
    for key in re.findall(rf"(?<![\w./])((?:{'|'.join(GROUPS)})(?:\.[a-z_0-9]+)+)", read(path)):
        if key.rpartition(".")[2] in ("py", "md", "yaml", "csv", "parquet"):
            continue
        assert find_field(key) is not None, f"no key {key}"


def test_every_word_in_code_type_of_the_description_is_a_name_of_the_project() -> None:
    leaves = {part for key in all_keys() for part in key.split(".")}
    arrays = {*State._fields, *Network._fields, *Offer._fields, *Flows.__dataclass_fields__, *OUTCOMES}
    known = leaves | arrays | OTHER_NAMES | {option.name for option in [*list_scenarios(), *list_industries()]}
    words = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", read(ODD)))
    rest = words - known
    by_segment = {word for word in rest if word.endswith(("_d", "_g", "_k", "_j"))}
    assert {word[:-2] for word in by_segment} - known - {"kept", "severity"} == set()
    assert rest - by_segment == set()


def test_the_description_lists_every_stream_with_its_number() -> None:
    listed = dict(re.findall(r"^\| ([A-Z_]+) (\d+) \|", read(ODD), re.MULTILINE))
    assert {name: int(number) for name, number in listed.items()} == {
        stream.name: int(stream) for stream in Stream if stream is not Stream.REPLICATE
    }
    assert f"REPLICATE ({int(Stream.REPLICATE)})" in read(ODD)


def test_the_description_and_the_architecture_follow_the_plan() -> None:
    rows = re.findall(r"^\| (\d+) \| ([a-z ]+) \|", read(ODD), re.MULTILINE)
    assert [name.replace(" ", "_") for _, name in rows] == [phase.name for phase in PLAN]
    shown = "\n".join(line.removeprefix("    ") for line in read(ARCHITECTURE).splitlines())
    assert describe_plan() in shown


def test_the_description_counts_the_levers() -> None:
    assert f"a vector of {len(Governance.model_fields)} numbers" in read(ODD)


def test_the_readme_names_every_design_industry_and_document() -> None:
    text = read(README)
    for option in [*list_scenarios(), *list_industries()]:
        assert f"`{option.name}`" in text, option.name
    for document in (ROOT / "docs").glob("*.md"):
        assert f"docs/{document.name}" in text, document.name


@pytest.mark.parametrize("name", MODULES)
def test_modules_that_are_run_exist(name: str) -> None:
    if name in ("pip", "pytest"):
        return
    spec = find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations is None or find_spec(f"{name}.__main__") is not None


def test_installation_names_extras_that_exist() -> None:
    project = read(ROOT / "pyproject.toml")
    for extra in re.findall(r"-e \"\.\[(\w+)\]\"", read(README)):
        assert re.search(rf"^{extra} = \[", project, re.MULTILINE)


def test_the_citation_names_the_version_there_is() -> None:
    cited = yaml.safe_load(read(ROOT / "CITATION.cff"))
    assert cited["version"] == sim.__version__
    assert cited["title"] == NAME
    assert cited["authors"] == [{"name": "The customer-experience-sim developers"}]


def test_there_is_a_changelog_of_numbers() -> None:
    assert "## Unreleased" in read(CHANGELOG)
    assert "### Numbers" in read(CHANGELOG)


# ---- commands


def _own_folder(place: Path) -> None:
    """Write the files that the README tells the reader to write."""
    files = re.findall(r"^`(mine/[\w/.]+)`\n\n```yaml\n(.*?)^```", read(README), re.DOTALL | re.MULTILINE)
    assert files
    for name, content in files:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(content, encoding="utf-8")


def _overrides(command: str) -> tuple[list[str], str | None]:
    """Return the overrides of a command, the first value of each sweep, and its own folder."""
    words = shlex.split(command)[3:]
    folder = words[words.index("--config-dir") + 1] if "--config-dir" in words else None
    return [word.split(",")[0] for word in words if "=" in word], folder


@pytest.mark.parametrize("command", SIM_COMMANDS)
def test_commands_name_what_exists(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _own_folder(tmp_path)
    overrides, folder = _overrides(command)
    if "<" not in command:
        sim.compose(*overrides, config_dir=folder)


def test_commands_of_other_documents_are_run() -> None:
    """Those of the README are run from a wheel (`tests/readme_commands.py`)."""
    assert set(SIM_COMMANDS) <= set(commands(read(README)))


@pytest.mark.slow
@pytest.mark.parametrize("block", fenced(read(README), "python"))
def test_python_examples_run(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    compose = sim.compose
    monkeypatch.setattr(sim, "compose", lambda *given, **more: compose(*given, *TINY, **more), raising=False)
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(block, "README.md", "exec"), names)
    if "again" in names:
        assert names["again"].summary.equals(names["design"].summary)


# ---- what the README shows of real runs


def test_parts_are_found_and_replaced() -> None:
    text = "a\n<!-- x: begin (how) -->\nold\n<!-- x: end -->\nb\n"
    assert find_part(text, "x").group(2) == "old\n"
    assert replace_part(text, "x", "new") == text.replace("old", "new")
    with pytest.raises(ValueError, match="0 parts 'y'"):
        find_part(text, "y")


def test_the_readme_shows_every_part() -> None:
    for name in PARTS:
        assert find_part(read(README), name).group(2).strip()
    assert f"$ {FIRST_RUN}" in find_part(read(README), "first run").group(2)


@pytest.mark.slow
def test_the_comparison_of_the_readme_can_be_made_again() -> None:
    made = compare_designs(*TINY).splitlines()
    shown = find_part(read(README), "four designs").group(2).strip().splitlines()
    first_cells = [[row.split("|")[1].strip() for row in rows] for rows in (made, shown)]
    assert first_cells[0] == first_cells[1]
    assert made[0] == shown[0]
    assert all(name in OUTCOMES for name, *_ in COLUMNS)


@pytest.mark.slow
@pytest.mark.parametrize("name", PARTS)
def test_the_readme_is_what_the_code_says_now(name: str) -> None:
    assert find_part(read(README), name).group(2).strip() == PARTS[name](), "run python -m tests.readme_output"


def test_no_row_of_a_table_lacks_a_cell() -> None:
    for path in WRITTEN:
        for table in re.findall(r"(?:^ *\|.*\|\n)+", prose(read(path)), re.MULTILINE):
            widths = {row.replace("\\|", "").count("|") for row in table.splitlines()}
            assert len(widths) == 1, f"{name_of(path)}: {table.splitlines()[0]}"
