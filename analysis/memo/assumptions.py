"""Assumptions with their sources: the parameters the answer leans on, with value, plausible range and source."""

from __future__ import annotations

import re
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

from analysis.memo.content import Cell, Paragraph, Section, make_table
from analysis.numbers import MISSING, plain_text
from sim.parameters.reference import INDUSTRIES, Entry, list_entries, read_commented

if TYPE_CHECKING:
    from analysis.comparison import Comparison
    from sim.parameters import Parameters

KEYS = (
    "market.satisfaction_effect",
    "market.competition",
    "market.churn_per_year",
    "market.spend_effect",
    "market.rival.imitation_share",
    "finance.margin",
    "finance.acquisition_cost_eur",
    "finance.discount_rate",
    "organisation.coordination.interdependence",
    "organisation.coordination.handoff_failure",
    "organisation.contracts.effort_substitution",
    "organisation.contracts.intrinsic_motivation",
    "organisation.contracts.culture_years",
    "organisation.delivery.quality_cost",
    "organisation.initiatives.fix_effect",
    "organisation.initiatives.handoff_effect",
    "organisation.executives.commitment_mean",
    "organisation.executives.talent_mean",
    "organisation.costs.office_share",
    "organisation.costs.initiatives_share",
    "organisation.costs.distraction_share",
)
"""What links governance to behaviour, behaviour to loyalty and loyalty to profit; the order is that of the argument."""
SYMBOL = r" \([A-Za-z]{1,6}(_[A-Za-z0-9]+|\d)?\)"
"""A letter of the description's equations, such as (b_S)."""
MARKS = (
    "Sources: V and a number is a published source read in abstract or excerpt; R is recalled and not looked up again; "
    "C is computed; S000 to S004 are opinions from practice; A and \u201cassumption\u201d mean that nothing better was "
    "found. docs/evidence.md lists and grades them."
)


def assumptions_section(comparison: Comparison) -> Section:
    """Return the table of assumptions."""
    parameters = comparison.baseline.parameters
    entries = {entry.key: entry for entry in list_entries()}
    preset = industry_comments(parameters.industry.name)
    rows = [_row(parameters, entries[key], preset.get(key)) for key in KEYS if key in entries]
    intro = (
        "The parameters that tie governance to behaviour, behaviour to loyalty, and loyalty to profit. Most are "
        "assumptions; before quoting a result, vary those you doubt (any key can be set on the command line)."
    )
    table = make_table(("What", "Value here", "Plausible range", "Source"), rows, MARKS, n_text=4)
    return Section("Assumptions with sources", (Paragraph(intro), table))


def _row(parameters: Parameters, entry: Entry, preset: tuple[str, str, str] | None) -> list[str | Cell]:
    value = show(reduce(getattr, entry.key.split("."), parameters))
    plausible, source = entry.plausible, entry.source
    if preset is not None and show(_number(preset[0])) == value:
        plausible, source = preset[1:]
    unit = "" if entry.unit == "ratio" else f" {entry.unit.replace('currency', parameters.finance.currency)}"
    what = Cell((plain_text(re.sub(SYMBOL, "", entry.meaning).rstrip(".")), plain_text(entry.key)))
    known = plausible not in ("", "-")
    return [what, plain_text(f"{value}{unit}"), plain_text(plausible) if known else MISSING, plain_text(source)]


@cache
def industry_comments(name: str) -> dict[str, tuple[str, str, str]]:
    """Return value, plausible range and source by key from the commented file of an industry of the project."""
    path = INDUSTRIES / f"{name}.yaml"
    if not path.is_file():
        return {}
    return {found.key: (found.value, found.plausible, found.source) for found in read_commented(path)}


def show(value: Any) -> str:
    """Write the value of a parameter.

    >>> show(0.20), show(500.0), show(12000)
    ('0.2', '500', '12,000')
    """
    return f"{value:,.6g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
