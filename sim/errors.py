"""Errors a user can put right: one line each, shown without a traceback."""

from __future__ import annotations

from sim.text import printable


class UserError(ValueError):
    """Something the user gave cannot be used; the message is one line that says what, and what would do.

    Names of files and keys may stand in it as they were given: what a terminal would obey is left out here.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(printable(str(message)))


class ConfigError(UserError):
    """A parameter, an option or a configuration file cannot be used."""


class ResultError(UserError):
    """A result cannot be read, written or compared."""
