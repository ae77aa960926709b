"""Numbers and names as people read them: thousands, millions, per cent, percentage points, short titles, plain text."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from sim.text import plain_text as plain_text

MINUS = "\u2212"
"""The typographic minus; a hyphen is too short beside a plus."""
NO_BREAK = "\u00a0"
"""A space at which no line ends."""
MISSING = "n/a"
"""Written where there is no number; NaN is never shown."""
MAX_TITLE = 44
"""Characters of a short title."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How numbers of one unit are written."""

    factor: float
    """Shown number over stored number."""
    digits: int
    """Digits behind the point."""
    prefix: str
    """Written before a number, after its sign (a currency)."""
    suffix: str
    """Written behind a number."""

    def bare(self, value: float, *, signed: bool = False) -> str:
        """Write a number without its unit.

        >>> Scale(1.0, 1, "", "").bare(-0.04, signed=True)
        '0.0'
        """
        if not math.isfinite(value):
            return MISSING
        shown = round(value * self.factor, self.digits)
        text = f"{abs(shown):,.{self.digits}f}"
        if shown < 0.0:
            return f"{MINUS}{text}"
        return f"+{text}" if signed and shown > 0.0 else text

    def full(self, value: float, *, signed: bool = False) -> str:
        """Write a number with its unit, as in ``EUR +53 k``."""
        bare = self.bare(value, signed=signed)
        return bare if bare == MISSING else f"{self.prefix}{bare}{self.suffix}"

    def tick(self, value: float) -> str:
        """Write a number beside an axis: with its sign, and with as many digits as it needs.

        >>> Scale(1e-3, 0, "EUR ", " k").tick(-2500.0)
        '\u22122.5'
        """
        shown = round(value * self.factor, 6)
        text = f"{abs(shown):,.6g}"
        return text if shown == 0.0 else f"{MINUS if shown < 0.0 else '+'}{text}"

    @property
    def label(self) -> str:
        """The unit alone, for axes and column heads."""
        return f"{self.prefix.strip()} {self.suffix.strip()}".strip()


def scale_of(unit: str, currency: str, values: Sequence[float], *, change: bool = False) -> Scale:
    """Choose how numbers of a unit are written, the same way for all numbers shown together.

    Parameters
    ----------
    unit
        As declared in :mod:`sim.outcomes`.
    currency
        Label of the currency.
    values
        The numbers that will be shown together (value, low, high); NaN is passed over.
    change
        Whether they are differences: those of shares are percentage points.
    """
    finite = [abs(value) for value in values if math.isfinite(value)]
    size = max(finite, default=0.0)
    if unit.startswith("currency"):
        return _money(size, currency, unit.removeprefix("currency"))
    if unit.startswith("share"):
        digits = 2 if change and size < 0.1 else 1
        return Scale(100.0, digits, "", " pp" if change else " %")
    if unit in ("customers", "persons", "initiatives"):
        return Scale(1.0, 0 if size >= 10 or size == 0.0 else 1, "", "" if unit == "customers" else f" {unit}")
    digits = 1 if unit == "points" else 2
    suffix = {"points": " points", "satisfaction units": " units", "SD of encounters": " SD", "years": " years"}
    return Scale(1.0, digits, "", suffix.get(unit, ""))


def _money(size: float, currency: str, per: str) -> Scale:
    """Write money in millions or thousands, with three or four digits in all."""
    prefix = f"{currency} "
    if size >= 999_500.0:
        return Scale(1e-6, 2 if size < 99.5e6 else 1, prefix, f" m{per}")
    if size >= 9_950.0:
        return Scale(1e-3, 1 if size < 99_950.0 else 0, prefix, f" k{per}")
    return Scale(1.0, 0 if size >= 100.0 or size == 0.0 else 2, prefix, per)


def write_interval(low: float, high: float, scale: Scale, *, signed: bool = False) -> str:
    """Write an interval without its unit, as in ``+19 to +124``; empty where there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{scale.bare(low, signed=signed)} to {scale.bare(high, signed=signed)}"


def write_difference(difference: float, low: float, high: float, unit: str, currency: str) -> str:
    """Write a difference with its 95 % interval, as in ``EUR +53 k (+19 to +124)``."""
    scale = scale_of(unit, currency, (difference, low, high), change=True)
    interval = write_interval(low, high, scale, signed=True)
    return scale.full(difference, signed=True) + (f" ({interval})" if interval else " (no interval: one replicate)")


def write_estimate(estimate: float, low: float, high: float, scale: Scale) -> str:
    """Write a change with its interval on a scale shared with others, as in ``EUR +53 k (+19 to +124)``."""
    interval = write_interval(low, high, scale, signed=True)
    return scale.full(estimate, signed=True) + (f" ({interval})" if interval else "")


def write_count(number: int, noun: str) -> str:
    """Write a count with its noun.

    >>> write_count(1, "design"), write_count(3, "design"), write_count(0, "journey")
    ('one design', 'three designs', 'no journeys')
    """
    return f"{number_word(number)} {noun}{'' if number == 1 else 's'}"


def number_word(number: int) -> str:
    """Write a small number as a word."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[number] if number < len(words) else f"{number:,}"


def fold(name: str, width: int = 22) -> str:
    """Break a name into lines of at most so many characters, between words."""
    return textwrap.fill(name, width, break_long_words=True)


def join_words(words: Sequence[str]) -> str:
    """Join words as a sentence does.

    >>> join_words(["a", "b", "c"])
    'a, b and c'
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def short_title(title: str, name: str) -> str:
    """Return a title that fits beside a line: up to its first comma, cut between words where still too long.

    >>> short_title("Accountable chief experience officer, authority and shared targets", "accountable_cxo")
    'Accountable chief experience officer'
    >>> short_title("", "my_design")
    'my design'
    """
    clean = plain_text(title) or plain_text(name).replace("_", " ")
    head = clean.split(",")[0].split(":")[0].strip() or clean
    if len(head) <= MAX_TITLE:
        return head
    cut = head[:MAX_TITLE].rsplit(" ", 1)[0].rstrip(" ,;:")
    return f"{cut} \u2026"


def short_titles(titles: dict[str, str]) -> dict[str, str]:
    """Return short titles by design; designs whose short titles would be the same keep their names."""
    short = {name: short_title(title, name) for name, title in titles.items()}
    seen = list(short.values())
    return {name: title if seen.count(title) == 1 else plain_text(name) for name, title in short.items()}


def tie(text: str) -> str:
    r"""Return text in which no line ends between a number and what belongs to it, by spaces that do not break.

    >>> tie("EUR +24.0 k, 95 % interval") == "EUR\u00a0+24.0\u00a0k, 95\u00a0% interval"
    True
    """
    text = re.sub(r"(?<=\d) (?=(?:k|m|pp|%)(?!\w))", NO_BREAK, text)
    return re.sub(rf"\b([A-Z]{{3}}) (?=[+{MINUS}]?\d)", rf"\1{NO_BREAK}", text)


def capital(sentence: str) -> str:
    """Return a sentence with its first letter capital."""
    return sentence[:1].upper() + sentence[1:]
