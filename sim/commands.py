"""Commands that are suggested or written down: complete, and quoted so that they can be pasted as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

PLAIN_VALUE = re.compile(r"[A-Za-z_./][A-Za-z0-9_./\-]*")
TYPED = ("true", "false", "null", "inf", "nan", "on", "off", "yes", "no")
"""Words that an override would not read as text."""


def command(module: str, *words: str, config_dir: str | Path | None = None) -> str:
    """Return the command that runs a module of this project.

    Parameters
    ----------
    module
        ``sim`` or ``analysis.compare``, for instance.
    *words
        Its arguments, not quoted.
    config_dir
        The user's folder of scenarios and industries, without which names in it are not known.

    >>> command("sim", "industry=telecom", config_dir="my files")
    "python -m sim industry=telecom --config-dir 'my files'"
    """
    folder = [] if config_dir is None else ["--config-dir", str(config_dir)]
    return shlex.join(["python", "-m", module, *words, *folder])


def write_override(key: str, value: str | Path) -> str:
    r"""Return an override that gives a key a text, quoted as overrides need it.

    >>> write_override("folder", "outputs/a"), write_override("folder", "my, own"), write_override("folder", "a\\")
    ('folder=outputs/a', 'folder="my, own"', 'folder="a\\\\"')
    """
    text = str(value)
    return f"{key}={quoted(text) if needs_quotes(text) else text}"


def needs_quotes(text: str) -> bool:
    """Tell whether an override would read a text as something else, or not at all."""
    return not PLAIN_VALUE.fullmatch(text) or text.lower() in TYPED


def quoted(text: str) -> str:
    """Return a text in the quotes of an override: backslashes count only in front of a quote."""
    inner = re.sub(r'(\\*)"', lambda found: f'{found[1] * 2}\\"', text)
    return '"' + re.sub(r"(\\+)$", r"\1\1", inner) + '"'
