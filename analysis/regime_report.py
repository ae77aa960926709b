"""Report of the regime study: tables, what the run was, and the page of the documentation, from files of the run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import regime_picture, regime_tables
from analysis.regime_environments import STUDY_SEED, Study
from analysis.regime_parts import Task, gather, gather_seconds
from analysis.regime_ranges import FROZEN
from analysis.regime_text import paragraph, table
from sim.errors import UserError
from sim.identity import code_version, environment

ALL_RESULTS = "results.parquet"
RESULTS = "regimes_results.csv"
REPORT = "regimes.md"
FACTS = "manifest.json"
BY_HAND = ("<!-- by hand: kept when the page is written again -->", "<!-- end of what is kept -->")
GENERATED = ("<!-- from regimes_results.csv -->", "<!-- end of what is from regimes_results.csv -->")
KEYS = ["study", "environment", "seed_number", "design", "initial_revenue"]
OUTCOMES_SHOWN = ["npv", "npv_with_equity", "expected_retention_per_year", "retention_per_year", "mean_satisfaction"]
"""Outcomes in the table of the documentation; all others are in the folder of the run."""
LINES_SHOWN = {
    "serving": ("service", "rework", "recovery"),
    "acquisition": ("acquisition",),
    "incentive_pay": ("incentive_pay",),
    "office": ("office",),
    "initiatives": ("initiatives",),
    "politics": ("influence", "distraction"),
}
"""Costs in the table of the documentation, each the sum of account lines; ``margin`` is revenue less direct cost."""
DIGITS = 8
"""Fewer would make ties of retentions that differ."""


@dataclass(frozen=True)
class Plan:
    """A study and all its tasks."""

    study: Study
    tasks: list[Task]


def write_results(plans: Sequence[Plan], folder: Path, command: str) -> None:
    """Write the tables of a run and, last, its manifest.

    Raises
    ------
    UserError
        No environment was finished.
    """
    _write_failures(folder)
    frames = [gather(plan.study, folder, plan.tasks) for plan in plans]
    frame = pd.concat([part for part in frames if not part.empty] or frames, ignore_index=True)
    if frame.empty:
        raise UserError(f"no environment was finished; see {folder / 'failures.csv'}")
    frame.to_parquet(folder / ALL_RESULTS, index=False)
    facts = _facts(plans, folder, command, frame)
    (folder / FACTS).write_text(json.dumps(facts, indent=2), encoding="utf-8")


def write_report(folder: Path, publish: Path | None = None) -> str:
    """Write page and picture from the tables of a run, and into the documentation where asked.

    Parameters
    ----------
    folder
        Of a run that has written its results.
    publish
        Folder of the documentation; what was written by hand into an earlier page is kept.

    Returns
    -------
    str
        The short answer.

    Raises
    ------
    UserError
        The folder has no results.
    """
    try:
        published_table(pd.read_parquet(folder / ALL_RESULTS)).to_csv(
            folder / RESULTS, index=False, float_format=f"%.{DIGITS}g", lineterminator="\n"
        )
        frame = read_results(folder / RESULTS)
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{folder}: no results of a regime study ({error})") from error
    _write_page(frame, facts, folder, "")
    if publish is not None:
        publish.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / RESULTS, publish / RESULTS)
        _write_page(frame, facts, publish, kept_by_hand(publish / REPORT))
    return regime_tables.short_answer(frame)


def published_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table of the documentation: the main outcomes, and account lines in currency per year."""
    table = frame[[*KEYS, *OUTCOMES_SHOWN]].copy()
    table["margin"] = (frame["yearly_revenue"] - frame["yearly_direct_cost"]).round()
    for name, lines in LINES_SHOWN.items():
        table[name] = frame[[f"yearly_{line}" for line in lines]].sum(axis=1).round()
    return table


def read_results(path: Path) -> pd.DataFrame:
    """Read the table of the documentation."""
    return pd.read_csv(path)


def between(text: str, marks: tuple[str, str]) -> str:
    """Return what stands between two marks, or nothing where they are missing."""
    if marks[0] not in text or marks[1] not in text:
        return ""
    return text.split(marks[0])[1].split(marks[1])[0].strip("\n")


