"""Comparisons from Python: what ``analysis.compare(...)`` does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison

NOT_HERE = {"memo": False, "attribution": False, "twins": 0}
"""Of a comparison what goes into the memo only, which a function does not write."""


class Asked(TypedDict, total=False):
    """Fields of `analysis.compare.request.Request` that a function takes."""

    scenarios: Sequence[str]
    baseline: str
    precision: float
    smallest_effect: float
    min_replicates: int
    max_replicates: int
    confidence: float


def compare(
    *overrides: str,
    config_dir: str | Path | None = None,
    store: str | Path | None = None,
    **asked: Unpack[Asked],
) -> Comparison:
    """Compare org designs under the same luck, replicated until the differences are precise or clear.

    What ``python -m analysis.compare`` does, without its files: nothing is printed, and nothing is left on disk but
    what a ``store`` keeps.

    Parameters
    ----------
    *overrides
        Keys of the simulator as on the command line: ``"industry=telecom"``, ``"population=small"``.
    config_dir
        Folder of your own scenarios and industries.
    store
        Folder in which replicates are kept, so that the next comparison runs only what is missing
        (``"outputs/.runs"`` is that of the command); None: they are kept nowhere.
    **asked
        ``scenarios``: names of the designs, the baseline among them; ``baseline``; ``precision``: half-width of
        intervals as a share of the baseline's mean; ``smallest_effect`` that matters, likewise; ``min_replicates``;
        ``max_replicates``; ``confidence``. Defaults and ranges are those of the command (``--help`` lists them).

    Returns
    -------
    analysis.compare.comparison.Comparison
        Frozen; ``table`` has one row per design and outcome, ``results`` what each design led to.

    Raises
    ------
    sim.errors.UserError
        Something given cannot be used, in one line; or the store cannot be written.
    """
    from analysis.command.asking import given_by
    from analysis.compare.command import parse_commands
    from analysis.compare.replication import replicate_until_known
    from analysis.store.replicates import DEFAULT_FOLDER, Store
    from sim.errors import ConfigError

    with given_by(overrides, {**asked, **NOT_HERE}, config_dir, store) as arguments:
        commands = parse_commands(arguments)
        if len(commands) > 1:
            raise ConfigError(f"runs: {len(commands)} comparisons; choose one by the values of its keys")
        command = commands[0]
        place = Store(command.store or DEFAULT_FOLDER)
        for results in command.supplied:
            place.supply(results)
        return replicate_until_known(command.request, command.parameters, place)
