"""How this package is here: as a checkout of the repository, or installed as a wheel, which holds packages only."""

from __future__ import annotations

import shlex
from pathlib import Path

from sim.errors import ConfigError

NAME = "customer-experience-sim"
"""Of the distribution."""


def checkout() -> Path | None:
    """Return the folder of the checkout whose source this is; None where it was installed as a wheel."""
    folder = Path(__file__).parents[1]
    return folder if (folder / "pyproject.toml").is_file() else None


def install_command(extra: str) -> str:
    """Return the command that installs what an extra of this package brings; it works where it is typed.

    Parameters
    ----------
    extra
        As in ``pyproject.toml``: ``study``, for instance.
    """
    folder = checkout()
    if folder is None:
        return f"python -m pip install '{NAME}[{extra}]'"
    place = "." if Path.cwd() == folder else str(folder)
    return f"python -m pip install -e {shlex.quote(f'{place}[{extra}]')}"


def lacking(package: str | None, extra: str, where: str = "") -> ConfigError:
    """Return the error that says which package is missing and how to install it.

    Parameters
    ----------
    package
        What could not be imported.
    extra
        Of this package, which brings it.
    where
        What asked for it: ``engine: `` for instance.
    """
    return ConfigError(f"{where}{package} is missing; {install_command(extra)} installs it")


def needed_checkout(command: str) -> Path:
    """Return the folder of the checkout, for a command that writes files of the repository.

    Parameters
    ----------
    command
        Named in the error.

    Raises
    ------
    ConfigError
        This was installed as a wheel, which has no such files.
    """
    folder = checkout()
    if folder is None:
        raise ConfigError(f"{command}: writes files of the repository; run it in a checkout of that")
    return folder
