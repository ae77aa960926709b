"""Folders that a command writes its files into."""

from __future__ import annotations

import json
from pathlib import Path

from sim.errors import ResultError
from sim.storage import MANIFEST

KINDS = {"run": "run", "comparison": "comparison", "study": "study", "tuned": "tuning"}
"""What manifests call what is in their folder, and what people do."""


def check_free(folder: Path) -> None:
    """Check that a folder can take the files of a new comparison.

    Raises
    ------
    ResultError
        It is a file, or holds something already.
    """
    try:
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return
    except OSError as error:
        raise ResultError(f"folder: {folder} cannot be read: {error.strerror or error}") from error
    kind = _finished(folder)
    if kind is None:
        raise ResultError(f"folder: {folder} holds something already; choose another")
    kept = "" if kind == "run" else "; what was run for it is kept, and not run again"
    raise ResultError(f"folder: {folder} holds a finished {kind}: leave folder= out or choose another{kept}")


def _finished(folder: Path) -> str | None:
    """Return what is complete in a folder; None where nothing is."""
    try:
        kind = json.loads((folder / MANIFEST).read_text(encoding="utf-8-sig")).get("kind", "run")
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    return KINDS.get(str(kind))
