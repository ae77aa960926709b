"""Every mistake on the command line is one line: key, value, range or choices, nearest name; exit code 2; no files."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import sim
from sim.errors import ConfigError
from tests.conftest import Ending

Command = Callable[..., Ending]

OUT_OF_RANGE = {
    "market.competition=99": ("99", "0 to 3 (ratio)"),
    "market.competition=-0.1": ("-0.1", "0 to 3 (ratio)"),
    "market.churn_per_year=0": ("0", "0.001 to 0.9"),
    "population.n_customers=-5": ("-5", "50 to 20000000 (persons)"),
    "population.n_customers=0": ("0", "50 to 20000000 (persons)"),
    "population.initial_share=1.5": ("1.5", "0 to 0.95"),
    "population.network.rewiring=2": ("2", "0 to 1 (probability)"),
    "run.n_replicates=0": ("0", "1 to 100000 (replicates)"),
    "run.seed=-1": ("-1", "0 to 9223372036854775807"),
    "time.horizon_years=0": ("0", "0.25 to 20 (years)"),
    "governance.decision_rights=1.01": ("1.01", "0 to 1 (share)"),
    "finance.margin=20": ("20", "0 to 1 (share of revenue)"),
    "experience.recovery.loyalty_restored=1": ("1", "0 to 0.999 (share)"),
    "organisation.departments.claims.failure_probability=1": ("1", "0 to 0.9 (probability)"),
    "journeys.crash.rate_per_year=1e6": ("1000000.0", "0 to 365 (per year)"),
    "experience.channels.phone.rel_cost=-1": ("-1", "0 to 20 (ratio)"),
}

NOT_A_NUMBER = {
    "market.competition=nan": ("nan", "not a finite number", "0 to 3 (ratio)"),
    "market.competition=inf": ("inf", "not a finite number", "0 to 3 (ratio)"),
    "time.horizon_years=-inf": ("-inf", "0.25 to 20 (years)"),
    "market.competition=lots": ("'lots'", "not a number", "0 to 3 (ratio)"),
    "market.competition=true": ("true", "not a number", "0 to 3 (ratio)"),
    "market.competition=null": ("null", "not a number", "0 to 3 (ratio)"),
    "market.competition=[1]": ("[1]", "not a number", "0 to 3 (ratio)"),
    "market.competition={a: 1}": ("{'a': 1}", "not a number", "0 to 3 (ratio)"),
    "run.n_replicates=2.5": ("2.5", "not a whole number", "1 to 100000 (replicates)"),
    "run.seed=false": ("false", "not a number", "0 to 9223372036854775807"),
}

BAD_CHOICE = {
    "time.periods_per_year=13": ("13", "one of 4, 12, 52"),
    "population.network.topology=ring": ("'ring'", "watts_strogatz, barabasi_albert, erdos_renyi, complete"),
    "market.rival.behaviour=imitate": ("'imitate'", "one of fixed, trending, imitating", "nearest: imitating"),
    "run.progress=maybe": ("'maybe'", "one of true, false"),
    "finance.currency=12345": ("12345",),
    "finance.currency=E1": ("'E1'", "does not match"),
    "scenario=acountable_cxo": ("'acountable_cxo'", "choose from", "did you mean accountable_cxo?"),
    "scenario=null": ("'null'", "choose from accountable_cxo"),
    "industry=telcom": ("'telcom'", "did you mean telecom?"),
    "population=tiny": ("'tiny'", "choose from default, large, small"),
    "run=fast": ("'fast'", "choose from debug, default, quick"),
    "time=days": ("'days'", "choose from default, quarters, weeks"),
}

UNKNOWN_KEY = {
    "market.compettion=0.2": ("0.2", "market.competition"),
    "+market.compettion=0.2": ("0.2", "market.competition"),
    "++market.compettion=0.2": ("0.2", "market.competition"),
    "competition=0.2": ("0.2", "market.competition"),
    "n_customers=500": ("500", "population.n_customers"),
    "scenari=no_cxo": ("'no_cxo'", "scenario"),
    "governance.decision_right=1": ("1", "governance.decision_rights"),
    "organisation.departments.clams.base_quality=1": ("1", "organisation.departments.claims.base_quality"),
    "organisation.departments.claims.base_qualty=1": ("1", "organisation.departments.claims.base_quality"),
    "journeys.crsh.rate_per_year=1": ("1", "journeys.crash.rate_per_year"),
    "experience.channels.fone.quality=1": ("1", "experience.channels.phone.quality"),
    "market.calibration.mean_quality=0.1": ("market.calibration={mean_quality: 0.1",),
    "+foo=1": ("1", "no such key"),
    "foo/bar=1": ("1", "no such key"),
}

BAD_GROUP = {
    "market=5": ("5", "market.<key>=<value>"),
    "market.rival=hello": ("'hello'", "market.rival.<key>=<value>"),
    "journeys={}": ("{}", "~journeys.<name>"),
    "organisation.departments={}": ("{}", "~organisation.departments.<name>"),
    "~market": ("cannot be removed",),
    "journeys.crash.steps=[]": ("[]", "1 to 12"),
    "market.competition=${nope}": ("nope",),
}

AT_ODDS = {
    ("population.segments.seniors.share=0.9",): ("population.segments", "1.6", "sum to 1"),
    ("population.network.mean_degree=7",): ("population.network.mean_degree", "7", "even"),
    ("population.network.topology=complete", "population.n_customers=20000"): ("population.network.topology", "10000"),
    ("~journeys.crash",): ("organisation.departments.claims", "no journey visits"),
    ("~organisation.departments.claims",): ("journeys", "claims", "unknown department", "choose from"),
    ("journeys.renewal.rate_per_year=300",): ("journeys", "too many", "12 periods a year"),
    ("journeys.crash.steps=[{department: claim}]",): ("journeys.crash.steps.0.department", "'claim'", "choose from"),
    ("journeys.crash.steps=[{department: claims, channels: {phone: 0.4}}]",): ("channels", "sum to 1", "0.4"),
    ("journeys.crash.steps=[{department: claims, channels: {fax: 1}}]",): ("channels", "'fax'", "choose from"),
}

SYNTAX = {
    ("market.competition",): ("market.competition", "key=value"),
    ("market.competition==1",): ("market.competition==1", "key=value"),
    ("=1",): ("=1", "key=value"),
    ("market.competition=0.2,0.7",): ("market.competition", "0.2,0.7", "add -m"),
    ("--config-dir", "nowhere"): ("--config-dir", "nowhere"),
    ("--no-such-option",): ("--no-such-option", "--help"),
    ("--cfg", "jobs"): ("--cfg", "jobs", "job"),
    ("--replay", "nowhere"): ("nowhere", "no such folder"),
    ("-m", "scenario=no_cxo,nobody"): ("scenario", "'nobody'", "choose from"),
    ("-m", "market.compettion=0.2,0.7"): ("market.compettion", "did you mean market.competition?"),
}

ONE_OVERRIDE = OUT_OF_RANGE | NOT_A_NUMBER | BAD_CHOICE | UNKNOWN_KEY | BAD_GROUP
SEVERAL = AT_ODDS | SYNTAX


def assert_refused(ending: Ending, words: tuple[str, ...]) -> None:
    assert ending.code == 2
    assert ending.err.count("\n") == 1
    assert ending.err.endswith("\n")
    for word in words:
        assert word in ending.err
    assert ending.out == ""
    assert ending.files == []


@pytest.mark.parametrize("override", ONE_OVERRIDE)
def test_a_bad_override_is_one_line_with_key_value_and_remedy(command: Command, override: str) -> None:
    key = override.lstrip("+~").partition("=")[0]
    assert_refused(command(override), (key, *ONE_OVERRIDE[override]))


@pytest.mark.parametrize("arguments", SEVERAL, ids=" ".join)
def test_a_bad_command_line_is_one_line(command: Command, arguments: tuple[str, ...]) -> None:
    assert_refused(command(*arguments), SEVERAL[arguments])


def test_several_mistakes_are_counted_in_the_same_line(command: Command) -> None:
    assert_refused(command("market.competition=99", "finance.margin=7"), ("market.competition", "99", "(and 1 more)"))


@pytest.mark.parametrize("override", ["market.competition=99", "scenario=acountable_cxo", "market.compettion=1"])
def test_compose_raises_the_same_line(override: str) -> None:
    with pytest.raises(ConfigError, match=override.partition("=")[0]) as caught:
        sim.compose(override)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("override", "word"), [("market.competition=99", "0 to 3"), ("+market.compettion=1", "market.competition?")]
)
def test_a_process_ends_with_code_2_and_no_traceback(workplace: Path, override: str, word: str) -> None:
    done = run_process([override], workplace)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert word in done.stderr
    assert list(workplace.iterdir()) == []


def test_full_errors_on_request(workplace: Path) -> None:
    done = run_process(["market.competition=99"], workplace, {"HYDRA_FULL_ERROR": "1"})
    assert done.returncode != 0
    assert "Traceback" in done.stderr


def test_an_error_and_help_load_neither_model_nor_tables(workplace: Path) -> None:
    probe = (
        "import sys; from sim.__main__ import main; main(['market.competition=99']); main(['--help']);"
        "print([name for name in ('mesa', 'numba', 'pandas', 'pyarrow', 'matplotlib', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, cwd=workplace, env=environment()
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.usefixtures("fake_model")
def test_a_result_folder_that_cannot_be_made(command: Command, workplace: Path) -> None:
    (workplace / "taken").write_text("a file, not a folder", encoding="utf-8")
    ending = command("hydra.run.dir=taken/inside", "run.progress=false")
    assert ending.code == 2
    assert ending.err.count("\n") == 1
    assert "taken" in ending.err
    assert "hydra.run.dir" in ending.err
    assert ending.files == ["taken"]


@pytest.mark.usefixtures("fake_model")
def test_a_full_disk_leaves_nothing(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sim.storage.pq.write_table", fill)
    ending = command("run.progress=false", "run.n_replicates=2")
    assert ending.code == 2
    assert ending.err.count("\n") == 1
    assert "No space left on device" in ending.err
    assert "outputs" in ending.err
    assert ending.files == []


@pytest.mark.usefixtures("fake_model")
def test_a_disk_that_fills_up_at_the_picture_leaves_nothing(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("analysis.show.overview.draw", fill)
    ending = command("run.progress=false", "run.n_replicates=2")
    assert ending.code == 2
    assert ending.err.count("\n") == 1
    assert "No space left on device" in ending.err
    assert ending.files == []


@pytest.mark.usefixtures("fake_model")
def test_an_interrupt_leaves_nothing(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.simulation.run_one", interrupt)
    ending = command("run.progress=false")
    assert ending.code == 130
    assert ending.err.count("\n") == 1
    assert ending.files == []


@pytest.mark.usefixtures("fake_model")
def test_one_failing_job_of_a_sweep_does_not_lose_the_others(command: Command) -> None:
    ending = command("-m", "market.competition=0.2,99,0.7", "run.progress=false", "run.n_replicates=2")
    assert ending.code == 2
    assert "market.competition: 99 is outside 0 to 3 (ratio)" in ending.err
    complete = [name for name in ending.files if name.endswith("manifest.json")]
    assert len(complete) == 2
    assert not any("=99" in name for name in ending.files)


def environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    import os

    root = str(Path(sim.__file__).parents[1])
    return {**os.environ, "PYTHONPATH": root, **(extra or {})}


def run_process(
    arguments: list[str], folder: Path, extra: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "sim", *arguments]
    return subprocess.run(words, capture_output=True, text=True, cwd=folder, env=environment(extra))
