"""What a tuning found: trials, levers and the runs that judge, as tables that a folder keeps and gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.command.folders import check_free
from analysis.command.tables import read_csv, write_csv
from sim.errors import ResultError
from sim.identity import code_version, environment, package_version
from sim.storage import read_manifest, staged, write_manifest

KIND = "tuned"
TABLES = ("trials", "levers", "runs")
PRESET, TUNED = "preset", "tuned"
VERSIONS = (PRESET, TUNED)
TRAINING, HELD_OUT = "training", "held-out"
TEXTS = ("design", "lever", "version", "seeds", "failure", "reason")
"""Columns that are text even where they are empty or look like numbers."""
ABOUT = ("outcome", "industry", "currency", "n_customers", "designs")


@dataclass(frozen=True)
class Tuned:
    """Every design as it was given and as it was tuned."""

    outcome: str
    industry: str
    """Title."""
    currency: str
    n_customers: int
    designs: tuple[str, ...]
    """In the order of display."""
    trials: pd.DataFrame
    """One row per design and trial: ``design``, ``trial``, ``mean`` over training seeds (NaN where a run failed),
    ``failure``, ``chosen``, and one column per free lever (NaN where the design does not have it free)."""
    levers: pd.DataFrame
    """One row per design and lever: ``design``, ``lever``, ``free``, ``low``, ``high``, ``preset``, ``tuned``,
    ``as_good_low`` and ``as_good_high`` (over trials that the training seeds cannot tell from the best), ``reason``.
    """
    runs: pd.DataFrame
    """One row per design, version (preset, tuned), kind of seeds (training, held-out) and replicate, with ``value``."""

    def values(self, version: str, seeds: str = HELD_OUT) -> pd.DataFrame:
        """Return the outcome of one version of every design: index replicate, columns designs.

        Parameters
        ----------
        version
            Preset or tuned.
        seeds
            Training or held out.

        Returns
        -------
        pandas.DataFrame
            In the unit of the outcome.
        """
        kept = self.runs[(self.runs["version"] == version) & (self.runs["seeds"] == seeds)]
        wide = kept.pivot_table(index="replicate", columns="design", values="value", sort=True)
        wide.columns.name = None
        return wide[list(self.designs)]

    def n_seeds(self, seeds: str = HELD_OUT) -> int:
        """Return how many seeds of a kind there are."""
        return int(self.runs.loc[self.runs["seeds"] == seeds, "replicate"].nunique())

    def only(self, designs: Sequence[str]) -> Tuned:
        """Return some of the designs, in the order given."""
        kept = {name: getattr(self, name) for name in TABLES}
        kept = {name: table[table["design"].isin(designs)].reset_index(drop=True) for name, table in kept.items()}
        return replace(self, designs=tuple(designs), **kept)

    def times(self, factor: float, currency: str) -> Tuned:
        """Return the same in the money of a company of another size; only of outcomes that are money."""
        trials = self.trials.assign(mean=self.trials["mean"] * factor)
        runs = self.runs.assign(value=self.runs["value"] * factor)
        return replace(self, trials=trials, runs=runs, currency=currency)

    @property
    def n_trials(self) -> int:
        """Trials of the design that has most."""
        return int(self.trials.groupby("design").size().max())

    def free(self, design: str) -> pd.DataFrame:
        """Return the rows of the free levers of a design.

        Returns
        -------
        pandas.DataFrame
            One row per free lever.
        """
        return self.levers[(self.levers["design"] == design) & self.levers["free"]]


def write_tuned(
    found: Tuned, folder: Path, about: Mapping[str, Any], explained: Sequence[tuple[str, pd.DataFrame]], page: Any
) -> None:
    """Write the tables, what is made of them and a manifest, all or nothing.

    Parameters
    ----------
    found
        What was found.
    folder
        New, or empty.
    about
        Of the manifest: request, command line, parameters.
    explained
        Further tables by name.
    page
        Called with the folder being written; writes pictures and the page.

    Raises
    ------
    ResultError
        The folder cannot be written; nothing half-written is left.
    """
    check_free(folder)
    tables = [*((name, getattr(found, name)) for name in TABLES), *explained]
    with staged(folder) as temporary:
        for name, frame in tables:
            write_csv(frame, temporary / f"{name}.csv")
        page(temporary)
        content = {
            "kind": KIND,
            **{name: getattr(found, name) for name in ABOUT},
            **about,
            "code": code_version(),
            "environment": {**environment(), "optuna": package_version("optuna")},
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        write_manifest(temporary, content)


def read_tuned(folder: str | Path) -> Tuned:
    """Read what `write_tuned` wrote.

    Raises
    ------
    ResultError
        The folder is not a complete tuning.
    """
    path = Path(folder)
    manifest = read_manifest(path)
    if manifest.get("kind") != KIND:
        raise ResultError(f"{path}: not a tuning, but {manifest.get('kind', 'a run')}")
    try:
        text = {name: manifest[name] for name in ABOUT}
    except KeyError as error:
        raise ResultError(f"{path}: cannot be read as a tuning ({error})") from error
    files = {name: path / f"{name}.csv" for name in TABLES}
    tables = {name: read_csv(file, str(file), ResultError, TEXTS).frame() for name, file in files.items()}
    return Tuned(
        outcome=str(text["outcome"]),
        industry=str(text["industry"]),
        currency=str(text["currency"]),
        n_customers=int(text["n_customers"]),
        designs=tuple(str(name) for name in text["designs"]),
        **tables,
    )
