"""The published designs of the organisation: their names, their order and what charts and sentences call them."""

from __future__ import annotations

DESIGNS = ("no_cxo", "responsible_cxo", "accountable_cxo", "ceo_as_cxm")
"""Names of their scenarios, in the order of display."""
BASELINE, RESPONSIBLE, ACCOUNTABLE, CEO = DESIGNS
"""The baseline is the status quo, with which the others are compared."""
IN_A_SENTENCE = {
    BASELINE: "having nobody",
    RESPONSIBLE: "a responsible CXO",
    ACCOUNTABLE: "an accountable CXO",
    CEO: "the CEO as CX manager",
}
ON_A_CHART = {
    BASELINE: "nobody",
    RESPONSIBLE: "responsible CXO",
    ACCOUNTABLE: "accountable CXO",
    CEO: "CEO as CX manager",
}
