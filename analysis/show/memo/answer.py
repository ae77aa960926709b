"""The answer in two sentences that claim no more than the verdicts, and what equivalent means in money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.command.numbers import join_words, scale_of
from analysis.compare.deciding import DECIDES, OTHER, PROFITS
from analysis.show.claims import RELATIONS, UNDECIDED, all_of, change_scale, describe, none_of, quote
from analysis.show.memo.ranking import lead_clause
from analysis.show.pictures.frame import level

if TYPE_CHECKING:
    from analysis.compare.verdicts import Finding, Verdicts

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


def answer(verdicts: Verdicts) -> str:
    """Return the answer in two sentences: the profit that decides, then the other."""
    baseline = quote(verdicts.names[verdicts.baseline])
    first = f"By {MEASURES[DECIDES]}, {verdict_clause(verdicts, DECIDES, baseline)}."
    years = verdicts.comparison.baseline.parameters.time.horizon_years
    when = "year" if years == 1 else f"{years:g} years"
    second = f"By net present value over the {when} alone, {verdict_clause(verdicts, OTHER, 'the baseline')}."
    return f"{first} {second}"


def verdict_clause(verdicts: Verdicts, outcome: str, baseline: str) -> str:
    """Say what is better, or that nothing is shown to be; name the highest estimate with its interval.

    Parameters
    ----------
    verdicts
        What the comparison found.
    outcome
        The profit.
    baseline
        How the baseline is called.
    """
    findings = verdicts.on(outcome)
    if not findings:
        return "nothing was compared"
    top = _top(verdicts, outcome)
    subject = quote(verdicts.names[top.design])
    numbers = describe(top, level(verdicts.comparison), change_scale(verdicts, outcome))
    if top.verdict == "better" or len(findings) == 1:
        ahead = lead_clause(verdicts, top.design, outcome) if top.verdict == "better" else ""
        others = _others(verdicts, top, "against the baseline " if ahead else "")
        return f"{subject} {RELATIONS[top.verdict]} {baseline} ({numbers}){ahead}{others}"
    if len(verdicts.groups(outcome)) == 1:
        shared = _shared(top, len(findings))
        return f"{shared} {baseline}; the highest estimate is {subject} ({numbers})"
    head = f"no design is shown to be better than {baseline}: the highest estimate, {subject}, {RELATIONS[top.verdict]}"
    return f"{head} it ({numbers}){_others(verdicts, top)}"


def _top(verdicts: Verdicts, outcome: str) -> Finding:
    """Return the highest estimate: of the designs that are better, if any are, else of all."""
    groups = verdicts.groups(outcome)
    designs = groups.get("better") or [design for designs in groups.values() for design in designs]
    findings = {one.design: one for one in verdicts.on(outcome)}
    return max((findings[design] for design in designs), key=lambda one: one.difference)


def _shared(top: Finding, n_designs: int) -> str:
    """Say the verdict that several designs share, none of them better."""
    if not top.decided:
        return f"{none_of(n_designs)} can yet be told apart from"
    return f"{all_of(n_designs)} are {PLURAL[top.verdict]}"


def _others(verdicts: Verdicts, top: Finding, against: str = "") -> str:
    """Say what the verdicts on the other designs are, and which of them have a higher estimate all the same."""
    parts = []
    for verdict, designs in verdicts.groups(top.outcome).items():
        rest = [quote(verdicts.names[design]) for design in designs if design != top.design]
        state = UNDECIDED if verdict == "cannot tell yet" else verdict
        also = " too" if verdict == top.verdict == "better" else ""
        if rest:
            parts.append(f"{join_words(rest)} {'is' if len(rest) == 1 else 'are'} {state}{also}")
    said = f"{against}{join_words(parts)}" if parts else ""
    return "".join(f"; {text}" for text in (said, _higher(verdicts, top)) if text)


def _higher(verdicts: Verdicts, top: Finding) -> str:
    """Say which designs have a higher estimate than the one that is named first."""
    scale = change_scale(verdicts, top.outcome)
    return join_words(
        [
            f"{quote(verdicts.names[one.design])} has a higher estimate all the same "
            f"({describe(one, level(verdicts.comparison), scale)})"
            for one in verdicts.on(top.outcome)
            if one.difference > top.difference
        ]
    )


def what_equivalent_means(verdicts: Verdicts) -> str:
    """Say in money what equivalent means, and why a smaller difference may be called worse or better all the same.

    Returns
    -------
    str
        Empty where no design is equivalent to the baseline on either profit.
    """
    same = {outcome: [one for one in verdicts.on(outcome) if one.verdict == "equivalent"] for outcome in PROFITS}
    same = {outcome: findings for outcome, findings in same.items() if findings}
    if not same:
        return ""
    margins = join_words([_margin(findings[0]) for findings in same.values()])
    text = f"Equivalent: shown to differ by less, up or down, than what matters: {margins}."
    return " ".join([text, *filter(None, (_decided_though_smaller(verdicts, *item) for item in same.items()))])


def _margin(finding: Finding) -> str:
    """Write the smallest difference of a profit that matters."""
    scale = scale_of(finding.unit, finding.currency, (finding.smallest_effect,))
    return f"{scale.full(finding.smallest_effect)} of {MEASURES[finding.outcome]}"


def _decided_though_smaller(verdicts: Verdicts, outcome: str, same: list[Finding]) -> str:
    """Say which designs are better or worse although an equivalent one differs by more; empty where none is."""
    largest = max(abs(one.difference) for one in same)
    beyond = [
        f"{quote(verdicts.names[one.design])} is {one.verdict}"
        for one in verdicts.on(outcome)
        if one.verdict in ("better", "worse") and abs(one.difference) < largest
    ]
    if not beyond:
        return ""
    return (
        f"By {MEASURES[outcome]}, {join_words(beyond)} although a design with a larger difference is equivalent: "
        f"{'their intervals reach' if len(beyond) > 1 else 'its interval reaches'} beyond that."
    )
