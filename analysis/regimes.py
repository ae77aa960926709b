"""The regime study: which org design is best in which environment.

``python -m analysis.regimes`` draws environments from frozen ranges, runs every org design in each of them under the
same luck, and reports how often each is best, how sure that is, and which way the answer turns. A study that was
stopped, or is to be larger, goes on where it was: the same command resumes.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Never

from tqdm import tqdm

from analysis.regime_environments import MONOPOLY, REGIMES, build_study, draw_environments
from analysis.regime_parts import (
    DONE,
    FAILED,
    REJECTED,
    Verdict,
    compute_part,
    failure_path,
    part_path,
    plan_tasks,
    read_part,
    run_tasks,
)
from analysis.regime_ranges import checked_axes
from analysis.regime_report import Plan, write_report, write_results
from analysis.regime_single import SINGLE, build_single_study, single_values
from sim.errors import UserError
from sim.workers import map_items, usable_cores

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
INTERRUPTED = 130


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    environments: int
    customers: int
    seeds: int
    luck: int
    monopoly: int
    single: int
    workers: int
    industry: str
    folder: Path
    publish: Path | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return 0 when done, 1 if environments failed, 2 for a mistake, 130 when interrupted."""
    given = _parser().parse_args(arguments)
    try:
        if given.replay is not None:
            return replay(given.industry, given.customers, given.study, given.replay)
        publish = None if given.publish is None else Path(given.publish)
        if given.rewrite:
            print(write_report(Path(given.folder), publish))
            return 0
        request = Request(
            environments=_at_least(given.environments, 1, "--environments"),
            customers=given.customers,
            seeds=_at_least(given.seeds, 1, "--seeds"),
            luck=_at_least(given.luck, 0, "--luck"),
            monopoly=_at_least(given.monopoly, 0, "--monopoly"),
            single=_at_least(given.single, 0, "--single"),
            workers=_at_least(given.workers, 0, "--workers"),
            industry=given.industry,
            folder=Path(given.folder),
            publish=publish,
        )
        return run(request)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: finished environments are kept; the same command goes on from there", file=sys.stderr)
        return INTERRUPTED


def run(request: Request) -> int:
    """Run what is missing of a study, then write its tables, report and picture."""
    plans = make_plans(request)
    _writable(request.folder)
    verdicts = [verdict for plan in plans for verdict in run_plan(plan, request)]
    write_results(plans, request.folder, _command(request))
    print(write_report(request.folder, request.publish))
    ended = {status: sum(v.status == status for v in verdicts) for status in (FAILED, REJECTED)}
    for status, count in ended.items():
        if count:
            print(f"{count} tasks {status}: see {request.folder / 'failures.csv'}", file=sys.stderr)
    return 1 if ended[FAILED] else 0


def make_plans(request: Request) -> list[Plan]:
    """Return the studies and their tasks: regimes (with second seeds), monopoly, one factor at a time."""
    axes = checked_axes()
    largest = max(request.environments, request.monopoly)
    environments = draw_environments(largest, axes)
    regimes = build_study(REGIMES, request.industry, request.customers)
    tasks = plan_tasks(regimes, environments[: request.environments], max(2, request.seeds))
    kept = [t for t in tasks if t.seed_number < request.seeds or t.environment < request.luck]
    plans = [Plan(regimes, kept)]
    if request.monopoly:
        monopoly = build_study(MONOPOLY, request.industry, request.customers)
        plans.append(Plan(monopoly, plan_tasks(monopoly, environments[: request.monopoly], 1)))
    if request.single:
        single = build_single_study(request.industry, request.customers)
        plans.append(Plan(single, plan_tasks(single, single_values(axes), request.single)))
    return plans


def run_plan(plan: Plan, request: Request) -> list[Verdict]:
    """Run the tasks that have no part yet; return how they ended."""
    study, folder = plan.study, request.folder
    missing = [t for t in plan.tasks if read_part(part_path(folder, study.name, t)) is None]
    items = [tuple(group) for _, group in groupby(missing, key=lambda task: task.environment)]
    verdicts: list[Verdict] = []
    with _one_thread_each(), _bar(plan, len(missing)) as bar:

        def keep(ended: list[Verdict]) -> None:
            """Take note of ended tasks and move the bar."""
            verdicts.extend(ended)
            bar.update(len(ended))
            failed = sum(v.status != DONE for v in verdicts)
            if failed:
                bar.set_postfix_str(f"{failed} not done")

        task = partial(run_tasks, study, folder)
        if items:  # the first one compiles the kernels and fills their cache before other processes start
            keep(task(items[0]))
        n_workers = request.workers or usable_cores()
        map_items(task, items[1:], min(n_workers, max(1, len(items) - 1)), keep)
    _forget_old_failures(plan, folder, verdicts)
    return verdicts


