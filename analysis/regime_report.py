"""Tables, report and picture of the regime study; every number in the report comes from the table beside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import regime_picture, regime_tables
from analysis.regime_environments import STUDY_SEED
from analysis.regime_parts import gather, gather_seconds
from analysis.regime_ranges import FROZEN
from sim.identity import code_version, environment

if TYPE_CHECKING:
    from analysis.regimes import Plan, Request

RESULTS = "regimes_results.csv"
REPORT = "regimes.md"
BY_HAND = ("<!-- by hand: kept when the report is written again -->", "<!-- end of what is kept by hand -->")
GENERATED = ("<!-- generated from regimes_results.csv -->", "<!-- end of what is generated -->")
PUBLISHED = (
    "npv",
    "npv_with_equity",
    "expected_retention_per_year",
    "retention_per_year",
    "mean_satisfaction",
)
"""Outcomes in the table of the documentation; all others are in the folder of the run."""


def write_report(plans: Sequence[Plan], request: Request, seconds: float) -> str:
    """Write everything into the folder of the run and, where asked, into the documentation; return the short answer."""
    frames = [gather(plan.study, request.folder, plan.tasks) for plan in plans]
    frame = pd.concat([part for part in frames if not part.empty] or frames, ignore_index=True)
    _write_failures(request.folder)
    if frame.empty:
        return "no environment was finished"
    frame.to_parquet(request.folder / "results.parquet", index=False)
    write_results(frame, request.folder / RESULTS)
    facts = _facts(plans, request, seconds, frame)
    published = read_results(request.folder / RESULTS)
    _write_pages(published, facts, request.folder, None)
    if request.publish is not None:
        request.publish.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(request.folder / RESULTS, request.publish / RESULTS)
        _write_pages(published, facts, request.publish, request.publish / REPORT)
    (request.folder / "manifest.json").write_text(json.dumps(facts, indent=2), encoding="utf-8")
    return regime_tables.short_answer(published)


def write_results(frame: pd.DataFrame, path: Path) -> None:
    """Write the table of the documentation: seven digits, one row per study, environment, seed and design."""
    keys = ["study", "environment", "seed_number", "design", "initial_revenue"]
    frame[[*keys, *PUBLISHED]].to_csv(path, index=False, float_format="%.7g", lineterminator="\n")


def read_results(path: Path) -> pd.DataFrame:
    """Read the table of the documentation."""
    return pd.read_csv(path)


def _write_pages(frame: pd.DataFrame, facts: dict[str, Any], folder: Path, earlier: Path | None) -> None:
    by_hand = _kept_by_hand(earlier)
    page = "\n".join(
        [
            "# The regime study: which org design is best where",
            "",
            _facts_text(facts),
            "",
            f"{BY_HAND[0]}\n{by_hand}\n{BY_HAND[1]}",
            "",
            f"{GENERATED[0]}\n{regime_tables.all_tables(frame)}\n{GENERATED[1]}",
            "",
            "## The frozen ranges",
            "",
            regime_tables.ranges_table(),
            "",
        ]
    )
    (folder / REPORT).write_text(page, encoding="utf-8")
    regime_picture.draw(frame, folder)


def _kept_by_hand(path: Path | None) -> str:
    """Return what was written by hand into an earlier report."""
    if path is None or not path.exists():
        return ""
    text = path.read_text(encoding="utf-8")
    if BY_HAND[0] not in text or BY_HAND[1] not in text:
        return ""
    return text.split(BY_HAND[0])[1].split(BY_HAND[1])[0].strip("\n")


def _facts(plans: Sequence[Plan], request: Request, seconds: float, frame: pd.DataFrame) -> dict[str, Any]:
    done = {name: int(group.groupby(["environment", "seed_number"]).ngroups) for name, group in frame.groupby("study")}
    asked = {plan.study.name: len(plan.tasks) for plan in plans}
    return {
        "command": _command(request),
        "date": datetime.now(UTC).date().isoformat(),
        "study_seed": STUDY_SEED,
        "asked": asked,
        "done": done,
        "not_done": _count_failures(request.folder),
        "customers": request.customers,
        "industry": request.industry,
        "code": code_version(),
        "environment": environment(),
        "seconds_of_all_tasks": sum(gather_seconds(plan.study, request.folder, plan.tasks) for plan in plans),
        "seconds_of_this_call": seconds,
    }


def _command(request: Request) -> str:
    parts = [f"--environments {request.environments}", f"--customers {request.customers}", f"--seeds {request.seeds}"]
    parts += [f"--luck {request.luck}", f"--monopoly {request.monopoly}", f"--industry {request.industry}"]
    return "python -m analysis.regimes " + " ".join(parts)


def _facts_text(facts: dict[str, Any]) -> str:
    code, machine = facts["code"], facts["environment"]
    packages = ", ".join(
        f"{name} {machine['packages'][name]}"
        for name in ("numpy", "numba", "scipy", "mesa")
        if name in machine["packages"]
    )
    not_done = facts["not_done"]
    ended = ", ".join(f"{count} {status}" for status, count in not_done.items()) or "none failed, none rejected"
    studies = ", ".join(f"{name} {facts['done'].get(name, 0):,} of {asked:,}" for name, asked in facts["asked"].items())
    commit = (code["commit"] or "none")[:12] + (" with local changes" if code["dirty"] else "")
    return "\n".join(
        [
            f"Run with `{facts['command']}`, which resumes where it stopped. Environments are points of a scrambled Sobol",
            f"sequence (seed {facts['study_seed']}) over the ranges of `docs/{FROZEN.name}`, frozen before the first run: a test",
            "compares them with the parameter records, and the history of that file is the witness. Everything that has a",
            "range varies at once; departments, journeys, segments and the clock (2 + 5 years, monthly) are those of the",
            f"industry `{facts['industry']}`. Each environment has luck of its own, shared by all designs; a market has",
            f"{facts['customers']:,} persons. The behaviour of the rival (fixed, trending, imitating) varies in equal shares.",
            "",
            "| fact | value |",
            "|---|---|",
            f"| date | {facts['date']} |",
            f"| code | version {code['version']}, source {code['source']}, commit {commit} |",
            f"| environments and seeds | {studies}; {ended} |",
            f"| time of all tasks | {facts['seconds_of_all_tasks'] / 3600:.2f} core hours |",
            f"| machine | {machine['system']}, {machine['n_cpus']} cores, Python {machine['python']}, {packages} |",
        ]
    )


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
    path = folder / "failures.csv"
    if not path.exists():
        return {}
    return {str(status): int(count) for status, count in pd.read_csv(path)["status"].value_counts().items()}
