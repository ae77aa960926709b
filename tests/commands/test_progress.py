"""What is said while one waits: a bar on a terminal, lines in a file, nothing where nothing is wanted."""

from __future__ import annotations

import sys
import time

import pytest

from sim.progress import COMPILING, ProgressBar


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.progress._are_compiled", lambda: True)


def wait_for_lines(capsys: pytest.CaptureFixture[str], number: int) -> list[str]:
    """Return the first lines on the standard error, however long they take."""
    text = ""
    while text.count("\n") < number:
        time.sleep(0.01)
        text += capsys.readouterr().err
    return text.splitlines()


def test_a_file_gets_a_line_though_nothing_is_finished(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.progress.QUIET_SECONDS", 0.02)
    with ProgressBar(40, "run") as bar:
        assert wait_for_lines(capsys, 1)[0] == "0 of 40 runs after 00:00"
        bar.advance(10)
        bar.remark("2 failed")
        last = wait_for_lines(capsys, 3)[-1]
        assert last.startswith("10 of 40 runs after 00:00, 00:00 left")
        assert last.endswith(", 2 failed")
        assert bar.n_done == 10
        bar.plan(20, "more of them")
        assert wait_for_lines(capsys, 3)[-1].startswith("more of them: 10 of 30 runs after")


def test_a_short_command_says_nothing_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar(2, "run") as bar:
        bar.advance()
        bar.say("an answer")
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out == "an answer\n"


def test_a_terminal_gets_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with ProgressBar(4, "run") as bar:
        bar.advance(4)
        bar.plan(0, "done")
    assert "100%" in capsys.readouterr().err


def test_compiling_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.progress._are_compiled", lambda: False)
    with ProgressBar(1, "run", shown=False):
        pass
    assert capsys.readouterr().err == ""
    with ProgressBar(1, "run"):
        pass
    assert capsys.readouterr().err == f"{COMPILING}\n"
