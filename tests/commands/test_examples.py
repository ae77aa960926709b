"""The examples: short, in cells, and they run from any folder without leaving anything there."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
SHOWN = {
    "compare_designs": "10 replicates of each design",
    "own_industry": "Refused: market.competition: 9 is outside 0 to 3 (ratio)",
    "study_in_duckdb": "48 runs, 0 without outcomes",
}
"""A line that each prints, where it is known."""


def test_the_examples_are_there() -> None:
    assert {path.stem for path in EXAMPLES} >= set(SHOWN)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short_and_explains_itself(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert text.count("\n# %% ") >= 3
    assert text.count("\n") <= 60
    assert f"`{path.name}`" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_leaves_nothing(path: Path, workplace: Path) -> None:
    words = [sys.executable, "-W", "error::DeprecationWarning:__main__", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, cwd=workplace, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert SHOWN.get(path.stem, "") in done.stdout
    assert len(done.stdout.splitlines()) >= 4
    assert list(workplace.iterdir()) == []
