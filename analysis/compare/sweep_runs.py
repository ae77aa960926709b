"""Complete runs found in folders, as a sweep leaves them, and why others are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sim.config.sweep import SWEEP_FILE, Sweep, read_sweep
from sim.errors import ConfigError, ResultError
from sim.identity import code_digest
from sim.results import Results
from sim.storage import MANIFEST


@dataclass
class Found:
    """What there is in some folders."""

    runs: list[Results] = field(default_factory=list)
    """Complete runs of this version of the simulator, in the order of their folders."""
    left_out: list[str] = field(default_factory=list)
    """What was left out and why, one line each."""
    n_other: int = 0
    """Complete runs of another version of the simulator; left out, as a comparison may run more of its own."""


def read_runs(folders: Sequence[Path]) -> Found:
    """Read every complete run in some folders and below them.

    Raises
    ------
    ConfigError
        There is no such folder, or no complete run in any of them.
    """
    found = Found()
    for folder in folders:
        if not folder.is_dir():
            raise ConfigError(f"runs: no folder {str(folder)!r}")
        sweeps = [sweep for path in _visible(folder, SWEEP_FILE) if (sweep := read_sweep(path.parent)) is not None]
        for sweep in sweeps:
            if sweep.missing:
                found.left_out.append(f"{sweep.folder}: without a result: {sweep.name_missing()}")
        for place in _places(folder):
            _add(found, place, sweeps)
    if found.n_other:
        number = "a run" if found.n_other == 1 else f"{found.n_other} runs"
        found.left_out.append(f"{number} made with another version of the simulator than this ({code_digest()})")
    if not found.runs:
        reasons = "; ".join(found.left_out[:2]) or "no run at all"
        raise ConfigError(f"runs: no complete run in {', '.join(map(str, folders))}: {reasons}")
    return found


def _add(found: Found, place: Path, sweeps: Sequence[Sweep]) -> None:
    """Read the run in one folder, or say why it is left out; what a sweep lacks is said for the sweep as a whole."""
    if not (place / MANIFEST).is_file():
        if not any(place.parent == sweep.folder for sweep in sweeps):
            found.left_out.append(f"{place}: did not finish")
        return
    try:
        results = Results.load(place)
    except ResultError as error:
        found.left_out.append(str(error))
    else:
        if results.source == code_digest():
            found.runs.append(results)
        else:
            found.n_other += 1


def _places(folder: Path) -> list[Path]:
    """Return the folders of runs, complete or not: those with a manifest, and those that Hydra made for a job."""
    complete = {path.parent for path in _visible(folder, MANIFEST)}
    begun = {path.parent for path in folder.rglob(".hydra") if path.is_dir()}
    return sorted(complete | begun)


def _visible(folder: Path, name: str) -> list[Path]:
    """Return the files of a name in a folder and below, but in no hidden folder: what is half-written is in those."""
    paths = sorted(folder.rglob(name))
    return [path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts[:-1])]
