"""The result of a run: tidy tables, the parameters behind them, and a folder to keep them in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError

from sim.commands import command
from sim.errors import ResultError
from sim.identity import code_digest, code_version, content_hash, environment, hash_of_content
from sim.keeping import CUSTOMER_COLUMNS
from sim.parameters import Parameters
from sim.storage import (
    CUSTOMERS,
    MANIFEST,
    TABLES,
    Tables,
    read_manifest,
    read_tables,
    staged,
    write_manifest,
    write_tables,
)

if TYPE_CHECKING:
    from sim.model import Replicate

__all__ = ["Results"]


class Results:
    """What a run found; read-only.

    Parameters
    ----------
    parameters
        The parameters of the run.
    tables
        All numbers, wide.
    manifest
        What the run was and what it ran on.
    """

    def __init__(self, parameters: Parameters, tables: Tables, manifest: Mapping[str, Any]) -> None:
        self.parameters = parameters
        self.tables = tables
        self.manifest = dict(manifest)

    @classmethod
    def from_replicates(cls, parameters: Parameters, replicates: Sequence[Replicate], wall_seconds: float) -> Results:
        """Gather replicates, in the order of their numbers, whoever finished first."""
        ordered = sorted(replicates, key=lambda replicate: replicate.replicate)
        first = ordered[0]
        tables = Tables(
            seeds=np.array([replicate.seed for replicate in ordered], dtype=np.uint64),
            series=_stack([replicate.series for replicate in ordered]),
            departments=_stack([replicate.departments for replicate in ordered]),
            accounts=_stack([replicate.accounts for replicate in ordered]),
            handoffs=_stack([replicate.handoffs for replicate in ordered]),
            summary=_stack([replicate.summary for replicate in ordered]),
            before=_stack([replicate.before for replicate in ordered]),
            customers=_stack([replicate.customers for replicate in ordered if replicate.customers]),
        )
        phases = _stack([replicate.phase_seconds for replicate in ordered])
        manifest = {
            "scenario": parameters.scenario.name,
            "industry": parameters.industry.name,
            "content_hash": content_hash(parameters),
            "seed": parameters.run.seed,
            "n_replicates": len(ordered),
            "code": code_version(),
            "environment": environment(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "wall_seconds": round(wall_seconds, 3),
            "phase_seconds": {name: float(seconds.mean()) for name, seconds in phases.items()},
            "calibration": dict(first.calibration),
        }
        return cls(parameters, tables, manifest)

    def __repr__(self) -> str:
        years = self.parameters.time.burn_in_years + self.parameters.time.horizon_years
        return f"<Results of {self.scenario}: {self.n_replicates} replicates of {years:g} years>"

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return self.parameters.scenario.name

    @property
    def n_replicates(self) -> int:
        """Number of replicates."""
        return int(self.tables.seeds.shape[0])

    @property
    def first_replicate(self) -> int:
        """Number of the first replicate."""
        return self.parameters.run.first_replicate

    @property
    def n_periods(self) -> int:
        """Number of periods, burn-in included."""
        return int(next(iter(self.tables.accounts.values())).shape[1])

    @property
    def department_names(self) -> list[str]:
        """Departments in the order of the parameters."""
        return list(self.parameters.organisation.departments)

    @cached_property
    def series(self) -> pd.DataFrame:
        """Series, tidy: scenario, replicate, period (0 is the start of the burn-in), metric, value."""
        frame = _tidy(self.tables.series, "metric", self.first_replicate)
        scenario = _labels(np.zeros(len(frame), dtype=np.int32), [self.scenario])
        return frame.assign(scenario=scenario)[["scenario", *frame.columns]]

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """Account lines, tidy: replicate, period, line, value in currency per period."""
        return _tidy(self.tables.accounts, "line", self.first_replicate)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Outcomes after the switch: one row per replicate, one column per outcome (see sim.outcomes for units)."""
        return pd.DataFrame({"replicate": np.arange(self.n_replicates) + self.first_replicate, **self.tables.summary})

    @cached_property
    def before(self) -> pd.DataFrame:
        """The same outcomes over the last year of the burn-in: what the status quo was like."""
        return pd.DataFrame({"replicate": np.arange(self.n_replicates) + self.first_replicate, **self.tables.before})

    @cached_property
    def departments(self) -> pd.DataFrame:
        """Departments: replicate, period, department, one column per quantity."""
        names = self.department_names
        shape = (self.n_replicates, self.n_periods, len(names))
        replicate, period, department = (index.ravel() for index in np.indices(shape))
        values = {name: array.ravel() for name, array in self.tables.departments.items()}
        keys = {
            "replicate": replicate + self.first_replicate,
            "period": period,
            "department": _labels(department, names),
        }
        return pd.DataFrame({**keys, **values})

    @cached_property
    def handoffs(self) -> pd.DataFrame:
        """Hand-offs after the switch: replicate, from, to, attempts, failures."""
        names = self.department_names
        replicate, source, target = (index.ravel() for index in np.indices((self.n_replicates, len(names), len(names))))
        ends = {"from": _labels(source, names), "to": _labels(target, names)}
        values = {name: array.ravel() for name, array in self.tables.handoffs.items()}
        return pd.DataFrame({"replicate": replicate + self.first_replicate, **ends, **values})

    @cached_property
    def customers(self) -> pd.DataFrame:
        """Every person of the replicates kept (``run.keep_customers``); no rows where none were.

        Returns
        -------
        pandas.DataFrame
            One row per replicate and customer:

            * replicate, customer (row in the market, from 0), segment;
            * value: yearly revenue at neutral satisfaction, currency;
            * ours_at_switch, ours_at_end: whether a customer of ours then;
            * tenure_years_at_switch: years since joining; NaN for outsiders;
            * first_left_months, joined_months: months after the switch at whose end the person first left us, or first
              joined us; NaN if never;
            * satisfaction_at_end: satisfaction units; NaN for outsiders;
            * retention_per_year: probability of staying another year, at the end; NaN for outsiders;
            * lifetime_value: at the end and not discounted to the switch, currency; 0 for outsiders. Over a replicate
              it sums to the customer equity.
        """
        tables = self.tables.customers
        if not tables:
            return pd.DataFrame({name: [] for name in ("replicate", "customer", *CUSTOMER_COLUMNS)})
        replicate, customer = (index.ravel() for index in np.indices(tables["segment"].shape, dtype=np.int32))
        flat: dict[str, Any] = {name: tables[name].ravel() for name in CUSTOMER_COLUMNS}
        flat["segment"] = _labels(flat["segment"].astype(np.int32), list(self.parameters.population.segments))
        flat |= {name: flat[name] == 1.0 for name in ("ours_at_switch", "ours_at_end")}
        return pd.DataFrame({"replicate": replicate + self.first_replicate, "customer": customer, **flat})

    def save(
        self, folder: str | Path, *, replay: str | None = None, draw: Callable[[Results, Path], object] | None = None
    ) -> Path:
        """Write the result into a folder, all or nothing.

        Parameters
        ----------
        folder
            May exist; a complete result of another content in it is not overwritten.
        replay
            Command that runs the same again; by default one that reads this result's manifest.
        draw
            Draws pictures of the result into the folder it is given; they are complete or absent with the rest.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        ResultError
            The folder holds another result or cannot be written, or the disk is full; nothing half-written is left.
        """
        folder = Path(folder)
        existing = _content_of(folder)
        if existing is not None and existing != self.manifest["content_hash"]:
            raise ResultError(f"{folder}: holds a complete result of other content; choose another folder")
        again = replay or command("sim", "--replay", str(folder))
        manifest = {**self.manifest, "replay": again, "parameters": self.parameters.model_dump(mode="json")}
        with staged(folder) as temporary:
            write_tables(temporary, self.tables, self.department_names, self.first_replicate)
            self.summary.to_csv(temporary / "summary.csv", index=False)
            write_manifest(temporary, manifest)
            if draw is not None:
                draw(self, temporary)
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> Results:
        """Read a result from the folder it was saved in.

        Raises
        ------
        ResultError
            No manifest (the run did not finish), a newer schema, or a file missing, truncated or changed.
        """
        folder = Path(folder)
        manifest = read_manifest(folder)
        parameters = _parameters_of(folder / MANIFEST, manifest)
        n_departments = len(parameters.organisation.departments)
        try:
            n_customers = parameters.population.n_customers if CUSTOMERS in manifest["files"] else 0
            tables = read_tables(folder, parameters.time.n_periods, n_departments, n_customers)
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, ResultError):
                raise
            raise ResultError(f"{folder}: its tables do not have the shape its manifest says") from error
        if tables.seeds.shape[0] != parameters.run.n_replicates:
            raise ResultError(f"{folder}: its tables do not have as many replicates as its manifest says")
        return cls(parameters, tables, manifest)

    @property
    def source(self) -> str:
        """Digest of the source it was made with; see `sim.identity.code_digest`."""
        return str(self.manifest["code"]["source"])


