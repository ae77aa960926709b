"""The outcomes that a comparison decides by."""

from __future__ import annotations

DECIDES = "npv_with_equity"
"""The profit the memo decides by; the other is shown with it everywhere."""
OTHER = "npv"
"""The profit that counts nothing after the horizon."""
PROFITS = (DECIDES, OTHER)
