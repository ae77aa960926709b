"""The published regime study as a study table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.maps.table import KEYS, POINT, SCENARIO, SEED
from analysis.regime_environments import DESIGNS, REGIMES, draw_environments
from analysis.regime_ranges import read_axes
from analysis.study.store import REVENUE
from sim.errors import ResultError

PUBLISHED = Path(__file__).parents[2] / "docs" / "regimes_results.csv"
MEASURED = ("npv", "npv_with_equity", "expected_retention_per_year", "retention_per_year", "mean_satisfaction")


def from_regimes(path: Path = PUBLISHED) -> pd.DataFrame:
    """Return the regime study as a study table: 2,000 environments, four designs, a second seed in 200 of them.

    Factors are drawn again from the frozen ranges, which gives the same values as when the study ran.

    Raises
    ------
    ResultError
        The file is not there or cannot be read.
    """
    try:
        published = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise ResultError(f"{path}: the regime study cannot be read ({error})") from error
    chosen = published[(published["study"] == REGIMES) & published["design"].isin(DESIGNS)]
    table = chosen.rename(columns={"environment": POINT, "seed_number": SEED, "design": SCENARIO}).assign(address="")
    factors = pd.DataFrame(draw_environments(int(table[POINT].max()) + 1, read_axes()))
    table = table[[*KEYS, REVENUE, *MEASURED]]
    return table.join(factors, on=POINT).reset_index(drop=True)