def kept_by_hand(path: Path) -> str:
    """Return what was written by hand into an earlier page."""
    return between(path.read_text(encoding="utf-8"), BY_HAND) if path.exists() else ""


def _write_page(frame: pd.DataFrame, facts: dict[str, Any], folder: Path, by_hand: str) -> None:
    blocks = [
        "# The regime study: which org design is best where",
        _facts_text(facts),
        f"{BY_HAND[0]}\n{by_hand}\n{BY_HAND[1]}",
        f"{GENERATED[0]}\n{regime_tables.all_tables(frame)}\n{GENERATED[1]}",
        f"## The frozen ranges\n\n{regime_tables.ranges_table()}\n",
    ]
    (folder / REPORT).write_text("\n\n".join(blocks), encoding="utf-8")
    regime_picture.draw(frame, folder)


def _facts(plans: Sequence[Plan], folder: Path, command: str, frame: pd.DataFrame) -> dict[str, Any]:
    """Return what the run was: sizes, code, machine and time."""
    base = plans[0].study.base
    done = {
        str(name): len(group[["environment", "seed_number"]].drop_duplicates())
        for name, group in frame.groupby("study")
    }
    return {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "study_seed": STUDY_SEED,
        "asked": {plan.study.name: len(plan.tasks) for plan in plans},
        "done": done,
        "not_done": _count_failures(folder),
        "customers": base.population.n_customers,
        "industry": base.industry.name,
        "code": code_version(),
        "environment": environment(),
        "seconds": sum(gather_seconds(plan.study, folder, plan.tasks) for plan in plans),
    }


def _facts_text(facts: dict[str, Any]) -> str:
    code, machine = facts["code"], facts["environment"]
    packages = [f"{name} {machine['packages'][name]}" for name in ("numpy", "numba", "scipy", "mesa")]
    ended = ", ".join(f"{count} {status}" for status, count in facts["not_done"].items()) or "none failed or rejected"
    studies = ", ".join(f"{name} {facts['done'].get(name, 0):,} of {asked:,}" for name, asked in facts["asked"].items())
    commit = (code["commit"] or "none")[:12] + (" with local changes" if code["dirty"] else "")
    lead = f"""Run with `{facts["command"]}`, which resumes where it stopped. Environments are points of a scrambled
    Sobol sequence over the ranges of `docs/{FROZEN.name}`, frozen before the first run: a test compares them with the
    parameter records, and the history of that file is the witness. Everything that has a range varies at once;
    departments, journeys, segments and the clock (2 + 5 years, monthly) are those of the industry
    `{facts["industry"]}`. The behaviour of the rival varies in equal shares. Each environment has luck of its own,
    which all designs share; a market has {facts["customers"]:,} persons."""
    rows = [
        ["date", facts["date"]],
        ["code", f"version {code['version']}, source {code['source']}, commit {commit}"],
        ["seed", facts["study_seed"]],
        ["tasks (environment and seed)", f"{studies}; {ended}"],
        ["time of all tasks", f"{facts['seconds'] / 3600:.2f} hours of one core that had other work too"],
        [
            "machine",
            f"{machine['system']}, {machine['n_cpus']} cores, Python {machine['python']}, {', '.join(packages)}",
        ],
    ]
    return f"{paragraph(lead)}\n\n{table(['fact', 'value'], rows)}"


def _write_failures(folder: Path) -> None:
    """Write one line for each task that ended badly, or no file where there is none."""
    notes = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / "failures").glob("*.json"))]
    target = folder / "failures.csv"
    if not notes:
        target.unlink(missing_ok=True)
        return
    columns = ["study", "environment", "seed_number", "status", "reason", "replay"]
    pd.DataFrame(notes)[columns].to_csv(target, index=False, lineterminator="\n")


def _count_failures(folder: Path) -> dict[str, int]:
    """Return how many tasks ended badly, by how."""
    path = folder / "failures.csv"
    if not path.exists():
        return {}
    return {str(status): int(count) for status, count in pd.read_csv(path)["status"].value_counts().items()}
