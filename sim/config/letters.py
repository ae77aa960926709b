"""Characters that look like others or like nothing: named, shown, and put back to what a keyboard has."""

from __future__ import annotations

import re
import unicodedata

from sim.text import JOINERS, character_name, is_shown

LOOK_ALIKES = str.maketrans(
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455\u043a\u043c\u0442\u04bb\u051b\u0501\u0261"
    "\u0410\u0412\u0421\u0415\u041d\u041a\u041c\u041e\u0420\u0422\u0425\u0423\u0406\u0408\u0405"
    "\u03bf\u03b1\u03b5\u03b9\u03ba\u03bd\u03c1\u03c5\u03c7\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d"
    "\u039f\u03a1\u03a4\u03a7\u03a5\u0131",
    "aceopxyijskmthqdg" + "ABCEHKMOPTXYIJS" + "oaeikvpuxABEZHIKMN" + "OPTXYi",
)
"""Cyrillic, Greek and other letters that look like Latin ones."""
SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
    }
)
"""Quotes and dashes of typography."""
INVISIBLE = ("Cc", "Cf", "Zl", "Zp")
"""Categories of characters that nobody sees: controls, formats, separators of lines."""


def plain(text: str) -> str:
    """Return a text with the characters of a keyboard in place of those that look like them.

    >>> plain("\u2013m"), plain("m\u0430rket"), plain("\u201cmine\u201d"), plain("mi\u200bne\u00a0")
    ('-m', 'market', '"mine"', 'mine')
    """
    seen = "".join(sign for sign in text if unicodedata.category(sign) not in INVISIBLE or sign in "\t\n\r")
    folded = unicodedata.normalize("NFKC", seen.translate(SIGNS).translate(LOOK_ALIKES))
    return " ".join(folded.split())


def name_character(sign: str) -> str:
    """Name a character: its sign where it has one, its number and its name.

    >>> name_character(chr(0xE9)), name_character(chr(10))
    ('\u00e9 (U+00E9 LATIN SMALL LETTER E WITH ACUTE)', 'U+000A LINE FEED')
    """
    code = f"U+{ord(sign):04X} {character_name(sign) or 'a control character'}"
    return f"{sign} ({code})" if is_shown(sign) and unicodedata.category(sign) not in ("Cf", "Zs", "Mn") else code


def name_strange(text: str) -> str:
    """Say which character of a text is not one of a keyboard: the first of them; an empty text where all are.

    >>> name_strange("m\u0430rket")
    'holds \u0430 (U+0430 CYRILLIC SMALL LETTER A)'
    """
    strange = next((sign for sign in text if not " " <= sign <= "~"), None)
    return "" if strange is None else f"holds {name_character(strange)}"


def find_invisible(text: str) -> str | None:
    """Return the first character that nobody sees, if there is one; those that join letters may stay."""
    return next((sign for sign in text if unicodedata.category(sign) in INVISIBLE and sign not in JOINERS), None)


def decimal_point(text: str) -> str | None:
    """Return a number that was written with a decimal comma as one with a point; None for any other text.

    >>> decimal_point("0,3"), decimal_point("-1.000,5"), decimal_point("0,3,5"), decimal_point("a,b")
    ('0.3', '-1000.5', None, None)
    """
    found = re.fullmatch(r"([-+]?\d{1,3}(?:\.\d{3})*|[-+]?\d+),(\d+)", text)
    return None if found is None else f"{found[1].replace('.', '')}.{found[2]}"


def escaped(text: str) -> str:
    """Return a text in one line, with characters that nobody sees written as Python writes them.

    >>> len(escaped(chr(10))), escaped("Gr\u00fc\u00dfe")
    (2, 'Gr\u00fc\u00dfe')
    """
    return text.translate({ord(sign): sign.encode("unicode_escape").decode() for sign in text if _hidden(sign)})


def _hidden(sign: str) -> bool:
    return unicodedata.category(sign) in (*INVISIBLE, "Cs")
