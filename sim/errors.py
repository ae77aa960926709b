"""Errors a user can put right: one line each, shown without a traceback."""

from __future__ import annotations


class UserError(ValueError):
    """Something the user gave cannot be used; the message is one line that says what, and what would do."""


class ConfigError(UserError):
    """A parameter, an option or a configuration file cannot be used."""


class ResultError(UserError):
    """A result cannot be read, written or compared."""
