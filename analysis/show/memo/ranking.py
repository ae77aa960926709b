"""Which design has the highest estimate, and whether its lead over the other designs is more than luck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.command.numbers import scale_of, write_interval
from analysis.compare.deciding import DECIDES
from analysis.compare.statistics import Interval, Paired, holm
from analysis.show.claims import quote

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison
    from analysis.compare.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Lead:
    """How far one design is ahead of another, replicate by replicate."""

    first: str
    second: str
    interval: Interval
    """Of the paired difference, first less second, in the unit of the outcome."""
    over_all: bool
    """Whether the first is ahead of every other design after correction for having compared it with each of them."""

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero; not corrected."""
        return self.interval.low * self.interval.high > 0.0


def lead_of(comparison: Comparison, first: str, outcome: str) -> Lead | None:
    """Compare a design with every other one, the baseline left out, and tell of the nearest.

    Parameters
    ----------
    comparison
        The designs and their baseline.
    first
        The design that may be ahead.
    outcome
        Name of an outcome of which more is better.

    Returns
    -------
    Lead or None
        Over the one with the highest mean among the others; None where there is no other, or one replicate only.
    """
    others = [design for design in comparison.designs if design != first]
    if not others or comparison.n_replicates < 2:
        return None
    values = {design: comparison.results[design].tables.summary[outcome] for design in comparison.designs}
    apart = {design: Paired(values[first] - values[design]) for design in others}
    corrected = holm([paired.p_difference() for paired in apart.values()])
    ahead = all(paired.mean > 0.0 for paired in apart.values())
    nearest = min(others, key=lambda design: apart[design].mean)
    return Lead(
        first=first,
        second=nearest,
        interval=apart[nearest].interval(comparison.request.confidence),
        over_all=ahead and bool((corrected <= comparison.request.level).all()),
    )


def lead_clause(verdicts: Verdicts, first: str, outcome: str) -> str:
    """Say that a design is better than every other one too, and by how much; empty where that is not shown."""
    lead = lead_of(verdicts.comparison, first, outcome)
    if lead is None or not lead.over_all:
        return ""
    next_one = quote(verdicts.names[lead.second])
    if len(verdicts.designs) == 2:
        return f" and than {next_one} (by {_apart(verdicts, lead, signed=False)})"
    return f" and than every other design (than the next, {next_one}, by {_apart(verdicts, lead, signed=False)})"


def order_of_best(verdicts: Verdicts) -> list[str]:
    """Say whether the two designs with the highest estimates of the profit that decides can be told apart."""
    findings = verdicts.on(DECIDES)
    if len(findings) < 2:
        return []
    highest = max(findings, key=lambda one: one.difference)
    lead = lead_of(verdicts.comparison, highest.design, DECIDES)
    if lead is None:
        return []
    names = verdicts.names
    order = "zero is outside this interval" if lead.excludes_zero else "their order is open"
    if lead.over_all and len(verdicts.designs) > 2:
        order += "; corrected for all comparisons with it, the first is ahead of every other design"
    return [
        f"Order of the two highest estimates with customer equity: {quote(names[lead.first])} less "
        f"{quote(names[lead.second])} is {_apart(verdicts, lead)}; {order}."
    ]


def _apart(verdicts: Verdicts, lead: Lead, *, signed: bool = True) -> str:
    """Write how far the two are apart, with the interval."""
    one = lead.interval
    scale = scale_of("currency", verdicts.currency, (one.mean, one.low, one.high), change=True)
    return f"{scale.full(one.mean, signed=signed)} ({write_interval(one.low, one.high, scale, signed=signed)})"
