"""The question, and the answer in two sentences that claim no more than the verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.command.numbers import capital, join_words, plain_text, scale_of, write_count, write_estimate
from analysis.compare.deciding import DECIDES, OTHER, PROFITS, leading_design
from analysis.compare.verdicts import (
    DECIDED,
    RELATIONS,
    UNDECIDED,
    Finding,
    by_verdict,
    change_scale,
    describe,
    find,
    full_title,
    names_of,
    quote,
)
from analysis.show.memo.content import TONES, Block, Bullets, Cell, Paragraph, Section, make_table
from analysis.show.memo.ranking import lead_clause
from analysis.show.pictures.frame import industry_title, level

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison

MEASURES = {
    DECIDES: "net present value plus the customer equity left at the end",
    OTHER: "net present value over the horizon",
}


PLURAL = {
    "worse": "worse than",
    "higher": "higher than",
    "lower": "lower than",
    "equivalent": "equivalent to",
}
"""What a verdict that all designs share says of them against the baseline."""


def question_section(comparison: Comparison) -> Section:
    """Return the question: what is compared, where, against what, over which time."""
    parameters = comparison.baseline.parameters
    clock, n_customers = parameters.time, parameters.population.n_customers
    n_replicates = comparison.baseline.n_replicates
    text = (
        "Which way of governing customer experience is best for loyalty and for profit in this market: "
        f"{plain_text(comparison.industry)}? Each design is simulated from the same status quo for "
        f"{clock.horizon_years:g} years after the switch, in a market of {n_customers:,} persons, {n_replicates} times "
        "with different luck. In each of these replicates every design meets the same luck, customer by customer, so "
        "that a difference between designs is not a difference in luck."
    )
    baseline = f"{full_title(comparison, comparison.request.baseline)} (the baseline)"
    designs = Bullets((baseline, *(full_title(comparison, design) for design in comparison.designs)))
    return Section("The question", (Paragraph(text), designs))


def answer_section(comparison: Comparison) -> Section:
    """Return the answer: two sentences, both profits side by side, and whether they agree."""
    blocks: list[Block] = [Paragraph(answer(comparison), "lead"), both_profits(comparison)]
    note = what_equivalent_means(comparison)
    blocks += [Paragraph(note, "note")] if note else []
    blocks.append(Paragraph(which_profit(comparison)))
    return Section("The answer", tuple(blocks))


def answer(comparison: Comparison) -> str:
    """Return the answer in two sentences: the profit that decides, then the other."""
    baseline = quote(names_of(comparison)[comparison.request.baseline])
    first = f"By {MEASURES[DECIDES]}, {verdict_clause(comparison, DECIDES, baseline)}."
    years = comparison.baseline.parameters.time.horizon_years
    when = "year" if years == 1 else f"{years:g} years"
    second = f"By net present value over the {when} alone, {verdict_clause(comparison, OTHER, 'the baseline')}."
    return f"{first} {second}"


def verdict_clause(comparison: Comparison, outcome: str, baseline: str) -> str:
    """Say what is better, or that nothing is shown to be; name the highest estimate with its interval.

    Parameters
    ----------
    comparison
        The designs and their baseline.
    outcome
        The profit.
    baseline
        How the baseline is called.
    """
    groups = by_verdict(comparison, outcome)
    better = groups.get("better", [])
    candidates = better or [design for designs in groups.values() for design in designs]
    if not candidates:
        return "nothing was compared"
    top = find(comparison, _highest(comparison, candidates, outcome), outcome)
    assert top is not None  # noqa: S101  # candidates were found
    subject, numbers = (
        quote(names_of(comparison)[top.design]),
        describe(top, level(comparison), change_scale(comparison, outcome)),
    )
    n_designs = sum(map(len, groups.values()))
    if better or n_designs == 1:
        ahead = lead_clause(comparison, top.design, outcome) if better else ""
        others = _others(comparison, outcome, top, "against the baseline " if ahead else "")
        return f"{subject} {RELATIONS[top.verdict]} {baseline} ({numbers}){ahead}{others}"
    if len(groups) == 1:
        whole = "both designs are" if n_designs == 2 else f"all {write_count(n_designs, 'design')} are"
        none = "neither of the two designs" if n_designs == 2 else f"none of the {write_count(n_designs, 'design')}"
        shared = (
            f"{none} can yet be told apart from" if top.verdict not in DECIDED else f"{whole} {PLURAL[top.verdict]}"
        )
        return f"{shared} {baseline}; the highest estimate is {subject} ({numbers})"
    head = (
        f"no design is shown to be better than {baseline}: the highest estimate, {subject}, {RELATIONS[top.verdict]} it"
    )
    return f"{head} ({numbers}){_others(comparison, outcome, top)}"


def _others(comparison: Comparison, outcome: str, top: Finding, against: str = "") -> str:
    """Say what the verdicts on the other designs are, and which of them have a higher estimate all the same."""
    names, parts = names_of(comparison), []
    for verdict, designs in by_verdict(comparison, outcome).items():
        rest = [quote(names[design]) for design in designs if design != top.design]
        state = UNDECIDED if verdict == "cannot tell yet" else verdict
        also = " too" if verdict == top.verdict == "better" else ""
        if rest:
            parts.append(f"{join_words(rest)} {'is' if len(rest) == 1 else 'are'} {state}{also}")
    scale, found = (
        change_scale(comparison, outcome),
        [find(comparison, design, outcome) for design in comparison.designs],
    )
    higher = [
        f"{quote(names[one.design])} has a higher estimate all the same ({describe(one, level(comparison), scale)})"
        for one in found
        if one is not None and one.difference > top.difference
    ]
    said = f"{against}{join_words(parts)}" if parts else ""
    return "".join(f"; {text}" for text in (said, join_words(higher)) if text)


def _highest(comparison: Comparison, designs: Sequence[str], outcome: str) -> str:
    found = [one for design in designs if (one := find(comparison, design, outcome)) is not None]
    return max(found, key=lambda one: one.difference).design


def both_profits(comparison: Comparison) -> Block:
    """Return both profits of every design side by side."""
    names = names_of(comparison)
    rows: list[list[str | Cell]] = [
        [names[design], *(profit_cell(comparison, design, outcome) for outcome in (DECIDES, OTHER))]
        for design in comparison.designs
    ]
    head = ("Difference to the baseline", "NPV plus customer equity (decides)", "NPV over the horizon")
    return make_table(head, rows)


def what_equivalent_means(comparison: Comparison) -> str:
    """Say in money what equivalent means, and why a smaller difference may be called worse or better all the same.

    Returns
    -------
    str
        Empty where no design is equivalent to the baseline on either profit.
    """
    names, margins, larger = names_of(comparison), [], []
    for outcome in PROFITS:
        found = [one for design in comparison.designs if (one := find(comparison, design, outcome)) is not None]
        same = [one for one in found if one.verdict == "equivalent"]
        if not same:
            continue
        scale = scale_of(same[0].unit, comparison.currency, (same[0].smallest_effect,))
        margins.append(f"{scale.full(same[0].smallest_effect)} of {MEASURES[outcome]}")
        largest = max(abs(one.difference) for one in same)
        beyond = [
            f"{quote(names[one.design])} is {one.verdict}"
            for one in found
            if one.verdict in ("better", "worse") and abs(one.difference) < largest
        ]
        if beyond:
            larger.append(
                f"By {MEASURES[outcome]}, {join_words(beyond)} although a design with a larger difference is "
                f"equivalent: {'their intervals reach' if len(beyond) > 1 else 'its interval reaches'} beyond that."
            )
    if not margins:
        return ""
    text = f"Equivalent: shown to differ by less, up or down, than what matters: {join_words(margins)}."
    return " ".join([text, *larger])


def profit_cell(comparison: Comparison, design: str, outcome: str) -> Cell:
    """Return difference, interval and verdict of one outcome."""
    found = find(comparison, design, outcome)
    if found is None:
        return Cell(("not compared",))
    text = write_estimate(found.difference, found.low, found.high, change_scale(comparison, outcome))
    return Cell((text, found.verdict), TONES.get(found.verdict, ""))


def which_profit(comparison: Comparison) -> str:
    """Say which profit decides and why, and whether the two disagree."""
    reason = (
        f"This memo decides by {MEASURES[DECIDES]}, because loyalty pays partly after the horizon. Customer equity is "
        "what the customers a company then has are expected to bring; it rests on today's retention lasting. Net "
        "present value alone counts nothing after the horizon."
    )
    return f"{reason} {disagreement(comparison)}"


def disagreement(comparison: Comparison) -> str:
    """Say whether both profits give every design the same verdict, and whether they rank the same design first."""
    names = names_of(comparison)
    opposed, partly = [], []
    for design in comparison.designs:
        verdicts = [found.verdict for outcome in (DECIDES, OTHER) if (found := find(comparison, design, outcome))]
        if set(verdicts) == {"better", "worse"}:
            opposed.append(quote(names[design]))
        elif len(set(verdicts)) > 1:
            partly.append(quote(names[design]))
    parts = [f"The two disagree outright about {join_words(opposed)}"] if opposed else []
    if partly:
        parts.append(f"{'they' if parts else 'The two'} do not give the same verdict on {join_words(partly)}")
    if not parts:
        told = any(by_verdict(comparison, outcome).keys() - {"cannot tell yet"} for outcome in PROFITS)
        parts = ["The two give the same verdict on every design" if told else "Neither tells of any design yet"]
    leaders = [_leader(comparison, outcome) for outcome in (DECIDES, OTHER)]
    same = leaders[0] == leaders[1]
    ranking = (
        f"by estimate, both rank {leaders[0]} first"
        if same
        else f"by estimate they rank differently: with equity {leaders[0]} comes first, without it {leaders[1]}"
    )
    return f"{'; '.join(parts)}; {ranking}."


def _leader(comparison: Comparison, outcome: str) -> str:
    """Return the title of whatever has the highest estimate, the baseline included."""
    names, best = names_of(comparison), leading_design(comparison, outcome)
    found = find(comparison, best, outcome)
    return quote(names[best if found is not None and found.difference > 0.0 else comparison.request.baseline])


def title_of(comparison: Comparison) -> tuple[str, str]:
    """Return title and subtitle of the memo."""
    parameters = comparison.baseline.parameters
    n_customers, horizon = parameters.population.n_customers, parameters.time.horizon_years
    subtitle = (
        f"Decision memo. {comparison.baseline.n_replicates} paired replicates, market of {n_customers:,} persons, "
        f"horizon {horizon:g} years, all intervals at {level(comparison)}. A simulation, not a forecast for a firm."
    )
    return f"Who should own customer experience? {capital(industry_title(comparison))}", subtitle
