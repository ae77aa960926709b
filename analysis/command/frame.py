"""The frame of an entry point: help, the configuration alone, or the work; `sim.ending` says how each ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

RUNS_KEPT = "interrupted: finished runs are kept; the same command goes on from there"
"""What a command says at an interrupt whose runs lie in a store."""


class Asked(Protocol):
    """What a command line asks for."""

    @property
    def show_only(self) -> bool:
        """Show the configuration and stop."""


Command = TypeVar("Command", bound=Asked)


def asks_for_help(arguments: Sequence[str]) -> bool:
    """Tell whether a command line asks how it is used."""
    return "--help" in arguments or "-h" in arguments


def run_or_show(
    commands: Iterable[Command], configuration_text: Callable[[Command], str], run: Callable[[Command], int]
) -> int:
    """Do what command lines ask for, or show it where that is all they ask.

    Parameters
    ----------
    commands
        What is asked, one after the other.
    configuration_text
        Returns the configuration as YAML.
    run
        Does the work and returns the exit code.

    Returns
    -------
    int
        The highest exit code.
    """
    code = 0
    for command in commands:
        if command.show_only:
            print(configuration_text(command), end="")
        else:
            code = max(code, run(command))
    return code
