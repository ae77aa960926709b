"""How stories write numbers, names and events: as people read them."""

from __future__ import annotations

import math

from analysis.command.numbers import MINUS, plain_text, short_title
from analysis.explain.lives import Contribution, Event, Pair, Reason, failures_of, paired_encounters
from sim.story import Encounter, Moment, Story


def life_names(pair: Pair) -> tuple[str, str]:
    """Return what the two lives are called: the short titles of their designs, told apart where they are the same."""
    one, other = (_short(story) for story in (pair.one, pair.other))
    if one != other:
        return one, other
    if pair.one.scenario != pair.other.scenario:
        return plain_text(pair.one.scenario), plain_text(pair.other.scenario)
    return f"{one} (first life)", f"{other} (second life)"


def _short(story: Story) -> str:
    return short_title("" if story.title == story.scenario else story.title, story.scenario)


def words(name: str) -> str:
    """Return a name of the code as words.

    >>> words("contact_centre fails")
    'contact centre fails'
    """
    return plain_text(name).replace("_", " ")


def signed(value: float, digits: int = 2) -> str:
    """Write a number with its sign, the minus as long as the plus.

    >>> signed(-0.456), signed(0.001)
    ('\u22120.46', '0.00')
    """
    shown = round(value, digits)
    sign = "" if shown == 0.0 else MINUS if shown < 0.0 else "+"
    return f"{sign}{abs(shown):.{digits}f}"


def month_of(moment: Moment) -> str:
    """Name the month of a moment, counted from the switch."""
    return f"month {moment.months:.4g}"


def failure_words(met: Encounter | None) -> str:
    """Say what failed in an encounter and what became of it; empty where nothing did."""
    if met is None or not met.failed:
        return ""
    outcome = "put right" if met.recovered else "complains" if met.complained else ""
    return ", ".join([*map(words, failures_of(met)), *([outcome] if outcome else [])])


def event_words(event: Event) -> str:
    """Say what happened in one life only."""
    kind, *about = event
    if kind.startswith("hears"):
        return f"{kind} of us from neighbour {about[0]}"
    where = f" ({words(about[0])}, {words(about[1])})" if len(about) > 1 else ""
    return f"{words(kind)}{where}"


def reason_words(reason: Reason) -> str:
    """Say how an input differs between the two lives, with as many digits as it takes to tell them apart."""
    if math.isnan(reason.one) or math.isnan(reason.other):
        shown = ["not heard" if math.isnan(value) else signed(value) for value in (reason.one, reason.other)]
    else:
        digits = next(n for n in range(2, 14) if round(reason.one, n) != round(reason.other, n) or n == 13)
        shown = [signed(value, digits) for value in (reason.one, reason.other)]
    return f"{words(reason.what)}: {shown[0]} against {shown[1]} {reason.unit}"


def contribution_words(found: Contribution) -> str:
    """Say what one journey put between the two lives, and what failed in one of them only."""
    failed: list[str] = []
    for here, there in paired_encounters(found.one, found.other):
        if here and there and failures_of(here) != failures_of(there):
            failed.extend(map(words, [*failures_of(here), *failures_of(there)]))
        elif here and there and here.recovered != there.recovered:
            failed.append("put right in one life only")
    return f"month {found.months:.4g}, {words(found.one.name)}" + (f" ({', '.join(failed)})" if failed else "")
