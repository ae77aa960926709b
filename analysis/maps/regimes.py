"""The regime study: its arms as study tables, from the published results or from studies that were run.

The arms are studies of ``conf/study``: ``regimes`` (environments over all frozen ranges), ``registered_signs`` (the
same with a control), ``one_at_a_time`` and ``monopoly``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.command.designs import DESIGNS
from analysis.maps.hypotheses import Look
from analysis.maps.published import frozen_points
from analysis.maps.registered import SIGNS
from analysis.maps.table import KEYS, POINT, SCENARIO, SEED, Wide, read_table, wide
from analysis.store.parts import REVENUE
from analysis.study.designs import draw_points
from analysis.study.factors import frozen_factors
from sim.errors import ResultError

RESULTS = Path(__file__).with_name("regimes_results.csv")
"""The published results, one row per environment, seed and design of an arm."""
COLUMNS: Mapping[str, str] = {"environment": POINT, "seed_number": SEED, "design": SCENARIO}
"""Columns of the published results that a study table calls otherwise."""
REGIMES, CONTROL, ONE_AT_A_TIME, MONOPOLY = "regimes", "registered_signs", "one_at_a_time", "monopoly"
OUTCOMES = ("npv", "npv_with_equity", "expected_retention_per_year", "retention_per_year", "mean_satisfaction")
"""Outcomes that the page needs."""
DIGITS = 8
"""Of written results; fewer would make ties of retentions that differ."""


@dataclass(frozen=True)
class Arms:
    """The arms of the regime study, each a study table; those that were not run have no rows."""

    regimes: pd.DataFrame
    """Environments over all ranges; the control is one of its designs."""
    one_at_a_time: pd.DataFrame
    monopoly: pd.DataFrame

    def first(self, outcome: str, designs: Sequence[str] = DESIGNS) -> Wide:
        """Return an outcome of the environments under their first seed."""
        return wide(_of(self.regimes[self.regimes[SEED] == 0], designs), outcome)

    def all_seeds(self, outcome: str) -> Wide:
        """Return an outcome of the environments, means over all seeds there are."""
        return wide(_of(self.regimes, DESIGNS), outcome)

    @property
    def looks(self) -> tuple[Look, ...]:
        """The registered signs whose designs were run."""
        there = set(self.regimes[SCENARIO])
        return tuple(look for look in SIGNS if {look.a, look.b} <= there)


def read_arms(paths: Sequence[Path] = ()) -> Arms:
    """Return the arms of the regime study.

    Parameters
    ----------
    paths
        Folders of studies or files of results; none for the published results.

    Raises
    ------
    ResultError
        A table cannot be read, or none of them holds all published designs over all frozen ranges.
    """
    arms: dict[str, list[pd.DataFrame]] = {}
    for path in paths or (RESULTS,):
        for name, rows in _arms_of(read_table(path)):
            arms.setdefault(REGIMES if name == CONTROL else name, []).append(rows)
    joined = {name: _joined(parts) for name, parts in arms.items()}
    empty = pd.DataFrame(columns=[*KEYS, REVENUE, *OUTCOMES])
    regimes = joined.get(REGIMES, empty)
    lacking = [design for design in DESIGNS if design not in set(regimes[SCENARIO])]
    if lacking:
        raise ResultError(f"the study {REGIMES} lacks {', '.join(lacking)}: python -m analysis.study study={REGIMES}")
    unvaried = [factor.key for factor in frozen_factors() if factor.key not in regimes.columns]
    if unvaried:
        raise ResultError(f"the study {REGIMES} lacks the factor {unvaried[0]}; it varies all (factors=ranges)")
    return Arms(regimes, joined.get(ONE_AT_A_TIME, empty), joined.get(MONOPOLY, empty))


def _of(table: pd.DataFrame, designs: Sequence[str]) -> pd.DataFrame:
    return table[table[SCENARIO].isin(list(designs))]


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of several studies over the same points, each run once."""
    table = pd.concat(parts, ignore_index=True)
    return table.drop_duplicates([POINT, SEED, SCENARIO]).sort_values([POINT, SEED], kind="stable", ignore_index=True)


def _arms_of(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the arms of a table; the factors of published results are drawn again from the frozen ranges."""
    named = table.rename(columns=dict(COLUMNS))
    lacking = [name for name in ("study", POINT, SEED, SCENARIO, REVENUE, *OUTCOMES) if name not in named.columns]
    if lacking:
        raise ResultError(f"the table lacks the columns {', '.join(lacking)}")
    published = "environment" in table.columns
    for name, rows in named.groupby("study", sort=False):
        yield str(name), _with_factors(str(name), rows) if published else rows.astype({SCENARIO: "str"})


def _with_factors(arm: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of published results with the factors of their points."""
    if arm == MONOPOLY:
        return rows
    if arm == ONE_AT_A_TIME:
        by_key = {factor.key: factor for factor in frozen_factors()}
        return rows.join(draw_points(arm, [by_key[look.factor] for look in SIGNS], 0, 2, 0), on=POINT)
    return rows.join(frozen_points(int(rows[POINT].max()) + 1), on=POINT)
