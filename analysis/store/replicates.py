"""A store of replicates: each is kept once, under the address of what it was made with, and never run again.

The address of a replicate is a digest of its parameters (without how many replicates there are and what changes no
number), of the simulator's source, and the number of the replicate. A comparison that is repeated, extended or was
stopped runs only what is missing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from analysis.store.files import read_whole, write_whole, writing
from analysis.store.packing import (
    flat_arrays,
    join_results,
    one_replicate,
    outcomes_alone,
    read_arrays,
    single_parameters,
)
from sim.errors import ResultError
from sim.identity import RUN_KEYS_WITHOUT_EFFECT, code_digest
from sim.parameters import Parameters
from sim.results import Results
from sim.simulation import Task, run_tasks

if TYPE_CHECKING:
    from sim.model import Replicate

DEFAULT_FOLDER = Path("outputs") / ".runs"
"""Below the working directory; may be deleted at any time."""
ADDRESS_FREE_KEYS = (*RUN_KEYS_WITHOUT_EFFECT, "n_replicates", "first_replicate", "keep_customers")
"""Keys of ``run`` that change nothing in one replicate."""
FORMAT = 1
"""Of the files; part of the address."""
REMEMBERED = 2_000
"""Replicates that a store holds in memory; more are read from their files again."""
NAMES = re.compile(r"\d{6}(-outcomes)?\.npz")
"""Of the files of replicates."""

Key = TypeVar("Key")
Value = TypeVar("Value")

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
        self._supplied: dict[Path, Results] = {}
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
            self._supplied[self.path_of(results.parameters, one.first_replicate)] = one

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
            _remember(self._addresses, id(parameters), (parameters, address_of(parameters)))
        return self._place(self._addresses[id(parameters)][1], replicate)

    def _place(self, address: str, replicate: int) -> Path:
        """Return the file of a replicate; folders of two digits, so that none grows long."""
        name = f"{replicate:06d}-outcomes.npz" if self.outcomes_only else f"{replicate:06d}.npz"
        return self.folder / address[:2] / address[2:] / name

    def _read(self, parameters: Parameters, replicate: int) -> Results | None:
        """Return a replicate; None where it is missing, damaged or lacks the customers asked for."""
        path = self.path_of(parameters, replicate)
        found = self._supplied.get(path) or self._memory.get(path)
        if found is None:
            parse = partial(read_arrays, parameters=single_parameters(parameters, replicate))
            found = read_whole(path, parse, "the replicate is run again")
        wanted = replicate < parameters.run.keep_customers
        if found is None or (wanted and not found.tables.customers):
            return None
        _remember(self._memory, path, found)
        return found

    def _keep(self, results: Results) -> None:
        """Write a replicate.

        Nothing waits for the disk: what a power cut damages is run again.
        """
        path = self._place(address_of(results.parameters), results.first_replicate)
        kept = outcomes_alone(results) if self.outcomes_only else results
        with writing(self.folder):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, lambda stream: np.savez(stream, **flat_arrays(kept)), durable=False)
        self._supplied.pop(path, None)  # it lacked something
        _remember(self._memory, path, kept)


def _remember(memory: dict[Key, Value], key: Key, value: Value) -> None:
    """Keep a value in memory, and no more values than are of use: a process may run any number of replicates."""
    memory[key] = value
    if len(memory) > REMEMBERED:
        del memory[next(iter(memory))]


def address_of(parameters: Parameters) -> str:
    """Return the address under which the replicates of these parameters are kept, SHA-256 in hexadecimal."""
    content = parameters.model_dump(mode="json")
    for key in ADDRESS_FREE_KEYS:
        content["run"].pop(key, None)
    text = json.dumps({"parameters": content, "code": code_digest(), "format": FORMAT}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
