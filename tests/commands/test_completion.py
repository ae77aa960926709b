"""Tab completion of the console script: scenarios, industries and keys, as the shell asks for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("scenario=acc", "scenario=accountable_cxo"),
        ("industry=t", "industry=telecom"),
        ("market.competi", "market.competition="),
        ("organisation.coordination.interdep", "organisation.coordination.interdependence="),
    ],
)
def test_the_shell_is_offered_what_can_follow(typed: str, offered: str, tmp_path: Path) -> None:
    line = f"customer-experience {typed}"
    environment = os.environ | {
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "sim", "-sc", "query=bash"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=True,
    )
    assert done.stdout.split() == [offered]
    assert list(tmp_path.iterdir()) == []
