"""An invented study beside an invented comparison: an officer pays where fixes work."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.identity import code_digest
from sim.parameters import Parameters
from sim.storage import write_manifest
from tests.maps_cases import table_of

FIX, COMPETITION = "organisation.initiatives.fix_effect", "market.competition"
RANGES = {FIX: (0.2, 2.4), COMPETITION: (0.1, 1.5)}
N_POINTS = 240


def table(designs: tuple[str, ...], n: int = N_POINTS) -> pd.DataFrame:
    """Invent a study table in which every design but the first earns 10 % of a year's revenue per unit above 1.3."""
    rng = np.random.default_rng(5)
    x = {key: rng.uniform(low, high, n) for key, (low, high) in RANGES.items()}
    revenue, shared = rng.uniform(1e6, 5e6, n), rng.normal(0.0, 0.1, n)
    y = {name: (shared + 0.1 * k * (x[FIX] - 1.3)) * revenue for k, name in enumerate(designs)}
    return table_of(x, y).assign(initial_revenue=np.tile(revenue, len(designs)))


def manifest(parameters: Mapping[str, Parameters], **changed: Any) -> dict[str, Any]:
    """Invent the manifest of such a study."""
    factors = [{"key": key, "low": low, "high": high, "scale": "linear"} for key, (low, high) in RANGES.items()]
    return {
        "kind": "study",
        "study": "mine",
        "request": {"title": "Mine", "design": "sobol", "seeds": 1, "luck": "own"},
        "factors": factors,
        "n_points": N_POINTS,
        "replay": "python -m analysis.study study=mine",
        "code": {"source": code_digest()},
        "parameters": {name: one.model_dump(mode="json") for name, one in parameters.items()},
        **changed,
    }


def write(folder: Path, held: pd.DataFrame, about: dict[str, Any]) -> Path:
    """Write a study into a folder and return it."""
    folder.mkdir()
    held.to_parquet(folder / "table.parquet")
    write_manifest(folder, about)
    return folder
