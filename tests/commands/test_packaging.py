"""What is installed works like the checkout: configuration and scenarios travel with it, from any folder."""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from itertools import chain
from pathlib import Path

import pytest

import sim

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="looks at the files of a checkout")

PACKAGES = ("sim", "analysis", "conf", "scenarios")
CODE = {".py", ".pyc"}
NEEDED = {
    "analysis/maps/published_studies/telecom.parquet",
    "analysis/show/house.mplstyle",
    "analysis/show/memo/templates/memo.css.j2",
    "analysis/show/memo/templates/memo.html.j2",
    "analysis/maps/regimes_importance.csv",
    "analysis/maps/regimes_results.csv",
    "analysis/maps/regimes_winners.csv",
    "analysis/study/regimes_ranges.csv",
    "conf/config.yaml",
    "conf/industry/auto_insurance.yaml",
    "scenarios/no_cxo.md",
    "scenarios/no_cxo.yaml",
    "sim/py.typed",
}
"""Some of what must travel, so that an empty list of data files does not pass."""
LARGEST_WHEEL = 3_500_000
"""Bytes; the published studies and the results of the regime study are 2.4 million of them."""


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def data_files() -> list[Path]:
    """Return every file of the packages that is no code."""
    found = [path for room in PACKAGES for path in (ROOT / room).rglob("*") if path.is_file()]
    return [path for path in found if path.suffix not in CODE and not path.name.startswith(".")]


def test_what_must_travel_is_there() -> None:
    assert {path.relative_to(ROOT).as_posix() for path in data_files()} >= NEEDED


def test_every_data_file_is_named_by_a_pattern() -> None:
    patterns = project()["tool"]["setuptools"]["package-data"]
    for path in data_files():
        room, *rest = path.relative_to(ROOT).parts
        inside = "/".join(rest)
        names = [pattern.removeprefix("**/") for pattern in patterns.get(room, [])]
        depth = [pattern for pattern in patterns.get(room, []) if pattern.startswith("**/") or len(rest) == 1]
        assert depth, inside
        assert any(fnmatch.fnmatch(rest[-1], name) for name in names), f"{room}: {inside}"


def test_constraints_hold_names_and_versions_only() -> None:
    line = re.compile(r"[A-Za-z0-9_.\-]+==[A-Za-z0-9_.\-]+(?: ; python_version (?:<|>=) \"3\.\d+\")?")
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("#")
    for text in lines[1:]:
        assert line.fullmatch(text), text


def test_every_dependency_has_a_constraint() -> None:
    declared = project()["project"]
    wanted = [*declared["dependencies"], *chain.from_iterable(declared["optional-dependencies"].values())]
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower().replace("_", "-")
    for requirement in wanted:
        name = re.split(r"[\[<>=!;~ ]", requirement, maxsplit=1)[0].lower()
        assert re.search(rf"^{re.escape(name)}==", text, re.MULTILINE), name


def test_the_console_script_is_the_module() -> None:
    assert project()["project"]["scripts"] == {"customer-experience": "sim.__main__:main"}


def test_the_version_is_declared_once() -> None:
    assert project()["project"]["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", sim.__version__)


@pytest.mark.slow
def test_distributions_hold_what_they_must(tmp_path: Path) -> None:
    """The wheel is built from the source distribution, as installers do where there is no wheel.

    That its commands run is a step of its own (``tests/readme_commands.py``).
    """
    source, dist = tmp_path / "source", tmp_path / "dist"
    ignored = shutil.ignore_patterns(".git", ".*cache", "__pycache__", "outputs", "multirun", "build", "*.egg-info")
    shutil.copytree(ROOT, source, ignore=ignored)
    call([sys.executable, "-m", "build", "--outdir", str(dist), str(source)], tmp_path)
    ((wheel,), (packed,)) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert names >= NEEDED
    assert [path for path in data_files() if path.relative_to(ROOT).as_posix() not in names] == []
    assert {name.partition("/")[0] for name in names if "dist-info" not in name} == set(PACKAGES)
    assert wheel.stat().st_size < LARGEST_WHEEL
    with tarfile.open(packed) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=False)
    kept = [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]
    assert [name for name in kept if name not in held] == []


def call(words: list[str], folder: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
