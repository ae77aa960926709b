"""Comparisons of runs that exist already: ``python -m analysis.compare runs=FOLDER``.

The runs give parameters and replicates; whatever else a comparison takes (more replicates, levers, twins) it runs
itself, with the parameters of the runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from analysis.compare.request import Request, make_request
from analysis.compare.sweep_points import FIRST, Point, flat, points_of
from analysis.compare.sweep_runs import read_runs
from sim.config.keys import find_field
from sim.config.overrides import GROUPS, parse_overrides
from sim.config.registry import folder_name
from sim.config.wording import show
from sim.errors import ConfigError
from sim.identity import RUN_KEYS_WITHOUT_EFFECT
from sim.parameters import Parameters
from sim.parameters.run import Run
from sim.results import Results

if TYPE_CHECKING:
    from analysis.compare.command import Command

SETTINGS = tuple(f"run.{key}" for key in RUN_KEYS_WITHOUT_EFFECT)
"""Keys of the simulator that set how to run instead of choosing among the runs."""


def commands_of(
    template: Command, folders: Sequence[Path], own: Mapping[str, Any], others: Sequence[str]
) -> list[Command]:
    """Return one comparison for each point at which two designs or more were run.

    Parameters
    ----------
    template
        A command with all that does not depend on the runs.
    folders
        Where the runs are.
    own
        Values given for the comparison's own keys.
    others
        Overrides with keys of the simulator: they choose among the runs, or say how to run.

    Raises
    ------
    ConfigError
        Nothing can be compared, or something given cannot be used.
    """
    found = read_runs(folders)
    settings = [text for text in others if text.partition("=")[0] in SETTINGS]
    runs = _chosen(found.runs, [text for text in others if text not in settings])
    run = sim.compose(*settings).run
    remarks = [f"left out: {text}" for text in found.left_out]
    points = points_of(runs)
    commands = []
    for point in points:
        refusal = _refusal(point)
        if refusal is not None:
            remarks.append(f"left out: {' '.join([*point.overrides, refusal])}")
            continue
        several = len(points) > 1
        folder = template.folder / folder_name(",".join(point.overrides)) if several else template.folder
        given = {text.partition("=")[0] for text in template.arguments}
        words = (*template.arguments, *(text for text in point.overrides if text.partition("=")[0] not in given))
        commands.append(_command(replace(template, folder=folder, arguments=words), point, own, run))
    if not commands:
        raise ConfigError(f"runs: {'; '.join(remarks[-2:]).replace('left out: ', '')}")
    return [replace(commands[0], remarks=(*remarks, *commands[0].remarks)), *commands[1:]]


def _refusal(point: Point) -> str | None:
    """Return why the runs of a point cannot be compared, if they cannot."""
    if len(point.runs) < 2:
        return f"{next(iter(point.runs))} alone, which makes no comparison"
    if point.n_shared < 2:
        counts = ", ".join(f"{name} has {point.n_replicates(name)}" for name in point.runs)
        return f"fewer than two replicates from the first on that all designs have ({counts})"
    return None


def _command(template: Command, point: Point, own: Mapping[str, Any], run: Run) -> Command:
    """Return the comparison of one point."""
    asked = dict(own)
    there = [name for name in Request().scenarios if name in point.runs]
    there += [name for name in point.runs if name not in there]
    for name in asked.setdefault("scenarios", there):
        if name not in point.runs:
            raise ConfigError(f"scenarios: no complete run of {name} there; choose from {', '.join(there)}")
    point = replace(point, runs={name: point.runs[name] for name in asked["scenarios"]})
    shared = point.n_shared
    asked.setdefault("min_replicates", min(shared, asked.get("max_replicates", shared)))
    asked.setdefault("max_replicates", max(shared, asked["min_replicates"]))
    remarks = _counts(point, shared)
    kept = min(one.parameters.run.keep_customers for runs in point.runs.values() for one in runs[:1])
    if kept == 0 and "twins" not in asked and asked.get("memo", True):
        asked["twins"] = 0
        remarks.append("twins are left out: the runs kept no customers (run.keep_customers); twins=3 runs them again")
    request = make_request(asked)
    parameters = {name: _parameters(runs[0].parameters, run, kept, request) for name, runs in point.runs.items()}
    supplied = tuple(one for runs in point.runs.values() for one in runs)
    return replace(template, request=request, parameters=parameters, supplied=supplied, remarks=tuple(remarks))


def _counts(point: Point, shared: int) -> list[str]:
    """Say which designs have more replicates than all have."""
    counts = {name: point.n_replicates(name) for name in point.runs}
    if all(count == shared for count in counts.values()):
        return []
    listed = ", ".join(f"{name} {count}" for name, count in counts.items())
    return [f"replicates: {listed}; the first {shared}, which all have, are used"]


def _parameters(parameters: Parameters, run: Run, kept: int, request: Request) -> Parameters:
    """Return the parameters of a run as a comparison wants them: workers as asked now, customers as kept."""
    from analysis.compare.command import KEPT

    update: dict[str, Any] = {key: getattr(run, key) for key in RUN_KEYS_WITHOUT_EFFECT}
    again = min(KEPT, request.min_replicates) if request.twins > 0 else 0
    update |= {"keep_customers": kept or again}
    return parameters.model_copy(update={"run": parameters.run.model_copy(update=update)})


def _chosen(runs: Sequence[Results], overrides: Sequence[str]) -> list[Results]:
    """Return the runs whose parameters are as some overrides say.

    Raises
    ------
    ConfigError
        A key is none of a run, or no run has the value.
    """
    left = [(one, flat(one.parameters)) for one in runs]
    for override in parse_overrides(overrides):
        key = FIRST if override.key_or_group == "industry" else override.key_or_group
        _check_key(key, str(override.input_line), [row for _, row in left])
        values = {str(row.get(key)): row.get(key) for _, row in left}
        left = [(one, row) for one, row in left if row.get(key) == override.value()]
        if not left:
            raise ConfigError(f"{key}: no run has {show(override.value())}; choose from {', '.join(values)}")
    return [one for one, _ in left]


def _check_key(key: str, text: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Refuse what does not name a single value of the runs."""
    if key in GROUPS:
        raise ConfigError(f"{key}: with runs=, choose by a key, such as population.n_customers=2000")
    if any(key in row for row in rows):
        return
    if find_field(key) is None:
        sim.compose(text)  # says which key is near
    raise ConfigError(f"{key}: no single value of these runs; choose by one, such as market.competition=0.2")
