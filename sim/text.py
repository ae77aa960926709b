"""Text from outside: what is refused in names and titles, and how any other text becomes fit to be shown."""

from __future__ import annotations

import codecs
import io
import unicodedata
from typing import TextIO

JOINERS = frozenset("\u200c\u200d")
"""Formatting characters that some scripts need within words; they move nothing else."""
CONTROL_NAMES = {0: "NULL", 7: "BELL", 8: "BACKSPACE", 9: "TAB", 10: "LINE FEED", 13: "CARRIAGE RETURN", 27: "ESCAPE"}
"""Those that Unicode gives no name."""
PLAINER = {
    "\u2212": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2026": "...",
    "\u00a0": " ",
}
"""What stands for a sign that a terminal does not know; a question mark for any other."""


def is_shown(character: str) -> bool:
    """Tell whether a character stands in a line of text as itself.

    Controls, lone surrogates, private and unassigned characters, line separators, and formatting characters (those
    that turn the direction of text among them) do not.
    """
    return character in JOINERS or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def character_name(character: str) -> str:
    """Return the name of a character, or nothing where it has none.

    >>> character_name("-"), character_name(chr(27)), character_name(chr(0xE000))
    ('HYPHEN-MINUS', 'ESCAPE', '')
    """
    return unicodedata.name(character, CONTROL_NAMES.get(ord(character), ""))


def refusal(text: str) -> str | None:
    r"""Say why a text cannot be a name or a title, in words that follow it; None where it can.

    >>> refusal("A \a bell")
    'holds U+0007 (BELL), which cannot be shown'
    """
    if text.isascii() and text.isprintable():
        return None
    bad = next((character for character in text if not is_shown(character)), None)
    if bad is None:
        return None
    name = character_name(bad)
    return f"holds U+{ord(bad):04X}{f' ({name})' if name else ''}, which cannot be shown"


def printable(text: str) -> str:
    r"""Return text as one line that moves no cursor, colours no terminal and can be encoded.

    White space becomes spaces, one for one, except those at which no line ends; what is not shown is left out.

    >>> printable("a\x1b[31m\tb\u202e\nc\ud800")
    'a[31m b c'
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_printed, text))


def plain_text(text: str) -> str:
    r"""Return text as one line with single spaces; what is not shown is left out.

    >>> plain_text("a\x00b\n c\u202e")
    'ab c'
    """
    return " ".join(printable(text).split())


def take_every_sign(stream: TextIO) -> None:
    """Let a stream write plainer signs for those that its encoding has not, in place of an error."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="plainer")


def plainer(error: UnicodeError) -> tuple[str, int]:
    r"""Return plainer signs for what cannot be encoded, and where to go on; registered as ``plainer``.

    >>> "\u22120.46 under \u201cX\u201d, caf\u00e9".encode("ascii", "plainer")
    b'-0.46 under "X", caf?'
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAINER.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


codecs.register_error("plainer", plainer)


def _printed(character: str) -> str:
    """Return a character, a space in place of a control that is white space, or nothing."""
    if is_shown(character):
        return character
    return " " if character.isspace() else ""
