"""Does a test fail when a line is changed? Tries changed copies of a module and names those that no test notices.

    python -m tests.mutation sim.accounts
    python -m tests.mutation sim.comparison analysis.compare.statistics --sample 40 --seed 7 --list outcome.jsonl

Every change (:mod:`tests.mutants`) is tried in a process of its own that has loaded the heavy libraries already: the
changed module and all that import it are loaded afresh, and the tests that hold the module run until one fails. A
change that no test notices is printed with its line; expected values of the test that is missing then come from
elsewhere: a calculation by hand, a closed form, another library, a limiting case. That is why the golden files, which
the simulator has written itself, are in no selection below. A change that does not end is noticed, too: the limit is
processor time, in multiples of what the tests take without a change.

With ``--list`` every outcome is kept as a line of JSON: what was noticed is not tried again, what lives is.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import random
import resource
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec, spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from tests.mutants import Mutant, make_mutants
from tests.waiting import CEILING_SECONDS

ROOT = Path(__file__).parents[1]
COMPANY = ("test_company_links", "test_period_length", "test_company", "test_emergent_company")
"""Tests of the company as a whole, quickest first."""
TESTS: Mapping[str, tuple[str, ...]] = {
    "sim.accounts": ("test_accounts", "test_closed_forms", "test_pairs", "test_company"),
    "sim.comparison": ("test_pairs", "test_results", "test_why"),
    "sim.outcomes": ("test_outcomes", "test_results", "test_model"),
    "sim.recorder": ("test_recorder", "test_model", "test_company"),
    "sim.organisation.agents": ("test_model", "test_company"),
    "sim.organisation.company": ("test_phases", *COMPANY),
    "sim.organisation.contracts": ("test_contracts", *COMPANY),
    "sim.organisation.costs": ("test_executives", *COMPANY),
    "sim.organisation.delivery": ("test_delivery", *COMPANY),
    "sim.organisation.demand": ("test_demand", *COMPANY),
    "sim.organisation.department": ("test_department", *COMPANY),
    "sim.organisation.dynamics": ("test_dynamics", "test_environment", "test_workforce", "test_executives", *COMPANY),
    "sim.organisation.environment": ("test_environment", *COMPANY),
    "sim.organisation.executives": ("test_executives", *COMPANY),
    "sim.organisation.experience_officer": ("test_officer", "test_executives", "test_initiatives", *COMPANY),
    "sim.organisation.gaps": ("test_gaps", *COMPANY),
    "sim.organisation.initiative_desk": ("test_officer", "test_initiatives", *COMPANY),
    "sim.organisation.initiatives": ("test_officer", "test_initiatives", *COMPANY),
    "sim.organisation.interfaces": ("test_status_quo", "test_practices", *COMPANY),
    "sim.organisation.practices": ("test_practices", *COMPANY),
    "sim.organisation.programmes": ("test_programmes", "test_initiatives", *COMPANY),
    "sim.organisation.promise": ("test_contracts", *COMPANY),
    "sim.organisation.recording": ("test_status_quo", "test_gaps", *COMPANY),
    "sim.organisation.status_quo": ("test_status_quo", "test_delivery", "test_gaps", *COMPANY),
    "sim.organisation.survey": ("test_survey", *COMPANY),
    "sim.organisation.workforce": ("test_workforce", *COMPANY),
    "analysis.compare.statistics": ("test_statistics_by_hand", "test_statistics"),
    "analysis.compare.verdicts": ("test_verdicts", "test_memo_ranking", "test_memo"),
    "analysis.compare.comparison": ("test_comparison_table", "test_families", "test_compare"),
    "analysis.compare.replication": ("test_compare", "test_compare_store"),
    "analysis.maps.information": ("test_worth_and_regret", "test_maps"),
    "analysis.maps.regret": ("test_worth_and_regret", "test_maps"),
    "analysis.explain.shapley": ("test_why_orders", "test_why_levers"),
    "analysis.explain.equity": ("test_why_equity",),
    "analysis.explain.interrupted": ("test_why",),
}
"""Tests that hold each module, quickest first; without golden files."""
LOADED = ("hypothesis.strategies", "matplotlib.pyplot", "pyarrow.parquet", "scipy.stats", "sim.model", "sim.simulation")
"""Loaded once, for all changes."""
NOTICED, LIVES, ENDLESS = "killed", "survived", "killed by the time limit"
OPTIONS = (
    "-x", "-q", "-o", "addopts=", "-m", "not slow", "--assert=plain", "-p", "no:cacheprovider",
    "-p", "_hypothesis_pytestplugin", "--hypothesis-profile=mutation",
)  # fmt: skip
"""In this process, to the first failure, with no plugin that is not needed: a change takes a third of a second."""
SPARE_SECONDS = 10.0
"""Processor time that a change may take beyond five times that of the tests without it."""


class _Overlay(importlib.machinery.SourceFileLoader, importlib.abc.MetaPathFinder):
    """Finds one module, with another source than its file has."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> Any:
        return spec_from_loader(fullname, self) if fullname == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)


