"""Two lives in words: the sentence that sums them up, both in figures, why they part, and all that happens, dated."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import numpy as np

from analysis.explain.lives import Pair, paired_encounters
from analysis.show.claims import quote
from analysis.show.story.words import (
    contribution_words,
    event_words,
    failure_words,
    life_names,
    month_of,
    reason_words,
    signed,
    words,
)
from sim.story import Encounter, Moment, Story

CELL = 31
"""Width of the column of one life."""
WHAT = 40
"""Width of the column that says what happens."""
WIDTH = 2 + WHAT + 2 * (CELL + 2) + 6
"""Width of all."""
LARGEST = 4
"""How many journeys are named that set the two lives apart."""

Row = tuple[str, str, str]


def sentence(pair: Pair, *, levels: bool = True) -> str:
    """Return the sentence that the two lives support; with ``levels`` also satisfaction and odds at the parting."""
    one, other = pair.one, pair.other
    names = [quote(name) for name in life_names(pair)]
    here, there = one.first_left(), other.first_left()
    who, parting = f"Customer {one.customer}", pair.parting()
    if not one.after_switch()[0].ours:
        lives = [f"{_joining(story)} under {quote(name)}" for story, name in _lives(pair)]
        return f"{who} is no customer at the switch: {lives[0]}, {lives[1]}"
    if here is None and there is None:
        ends = [f"{signed(story.moments[-1].satisfaction)} under {quote(name)}" for story, name in _lives(pair)]
        return f"{who} stays in both lives; satisfaction ends at {ends[0]} and {ends[1]}"
    if here and there:
        both = f"in {month_of(here)} under {names[0]}, in {month_of(there)} under {names[1]}"
        return f"{who} leaves in both lives: {both}"
    leaver, stayer = names if here else names[::-1]
    text = f"{who} leaves in {''.join(month_of(m) for m in (here, there) if m)} under {leaver} and stays under {stayer}"
    if parting is None or not levels:
        return text
    gone, stays = (parting.one, parting.other) if here is not None else (parting.other, parting.one)
    satisfied = f"satisfaction then {signed(gone.satisfaction)} against {signed(stays.satisfaction)}"
    return f"{text}: {satisfied}, leaving {gone.fate.hazard / stays.fate.hazard:.2f} times as likely under the first"


def portrait(pair: Pair) -> list[str]:
    """Say who the customer is and what the two designs are."""
    one = pair.one
    at_switch = one.after_switch()[0]
    since = f"a customer for {at_switch.tenure_years:.1f} years" if at_switch.ours else "no customer"
    region = " in the pilot region" if one.pilot_region else ""
    return [
        f"Customer {one.customer} of replicate {one.replicate}{region}: segment {words(one.segment)}, "
        f"{pair.currency} {one.value:,.0f} a year, {one.n_neighbours} neighbours, {since} at the switch",
        *(f"  {name} ({story.scenario})" for story, name in _lives(pair)),
    ]


def in_short(pair: Pair) -> list[str]:
    """Put both lives since the switch into figures, side by side."""
    rows = [("Since the switch", *life_names(pair)), ("", "-" * CELL, "-" * CELL)]
    columns = [list(_figures(story)) for story in (pair.one, pair.other)]
    rows += [(what, here, there) for (what, here), (_, there) in zip(*columns, strict=True)]
    return [line for row in rows for line in _lines(row)]


def _figures(story: Story) -> Iterator[tuple[str, str]]:
    """Yield what a life was like, in figures."""
    moments = story.after_switch()
    met = [encounter for moment in moments for encounter in moment.encounters]
    failed = [encounter for encounter in met if encounter.failed]
    heard = [message for moment in moments for message in moment.heard]
    ours = [moment for moment in moments if moment.ours]
    yield "encounters, of them failed", f"{len(met)}, {len(failed)}"
    yield "complaints, put right", f"{sum(e.complained for e in met)}, {sum(e.recovered for e in met)}"
    yield "quality expected, met (mean, SD)", _means([[e.expectation for e in met], [e.quality for e in met]])
    yield "word of mouth heard, good and bad", f"{sum(m.positive for m in heard)}, {sum(not m.positive for m in heard)}"
    if ours:
        levels = [moment.satisfaction for moment in ours]
        yield "satisfaction, first and last month", f"{signed(levels[0])}, {signed(levels[-1])}"
        yield "chance of leaving, last month", f"{100.0 * ours[-1].fate.probability:.2f} %"
    else:
        yield from (("satisfaction, first and last month", "never a customer"), ("chance of leaving, last month", ""))
    yield "how it goes", "; ".join(_moves(story)) or ("stays" if ours else "never joins")


def _means(columns: Sequence[Sequence[float]]) -> str:
    return ", ".join(signed(float(np.mean(values))) for values in columns if values)


def _moves(story: Story) -> Iterator[str]:
    for moment in story.after_switch():
        if moment.left or moment.joined:
            yield f"{'leaves' if moment.left else 'joins'} in {month_of(moment)}"


def reasons(pair: Pair) -> list[str]:
    """Say in which period the two lives first differ and why, when something first happens in one only, and the end."""
    first = pair.first_difference()
    if first is None:
        return ["The two lives do not differ in anything."]
    names = life_names(pair)
    moment, _, inputs = first
    lines = [f"The lives first differ in {month_of(moment)}, because of (left column against right):"]
    lines += [f"  {reason_words(reason)}" for reason in inputs]
    event = pair.first_event()
    if event is not None:
        moment, _, *apart = event
        lines.append(f"The first event in one life only is in {month_of(moment)}:")
        for name, found in zip(names, apart, strict=True):
            lines.append(f"  {name}: {'; '.join(map(event_words, found)) or 'nothing of the kind'}")
    return [*lines, *_end(pair)]


def _end(pair: Pair) -> Iterator[str]:
    """Say why the customer leaves in one life only, and which journeys made the difference."""
    parting = pair.parting()
    if parting is None:
        return
    names = [quote(name) for name in life_names(pair)]
    first = parting.one.left
    gone, stays = (parting.one, parting.other) if first else (parting.other, parting.one)
    leaver, stayer = names if first else names[::-1]
    yield (
        f"The lives part in {month_of(gone)}. The same draw of luck, {100.0 * gone.fate.draw:.2f} %, lies below the "
        f"chance of leaving under {leaver}, {100.0 * gone.fate.probability:.2f} %, and not below that under {stayer}, "
        f"{100.0 * stays.fate.probability:.2f} %."
    )
    sign = 1.0 if first else -1.0
    parts = {"satisfaction": parting.by_satisfaction, "the rival": parting.by_rival, "price": parting.by_price}
    shown = " times ".join(f"{math.exp(sign * part):.2f} by {name}" for name, part in parts.items() if abs(part) > 1e-9)
    yield f"  Leaving is {math.exp(sign * parting.log_ratio):.2f} times as likely: {shown}."
    yield from _traced(pair, sign)


def _traced(pair: Pair, sign: float) -> Iterator[str]:
    """Trace the difference of satisfaction at the parting, the leaver's less the stayer's, to journeys."""
    parting = pair.parting()
    found = [] if parting is None else sorted(pair.contributions(parting.one.months), key=lambda c: -abs(c.amount))
    if not found:
        return
    yield f"  Satisfaction differs by {signed(sign * sum(c.amount for c in found))}, which comes from:"
    for one in found[:LARGEST]:
        yield f"    {signed(sign * one.amount)}  {contribution_words(one)}"
    if len(found) > LARGEST:
        rest = signed(sign * sum(c.amount for c in found[LARGEST:]))
        yield f"    {rest}  {len(found) - LARGEST} other {'journey' if len(found) == LARGEST + 1 else 'journeys'}"


def side_by_side(pair: Pair) -> list[str]:
    """Return both lives since the switch, one line an encounter, message or change, dated in months."""
    lines = [f"{' month' if not n else '':6}  {line}" for n, line in enumerate(_lines(("", *life_names(pair))))]
    head = f"{'met':>6}{'expected':>10}{'felt':>7}"
    lines += [f"{'':6}  {'':{WHAT}}  {head:{CELL}}  {head}", "-" * WIDTH]
    for here, there in pair.moments:
        if here.months <= 0.0:
            continue
        date = f"{here.months:6.4g}"
        for row in _rows(here, there):
            for line in _lines(row):
                lines.append(f"{date:>6}  {line}".rstrip())
                date = ""
    return lines


def _lines(row: Row) -> Iterator[str]:
    """Yield the lines of one row, cells broken at the width of their columns."""
    cells = [[cell] if len(cell) <= CELL else textwrap.wrap(cell, CELL) for cell in row[1:]]
    for what, here, there in zip_longest(textwrap.wrap(row[0], WHAT) or [""], *cells, fillvalue=""):
        yield f"{what:{WHAT}}  {here:{CELL}}  {there}".rstrip()


def tell(pair: Pair) -> str:
    """Return the whole story as text."""
    parts = [[f"{sentence(pair)}."], portrait(pair), in_short(pair), reasons(pair)]
    narrow = [[short for line in part for short in _narrow(line)] for part in parts]
    return "\n\n".join("\n".join(part) for part in [*narrow, side_by_side(pair), [NOTE]])


def _narrow(line: str) -> list[str]:
    """Break a line at the width of all, what follows indented like it."""
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line, WIDTH, subsequent_indent=indent) if len(line) > WIDTH else [line]


NOTE = (
    "Months after the switch. met, expected: quality in SD of encounters, 0 is an average provider; felt:\n"
    "satisfaction with the encounter, 0 is neutral; chance: probability of leaving at the end of that month.\n"
    "Both lives meet the same luck."
)


def _rows(one: Moment, other: Moment) -> Iterator[Row]:
    """Yield what happens in one period, both lives in a line."""
    for here, there in zip_longest(one.journeys, other.journeys):
        for a, b in paired_encounters(here, there):
            met, name = a or b, words((here or there).name)
            yield f"{name}: {words(met.department)}, {words(met.channel)}" if met else "", _encounter(a), _encounter(b)
            if (a and a.failed) or (b and b.failed):
                yield "  failure", failure_words(a) or "none", failure_words(b) or "none"
    here_heard, there_heard = ({m.neighbour: m for m in moment.heard} for moment in (one, other))
    for neighbour in sorted(here_heard.keys() | there_heard.keys()):
        cells = [
            "nothing" if m is None else f"{'good' if m.positive else 'bad'} word, {signed(m.content)}"
            for m in (here_heard.get(neighbour), there_heard.get(neighbour))
        ]
        yield f"hears neighbour {neighbour}", cells[0], cells[1]
    if one.told or other.told:
        told = [str(len(moment.told)) if moment.told else "nobody" for moment in (one, other)]
        yield "tells neighbours", told[0], told[1]
    if one.journeys or other.journeys or one.left or other.left:
        yield "satisfaction afterwards", _state(one), _state(other)
    for what, here_so, there_so in (("LEAVES", one.left, other.left), ("JOINS", one.joined, other.joined)):
        if here_so or there_so:
            yield "", what if here_so else "", what if there_so else ""


def _encounter(met: Encounter | None) -> str:
    if met is None:
        return "(not a customer)"
    return f"{signed(met.quality):>6}{signed(met.expectation):>10}{signed(met.satisfaction):>7}"


def _state(moment: Moment) -> str:
    if not moment.ours:
        return ""
    return f"{signed(moment.satisfaction)}, chance {100.0 * moment.fate.probability:.2f} %"


def _lives(pair: Pair) -> Iterator[tuple[Story, str]]:
    return zip((pair.one, pair.other), life_names(pair), strict=True)


def _joining(story: Story) -> str:
    joined = next((moment for moment in story.after_switch() if moment.joined), None)
    return "never joins" if joined is None else f"joins in {month_of(joined)}"
