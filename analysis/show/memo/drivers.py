"""What drives the answer, in numbers: account, levers, gaps, hand-offs, and customers who stay or leave by design."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.command.numbers import (
    Scale,
    capital,
    join_words,
    number_word,
    plain_text,
    scale_of,
    write_difference,
    write_estimate,
    write_interval,
)
from analysis.show.claims import count_groups
from analysis.show.explanations import Explanations
from analysis.show.memo.content import Block, Bullets, Cell, Figure, Paragraph, Section, make_table
from analysis.show.memo.levers import levers_blocks
from analysis.show.pictures.bridge import account_lines
from analysis.show.pictures.frame import group_changes, human, level

if TYPE_CHECKING:
    from analysis.compare.verdicts import Verdicts
    from analysis.explain.twins import Switchers

GAPS_INTRO = (
    "Where quality is lost between what customers require, what the department believes they require, what it "
    "specifies, what it delivers and what they perceive: in how many departments measurably less or more is lost at "
    "each step than under the baseline, in the last year (intervals one by one; less than nothing lost is a gain)."
)
SWITCHERS_INTRO = (
    "Customers to whom a design makes the difference: of those who were customers at the switch, how many per "
    "replicate stay under one of design and baseline and leave under the other, and what they are worth."
)


def drivers_section(verdicts: Verdicts, explanations: Explanations) -> Section:
    """Return what drives the answer; a part that was switched off is left out."""
    blocks: list[Block] = []
    if explanations.bridges:
        blocks += [Paragraph(_bridge_intro(verdicts)), bridge_table(verdicts, explanations.bridges)]
    leader = verdicts.leader()
    if leader in explanations.further_runs.attributions:
        blocks += levers_blocks(verdicts, explanations.further_runs.attributions[leader])
    if explanations.handoffs is not None:
        blocks.append(Paragraph(handoffs_sentence(verdicts, explanations.handoffs)))
    if explanations.gaps is not None:
        blocks += [Paragraph(GAPS_INTRO), gaps_table(verdicts, explanations.gaps)]
    if explanations.further_runs.switchers:
        blocks += [Paragraph(SWITCHERS_INTRO), switchers_table(verdicts, explanations.further_runs.switchers)]
    stories = [plain_text(story.text) for story in explanations.further_runs.stories]
    if stories:
        who = "One customer" if len(stories) == 1 else capital(f"{number_word(len(stories))} customers")
        blocks += [Paragraph(f"{who} of this kind (pictures in the annex):"), Bullets(tuple(stories))]
    return Section("What drives it", tuple(blocks))


def _bridge_intro(verdicts: Verdicts) -> str:
    return (
        "Where the money comes from and where it goes: present values over the horizon, as effects on profit (a cost "
        f"that rises is negative), with paired {level(verdicts.comparison)} intervals. All lines but customer equity "
        "add up to the difference in net present value."
    )


def bridge_table(verdicts: Verdicts, bridges: Mapping[str, pd.DataFrame]) -> Block:
    """Return account lines by design, all in one unit."""
    names = verdicts.names
    active = {line for frame in bridges.values() for line in account_lines(frame)["line"]}
    lines = [line for line in next(iter(bridges.values()))["line"] if line in active]
    numbers = ["difference", "low", "high"]
    values = np.concatenate([frame[numbers].to_numpy().ravel() for frame in bridges.values()])
    scale = scale_of("currency", verdicts.currency, list(values), change=True)
    cells = {design: frame.set_index("line")[numbers].T.to_dict("list") for design, frame in bridges.items()}
    rows: list[list[str | Cell]] = [
        [capital(human(line)), *(_money(cells[design][line], scale) for design in bridges)] for line in lines
    ]
    return make_table((f"Effect on profit, {scale.label}", *(names[design] for design in bridges)), rows)


def _money(numbers: Sequence[float], scale: Scale) -> Cell:
    difference, low, high = numbers
    interval = write_interval(low, high, scale, signed=True)
    return Cell((scale.bare(difference, signed=True), *([interval] if interval else [])))


def gaps_table(verdicts: Verdicts, gaps: pd.DataFrame) -> Block:
    """Say where each of the four gaps is widest under the baseline, and in how many departments a design moves it."""
    names, rows = verdicts.names, []
    for gap in dict.fromkeys(gaps["gap"]):
        its = gaps[gaps["gap"] == gap]
        own = its[its["design"] == verdicts.baseline].sort_values("value", ascending=False, kind="stable")
        widest = f"{human(own.iloc[0]['department'])}, {scale_of('', '', ()).full(float(own.iloc[0]['value']))}"
        counts = [_count_changes(its[its["design"] == design]) for design in verdicts.designs]
        rows.append([capital(str(gap)), widest, *counts])
    return make_table(
        ("Gap", "Most lost, baseline (SD)", *(names[design] for design in verdicts.designs)),
        rows,
        n_text=2 + len(verdicts.designs),
    )


def _count_changes(rows: pd.DataFrame) -> str:
    """Say in how many departments less or more is lost at a gap than under the baseline; a gap may be a gain."""
    less = int((rows["difference_high"] < 0.0).sum())
    more = int((rows["difference_low"] > 0.0).sum())
    parts = [f"{word} in {number}" for word, number in (("less", less), ("more", more)) if number]
    return f"{join_words(parts)} of {len(rows)}" if parts else "no measurable change"


def handoffs_sentence(verdicts: Verdicts, handoffs: pd.DataFrame) -> str:
    """Say which hand-off fails most under the baseline, and what the designs do to it."""
    own = handoffs[(handoffs["design"] == verdicts.baseline) & (handoffs["attempts"] > 0.0)]
    if own.empty:
        return "Hand-offs: no journey crosses departments."
    ordered = own.sort_values("rate", ascending=False, kind="stable")
    worst, others = ordered.iloc[0], ordered.iloc[1:]
    head = (
        "The hand-off that fails most"
        if (others["high"] < worst["low"]).all()
        else "Among the hand-offs that fail most"
    )
    same = handoffs[(handoffs["from"] == worst["from"]) & (handoffs["to"] == worst["to"])].set_index("design")
    names, words = verdicts.names, ("fewer", "more", "not measurably different")
    scale = scale_of("share", "", (float(worst["high"]),))
    interval = write_interval(float(worst["low"]), float(worst["high"]), scale)
    rate = scale.full(float(worst["rate"])) + (f", {interval}" if interval else "")
    changes = [_rate_change(same, design, names[design]) for design in verdicts.designs]
    count = count_groups(names, group_changes(same, verdicts.designs, words))
    where = f"from {human(worst['from'])} to {human(worst['to'])}"
    return f"{head} under the baseline: {where} ({rate}); failures are {count} ({'; '.join(changes)})."


def _rate_change(rows: pd.DataFrame, design: str, name: str) -> str:
    columns = ("difference", "difference_low", "difference_high")
    difference, low, high = (float(rows[column].to_dict()[design]) for column in columns)
    return f"{name} {write_difference(difference, low, high, 'share', '')}"


def switchers_table(verdicts: Verdicts, switchers: Mapping[str, Switchers]) -> Block:
    """Say how many customers stay or leave by design, and what they are worth."""
    names, rows = verdicts.names, []
    tables = {
        design: {str(name): found.counts[name].to_dict() for name in found.counts.columns}
        for design, found in switchers.items()
    }
    worth = {
        design: [float(counts[f"worth{end}"]["net"]) for end in ("", "_low", "_high")]
        for design, counts in tables.items()
    }
    scale = scale_of(
        "currency", verdicts.currency, [value for values in worth.values() for value in values], change=True
    )
    for design, counts in tables.items():
        mean, low, high = worth[design]
        ways = [_customers(counts, way) for way in ("kept", "lost")]
        rows.append([names[design], *ways, write_estimate(mean, low, high, scale), str(switchers[design].n_replicates)])
    head = ("Design", "Stay under it only", "Leave under it only", "Net worth", "Replicates")
    return make_table(head, rows)


def _customers(counts: Mapping[str, Mapping[Hashable, float]], way: str) -> str:
    number, low, high = (float(counts[f"customers{end}"][way]) for end in ("", "_low", "_high"))
    scale = scale_of("customers", "", (number,))
    interval = write_interval(max(0.0, low), high, scale)
    return scale.bare(number) + (f" ({interval})" if interval else "")


def story_figures(explanations: Explanations) -> tuple[Block, ...]:
    """Return the pictures of the stories, for the annex."""
    caption = "One customer under two designs with the same luck."
    return tuple(
        Figure(story.picture, plain_text(story.text), caption)
        for story in explanations.further_runs.stories
        if story.picture is not None
    )
