"""The published regime studies, one per industry: outcomes as files of the package, points drawn again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.command.designs import DESIGNS
from analysis.command.tables import read_parquet
from analysis.maps.table import POINT, SCENARIO, SEED
from analysis.store.parts import REVENUE
from analysis.study.designs import draw_points
from analysis.study.factors import frozen_factors
from analysis.study.table import read_study
from sim.config.keys import nearest_name
from sim.errors import ConfigError, ResultError
from sim.storage import read_manifest

STUDIES = Path(__file__).with_name("published_studies")
"""Travels with the package: one file per industry."""
GAPS = ("knowledge_gap", "specification_gap", "delivery_gap", "perception_gap", "communication_gap")
MONEY = ("npv", "customer_equity", "npv_with_equity", "cost_to_serve")
PUBLISHED = (*MONEY, "expected_retention_per_year", "retention_per_year", "mean_satisfaction", *GAPS)
"""Outcomes that are published of every run."""
ENCODING: Mapping[str, Any] = {
    "compression": "zstd",
    "compression_level": 19,
    "use_dictionary": [SCENARIO],
    "use_byte_stream_split": [REVENUE, *PUBLISHED],
    "write_statistics": False,
}
"""Of the files, which every wheel carries: three fifths of the size of the usual one, and the same bits."""
STUDY = "regimes"
SEED_OF_POINTS = 20_261_122
"""Of the Sobol sequence of the published studies."""
ASKED = {"design": "sobol", "factors": "ranges", "luck": "own"}
"""What a published study must have been asked for, so that its points can be drawn again."""


def industries() -> tuple[str, ...]:
    """Return the industries whose study is published, auto insurance first, the others by name."""
    names = sorted(path.stem for path in STUDIES.glob("*.parquet"))
    return tuple(sorted(names, key=lambda name: name != "auto_insurance"))


def publish(folder: Path) -> str:
    """Take a regime study into the published ones, in place of an earlier one of the same industry.

    Parameters
    ----------
    folder
        That ``python -m analysis.study study=regimes`` wrote.

    Returns
    -------
    str
        The industry.

    Raises
    ------
    ResultError
        There is no complete study, or it is none over every plausible range with the four designs.
    """
    table, manifest = read_study(folder), read_manifest(folder)
    request = manifest["request"]
    for key, value in ASKED.items():
        if request[key] != value:
            raise ResultError(f"{folder}: {key}={request[key]}; a published study has {key}={value}")
    if set(table[SCENARIO]) != set(DESIGNS):
        raise ResultError(f"{folder}: a published study compares {', '.join(DESIGNS)}")
    industry = str(next(iter(manifest["parameters"].values()))["industry"]["name"])
    points = frozen_points(int(table[POINT].max()) + 1)
    if not _same(table, points):
        raise ResultError(f"{folder}: its points are not those of the frozen ranges")
    kept = table[[POINT, SEED, SCENARIO, REVENUE, *PUBLISHED]].sort_values([POINT, SEED, SCENARIO], ignore_index=True)
    kept = kept.astype({POINT: "int16", SEED: "int8", SCENARIO: "category"})
    STUDIES.mkdir(exist_ok=True)
    temporary = STUDIES / f".{industry}.tmp"
    kept.to_parquet(temporary, index=False, **ENCODING)
    temporary.replace(STUDIES / f"{industry}.parquet")
    return industry


def read_published(industry: str) -> pd.DataFrame:
    """Return a published study as a study table; factors are drawn again from the frozen ranges.

    Raises
    ------
    ConfigError
        No study of this industry is published.
    ResultError
        The file cannot be read.
    """
    path = STUDIES / f"{industry}.parquet"
    if not path.is_file():
        near = nearest_name(industry, industries())
        hint = f"did you mean {near}?" if near else f"there are {', '.join(industries())}"
        raise ConfigError(f"industry={industry}: no study of it is published; {hint}")
    table = read_parquet(path, path.name, ResultError)
    factors = frozen_points(int(table[POINT].max()) + 1)
    table = table.astype({POINT: "int64", SEED: "int64", SCENARIO: "str"}).assign(study=STUDY, address="")
    return table.join(factors, on=POINT)


def frozen_points(n: int) -> pd.DataFrame:
    """Return the first ``n`` points of the published studies: index point, one column per frozen range.

    Parameters
    ----------
    n
        Number of points, at least 1.

    Returns
    -------
    pandas.DataFrame
        Values in the units of their keys.
    """
    return draw_points("sobol", frozen_factors(), n, 0, SEED_OF_POINTS)


def _same(table: pd.DataFrame, points: pd.DataFrame) -> bool:
    """Tell whether the factors of a study are those of the points."""
    first = table.drop_duplicates(POINT).set_index(POINT)
    if not set(points.columns) <= set(first.columns):
        return False
    drawn = points.loc[first.index]
    return all(
        np.allclose(first[name].to_numpy(float), drawn[name].to_numpy(float), rtol=1e-6)
        if pd.api.types.is_numeric_dtype(drawn[name])
        else (first[name].astype(str) == drawn[name].astype(str)).all()
        for name in points.columns
    )
