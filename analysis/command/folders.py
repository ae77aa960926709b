"""Folders that a command writes its files into."""

from __future__ import annotations

from pathlib import Path

from sim.errors import ResultError


def check_free(folder: Path) -> None:
    """Check that a folder can take the files of a new comparison.

    Raises
    ------
    ResultError
        It is a file, or holds something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ResultError(f"folder: {folder} holds something already; choose another")