class _FirstFailure:
    """Notes which test failed first, as a plugin of pytest."""

    def __init__(self) -> None:
        self.name = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.name:
            self.name = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.name:
            self.name = f"{report.nodeid} cannot be loaded"


@dataclass(frozen=True)
class Trial:
    """How the tests of a module took a change."""

    fate: str
    by: str
    """Test that noticed it."""
    seconds: float
    """Processor time."""


class Laboratory:
    """Tries changed copies of one module.

    Parameters
    ----------
    module
        Dotted name.
    tests
        Modules of :mod:`tests`, quickest first; those that are not there are passed over.
    """

    def __init__(self, module: str, tests: Sequence[str]) -> None:
        spec = find_spec(module)
        assert spec is not None
        assert spec.origin is not None
        self.module, self.path = module, Path(spec.origin)
        self.source = self.path.read_text(encoding="utf-8")
        self._tests = [str(path) for name in tests for path in sorted((ROOT / "tests").rglob(f"{name}.py"))]
        self._dependent = dependent_on(module)
        self._limit = CEILING_SECONDS

    def calibrate(self) -> Trial:
        """Run the tests without a change, which must pass, and set the limit of time by them."""
        trial = self.run(self.source)
        if trial.fate != LIVES:
            raise RuntimeError(f"{self.module}: without a change, {trial.by or trial.fate}")
        self._limit = SPARE_SECONDS + 5.0 * trial.seconds
        return trial

    def run(self, source: str) -> Trial:
        """Run the tests against another source of the module, in a process of their own."""
        reading, writing = os.pipe()
        gc.freeze()  # what is loaded is not looked at again by every child
        child = os.fork()
        if child == 0:
            os.close(reading)
            try:
                answer = self._test_in_child(source)
            except BaseException as error:  # nothing may go on in two processes
                answer = {"code": -1, "by": f"{type(error).__name__}: {error}"}
            os.write(writing, json.dumps(answer).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as stream:
            told = stream.read()
        _, status, usage = os.wait4(child, 0)
        seconds = usage.ru_utime + usage.ru_stime
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM):
            return Trial(ENDLESS, "", seconds)
        answer = json.loads(told) if told else {"code": -1, "by": "the process ended"}
        return Trial(LIVES if answer["code"] == 0 else NOTICED, answer["by"], seconds)

    def _test_in_child(self, source: str) -> dict[str, Any]:
        """Return the exit code of the tests, and the first that failed."""
        limit = int(self._limit)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.alarm(int(2.0 * CEILING_SECONDS))
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        sys.meta_path.insert(0, _Overlay(self.module, str(self.path), source))
        forget(self._dependent)
        failure = _FirstFailure()
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        code = pytest.main([*OPTIONS, *self._tests], plugins=[failure])
        return {"code": int(code), "by": failure.name}


