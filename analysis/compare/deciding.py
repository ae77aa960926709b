"""The outcomes that a comparison decides by, and the design that leads by them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.compare.verdicts import find

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison


DECIDES = "npv_with_equity"
"""The profit the memo decides by; the other stands beside it everywhere."""


OTHER = "npv"


PROFITS = (DECIDES, OTHER)


def leading_design(comparison: Comparison, outcome: str = DECIDES) -> str:
    """Return the design other than the baseline whose estimate is highest; the first of equals."""
    found = {design: find(comparison, design, outcome) for design in comparison.designs}
    estimates = {design: one.difference for design, one in found.items() if one and math.isfinite(one.difference)}
    return max(estimates, key=estimates.__getitem__) if estimates else comparison.designs[0]
