"""The table of a study: one row per point, seed and scenario, with factors and outcomes as columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.command.tables import read_parquet, write_csv
from analysis.store.parts import MEASURED, StudyStore
from analysis.study.running import Plan, describe_plan
from analysis.study.work import replay_command
from sim.commands import command
from sim.errors import ResultError
from sim.identity import code_version, environment
from sim.storage import read_manifest, staged, write_manifest

TABLE = "table.parquet"
POINTS = "points.csv"
FAILURES = "failures.csv"
FAILURE_COLUMNS = ("address", "point", "seed", "scenario", "status", "reason", "replay")


def gather(plan: Plan) -> pd.DataFrame:
    """Return the table of the runs of a study that are kept.

    Returns
    -------
    pandas.DataFrame
        study, point, seed, scenario, address, one column per factor (its dotted key), the year's revenue at the
        start, one column per outcome (32-bit, like the revenue), in the order of the points, whatever the order in
        which they ran.
    """
    runs = [(point.number, run.seed, run.scenario, run.address) for point in plan.points for run in point.runs]
    keys = pd.DataFrame(runs, columns=["point", "seed", "scenario", "address"])
    keys.insert(0, "study", plan.name)
    outcomes = StudyStore(plan.context.store).read(plan.addresses)
    there = keys[keys["address"].isin(outcomes.index)].reset_index(drop=True)
    factors = plan.design.iloc[there["point"].to_numpy()].reset_index(drop=True)
    measured = outcomes.loc[there["address"], list(MEASURED)].reset_index(drop=True)
    return pd.concat([there, factors, measured], axis=1)


def failures(plan: Plan) -> pd.DataFrame:
    """Return what went wrong in runs of a study, one row per run.

    Parameters
    ----------
    plan
        The study laid out.

    Returns
    -------
    pandas.DataFrame
        Without rows where nothing failed.
    """
    store = StudyStore(plan.context.store)
    notes = store.failed(plan.addresses)
    rows = [
        {**{name: note.get(name) for name in FAILURE_COLUMNS}, "replay": replay_command(store, address)}
        for address, note in notes.items()  # the store may have been moved since
    ]
    frame = pd.DataFrame(rows, columns=list(FAILURE_COLUMNS))
    return frame.sort_values(["point", "seed", "scenario"], ignore_index=True)


def write_study(plan: Plan, table: pd.DataFrame, failed: pd.DataFrame, folder: Path, arguments: Sequence[str]) -> None:
    """Write the files of a study, all or nothing.

    Parameters
    ----------
    plan
        The study laid out.
    table
        Of its runs.
    failed
        Runs without outcomes.
    folder
        Where the files go.
    arguments
        The command line, for the manifest.

    Raises
    ------
    ResultError
        The folder cannot be written; nothing half-written is left.
    """
    with staged(folder) as temporary:
        table.to_parquet(temporary / TABLE, index=False, compression="zstd")
        write_csv(plan.design, temporary / POINTS, index=True)
        if len(failed):
            write_csv(failed, temporary / FAILURES)
        write_manifest(temporary, study_manifest(plan, table, failed, arguments))


def read_study(folder: str | Path) -> pd.DataFrame:
    """Return the table of a study that was written.

    Parameters
    ----------
    folder
        Of the study's files.

    Raises
    ------
    ResultError
        There is no complete study, or a file is not the one that was written.
    """
    manifest = read_manifest(Path(folder))
    if manifest.get("kind") != "study":
        raise ResultError(f"{folder}: not a study")
    return read_parquet(Path(folder) / TABLE, str(Path(folder) / TABLE), ResultError)


def best_shares(table: pd.DataFrame, outcome: str = "npv_with_equity") -> pd.Series[float]:
    """Return the share of points at which each scenario has the highest mean of an outcome over seeds.

    Points that lack a run count for nobody.

    Parameters
    ----------
    table
        Of a study.
    outcome
        Name of a column.

    Returns
    -------
    pandas.Series
        In [0, 1], by scenario.
    """
    means = table.pivot_table(index="point", columns="scenario", values=outcome, aggfunc="mean", observed=True)
    whole = means.dropna()
    winners = whole.columns.to_numpy()[np.argmax(whole.to_numpy(), axis=1)] if len(whole) else np.array([])
    shares = [float(np.mean(winners == name)) if len(winners) else float("nan") for name in means.columns]
    return pd.Series(shares, index=means.columns, dtype=float)


def study_manifest(plan: Plan, table: pd.DataFrame, failed: pd.DataFrame, arguments: Sequence[str]) -> dict[str, Any]:
    """Return the manifest of a study, without the list of files.

    Parameters
    ----------
    plan
        The study laid out.
    table
        Of its runs.
    failed
        Runs without outcomes.
    arguments
        The command line.
    """
    kept = [text for text in arguments if text.partition("=")[0] not in ("folder", "store", "action")]
    return {
        "kind": "study",
        **describe_plan(plan),
        "n_done": len(table),
        "n_without_outcomes": len(failed),
        "replay": command("analysis.study", *kept),
        "code": code_version(),
        "environment": environment(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "parameters": {name: dict(content) for name, content in plan.context.basis.contents.items()},
    }