def dependent_on(module: str) -> set[str]:
    """Return a module and all modules of ours that import it, directly or not."""
    import grimp

    graph = grimp.build_graph("sim", "analysis", "tests", exclude_type_checking_imports=True, cache_dir=None)
    return {module, *graph.find_downstream_modules(module)}


def forget(modules: Iterable[str]) -> None:
    """Let modules be loaded afresh when they are next imported."""
    for name in modules:
        sys.modules.pop(name, None)
        package, _, last = name.rpartition(".")
        if last in vars(sys.modules.get(package, ModuleType(""))):
            delattr(sys.modules[package], last)


def warm_up() -> None:
    """Load what every change needs, compiled kernels included."""
    from hypothesis import Phase, settings

    for name in LOADED:
        importlib.import_module(name)
    settings.register_profile("mutation", deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
    import sim
    from sim.model import run_replicate

    for precision in ("single", "double"):
        small = ("population.n_customers=240", "time.burn_in_years=1", "time.horizon_years=1")
        run_replicate(sim.compose(*small, f"run.precision={precision}"), 0)


def choose(mutants: list[Mutant], size: int | None, seed: int) -> list[Mutant]:
    """Return a random sample, or all where there are no more; in the order of the source."""
    if size is None or size >= len(mutants):
        return mutants
    return sorted(random.Random(seed).sample(mutants, size), key=lambda mutant: mutant.start)


def noticed_before(path: Path | None, module: str) -> set[str]:
    """Return the changes of a module, by key, that a list says were noticed."""
    if path is None or not path.exists():
        return set()
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {line["key"] for line in lines if line["module"] == module and line["fate"] != LIVES}


def try_module(module: str, arguments: argparse.Namespace) -> tuple[int, int]:
    """Try the changes of one module and print those that live; return how many were tried and how many live."""
    laboratory = Laboratory(module, arguments.tests or TESTS[module])
    mutants = make_mutants(laboratory.source)
    chosen = choose(mutants, arguments.sample, arguments.seed)
    done = noticed_before(arguments.list, module)
    waiting = [mutant for mutant in chosen if mutant.key not in done]
    seconds = laboratory.calibrate().seconds
    print(f"{module}: {len(chosen)} of {len(mutants)} mutants, {len(waiting)} to try; tests take {seconds:.0f} s")
    n_alive = 0
    for mutant in waiting:
        trial = laboratory.run(mutant.apply(laboratory.source))
        if arguments.list is not None:
            line = {"module": module, "key": mutant.key, "line": mutant.line, "kind": mutant.kind}
            line |= {"fate": trial.fate, "by": trial.by, "diff": mutant.diff(laboratory.source)}
            with arguments.list.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
        if trial.fate == LIVES:
            n_alive += 1
            where = laboratory.path.relative_to(ROOT)
            print(f"{where}:{mutant.line}: {mutant.kind}\n{mutant.diff(laboratory.source)}", flush=True)
    print(f"{module}: {len(chosen)} tried, {len(chosen) - n_alive} killed, {n_alive} survived", flush=True)
    return len(chosen), n_alive


def main(words: Sequence[str] | None = None) -> int:
    """Try the changes of some modules; 1 where one lives."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("modules", nargs="+", choices=sorted(TESTS), metavar="module", help="such as sim.accounts")
    parser.add_argument("--sample", type=int, help="changes of each module that are tried, at random; otherwise all")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--list", type=Path, help="file of outcomes, to go on from after an interruption")
    parser.add_argument("--tests", nargs="+", help="modules of tests to use in place of the chosen ones")
    arguments = parser.parse_args(words)
    warm_up()
    counts = [try_module(module, arguments) for module in arguments.modules]
    tried, alive = (sum(column) for column in zip(*counts, strict=True))
    print(f"{tried} mutants tried, {tried - alive} killed, {alive} survived")
    return int(alive > 0)


if __name__ == "__main__":
    sys.exit(main())
