"""The files of a comparison: every number a replicate gave, the table made of them, and a manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.command.tables import write_csv
from analysis.compare.comparison import Comparison
from analysis.explain.bridge import BRIDGE_LINES
from analysis.explain.pairs import discounted_lines
from sim.commands import command
from sim.identity import code_version, environment
from sim.outcomes import OUTCOMES
from sim.storage import staged, write_manifest


def write_files(
    comparison: Comparison, folder: Path, arguments: Sequence[str], explain: Callable[[Path], object] | None = None
) -> None:
    """Write the files of a comparison, all or nothing.

    Parameters
    ----------
    comparison
        What was found.
    folder
        Where the files go: results.csv and results.parquet (`tidy_results`), accounts.parquet
        (`discounted_accounts`), table.csv (`Comparison.table`), manifest.json.
    arguments
        The command line that asked for it.
    explain
        Writes further files (pictures, memo) into the folder it is given; they are complete or absent with the rest.

    Raises
    ------
    ResultError
        The folder cannot be written; nothing half-written is left.
    """
    results = tidy_results(comparison)
    with staged(folder) as temporary:
        write_csv(results, temporary / "results.csv")
        results.to_parquet(temporary / "results.parquet", index=False)
        discounted_accounts(comparison).to_parquet(temporary / "accounts.parquet", index=False)
        write_csv(comparison.table, temporary / "table.csv")
        if explain is not None:
            explain(temporary)
        write_manifest(temporary, describe(comparison, arguments))


def tidy_results(comparison: Comparison) -> pd.DataFrame:
    """Return every outcome of every replicate: design, replicate, outcome, unit, value.

    Parameters
    ----------
    comparison
        The designs and their results.

    Returns
    -------
    pandas.DataFrame
        One row per design, replicate and outcome; values in the unit beside them.
    """
    parts = []
    for design, results in comparison.results.items():
        frame = results.summary.melt("replicate", list(OUTCOMES), "outcome", "value")
        parts.append(frame.assign(design=design, unit=[OUTCOMES[name].unit for name in frame["outcome"]]))
    return pd.concat(parts, ignore_index=True)[["design", "replicate", "outcome", "unit", "value"]]


def discounted_accounts(comparison: Comparison) -> pd.DataFrame:
    """Return the accounts of every replicate after the switch, from which bridge and payback can be made again.

    Returns
    -------
    DataFrame
        One row per design, replicate and period: design, replicate, month (end of the period, after the switch), then
        one column per account line and ``profit``, discounted to the switch, currency. Costs are positive.
    """
    parts, lines = [], (*BRIDGE_LINES, "profit")
    for design, results in comparison.results.items():
        values = discounted_lines(results, lines)
        _, n_replicates, n_periods = values.shape
        months = 12.0 * np.arange(1, n_periods + 1) / results.parameters.time.periods_per_year
        frame = pd.DataFrame(dict(zip(lines, values.reshape(len(lines), -1), strict=True)))
        frame.insert(0, "month", np.tile(months, n_replicates))
        frame.insert(0, "replicate", np.repeat(results.summary["replicate"].to_numpy(), n_periods))
        frame.insert(0, "design", design)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def content_hash(comparison: Comparison) -> str:
    """Return the digest of a comparison: the same request of the same results gives the same."""
    hashes = {name: results.manifest["content_hash"] for name, results in comparison.results.items()}
    content = {"request": comparison.request.model_dump(mode="json"), "results": hashes}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def replay_command(arguments: Sequence[str], *more: str) -> str:
    """Return the command that compares the same again, into a folder of its own, with ``more`` changed."""
    changed = ("folder", "store", *(text.partition("=")[0] for text in more))
    kept = [text for text in arguments if text.partition("=")[0] not in changed]
    return command("analysis.compare", *kept, *more)


def describe(comparison: Comparison, arguments: Sequence[str]) -> dict[str, Any]:
    """Return the manifest of a comparison, without the list of files."""
    return {
        "kind": "comparison",
        "industry": comparison.baseline.parameters.industry.name,
        "content_hash": content_hash(comparison),
        "content_hashes": {name: results.manifest["content_hash"] for name, results in comparison.results.items()},
        "request": comparison.request.model_dump(mode="json"),
        "seed": comparison.baseline.parameters.run.seed,
        "n_replicates": comparison.n_replicates,
        "stopped_because": comparison.stopped_because,
        "replay": replay_command(arguments),
        "code": code_version(),
        "environment": environment(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "parameters": {name: one.parameters.model_dump(mode="json") for name, one in comparison.results.items()},
    }
