"""The levers of an org design in seven groups, and the corners between a baseline and a design."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sim.errors import ResultError
from sim.parameters import Governance

LEVER_GROUPS: Mapping[str, tuple[str, ...]] = {
    "incentives": ("added_cx_weight", "local_weight_offset"),
    "attribution": ("attribution",),
    "decision rights": ("decision_rights",),
    "information and talk": ("listening", "ceo_involvement", "base_talk", "talk_gain"),
    "budget": ("rel_budget",),
    "office and distraction": ("rel_office", "rel_distraction"),
    "holder and timing": ("role_held", "turnover_per_year", "decision_lag_months"),
}
"""Levers by group; together they hold every lever exactly once."""
GROUP_WORDS: Mapping[str, str] = {
    "incentives": "weight of customer experience in pay",
    "attribution": "score traced to departments",
    "decision rights": "say over interfaces",
    "information and talk": "listening, reporting, coordination",
    "budget": "programmes for customers",
    "office and distraction": "cost of staff and of the CEO's time",
    "holder and timing": "somebody in the role, turnover, delay",
}
"""What each group of levers holds, in the words of a board."""
NEEDS_A_HOLDER = (
    "decision_rights", "listening", "ceo_involvement", "talk_gain", "rel_budget", "turnover_per_year",
    "decision_lag_months",
)  # fmt: skip
"""Levers that only a holder of the role can pull: where nobody holds it, they change no bit of a result."""


def check_cover(groups: Mapping[str, tuple[str, ...]]) -> None:
    """Check that groups hold every lever of the vector exactly once.

    Raises
    ------
    ResultError
        A lever is in no group or in two, or a group names one that does not exist.
    """
    grouped = [lever for levers in groups.values() for lever in levers]
    for lever in {*grouped, *Governance.model_fields}:
        if grouped.count(lever) != 1 or lever not in Governance.model_fields:
            where = "no lever of the vector" if lever not in Governance.model_fields else "must be in exactly one group"
            raise ResultError(f"{lever}: {where}")


def moved_levers(baseline: Governance, design: Governance) -> dict[str, tuple[str, ...]]:
    """Return the levers a design moves, by group, without the groups it leaves alone."""
    moved = {
        group: tuple(lever for lever in levers if getattr(baseline, lever) != getattr(design, lever))
        for group, levers in LEVER_GROUPS.items()
    }
    return {group: levers for group, levers in moved.items() if levers}


def corner(baseline: Governance, design: Governance, groups: Collection[str]) -> Governance:
    """Return the baseline with the levers of some groups moved to where the design has them."""
    moved = {lever: getattr(design, lever) for group in groups for lever in LEVER_GROUPS[group]}
    return baseline.model_copy(update=moved)


def effective(levers: Governance) -> Governance:
    """Return the levers with those at rest that nobody can pull, so that vectors that act alike are equal."""
    if levers.role_held > 0.0:
        return levers
    resting = Governance()
    return levers.model_copy(update={lever: getattr(resting, lever) for lever in NEEDS_A_HOLDER})