def _parameters_of(path: Path, manifest: Mapping[str, Any]) -> Parameters:
    """Return the parameters in the manifest of a run.

    Raises
    ------
    ResultError
        It is the manifest of something else, or its parameters were changed, or are not those of this version.
    """
    kind = manifest.get("kind", "run")
    if kind != "run":
        raise ResultError(f"{path.parent}: no run but {_named(kind)}")
    absent = [name for name in TABLES if name not in manifest["files"]]
    if absent:
        raise ResultError(f"{path}: not a manifest of a run: it does not list {', '.join(absent)}")
    try:
        source, written = manifest["code"]["source"], manifest["content_hash"]
        parameters = Parameters.model_validate(manifest["parameters"])
        changed = source == code_digest() and written != hash_of_content(manifest["parameters"])
    except (KeyError, TypeError, AttributeError, ValidationError, OverflowError, RecursionError) as error:
        raise ResultError(f"{path}: its parameters are not those of this version of the code") from error
    if changed:
        raise ResultError(f"{path}: its parameters were changed after the run (their digest differs)")
    return parameters


def _named(kind: object) -> str:
    """Name the kind of a manifest, which may hold anything."""
    return f"a {kind}" if isinstance(kind, str) and kind.isidentifier() else "something else"


def _content_of(folder: Path) -> str | None:
    """Return the content hash of the complete result in a folder, empty where it is not a run; None without one."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8-sig"))
        return str(manifest.get("content_hash", "")) if manifest["files"] else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _stack(parts: Sequence[Mapping[str, Any]]) -> dict[str, NDArray[np.float64]]:
    """Put arrays or numbers of replicates under each other, by name."""
    names = parts[0] if parts else ()
    return {name: np.stack([np.asarray(part[name], dtype=np.float64) for part in parts]) for name in names}


def _tidy(tables: Mapping[str, NDArray[np.float64]], column: str, first: int) -> pd.DataFrame:
    """Return one row per name, replicate and period."""
    names = list(tables)
    stacked = np.stack([tables[name] for name in names])
    index, replicate, period = (cells.ravel() for cells in np.indices(stacked.shape, dtype=np.int32))
    return pd.DataFrame(
        {"replicate": replicate + first, "period": period, column: _labels(index, names), "value": stacked.ravel()}
    )


def _labels(codes: NDArray[np.signedinteger[Any]], names: Sequence[str]) -> pd.Categorical[str]:
    """Return names by their numbers, kept once each."""
    return pd.Categorical.from_codes(codes, pd.Index(names))
