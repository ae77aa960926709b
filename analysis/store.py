"""A store of replicates: each is kept once, under the address of what it was made with, and never run again.

The address of a replicate is a digest of its parameters (without how many replicates there are and what changes no
number), of the simulator's source, and the number of the replicate. A comparison that is repeated, extended or was
stopped runs only what is missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import ResultError
from sim.identity import RUN_KEYS_WITHOUT_EFFECT, code_digest, content_hash
from sim.parameters import Parameters
from sim.results import Results
from sim.simulation import Task, run_tasks
from sim.storage import Tables

if TYPE_CHECKING:
    from sim.model import Replicate

DEFAULT_FOLDER = Path("outputs") / ".runs"
"""Below the working directory; may be deleted at any time."""
ADDRESS_FREE_KEYS = (*RUN_KEYS_WITHOUT_EFFECT, "n_replicates", "first_replicate", "keep_customers")
"""Keys of ``run`` that change nothing in one replicate."""
FORMAT = 1
"""Of the files; part of the address."""

Finished = Callable[[int, int], None]
"""Called with the replicates done and the replicates to do."""


class Store:
    """Replicates on disk, one file each; several processes may share a folder.

    Parameters
    ----------
    folder
        Made when the first replicate is kept.
    outcomes_only
        Keep outcomes and nothing else: for many small runs of which no more is wanted.
    """

    def __init__(self, folder: str | Path = DEFAULT_FOLDER, *, outcomes_only: bool = False) -> None:
        self.folder = Path(folder)
        self.outcomes_only = outcomes_only
        self._memory: dict[Path, Results] = {}
        self._addresses: dict[int, tuple[Parameters, str]] = {}
        self.n_run = 0
        """Replicates that this store had to run."""

    def __reduce__(self) -> tuple[partial[Store], tuple[Path]]:
        # To other processes goes the place, not what is in memory.
        return partial(Store, outcomes_only=self.outcomes_only), (self.folder,)

    def simulate(self, parameters: Parameters, *, progress: Finished | None = None) -> Results:
        """Return what `sim.simulate` returns, of replicates kept where there are any; runs and keeps the others."""
        numbers = range(parameters.run.first_replicate, parameters.run.first_replicate + parameters.run.n_replicates)
        self.fill([(parameters, number) for number in numbers], progress)
        return self.gather(parameters)

    def fill(self, tasks: Sequence[Task], progress: Finished | None = None) -> int:
        """Run the replicates that are missing, in the order given, and keep each as soon as it is finished.

        Returns
        -------
        int
            How many were run.

        Raises
        ------
        ResultError
            The folder cannot be written.
        """
        missing = self._missing(tasks)
        done = 0

        def keep(position: int, replicate: Replicate, seconds: float) -> None:
            """Keep a replicate as soon as it is finished, and say how many are."""
            nonlocal done
            self._keep(Results.from_replicates(single_parameters(*missing[position]), [replicate], seconds))
            done += 1
            self.n_run += 1
            if progress is not None:
                progress(done, len(missing))

        run_tasks(missing, keep)
        return done

    def _missing(self, tasks: Sequence[Task]) -> list[Task]:
        """Return the tasks whose replicates are not kept, in their order; what is asked for twice is run once."""
        found: dict[tuple[Path, bool], Task] = {}
        for parameters, number in tasks:
            if not self.holds(parameters, number):
                with_customers = number < parameters.run.keep_customers
                found.setdefault((self.path_of(parameters, number), with_customers), (parameters, number))
        return list(found.values())

    def holds(self, parameters: Parameters, replicate: int) -> bool:
        """Tell whether a replicate is kept, whole, with its customers where they are asked for."""
        return self._read(parameters, replicate) is not None

    def supply(self, results: Results) -> None:
        """Take the replicates of a result that exists already as long as this store lives; nothing is written."""
        for place in range(results.n_replicates):
            one = one_replicate(results, place)
            self._memory[self.path_of(results.parameters, one.first_replicate)] = one

    def gather(self, parameters: Parameters) -> Results:
        """Return the replicates of one set of parameters as one result.

        Raises
        ------
        ResultError
            One of them is not kept.
        """
        first = parameters.run.first_replicate
        parts = []
        for number in range(first, first + parameters.run.n_replicates):
            part = self._read(parameters, number)
            if part is None:
                raise ResultError(f"{self.path_of(parameters, number)}: replicate {number} is not kept here")
            parts.append(part)
        return join_results(parameters, parts)

    def path_of(self, parameters: Parameters, replicate: int) -> Path:
        """Return the file of a replicate."""
        if id(parameters) not in self._addresses:  # held beside its address, so that its id is not given away again
            self._addresses[id(parameters)] = (parameters, address_of(parameters))
        return self._place(self._addresses[id(parameters)][1], replicate)

    def _place(self, address: str, replicate: int) -> Path:
        """Return the file of a replicate; folders of two digits, so that none grows long."""
        name = f"{replicate:06d}-outcomes.npz" if self.outcomes_only else f"{replicate:06d}.npz"
        return self.folder / address[:2] / address[2:] / name

    def _read(self, parameters: Parameters, replicate: int) -> Results | None:
        """Return a replicate; None where it is missing, damaged or lacks the customers asked for."""
        path = self.path_of(parameters, replicate)
        found = self._memory.get(path) or read_replicate(path, single_parameters(parameters, replicate))
        wanted = replicate < parameters.run.keep_customers
        if found is None or (wanted and not found.tables.customers):
            return None
        self._memory[path] = found
        return found

    def _keep(self, results: Results) -> None:
        """Write a replicate beside its place and move it there, so that a file is whole or absent."""
        path = self._place(address_of(results.parameters), results.first_replicate)
        kept = outcomes_alone(results) if self.outcomes_only else results
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as stream:
                np.savez(stream, **flat_arrays(kept))
            temporary.replace(path)
            self._memory[path] = kept
        except OSError as error:
            raise ResultError(f"{self.folder}: cannot be written: {error.strerror or error}") from error
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def address_of(parameters: Parameters) -> str:
    """Return the address under which the replicates of these parameters are kept, SHA-256 in hexadecimal."""
    content = parameters.model_dump(mode="json")
    for key in ADDRESS_FREE_KEYS:
        content["run"].pop(key, None)
    text = json.dumps({"parameters": content, "code": code_digest(), "format": FORMAT}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def single_parameters(parameters: Parameters, replicate: int) -> Parameters:
    """Return the parameters of a run of one replicate alone."""
    run = parameters.run.model_copy(update={"n_replicates": 1, "first_replicate": replicate, "n_workers": 1})
    return parameters.model_copy(update={"run": run})


def join_results(parameters: Parameters, parts: Sequence[Results]) -> Results:
    """Put results of single replicates together, in the order given.

    Parameters
    ----------
    parameters
        Of the whole; their ``run.n_replicates`` is the number of parts.
    parts
        The replicates.
    """
    columns = {field.name: [getattr(part.tables, field.name) for part in parts] for field in fields(Tables)}
    seeds = np.concatenate(columns.pop("seeds"))
    tables = Tables(seeds=seeds, **{name: _stacked(tables) for name, tables in columns.items()})
    manifest = {
        **parts[0].manifest,
        "content_hash": content_hash(parameters),
        "n_replicates": len(parts),
        "wall_seconds": round(sum(part.manifest["wall_seconds"] for part in parts), 3),
    }
    return Results(parameters, tables, manifest)


def one_replicate(results: Results, place: int) -> Results:
    """Return one replicate of a result, the first at place 0, as a run of it alone would give it."""
    parts: dict[str, Any] = {}
    for field in fields(Tables):
        whole = getattr(results.tables, field.name)
        if field.name == "seeds":
            parts[field.name] = whole[place : place + 1]
        else:
            kept = {name: column[place : place + 1] for name, column in whole.items()}
            parts[field.name] = {name: column for name, column in kept.items() if len(column)}
    parameters = single_parameters(results.parameters, results.first_replicate + place)
    own = {"content_hash": content_hash(parameters), "n_replicates": 1}
    own |= {"wall_seconds": results.manifest["wall_seconds"] / results.n_replicates}
    return Results(parameters, Tables(**parts), {**results.manifest, **own})


def outcomes_alone(results: Results) -> Results:
    """Return a result without any table but the outcomes."""
    tables = results.tables
    emptied: dict[str, Any] = {field.name: {} for field in fields(Tables)}
    kept = Tables(**{**emptied, "seeds": tables.seeds, "summary": tables.summary, "before": tables.before})
    return Results(results.parameters, kept, results.manifest)


def flat_arrays(results: Results) -> dict[str, Any]:
    """Return the tables of a result as few arrays: one for each table, its columns one under the other."""
    names: dict[str, list[str]] = {}
    arrays: dict[str, NDArray[Any]] = {"seeds": results.tables.seeds}
    for field in fields(Tables):
        table = getattr(results.tables, field.name)
        if field.name != "seeds" and table:
            names[field.name] = list(table)
            arrays[field.name] = np.stack(list(table.values()))
    text = json.dumps({"manifest": results.manifest, "columns": names})
    return {**arrays, "about": np.frombuffer(text.encode(), dtype=np.uint8)}


def read_replicate(path: Path, parameters: Parameters) -> Results | None:
    """Read what `flat_arrays` made; None where there is no such file or it is damaged."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            about = json.loads(stored["about"].tobytes())
            columns: Mapping[str, Sequence[str]] = about["columns"]
            tables = {name: dict(zip(keys, stored[name], strict=True)) for name, keys in columns.items()}
            whole: dict[str, Any] = {**{field.name: {} for field in fields(Tables)}, **tables, "seeds": stored["seeds"]}
            return Results(parameters, Tables(**whole), about["manifest"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def _stacked(tables: Sequence[Mapping[str, NDArray[np.float64]]]) -> dict[str, NDArray[np.float64]]:
    """Put tables under each other; those without columns (replicates whose customers were not kept) are left out."""
    filled = [table for table in tables if table]
    return {name: np.concatenate([table[name] for table in filled]) for name in (filled[0] if filled else ())}
