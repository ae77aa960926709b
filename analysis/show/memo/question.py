"""The first page of the memo: the question, the answer, both profits side by side, and whether they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.command.numbers import capital, join_words, plain_text, write_estimate
from analysis.compare.deciding import DECIDES, OTHER, PROFITS
from analysis.compare.statistics import CANNOT_TELL
from analysis.show.claims import change_scale, quote
from analysis.show.memo.answer import MEASURES, answer, what_equivalent_means
from analysis.show.memo.content import TONES, Block, Bullets, Cell, Paragraph, Section, make_table
from analysis.show.pictures.frame import industry_title, level

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison
    from analysis.compare.verdicts import Verdicts


def question_section(verdicts: Verdicts) -> Section:
    """Return the question: what is compared, where, against what, over which time."""
    comparison = verdicts.comparison
    parameters = comparison.baseline.parameters
    text = (
        "Which way of governing customer experience is best for loyalty and for profit in this market: "
        f"{plain_text(comparison.industry)}? Each design is simulated from the same status quo for "
        f"{parameters.time.horizon_years:g} years after the switch, in a market of "
        f"{parameters.population.n_customers:,} persons, {comparison.n_replicates} times with different luck. In each "
        "of these replicates every design meets the same luck, customer by customer, so that a difference between "
        "designs is not a difference in luck."
    )
    baseline = f"{verdicts.titles[verdicts.baseline]} (the baseline)"
    designs = Bullets((baseline, *(verdicts.titles[design] for design in verdicts.designs)))
    return Section("The question", (Paragraph(text), designs))


def answer_section(verdicts: Verdicts) -> Section:
    """Return the answer: two sentences, both profits side by side, and whether they agree."""
    blocks: list[Block] = [Paragraph(answer(verdicts), "lead"), both_profits(verdicts)]
    note = what_equivalent_means(verdicts)
    blocks += [Paragraph(note, "note")] if note else []
    blocks.append(Paragraph(which_profit(verdicts)))
    return Section("The answer", tuple(blocks))


def both_profits(verdicts: Verdicts) -> Block:
    """Return both profits of every design side by side."""
    rows: list[list[str | Cell]] = [
        [verdicts.names[design], *(profit_cell(verdicts, design, outcome) for outcome in PROFITS)]
        for design in verdicts.designs
    ]
    head = ("Difference to the baseline", "NPV plus customer equity (decides)", "NPV over the horizon")
    return make_table(head, rows)


def profit_cell(verdicts: Verdicts, design: str, outcome: str) -> Cell:
    """Return difference, interval and verdict of one outcome."""
    finding = verdicts.find(design, outcome)
    if finding is None:
        return Cell(("not compared",))
    text = write_estimate(finding.difference, finding.low, finding.high, change_scale(verdicts, outcome))
    return Cell((text, finding.verdict), TONES.get(finding.verdict, ""))


def which_profit(verdicts: Verdicts) -> str:
    """Say which profit decides and why, and whether the two disagree."""
    reason = (
        f"This memo decides by {MEASURES[DECIDES]}, because loyalty pays partly after the horizon. Customer equity is "
        "what the customers a company then has are expected to bring; it rests on today's retention lasting. Net "
        "present value alone counts nothing after the horizon."
    )
    return f"{reason} {disagreement(verdicts)}"


def disagreement(verdicts: Verdicts) -> str:
    """Say whether both profits give every design the same verdict, and whether they rank the same design first."""
    with_equity, without = (_first(verdicts, outcome) for outcome in (DECIDES, OTHER))
    if with_equity == without:
        ranking = f"by estimate, both rank {with_equity} first"
    else:
        ranking = f"by estimate they rank differently: with equity {with_equity} comes first, without it {without}"
    return f"{_agreement(verdicts)}; {ranking}."


def _agreement(verdicts: Verdicts) -> str:
    """Say about which designs the verdicts of the two profits differ."""
    opposed, partly = [], []
    for design in verdicts.designs:
        said = {one.verdict for outcome in PROFITS if (one := verdicts.find(design, outcome)) is not None}
        if said == {"better", "worse"}:
            opposed.append(quote(verdicts.names[design]))
        elif len(said) > 1:
            partly.append(quote(verdicts.names[design]))
    parts = [f"The two disagree outright about {join_words(opposed)}"] if opposed else []
    if partly:
        parts.append(f"{'they' if parts else 'The two'} do not give the same verdict on {join_words(partly)}")
    if parts:
        return "; ".join(parts)
    if any(verdicts.groups(outcome).keys() - {CANNOT_TELL} for outcome in PROFITS):
        return "The two give the same verdict on every design"
    return "Neither tells of any design yet"


def _first(verdicts: Verdicts, outcome: str) -> str:
    """Return the title of whatever has the highest estimate, the baseline included."""
    leader = verdicts.leader(outcome)
    finding = verdicts.find(leader, outcome)
    ahead = finding is not None and finding.difference > 0.0
    return quote(verdicts.names[leader if ahead else verdicts.baseline])


def title_of(comparison: Comparison) -> tuple[str, str]:
    """Return title and subtitle of the memo."""
    parameters = comparison.baseline.parameters
    n_customers, horizon = parameters.population.n_customers, parameters.time.horizon_years
    subtitle = (
        f"Decision memo. {comparison.n_replicates} paired replicates, market of {n_customers:,} persons, "
        f"horizon {horizon:g} years, all intervals at {level(comparison)}. A simulation, not a forecast for a firm."
    )
    return f"Who should own customer experience? {capital(industry_title(comparison))}", subtitle
