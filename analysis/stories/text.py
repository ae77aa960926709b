"""Two lives in words: the sentence that sums them up, why they part, and both side by side, dated."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import zip_longest

from analysis.stories.pair import Contribution, Event, Pair, Reason, failures_of, paired_encounters
from sim.story import Encounter, Moment, Story

CELL = 50
"""Width of the column of one life."""
WHAT = 40
"""Width of the column that says what happens."""

Row = tuple[str, str, str]


def sentence(pair: Pair) -> str:
    """Return the sentence that the two lives support, with its numbers."""
    one, other = pair.one, pair.other
    here, there = one.first_left(), other.first_left()
    who, parting = f"Customer {one.customer}", pair.parting()
    if not one.after_switch()[0].ours:
        lives = [f"{_joining(story)} under {story.scenario}" for story in (one, other)]
        return f"{who} is no customer at the switch: {lives[0]}, {lives[1]}"
    if here is None and there is None:
        ends = [f"{story.moments[-1].satisfaction:+.2f} under {story.scenario}" for story in (one, other)]
        return f"{who} stays in both lives; satisfaction ends at {ends[0]} and {ends[1]}"
    if here is not None and there is not None:
        lives = [f"in {_month(moment)} under {story.scenario}" for moment, story in ((here, one), (there, other))]
        return f"{who} leaves in both lives: {lives[0]}, {lives[1]}"
    leaver, stayer = (one, other) if there is None else (other, one)
    text = f"{who} leaves in {_month(here or there)} under {leaver.scenario} and stays under {stayer.scenario}"
    if parting is None:
        return text
    gone, stays = (parting.one, parting.other) if leaver is one else (parting.other, parting.one)
    levels = f"satisfaction {gone.satisfaction:+.2f} against {stays.satisfaction:+.2f}"
    ratio = gone.fate.hazard / stays.fate.hazard
    return f"{text}: {levels} that month, and leaving {ratio:.2f} times as likely"


def portrait(pair: Pair) -> list[str]:
    """Say who the customer is and what the two designs are."""
    one = pair.one
    at_switch = one.after_switch()[0]
    since = f"a customer for {at_switch.tenure_years:.1f} years" if at_switch.ours else "no customer"
    region = " in the pilot region" if one.pilot_region else ""
    return [
        f"Customer {one.customer} of replicate {one.replicate}{region}: segment {one.segment}, "
        f"{pair.currency} {one.value:,.0f} a year, {one.n_neighbours} neighbours, {since} at the switch",
        *(f"  {story.scenario}: {story.title}" for story in (one, pair.other)),
    ]


def reasons(pair: Pair) -> list[str]:
    """Say in which period the two lives first differ and why, when something first happens in one only, and the end."""
    lines: list[str] = []
    first = pair.first_difference()
    if first is None:
        return ["The two lives do not differ in anything."]
    moment, _, inputs = first
    lines.append(
        f"First difference: {_month(moment)}. What differed ({pair.one.scenario} against {pair.other.scenario}):"
    )
    lines.extend(f"  {_reason(reason)}" for reason in inputs)
    event = pair.first_event()
    if event is not None:
        moment, _, only, others = event
        lines.append(f"First event in one life only: {_month(moment)}.")
        for story, found in ((pair.one, only), (pair.other, others)):
            lines.append(f"  {story.scenario}: {'; '.join(map(_event, found)) or 'nothing of the kind'}")
    return [*lines, *_end(pair)]


def side_by_side(pair: Pair) -> list[str]:
    """Return both lives since the switch, one line an encounter, message or change, dated in months."""
    one, other = pair.one.scenario, pair.other.scenario
    lines = [f"{'month':>6}  {'':{WHAT}}  {one:{CELL}}  {other}", "-" * (10 + WHAT + 2 * CELL)]
    for here, there in pair.moments:
        if here.months <= 0.0:
            continue
        date = f"{here.months:6.4g}"
        for what, left, right in _rows(here, there):
            lines.append(f"{date:>6}  {what:{WHAT}}  {left:{CELL}}  {right}".rstrip())
            date = ""
    return lines


def tell(pair: Pair) -> str:
    """Return the whole story as text."""
    parts = [[sentence(pair) + "."], portrait(pair), reasons(pair), side_by_side(pair), [NOTE]]
    return "\n\n".join("\n".join(part) for part in parts)


NOTE = (
    "Months after the switch. met, expected: quality in SD of encounters; felt: satisfaction with the encounter;\n"
    "chance: probability of leaving at the end of that period. Both lives meet the same luck."
)


def contribution_text(found: Contribution) -> str:
    """Say what one journey put between the two lives, and what failed in one of them only."""
    failed = []
    for here, there in paired_encounters(found.one, found.other):
        if here and there and failures_of(here) != failures_of(there):
            failed.extend([*failures_of(here), *failures_of(there)])
        elif here and there and here.recovered != there.recovered:
            failed.append("put right in one life only")
    return f"month {found.months:.4g}, {found.one.name}" + (f" ({', '.join(failed)})" if failed else "")


def _end(pair: Pair) -> Iterator[str]:
    """Say why the customer leaves in one life only, and which journeys made the difference."""
    parting = pair.parting()
    if parting is None:
        return
    gone, stays = (parting.one, parting.other) if parting.one.left else (parting.other, parting.one)
    sign = 1.0 if parting.one.left else -1.0
    yield (
        f"Parting: {_month(gone)}. The same draw, {gone.fate.draw:.4f}, is below the chance of leaving in one life "
        f"({gone.fate.probability:.4f}) and not in the other ({stays.fate.probability:.4f})."
    )
    parts = {"satisfaction": parting.by_satisfaction, "the rival": parting.by_rival, "price": parting.by_price}
    shown = ", ".join(f"{name} {sign * part:+.3f}" for name, part in parts.items() if abs(part) > 1e-9)
    yield f"  Log of the ratio of the two hazards {sign * parting.log_ratio:+.3f}: {shown}"
    traced = sorted(pair.contributions(gone.months), key=lambda found: -abs(found.amount))
    if traced:
        gap = parting.one.satisfaction - parting.other.satisfaction
        yield f"  Satisfaction differs by {gap:+.3f}, which comes from:"
        for found in traced[:4]:
            yield f"    {found.amount:+.3f}  {contribution_text(found)}"
        rest = sum(found.amount for found in traced[4:])
        if traced[4:]:
            yield f"    {rest:+.3f}  {len(traced) - 4} other journeys"


def _rows(one: Moment, other: Moment) -> Iterator[Row]:
    """Yield what happens in one period, both lives in a line."""
    for here, there in zip_longest(one.journeys, other.journeys):
        for a, b in paired_encounters(here, there):
            met = a or b
            name = (here or there).name if met else ""
            what = f"{name}: {met.department} ({met.channel})" if met else ""
            yield what[:WHAT], _encounter(a), _encounter(b)
            if (a and a.failed) or (b and b.failed):
                yield "", _failure(a), _failure(b)
    neighbours = {m.neighbour: m for m in (*one.heard, *other.heard)}
    here_heard, there_heard = ({m.neighbour: m for m in moment.heard} for moment in (one, other))
    for neighbour in sorted(neighbours):
        cells = [
            "" if m is None else f"{'well' if m.positive else 'badly'}, {m.content:+.2f}"
            for m in (here_heard.get(neighbour), there_heard.get(neighbour))
        ]
        yield f"hears neighbour {neighbour}", cells[0], cells[1]
    if one.told or other.told:
        yield "tells neighbours", _told(one), _told(other)
    if one.journeys or other.journeys or one.left or other.left:
        yield "satisfaction", _state(one), _state(other)
    for what, here_so, there_so in (("LEAVES", one.left, other.left), ("JOINS", one.joined, other.joined)):
        if here_so or there_so:
            yield "", what if here_so else "", what if there_so else ""


def _encounter(met: Encounter | None) -> str:
    if met is None:
        return "(not a customer)"
    return f"met {met.quality:+.2f}, expected {met.expectation:+.2f}, felt {met.satisfaction:+.2f}"


def _failure(met: Encounter | None) -> str:
    if met is None or not met.failed:
        return ""
    causes = [cause.replace(f" to {met.department}", "") for cause in failures_of(met)]
    outcome = "put right" if met.recovered else "complains" if met.complained else ""
    return "! " + ", ".join([*causes, *([outcome] if outcome else [])])


def _told(moment: Moment) -> str:
    return str(len(moment.told)) if moment.told else ""


def _state(moment: Moment) -> str:
    if not moment.ours:
        return ""
    glow = f", glow {moment.transient:+.2f}" if moment.transient > 0.005 else ""
    return f"{moment.satisfaction:+.2f}{glow}, chance {100.0 * moment.fate.probability:.2f} %"


def _reason(reason: Reason) -> str:
    def show(value: float) -> str:
        return "not heard" if math.isnan(value) else f"{value:+.4f}"

    return f"{reason.what}: {show(reason.one)} against {show(reason.other)} {reason.unit}"


def _event(event: Event) -> str:
    kind, *about = event
    if kind.startswith("hears"):
        return f"{kind} of us from neighbour {about[0]}"
    return f"{kind} ({about[0]}, {about[1]})" if len(about) > 1 and kind in ("complains", "put right") else kind


def _month(moment: Moment | None) -> str:
    return "" if moment is None else f"month {moment.months:.4g}"


def _joining(story: Story) -> str:
    joined = next((moment for moment in story.after_switch() if moment.joined), None)
    return "never joins" if joined is None else f"joins in {_month(joined)}"
