"""What a study prints: what it is, how long it will take, and how it ended."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from analysis.command.reading import describe_market
from analysis.store.parts import FAILED, REJECTED
from analysis.study.command import Command
from analysis.study.running import Estimate, Plan, Progress
from analysis.study.shapes import SHAPES
from analysis.study.table import best_shares
from sim.outcomes import OUTCOMES

HEADLINE = "npv_with_equity"


def describe_study(command: Command, plan: Plan) -> str:
    """Say what is asked and what of it there is, in three lines."""
    request, first = plan.request, next(iter(command.parameters.values()))
    n_kept = plan.n_runs - plan.n_missing
    return (
        f"{request.title or plan.name}\n"
        f"{describe_market(first)}\n"
        f"{_count(len(plan.design.columns), 'factor')}, {_count(len(plan.points), 'point')} {SHAPES[request.design]} "
        f"x {_count(len(request.designs), 'design')} x {_count(request.seeds, 'seed')} = "
        f"{_count(plan.n_runs, 'run')}; {n_kept:,} there already, {plan.n_missing:,} to do"
    )


def describe_estimate(estimate: Estimate) -> str:
    """Say how long the rest takes and what it leaves on disk."""
    on = _count(estimate.n_workers, "process", "processes")
    return (
        f"Estimate: {1000.0 * estimate.seconds_per_run:.0f} ms a run; {_count(estimate.n_runs, 'run')} take about "
        f"{duration(estimate.seconds)} on {on} and {estimate.n_bytes / 1e6:.1f} MB of disk"
    )


def describe_end(table: pd.DataFrame, failed: pd.DataFrame, progress: Progress, folder: Path) -> str:
    """Say how a study ended: what ran, what failed, which design is best how often, and where the files are."""
    lines = []
    if progress.n_done and progress.wall_seconds > 0.0:
        share = "" if math.isnan(progress.overhead) else f", {100.0 * progress.overhead:.1f} % of it outside runs"
        spent = duration(sum(progress.worker_seconds.values()))
        lines.append(
            f"{_count(progress.n_done, 'run')} in {duration(progress.wall_seconds)}; {spent} of processor time{share}"
        )
    counts = failed["status"].value_counts()
    for status in (FAILED, REJECTED):
        if counts.get(status, 0):
            first = failed[failed["status"] == status].iloc[0]
            number = _count(int(counts[status]), "run")
            lines.append(f"{number} {status}, the first: {first['reason']}\n  {first['replay']}")
    lines.append(_winners(table))
    lines.append(f"Files: {folder}")
    return "\n".join(line for line in lines if line)


def _winners(table: pd.DataFrame) -> str:
    """Return how often each design is best; a statement about these points and this luck."""
    if not len(table) or table["scenario"].nunique() < 2:
        return ""
    title, shares = OUTCOMES[HEADLINE].title.lower(), best_shares(table).sort_values(ascending=False)
    rows = [f"  {name:20} {100.0 * share:5.1f} %" for name, share in shares.items()]
    return "\n".join([f"Highest {title}, share of points (means over seeds, luck included):", *rows])


def duration(seconds: float) -> str:
    """Write a time as people say it.

    >>> duration(4.2), duration(75.0), duration(7380.0)
    ('4 s', '1 min 15 s', '2 h 3 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