def replay(industry: str, customers: int, study_name: str, which: str) -> int:
    """Run one environment again in the open: errors come with their traceback."""
    try:
        environment, seed_number = (int(part) for part in which.split(":"))
    except ValueError:
        raise UserError(f"--replay: {which!r} is not ENVIRONMENT:SEED, for instance 17:0") from None
    axes = checked_axes()
    single = study_name == SINGLE
    study = build_single_study(industry, customers) if single else build_study(study_name, industry, customers)
    environments = single_values(axes) if single else draw_environments(environment + 1, axes)
    task = plan_tasks(study, environments[: environment + 1], seed_number + 1)[-1]
    for key, value in task.values.items():
        print(f"{key} = {value}")
    for design, measured in compute_part(study, task)["designs"].items():
        print(f"\n{design}")
        for name, number in measured.items():
            print(f"  {name:32s} {number:.6g}")
    return 0


def _bar(plan: Plan, n_missing: int) -> tqdm[Never]:
    """Return a bar that begins with the tasks done before."""
    bar: tqdm[Never] = tqdm(
        total=len(plan.tasks),
        initial=len(plan.tasks) - n_missing,
        desc=plan.study.name,
        unit="env",
        smoothing=0.02,
        dynamic_ncols=True,
        mininterval=0.5,
    )
    return bar


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Keep linear algebra from starting threads in every worker while they are started."""
    added = [name for name in ONE_THREAD if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _forget_old_failures(plan: Plan, folder: Path, verdicts: Sequence[Verdict]) -> None:
    """Remove notes of failures of tasks that have a part by now."""
    bad = {(v.environment, v.seed_number) for v in verdicts if v.status != DONE}
    for task in plan.tasks:
        if (task.environment, task.seed_number) not in bad:
            failure_path(folder, plan.study.name, task).unlink(missing_ok=True)


def _command(request: Request) -> str:
    """Return the command that makes these results, without what changes no number."""
    keys = ("environments", "customers", "seeds", "luck", "monopoly", "single", "industry")
    return "python -m analysis.regimes " + " ".join(f"--{key} {getattr(request, key)}" for key in keys)


def _writable(folder: Path) -> None:
    try:
        (folder / "parts").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--folder: {folder} cannot be written ({error.strerror})") from error


def _at_least(value: int, low: int, name: str) -> int:
    if value < low:
        raise UserError(f"{name}: {value} is below {low}")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m analysis.regimes", description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else ""
    )
    add = parser.add_argument
    add("--environments", type=int, default=2000, help="environments of the regime study (default 2000)")
    add("--customers", type=int, default=2000, help="persons in the market of each run (default 2000)")
    add("--seeds", type=int, default=1, help="seeds of each environment (default 1)")
    add("--luck", type=int, default=200, help="environments that get a second seed, to measure luck (default 200)")
    add("--monopoly", type=int, default=200, help="environments of the monopoly study (default 200)")
    add("--single", type=int, default=20, help="seeds of the study of one factor at a time (default 20)")
    add("--workers", type=int, default=0, help="processes; 0 for one per core (default)")
    add("--industry", default="auto_insurance", help="industry whose departments, journeys and segments are kept")
    add("--folder", default="outputs/regimes", help="where parts and tables go; the same folder resumes")
    add(
        "--publish",
        default=None,
        metavar="FOLDER",
        help="also write report, table and picture for the documentation there",
    )
    add("--rewrite", action="store_true", help="write the report again from the tables in the folder; run nothing")
    add("--study", default=REGIMES, choices=(REGIMES, MONOPOLY, SINGLE), help="study of --replay")
    add("--replay", default=None, metavar="ENVIRONMENT:SEED", help="run one environment again, in the open")
    return parser


if __name__ == "__main__":
    sys.exit(main())
