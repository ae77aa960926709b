"""Small studies of invented runs, and what lies in their stores."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from analysis.store.parts import MEASURED

SMALL = ("study=two_factors", "time.horizon_years=1", "time.burn_in_years=1", "engine.workers=1")
COMPETITION = "market.competition"
HANDOFF = "organisation.coordination.handoff_failure"


def addresses(folder: Path) -> list[str]:
    """Return the addresses in all parts below a folder."""
    parts = folder.rglob("*.parquet")
    return [a for part in parts for a in pq.read_table(part, columns=["address"]).column("address").to_pylist()]


def rows(n: int, first: int = 0) -> list[dict]:
    """Invent rows of a part."""
    return [
        {"address": f"{first + k:064d}", "scenario": "no_cxo", "seed": k, **dict.fromkeys(MEASURED, 1.5)}
        for k in range(n)
    ]
