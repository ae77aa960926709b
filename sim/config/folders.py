"""Folders that a command is to write into, checked before it does anything else."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from sim.config.letters import escaped
from sim.errors import ConfigError


def check_folder(key: str, folder: Path) -> None:
    """Check that a folder is one, or can be made.

    Parameters
    ----------
    key
        Named in the error.
    folder
        Need not exist.

    Raises
    ------
    ConfigError
        It is a file or below one, its name is too long for the file system, or nothing can be written there.
    """
    shown = escaped(str(folder))
    try:
        above = next(place for place in (folder.absolute(), *folder.absolute().parents) if _exists(place))
    except OSError as error:
        raise ConfigError(f"{key}: {shown}: {error.strerror or error}") from error
    if not above.is_dir():
        what = (
            "is a file, not a folder"
            if above == folder.absolute()
            else f"cannot be made: {escaped(str(above))} is a file"
        )
        raise ConfigError(f"{key}: {shown} {what}")
    if not os.access(above, os.W_OK | os.X_OK):
        where = "" if above == folder.absolute() else f" below {escaped(str(above))}"
        raise ConfigError(f"{key}: {shown}: nothing can be written{where}; choose another folder")


def _exists(place: Path) -> bool:
    """Tell whether something is there; a name that the file system cannot hold is an error, not an absence."""
    try:
        place.lstat()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return False
        raise
    return True
