"""Assumptions with their sources: the parameters the answer leans on, with value, plausible range and source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from analysis.command.numbers import MINUS, MISSING, plain_text
from analysis.maps.published_tables import read_importances
from analysis.show.memo.content import Cell, Paragraph, Section, make_table
from sim.parameters.reference import INDUSTRIES, Entry, list_entries, read_commented

if TYPE_CHECKING:
    import pandas as pd

    from analysis.compare.comparison import Comparison
    from sim.parameters import Parameters

N_INFLUENTIAL = 15
"""At most this many parameters of clear influence are listed."""
ASKED: Mapping[str, str] = {  # with what they ask
    "market.satisfaction_effect": "whether satisfied customers stay at all",
    "market.competition": "how much there is to lose to a rival",
    "market.churn_per_year": "the first number a reader compares",
    "market.rival.imitation_share": "whether rivals copy what works",
    "finance.margin": "what a sale leaves",
    "finance.acquisition_cost_eur": "what replacing a customer costs",
    "organisation.coordination.interdependence": "why departments need each other",
    "organisation.contracts.effort_substitution": "whether a score takes effort from the task",
    "organisation.executives.commitment_mean": "how much hangs on the CEO",
}
"""Parameters that readers ask about whatever the study found; listed after the influential ones."""
DEFAULT = "auto_insurance"
"""Its study orders the assumptions of an industry that has none."""
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
    found, around = importances_for(parameters.industry.name)
    rows = [
        [*_row(parameters, key, entries[key.replace("*", "<name>")], preset.get(key)), _influence(key, found)]
        for key in listed_keys(found)
    ]
    n_clear, n_varied = int(found["clear"].sum()), len(found)
    intro = (
        f"First the parameters that moved what the designs earn over nobody most in the regime study of {around} "
        f"(docs/findings.md), which drew {int(found['environments'].iloc[0]):,} environments from plausible ranges, "
        f"then those that readers ask about. Most are assumptions; before quoting a result, vary those you doubt (any "
        f"key can be set on the command line)."
    )
    influence = (
        f"Influence: share of the variance, in ranks, of what a design earns over nobody (net present value with "
        f"customer equity), mean of three designs, each parameter over the range of the study. Of {n_varied} "
        f"parameters {n_clear} have an influence that is clear after correction for having looked at all; of the "
        f"others it is not clear. All varied at once; in another market the order may differ."
    )
    head = ("What", "Value here", "Plausible range", "Source", "Influence")
    table = make_table(head, rows, f"{influence} {MARKS}", n_text=len(head), kind="sources")
    return Section("Assumptions with sources", (Paragraph(intro), table))


def importances_for(industry: str) -> tuple[pd.DataFrame, str]:
    """Return the influence of parameters from the study of an industry, or of the default one, and its name."""
    own = read_importances(industry)
    return (own, "this industry") if len(own) else (read_importances(DEFAULT), DEFAULT.replace("_", " "))


def listed_keys(found: pd.DataFrame) -> list[str]:
    """Return the keys of the table: those of clear influence, the strongest first, then those readers ask about."""
    influential = [str(key) for key in found.index[found["clear"]][:N_INFLUENTIAL]]
    return [*influential, *(key for key in ASKED if key not in influential)]


def _influence(key: str, found: pd.DataFrame) -> str:
    """Say how influential a parameter was found."""
    if key not in found.index:
        return "not varied"
    return f"{100.0 * float(found['share'][key]):.1f} %" if found["clear"][key] else "not clear"


def _row(parameters: Parameters, key: str, entry: Entry, preset: tuple[str, str, str] | None) -> list[str | Cell]:
    """Return name and key, value, range and source; those of the industry where it still has its value."""
    value = show_all(values_at(parameters, key))
    plausible, source = entry.plausible, entry.source
    if preset is not None and show(_number(preset[0])) == value:
        plausible, source = preset[1:]
    unit = "" if entry.unit == "ratio" else f" {entry.unit.replace('currency', parameters.finance.currency)}"
    what = Cell((plain_text(re.sub(SYMBOL, "", entry.meaning).rstrip(".")), plain_text(key)))
    known = plausible not in ("", "-")
    shown = re.sub(r"(?<![\w.])-(?=[\d.])", MINUS, plain_text(plausible))
    return [what, plain_text(f"{value}{unit}"), shown if known else MISSING, plain_text(source)]


@cache
def industry_comments(name: str) -> dict[str, tuple[str, str, str]]:
    """Return value, plausible range and source by key from the commented file of an industry of the project."""
    path = INDUSTRIES / f"{name}.yaml"
    if not path.is_file():
        return {}
    return {found.key: (found.value, found.plausible, found.source) for found in read_commented(path)}


def values_at(parameters: Parameters, key: str) -> list[Any]:
    """Return the value of a key; a star in it stands for all names, such as departments.

    >>> import sim
    >>> values_at(sim.compose("market.competition=0.3"), "market.competition")
    [0.3]
    """
    found: list[Any] = [parameters]
    for part in key.split("."):
        found = (
            [inner for one in found for inner in one.values()] if part == "*" else [getattr(one, part) for one in found]
        )
    return found


def show_all(values: Sequence[Any]) -> str:
    """Write the values of a parameter: one where they are equal, else the lowest and the highest.

    >>> show_all([0.3, 0.3]), show_all([0.1, 0.35, 0.0])
    ('0.3', '0 to 0.35')
    """
    low, high = show(min(values)), show(max(values))
    return low if low == high else f"{low} to {high}"


def show(value: Any) -> str:
    """Write the value of a parameter.

    >>> show(0.20), show(500.0), show(12000)
    ('0.2', '500', '12,000')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{MINUS if value < 0 else ''}{abs(value):,.6g}"


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
