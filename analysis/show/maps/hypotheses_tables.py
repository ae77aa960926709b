"""What a published study says on the hypotheses, as tables of a page."""

from __future__ import annotations

import pandas as pd

from analysis.command import glossary as words
from analysis.command.designs import ACCOUNTABLE, CEO, RESPONSIBLE
from analysis.maps.hypotheses import changes, interval
from analysis.maps.published import GAPS
from analysis.show.markdown import table


def looks_table(found: pd.DataFrame) -> str:
    """Return :func:`looks` as a table of a page."""
    rows = [
        [
            row["look"].hypothesis,
            row["look"].claim,
            f"`{row['look'].factor}`",
            "+" if row["look"].expected > 0 else "-",
            f"{row['rho']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]",
            row["verdict"],
        ]
        for row in found.to_dict("records")
    ]
    head = ["", "claim", "factor", "expected", "rho and 95 % interval", f"verdict at 5 % after {len(rows)} looks"]
    return table(head, rows)


def gaps_table(given: pd.DataFrame) -> str:
    """Return the mean change of every gap that a design makes (H8), in thousandths of an SD of encounters."""
    found = {gap: changes(given, gap) for gap in GAPS}
    designs = (RESPONSIBLE, ACCOUNTABLE, CEO)
    rows = [
        [gap.replace("_", " "), *(interval(1000.0 * changed[name].to_numpy(), digits=1) for name in designs)]
        for gap, changed in found.items()
    ]
    return table(["change in", *(words.label(name) for name in designs)], rows)
