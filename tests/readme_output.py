"""What README.md shows of real runs: ``python -m tests.readme_output`` writes it, and is the only thing that does.

Names of parts as arguments write these only. The table of speed comes from ``benchmarks/results.json``, untimed.

Each part stands between two markers, ``<!-- NAME: begin ... -->`` and ``<!-- NAME: end -->``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable

import sim
from benchmarks.report import readme_table
from sim.parameters.reference import ROOT, SCENARIOS
from sim.results import Results

README = ROOT / "README.md"
FIRST_RUN = "python -m sim scenario=accountable_cxo"
STUDY = "python -m analysis.study study=two_factors engine.workers=2"
BASELINE = "no_cxo"
COLUMNS = (
    ("expected_retention_per_year", "Expected yearly retention, percentage points", 100.0, 2),
    ("mean_satisfaction", "Mean satisfaction, units", 1.0, 2),
    ("npv", "Net present value, thousand {currency}", 1e-3, 0),
    ("npv_with_equity", "The same with customer equity, thousand {currency}", 1e-3, 0),
)
"""Outcome, heading, factor and decimals of the comparison."""


def run_command(command: str) -> str:
    """Run a command of the README as a user does, and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "110"}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, *command.split()[1:]],
            cwd=folder, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
    return re.sub(r"outputs/[\d-]+/[\d-]+", "outputs/<date>/<time>", done.stdout).strip()


def first_run() -> str:
    """Return the block with the first command and its output."""
    return f"```text\n$ {FIRST_RUN}\n{run_command(FIRST_RUN)}\n```"


def small_study() -> str:
    """Return the block with a small study and its output, times left open."""
    shown = run_command(STUDY)
    for timed in (
        r"[\d,]+(?= ms a run)",
        r"(?<=about )[\d a-z]+(?= on )",
        r"(?<=runs in )[^;]+",
        r"\d[\w ]+(?= of processor time)",
        r"[\d.]+(?= % of it)",
    ):
        shown = re.sub(timed, "..", shown)
    return f"```text\n$ {STUDY}\n{shown}\n```"


def compare_designs(*overrides: str) -> str:
    """Return a table: the level of the status quo, and the difference of every design under the same luck."""
    results = {path.stem: _simulate(path.stem, overrides) for path in sorted(SCENARIOS.glob("*.yaml"))}
    baseline = results.pop(BASELINE)
    currency = baseline.parameters.finance.currency
    headings = ["Design", *(heading.format(currency=currency) for _, heading, _, _ in COLUMNS)]
    level = [
        f"{factor * float(baseline.summary[outcome].mean()):,.{digits}f}" for outcome, _, factor, digits in COLUMNS
    ]
    rows = [headings, ["---"] * len(headings), [f"level of `{BASELINE}`", *level]]
    for name, design in results.items():
        outcomes = sim.difference(design, baseline).outcomes
        cells = []
        for outcome, _, factor, digits in COLUMNS:
            mean, low, high = (factor * float(outcomes.loc[outcome, part]) for part in ("difference", "low", "high"))
            cells.append(f"{mean:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})")
        rows.append([f"`{name}`", *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _simulate(scenario: str, overrides: tuple[str, ...]) -> Results:
    return sim.simulate(sim.compose(f"scenario={scenario}", *overrides))


def speed_table() -> str:
    """Return the table of speed, from what the benchmarks measured last."""
    return readme_table(json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8")))


PARTS: dict[str, Callable[[], str]] = {
    "first run": first_run,
    "four designs": compare_designs,
    "speed": speed_table,
    "study": small_study,
}


def find_part(text: str, name: str) -> re.Match[str]:
    """Find a part in the text: group 1 is the opening marker, 2 the content, 3 the closing marker.

    Raises
    ------
    ValueError
        If the text has not exactly one such part.
    """
    found = list(re.finditer(rf"(<!-- {name}: begin[^>]*-->\n)(.*?)(<!-- {name}: end -->)", text, re.DOTALL))
    if len(found) != 1:
        raise ValueError(f"{len(found)} parts {name!r}, 1 expected")
    return found[0]


def replace_part(text: str, name: str, content: str) -> str:
    """Return the text with another content in one part."""
    part = find_part(text, name)
    return f"{text[: part.start(2)]}{content}\n{text[part.end(2) :]}"


def write_readme(*names: str) -> None:
    """Run what the README shows, all of it or the parts named, and write it there."""
    text = README.read_text(encoding="utf-8")
    for name in names or PARTS:
        text = replace_part(text, name, PARTS[name]())
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_readme(*sys.argv[1:])
