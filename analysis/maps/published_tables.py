"""Two tables of the published studies that travel with the package, because the memo reads them.

``python -m analysis.maps.findings`` writes them.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.command.tables import read_csv, write_csv
from sim.errors import ResultError

IMPORTANCE = Path(__file__).with_name("regimes_importance.csv")
"""How much each parameter moves the answer, by industry; travels with the package, because the memo reads it."""
WINNERS = IMPORTANCE.with_name("regimes_winners.csv")
"""How often each design is best, by industry; the memo says where it stands by it."""
WON = ("npv_with_equity", "expected_retention_per_year")
"""Outcomes by which winners are counted: profit, and loyalty without the luck of who happened to leave."""
DIGITS = 4
"""Of shares and correlations."""


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write a table of importances or of winners, those of several industries below each other.

    Parameters
    ----------
    frame
        With the column industry.
    path
        Of the file.
    """
    write_csv(frame, path, digits=DIGITS)


def read_importances(industry: str) -> pd.DataFrame:
    """Return the importances of an industry by parameter, the most influential first.

    See :func:`analysis.maps.importance.importances`.

    Returns
    -------
    pandas.DataFrame
        Without rows where no study of the industry is published.
    """
    return _of(industry, IMPORTANCE).set_index("parameter")


def read_winners(industry: str) -> pd.DataFrame:
    """Return how often each design is best in an industry; without rows where no study of it is published.

    See :func:`analysis.maps.importance.count_winners`.
    """
    return _of(industry, WINNERS)


def _of(industry: str, path: Path) -> pd.DataFrame:
    """Return the rows of an industry."""
    frame = read_csv(path, path.name, ResultError).frame()
    return frame[frame["industry"] == industry].drop(columns="industry").reset_index(drop=True)
