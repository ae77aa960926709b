"""Golden results of the org designs: scenarios/<name>.expected.csv, one small run of each.

``python -m tests.golden`` writes them, and is the only thing that does. When a number changes, CHANGELOG.md says why
under **Numbers**.
"""

from __future__ import annotations

import csv
from pathlib import Path

import sim
from sim.outcomes import OUTCOMES
from sim.parameters.reference import SCENARIOS

OVERRIDES = (
    "industry=auto_insurance",
    "population.n_customers=2000",
    "run.n_replicates=3",
    "run.n_workers=1",
    "run.progress=false",
)
"""Small enough for every run of the tests, and fixed: it has no statistical weight and is there to notice changes."""

HEADER = ("outcome", "unit", "mean", "standard_deviation")


def golden_path(name: str) -> Path:
    """Return the file of a scenario."""
    return SCENARIOS / f"{name}.expected.csv"


def measure_scenario(name: str) -> dict[str, tuple[float, float]]:
    """Return mean and standard deviation over replicates of every outcome of a scenario."""
    results = sim.simulate(sim.compose(f"scenario={name}", *OVERRIDES))
    columns = results.summary[list(OUTCOMES)]
    return {outcome: (float(columns[outcome].mean()), float(columns[outcome].std())) for outcome in OUTCOMES}


def read_golden(path: Path) -> dict[str, tuple[float, float]]:
    """Read a golden file."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["outcome"]: (float(row["mean"]), float(row["standard_deviation"])) for row in csv.DictReader(file)}


def write_golden(name: str) -> None:
    """Write the golden file of one scenario."""
    rows = [(key, OUTCOMES[key].unit, f"{mean:.9g}", f"{sd:.9g}") for key, (mean, sd) in measure_scenario(name).items()]
    with golden_path(name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)


if __name__ == "__main__":
    for scenario in sorted(SCENARIOS.glob("*.yaml")):
        write_golden(scenario.stem)
