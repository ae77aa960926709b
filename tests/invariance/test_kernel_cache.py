"""The cache of compiled kernels: never stale, never mixed up, never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import numba
import pytest

import sim
from sim.market.kernels import jit
from sim.model import run_replicate
from tests.waiting import ending, running

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")

FADE = (
    "import numpy as np; from sim.market.kernels.experience import fade; v = np.ones(3, np.{kind}); fade(v, 0.5); "
    "print(v.tolist(), len(fade.stats.cache_hits), len(fade.stats.cache_misses))"
)
RUN = (
    "import sim, sys; from sim.model import run_replicate; "
    "print(sorted(run_replicate(sim.compose(*sys.argv[1:]), 0).summary.items()))"
)
SMALL = ("population.n_customers=300", "time.burn_in_years=1", "time.horizon_years=1")


def start(cache: Path, code: str, *arguments: str) -> AbstractContextManager[subprocess.Popen[str]]:
    root = str(Path(sim.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": root, "SIM_CACHE_DIR": str(cache)}
    words = [sys.executable, "-c", code, *arguments]
    return running(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def outcome(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = ending(process)
    assert process.returncode == 0, err
    return out.strip(), err


def run(cache: Path, code: str) -> tuple[str, str]:
    with start(cache, code) as process:
        return outcome(process)


def set_old(folder: Path, days: float) -> None:
    then = time.time() - 86_400 * days
    os.utime(folder, (then, then))


# The key


def test_the_key_follows_every_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(jit, "__file__", str(tmp_path / "jit.py"))
    keys = [jit.source_digest()]
    for text in ("def rule(): return 1\n", "def rule(): return 2\n"):
        (tmp_path / "helper.py").write_text(text, encoding="utf-8")
        keys.append(jit.source_digest())
    (tmp_path / "helper.py").rename(tmp_path / "renamed.py")
    keys.append(jit.source_digest())
    assert len(set(keys)) == 4


def test_the_key_follows_processor_version_and_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [jit.source_digest()]
    monkeypatch.setattr(jit.llvm, "get_host_cpu_name", lambda: "another")
    keys.append(jit.source_digest())
    monkeypatch.setattr(jit.numba, "__version__", "0.0")
    keys.append(jit.source_digest())
    monkeypatch.setattr(jit.config, "BOUNDSCHECK", 1)
    keys.append(jit.source_digest())
    assert len(set(keys)) == 4
    assert jit.source_digest() == keys[-1]


# Sharing


def test_processes_that_lose_an_index_do_not_overwrite_each_other(tmp_path: Path) -> None:
    """What two processes do that start at once: each numbers its files as if it were alone."""
    assert run(tmp_path, FADE.format(kind="float32"))[0] == "[0.5, 0.5, 0.5] 0 1"
    for index in tmp_path.rglob("*.nbi"):
        index.unlink()
    assert run(tmp_path, FADE.format(kind="float64"))[0] == "[0.5, 0.5, 0.5] 0 1"
    assert len(list(tmp_path.rglob("*fade*.nbc"))) == 2
    assert run(tmp_path, FADE.format(kind="float64"))[0] == "[0.5, 0.5, 0.5] 1 0"
    assert run(tmp_path, FADE.format(kind="float32"))[0] == "[0.5, 0.5, 0.5] 0 1"


@pytest.mark.slow
def test_processes_that_start_at_once_with_an_empty_cache_do_not_collide(tmp_path: Path) -> None:
    precisions = ("single", "double")
    expected = [
        str(sorted(run_replicate(sim.compose(*SMALL, f"run.precision={precision}"), 0).summary.items()))
        for precision in precisions
    ]
    for _ in range(2):  # compiled, then loaded
        with ExitStack() as stack:
            started = [start(tmp_path, RUN, *SMALL, f"run.precision={precision}") for precision in precisions]
            processes = [stack.enter_context(process) for process in started]
            assert [outcome(process) for process in processes] == [(text, "") for text in expected]


# Where it cannot be written


def test_a_folder_that_cannot_be_written_is_a_warning_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    out, err = run(tmp_path / "file" / "below", FADE.format(kind="float64"))
    assert out == "[0.5, 0.5, 0.5] 0 1"
    assert err.count("compiled kernels are not kept between runs") == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_folder_is_a_warning_and_no_more(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    out, err = run(tmp_path, FADE.format(kind="float64"))
    tmp_path.chmod(0o700)
    assert out == "[0.5, 0.5, 0.5] 0 1"
    assert err.count("compiled kernels are not kept between runs") == 1


# Old code


def test_what_was_not_used_for_a_month_goes_when_something_new_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernels = tmp_path / "customer-experience-sim" / "kernels"
    ages = {"0123456789abcdef": 31, "aaaaaaaaaaaaaaaa": 29, "bbbbbbbbbbbbbbbb.old-01234567": 99, "notes": 400}
    for name, days in ages.items():
        (kernels / name / "inside").mkdir(parents=True)
        set_old(kernels / name, days)
    monkeypatch.setenv("SIM_CACHE_DIR", str(tmp_path))
    folder = jit._cache_folder()
    assert folder is not None
    assert {path.name for path in kernels.iterdir()} == {Path(folder).name, "aaaaaaaaaaaaaaaa", "notes"}


def test_starting_is_using(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIM_CACHE_DIR", str(tmp_path))
    folder = Path(jit._cache_folder() or "")
    set_old(folder, 400)
    assert jit._cache_folder() == str(folder)
    assert time.time() - folder.stat().st_mtime < 3600


def test_a_user_without_a_home_compiles_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("SIM_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "expanduser", homeless)
    with pytest.warns(RuntimeWarning, match="not kept between runs: .*home directory"):
        assert jit._cache_folder() is None
