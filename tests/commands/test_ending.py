"""How a command ends: pipes, full disks and signals give one line or none, and the exit codes of shells."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.study.command import parse_command as parse_study
from sim.__main__ import main
from sim.config.folders import check_folder
from sim.ending import answer
from sim.errors import ConfigError, UserError
from sim.results import Results
from tests.conftest import Ending

KEPT = "interrupted: all is kept; the same command goes on"


class Broken:
    """A standard output that cannot be written."""

    encoding = "utf-8"

    def __init__(self, number: int, after: int = 0) -> None:
        self.number, self.left = number, after

    def write(self, text: str) -> int:
        """Fail once enough was written."""
        self.left -= 1
        if self.left < 0:
            raise OSError(self.number, os.strerror(self.number))
        return len(text)

    def flush(self) -> None:
        """Hand on nothing."""


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (errno.EPIPE, 141, ""),
        (errno.ENOSPC, 2, "error: the standard output cannot be written: No space left"),
    ],
)
def test_an_output_that_is_gone(
    number: int, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sim.ending._discard_output", lambda: None)
    monkeypatch.setattr(sys, "stdout", Broken(number))
    assert main(["--help"]) == code
    error = capsys.readouterr().err
    assert error.startswith(said)
    assert error.count("\n") == (1 if said else 0)


@pytest.mark.usefixtures("fake_model", "quiet_logging")
def test_a_run_whose_reader_goes_is_complete(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sim.ending._discard_output", lambda: None)
    monkeypatch.setattr(sys, "stdout", Broken(errno.EPIPE, after=2))  # a line and its end
    assert main(["run.progress=false", "run.n_replicates=2"]) == 141
    assert capsys.readouterr().err == ""
    (folder,) = workplace.glob("outputs/*/*")
    assert Results.load(folder).n_replicates == 2
    assert (folder / ".hydra" / "config.yaml").is_file()


def test_a_closed_output_is_said_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert answer(lambda _: pytest.fail("something ran"), [], KEPT) == 2
    assert capsys.readouterr().err == "error: the standard output is closed; there is no place to print the answer\n"


def test_a_terminated_command_cleans_up_and_says_what_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    cleaned: list[str] = []

    def run(_: list[str]) -> int:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)  # whoever ends a group of processes may send it twice
            cleaned.append("up")
        return 0

    assert answer(run, [], KEPT) == 143
    assert capsys.readouterr().err == "terminated: all is kept; the same command goes on\n"
    assert cleaned == ["up"]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_an_interrupted_command_says_what_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    def run(_: list[str]) -> int:
        raise KeyboardInterrupt

    assert answer(run, [], KEPT) == 130
    assert capsys.readouterr().err == f"{KEPT}\n"


def test_an_error_is_one_line_and_nobody_need_read_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(_: list[str]) -> int:
        raise UserError("of two\nlines")

    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
    assert answer(run, [], KEPT) == 2
    assert capsys.readouterr().err == "error: of two lines\n"
    monkeypatch.setattr(sys, "stderr", Broken(errno.EPIPE))
    assert answer(run, [], KEPT) == 2
    monkeypatch.setattr(sys, "stderr", None)
    assert answer(run, [], KEPT) == 2


def test_signs_that_a_terminal_has_not_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", newline="\n")
    monkeypatch.setattr(sys, "stdout", out)
    assert answer(lambda _: print("\u22120.5 \u201cCaf\u00e9\u201d") or 0, [], KEPT) == 0  # type: ignore[func-returns-value]
    assert out.buffer.getvalue() == '-0.5 "Caf\u00e9"\n'.encode("latin-1")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("plain", "plain is a file, not a folder"),
        ("plain/below/it", "cannot be made: {}/plain is a file"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_folder_that_cannot_be_is_named_with_its_key(place: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with pytest.raises(ConfigError) as caught:
        check_folder("store", tmp_path / place)
    assert str(caught.value).startswith("store: ")
    assert said.format(tmp_path) in str(caught.value)


def test_a_folder_nobody_may_write_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.config.folders.os.access", lambda *_: False)  # root may write everywhere
    with pytest.raises(ConfigError, match=r"^folder: .*new: nothing can be written below"):
        check_folder("folder", tmp_path / "new")


def test_folders_that_are_there_or_can_be_made_will_do(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "a" / "it's, b\u00fccher"):
        check_folder("folder", place)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["hydra.run.dir", "hydra.sweep.dir"])
def test_the_folder_of_a_run_is_checked_before_it_runs(
    key: str, command: Callable[..., Ending], workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.simulation.run_one", lambda *_: pytest.fail("something ran"))
    (workplace / "plain").touch()
    ending = command(f"{key}=plain/inside", *(["-m", "run.seed=1,2"] if "sweep" in key else []))
    assert ending.code == 2
    assert ending.err == f"error: {key}: plain/inside cannot be made: {workplace}/plain is a file\n"


def test_the_usual_store_is_checked_too(workplace: Path) -> None:
    (workplace / "outputs").touch()
    with pytest.raises(ConfigError, match=r"^store: outputs is a file, not a folder"):
        parse_study(["folder=here"])
