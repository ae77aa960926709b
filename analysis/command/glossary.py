"""Names of designs and factors as sentences and pictures have them."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.command.designs import IN_A_SENTENCE, ON_A_CHART
from sim.config.keys import find_field


def design(name: str) -> str:
    """Return a design as a sentence names it.

    >>> design("no_cxo"), design("my_design")
    ('having nobody', 'my design')
    """
    return IN_A_SENTENCE.get(name, name.replace("_", " "))


def label(name: str) -> str:
    """Return a design as a chart names it."""
    return ON_A_CHART.get(name, name.replace("_", " "))


def factor(key: str) -> str:
    """Return a factor in words: its last part, with the one before where that alone says too little.

    >>> factor("organisation.initiatives.fix_effect"), factor("market.rival.quality"), factor("finance.margin")
    ('fix effect', 'rival quality', 'margin')
    """
    parts = [part for part in key.split(".") if part != "*"]
    last = parts[-1]
    if len(parts) > 2 and "_" not in last:
        last = f"{parts[-2]}_{last}"
    return last.replace("_", " ")


def unit(key: str) -> str:
    """Return the unit of a factor as its record declares it, or nothing."""
    field = find_field(key)
    extra = field.json_schema_extra if field is not None else None
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def axis(key: str) -> str:
    """Return the label of an axis: the factor and its unit."""
    name, of = factor(key), unit(key)
    return f"{name} ({of})" if of else name


def number(value: float) -> str:
    """Write a value of a factor with three digits.

    >>> number(0.00712), number(1234.0)
    ('0.00712', '1,230')
    """
    return f"{float(f'{value:.3g}'):,.6g}"


def join(words: Iterable[str]) -> str:
    """Join words as a sentence does, with commas and an and."""
    listed = list(words)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}" if listed else ""


def per_cent(share: float) -> str:
    """Write a share in per cent: whole, below ten with one digit.

    >>> per_cent(0.74), per_cent(0.058)
    ('74 %', '5.8 %')
    """
    shown = 100.0 * share
    return f"{shown:.0f} %" if shown >= 9.95 or shown == 0.0 else f"{shown:.1f} %"


def span(low: float, high: float) -> str:
    """Write an interval of a share in per cent, with one digit where it begins below ten.

    >>> span(0.0506, 0.1), span(0.3, 0.4)
    ('5.1 to 10.0 %', '30 to 40 %')
    """
    digits = 1 if low < 0.0995 else 0
    return f"{100.0 * low:.{digits}f} to {100.0 * high:.{digits}f} %"


def capital(text: str) -> str:
    """Return text with its first letter capital."""
    return text[:1].upper() + text[1:]
