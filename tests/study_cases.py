"""Jobs for engines, importable by other processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from sim.parameters import Parameters
from tests.fakes import FakeReplicate, fake_replicate


def die_once(folder: str, number: int) -> int:
    """Kill this process at the first try of job 3."""
    note = Path(folder) / "died"
    if number == 3 and not note.exists():
        note.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def die_always(number: int) -> int:
    """Kill this process at every try of job 3."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def failing_replicate(parameters: Parameters, replicate: int) -> FakeReplicate:
    """Fail where competition is high and the officer accountable."""
    if parameters.market.competition > 1.0 and parameters.governance.decision_rights == 0.7:
        raise ArithmeticError("no customers left")
    return fake_replicate(parameters, replicate)
