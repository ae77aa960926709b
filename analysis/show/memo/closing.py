"""Limits, and how to make the same numbers again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.command.numbers import plain_text
from analysis.show.explanations import Explanations
from analysis.show.memo.content import Bullets, Code, Paragraph, Section, make_table
from sim.commands import command

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison

LIMITS = (
    "Assumptions. The effect of satisfaction on leaving, interdependence, most costs of governance and the effect of "
    "initiatives have no micro-data behind them. The intervals do not cover this.",
    "One company and one rival; nobody sets prices. If rivals copied the design, its gain would be smaller.",
    "One CEO: commitment and talent are drawn alike for all designs.",
    "Quality is one number per department; employees are averages; word of mouth counts in units of satisfaction.",
    "Customer equity extrapolates the last year's costs and today's retention for ever; hence both profits.",
    "Nothing is fitted to a firm. What is tuned is the status quo: satisfied share, churn and a steady market share.",
)
STOPPED = {
    "precise": "every headline difference is as precise as asked, or its verdict clear",
    "clear": "every headline verdict is clear",
    "cap": "the highest number of replicates was reached; open verdicts may need more",
}


def limits_section(comparison: Comparison) -> Section:
    """Return the limits of the model and of these runs."""
    parameters = comparison.baseline.parameters
    here = (
        f"These runs: {comparison.baseline.n_replicates} replicates, stopped because "
        f"{STOPPED.get(comparison.stopped_because, plain_text(comparison.stopped_because))}. Money is that of the "
        f"simulated market of {parameters.population.n_customers:,} persons; to speak of a firm, scale it by customers."
    )
    return Section("Limits", (Bullets((here, *LIMITS)),))


def reproduce_section(comparison: Comparison, explanations: Explanations) -> Section:
    """Return command, seed, versions and content hashes."""
    manifest = comparison.baseline.manifest
    code, environment = _part(manifest, "code"), _part(manifest, "environment")
    packages = ", ".join(f"{name} {version}" for name, version in _part(environment, "packages").items())
    rows = [("Seed", str(comparison.baseline.parameters.run.seed)), ("Code", _code(code))]
    rows += [("Python and packages", plain_text(f"Python {environment.get('python', 'unknown')}; {packages}"))]
    if explanations.origin.content_hash:
        rows.append(("Content hash of the comparison", explanations.origin.content_hash))
    hashes = [
        f"{name} {str(one.manifest.get('content_hash', 'unknown'))[:16]}" for name, one in comparison.results.items()
    ]
    rows.append(("Content hashes of the designs (first 16 digits)", plain_text(", ".join(hashes))))
    text = (
        "This command makes the same numbers again; beside this memo, results.csv holds the outcomes of every "
        "replicate, accounts.parquet its accounts, and table.csv the table."
    )
    table = make_table(("What", "Value"), rows, n_text=2)
    return Section("How to reproduce", (Paragraph(text), Code(command_of(comparison, explanations)), table))


def command_of(comparison: Comparison, explanations: Explanations) -> str:
    """Return the command that was given, or one put together from names, sizes and seed."""
    if explanations.origin.command:
        return plain_text(explanations.origin.command)
    parameters = comparison.baseline.parameters
    arguments = [
        f"industry={parameters.industry.name}",
        f"scenarios=[{','.join(comparison.request.scenarios)}]",
        f"baseline={comparison.request.baseline}",
        f"population.n_customers={parameters.population.n_customers}",
        f"time.horizon_years={parameters.time.horizon_years:g}",
        f"run.seed={parameters.run.seed}",
    ]
    return command("analysis.compare", *arguments)


def _code(code: dict[str, Any]) -> str:
    commit = f", commit {code['commit'][:12]}" if code.get("commit") else ""
    dirty = " with uncommitted changes" if code.get("dirty") else ""
    return plain_text(
        f"version {code.get('version', 'unknown')}{commit}{dirty}, source {code.get('source', 'unknown')}"
    )


def _part(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    found = manifest.get(name)
    return found if isinstance(found, dict) else {}
