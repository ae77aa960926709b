"""Studies from Python: what ``analysis.study(...)`` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

if TYPE_CHECKING:
    import pandas as pd

    from analysis.study.running import Progress


class Asked(TypedDict, total=False):
    """Fields of `analysis.study.request.StudyRequest` that a function takes."""

    design: str
    points: int
    levels: int
    seeds: int
    scenarios: Sequence[str]
    luck: str
    factors: str | Sequence[str] | Mapping[str, Any]
    fixed: Mapping[str, Any]
    variants: Mapping[str, Mapping[str, Any]]
    file: str | Path


@dataclass(frozen=True)
class StudyResult:
    """What a study found."""

    table: pd.DataFrame
    """One row per point, seed and design, see `analysis.study.table.gather`."""
    failures: pd.DataFrame
    """One row per run without outcomes, with the reason and the command that runs it again."""
    manifest: Mapping[str, Any]
    """What was asked, the factors and their ranges, parameters, versions, and the command that asks the same."""


def study(
    *overrides: str,
    name: str = "regimes",
    workers: int = 0,
    config_dir: str | Path | None = None,
    store: str | Path | None = None,
    **asked: Unpack[Asked],
) -> StudyResult:
    """Run a study: every org design at each point of a design of points, on the same seeds.

    What ``python -m analysis.study`` does, without its files: nothing is printed, and nothing is left on disk but what
    a ``store`` keeps.

    Parameters
    ----------
    *overrides
        Keys of the simulator as on the command line: ``"industry=telecom"``, ``"population.n_customers=2000"``.
    name
        Of the study's file, ``conf/study/NAME.yaml`` or your own, over whose values all others are put.
    workers
        Processes of this machine; 0 for one per core, 1 for none beside this one.
    config_dir
        Folder of your own scenarios, industries and studies.
    store
        Folder in which runs are kept, so that a study goes on where it stopped (``"outputs/.studies"`` is that of the
        command); None: they are kept nowhere.
    **asked
        ``design``, ``points``, ``levels``, ``seeds``, ``scenarios``, ``luck``, ``factors`` (a list of keys, or a
        mapping from keys to ``[low, high]``), ``fixed``, ``variants`` and ``file``, as the command takes them
        (``--help`` explains them).

    Returns
    -------
    StudyResult
        Frozen: table, failures and manifest.

    Raises
    ------
    sim.errors.UserError
        Something given cannot be used, in one line; or the store cannot be written.
    """
    from analysis.command.asking import given_by
    from analysis.store.parts import StudyStore
    from analysis.study.command import parse_command
    from analysis.study.engines import make_engine
    from analysis.study.running import Progress, describe_plan, make_plan, run_pilot, run_plan
    from analysis.study.table import failures, gather, study_manifest

    own = {"study": name, "engine": "local", "engine.workers": workers, "action": "run"}
    with given_by(overrides, {**own, **asked}, config_dir, store) as arguments:
        command = parse_command(arguments)
        plan = make_plan(command.name, command.request, command.parameters, command.store)
        if plan.n_missing:
            engine, progress = make_engine(command.engine, command.store), Progress(plan.n_missing)
            StudyStore(command.store).prepare(describe_plan(plan))
            left, _ = run_pilot(plan, progress, engine.n_workers, _say_nothing)
            run_plan(left, engine, command.engine.runs_per_task, progress, _say_nothing)
        table, failed = gather(plan), failures(plan)
        return StudyResult(table, failed, study_manifest(plan, table, failed, arguments))


def _say_nothing(_: Progress) -> None:
    """Take the place of what shows progress."""
