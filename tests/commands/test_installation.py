"""What is installed as a wheel says and does what works there; what only a checkout can do is refused in one line."""

from __future__ import annotations

import ast
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.show.maps import publishing
from analysis.study.ranges import FROZEN
from sim import installation
from sim.errors import ConfigError
from sim.installation import checkout, install_command, lacking, needed_checkout
from sim.parameters import reference

ROOT = Path(__file__).parents[2]


@pytest.fixture
def wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let the source lie where nothing but packages does."""
    site = tmp_path / "site-packages"
    monkeypatch.setattr(installation, "__file__", str(site / "sim" / "installation.py"))
    return site


@pytest.fixture
def spaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let the source be a checkout below a folder with a space in its name."""
    folder = tmp_path / "my project"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    monkeypatch.setattr(installation, "__file__", str(folder / "sim" / "installation.py"))
    return folder


def test_a_checkout_is_known_by_its_project_file() -> None:
    assert checkout() == ROOT


def test_in_a_wheel_the_package_is_named(wheel: Path) -> None:
    assert checkout() is None
    assert install_command("study") == "python -m pip install 'customer-experience-sim[study]'"


def test_in_a_checkout_the_advice_works_where_it_is_given(spaced: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shlex.split(install_command("ray"))[-2:] == ["-e", f"{spaced}[ray]"]
    monkeypatch.chdir(spaced)
    assert install_command("ray") == "python -m pip install -e '.[ray]'"


def test_what_is_missing_is_said_in_one_line(wheel: Path) -> None:
    said = str(lacking("ray", "ray", "engine: "))
    assert said == "engine: ray is missing; python -m pip install 'customer-experience-sim[ray]' installs it"


def test_the_extras_that_are_advised_exist() -> None:
    """Every place asks by the name of an extra; a misspelt one would install nothing and say so only in a warning."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert declared["name"] == installation.NAME
    asked = set()
    for room in ("sim", "analysis"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                called = getattr(getattr(node, "func", None), "id", "")
                if called == "lacking" and isinstance(node.args[1], ast.Constant):
                    asked.add(node.args[1].value)
    assert asked == {"study", "ray", "slurm"}
    assert asked <= set(declared["optional-dependencies"])


def test_no_place_but_one_advises_an_installation() -> None:
    for room in ("sim", "analysis", "conf"):
        for path in (ROOT / room).rglob("*"):
            if path.suffix in (".py", ".yaml", ".j2") and path.name != "installation.py":
                assert "pip install" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize(
    ("run", "name"),
    [
        (lambda: publishing.main([]), "python -m analysis.maps.findings"),
        (reference.main, "python -m sim.parameters.reference"),
    ],
)
def test_what_writes_pages_needs_a_checkout(
    wheel: Path, workplace: Path, capsys: pytest.CaptureFixture[str], run: Callable[[], int], name: str
) -> None:
    assert run() == 2
    said = capsys.readouterr()
    assert said.err == f"error: {name}: writes files of the repository; run it in a checkout of that\n"
    assert said.out == ""
    assert list(workplace.iterdir()) == []
    with pytest.raises(ConfigError, match="x: writes files"):
        needed_checkout("x")


def test_the_ranges_that_travel_are_those_that_were_frozen() -> None:
    assert FROZEN.read_bytes() == (ROOT / "docs" / "regimes_ranges.csv").read_bytes()
