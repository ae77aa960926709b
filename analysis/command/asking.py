"""Keywords of Python as overrides, so that functions ask for exactly what command lines ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Integral, Real
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sim.commands import quoted, write_override
from sim.errors import ConfigError


def write_overrides(asked: Mapping[str, Any]) -> list[str]:
    """Return keywords as overrides, those that are None left out.

    Raises
    ------
    ConfigError
        A value has a type that no key takes.

    >>> write_overrides({"scenarios": ["no_cxo", "my, own"], "precision": 0.05, "memo": False, "baseline": None})
    ['scenarios=["no_cxo","my, own"]', 'precision=0.05', 'memo=false']
    """
    return [f"{key}={_written(key, value)}" for key, value in asked.items() if value is not None]


@contextmanager
def given_by(
    overrides: Sequence[str], asked: Mapping[str, Any], config_dir: str | Path | None, store: str | Path | None
) -> Iterator[list[str]]:
    """Yield the command line that asks the same; what it must write goes into a folder that is gone afterwards.

    Parameters
    ----------
    overrides
        As on the command line.
    asked
        Further keys as keywords.
    config_dir
        Folder of the user's scenarios and industries.
    store
        Where runs are kept for reuse; None: nowhere.

    Raises
    ------
    ConfigError
        An override is none, or names a folder of results, which functions do not write.
    """
    for text in overrides:
        key, equals, _ = str(text).partition("=")
        if not isinstance(text, str) or not equals or key.startswith("-"):
            raise ConfigError(f"{text}: not an override; give KEY=VALUE, as in 'market.competition=0.3'")
        if key in ("folder", "store"):
            how = "give store=FOLDER as a keyword" if key == "store" else "a function writes none; the command does"
            raise ConfigError(f"{key}: {how}")
    with TemporaryDirectory(prefix="analysis-") as place:
        kept = Path(place) / "runs" if store is None else Path(store)
        folders = [write_override("store", kept), write_override("folder", Path(place) / "results")]
        own = [] if config_dir is None else ["--config-dir", str(config_dir)]
        yield [*overrides, *write_overrides(asked), *folders, *own]


def _written(key: str, value: Any) -> str:
    """Write a value as overrides have it; texts in quotes, so that they are nothing else."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real):
        return repr(float(value))
    if isinstance(value, str | Path):
        return quoted(str(value))
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{name}:{_written(key, inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ",".join(_written(key, inner) for inner in value) + "]"
    raise ConfigError(f"{key}: a {type(value).__name__} cannot be used; give a number, a text or a list of them")
