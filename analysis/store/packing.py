"""Results of single replicates: taken out of larger ones, put together, and packed into few arrays for a file."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.identity import content_hash
from sim.parameters import Parameters
from sim.results import Results
from sim.storage import Tables


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


def read_arrays(content: bytes, parameters: Parameters) -> Results:
    """Return the result of which `flat_arrays` were written with `numpy.savez`.

    Parameters
    ----------
    content
        Of the file.
    parameters
        Of the result.

    Raises
    ------
    Exception
        The file is damaged; which one depends on where.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        about = json.loads(stored["about"].tobytes())
        columns: Mapping[str, Sequence[str]] = about["columns"]
        tables = {name: dict(zip(keys, stored[name], strict=True)) for name, keys in columns.items()}
        whole: dict[str, Any] = {**{field.name: {} for field in fields(Tables)}, **tables, "seeds": stored["seeds"]}
        return Results(parameters, Tables(**whole), about["manifest"])


def source_in(content: bytes) -> str:
    """Return the digest of the source with which the replicate in a file was run; raises as `read_arrays` does."""
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return str(json.loads(stored["about"].tobytes())["manifest"]["code"]["source"])


def _stacked(tables: Sequence[Mapping[str, NDArray[np.float64]]]) -> dict[str, NDArray[np.float64]]:
    """Put tables under each other; those without columns (replicates whose customers were not kept) are left out."""
    filled = [table for table in tables if table]
    return {name: np.concatenate([table[name] for table in filled]) for name in (filled[0] if filled else ())}
