"""Invented parts and results of a regime study."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import regime_environments, regime_parts, regime_report
from analysis.regime_environments import DESIGNS, EQUAL_WEIGHT, REGIMES, build_study
from analysis.regime_statistics import PROFIT
from sim.accounts import LINES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
FAKE_DESIGNS = (*DESIGNS, EQUAL_WEIGHT)


def fake_part(study: regime_environments.Study, task: regime_parts.Task) -> dict:
    """Invent a part: a pure function of the task."""
    rng = np.random.default_rng([task.environment, task.seed_number])
    shared = rng.normal()
    designs = {}
    for number, name in enumerate(study.designs):
        measured = {outcome: shared + 0.1 * number + rng.normal() for outcome in regime_report.OUTCOMES_SHOWN}
        designs[name] = {**measured, **{f"yearly_{line}": rng.uniform(0.0, 10.0) for line in LINES}}
    return {
        "study": study.name,
        "environment": task.environment,
        "seed_number": task.seed_number,
        "initial_revenue": 1000.0,
        "seconds": 0.5,
        "designs": designs,
    }


@lru_cache(maxsize=8)
def composed(name: str, industry: str, n_customers: int) -> regime_environments.Study:
    return build_study(name, industry, n_customers)


def frame_of(values: dict[str, np.ndarray], outcome: str = PROFIT, seed_number: int = 0) -> pd.DataFrame:
    """Results of as many environments as there are values for each design."""
    rows = [
        {
            "study": REGIMES,
            "environment": n,
            "seed_number": seed_number,
            "design": design,
            "initial_revenue": 2.0,
            outcome: value,
        }
        for design, column in values.items()
        for n, value in enumerate(column)
    ]
    return pd.DataFrame(rows)
