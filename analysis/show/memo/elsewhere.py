"""Where the memo's answer stands over the plausible ranges: how often each design is best in the published study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from analysis.command.designs import DESIGNS
from analysis.command.numbers import join_words
from analysis.maps.published_tables import WON, read_winners
from analysis.show.claims import quote

if TYPE_CHECKING:
    import pandas as pd

    from analysis.compare.verdicts import Verdicts

BY = dict(zip(WON, ("net present value with customer equity", "yearly retention"), strict=True))


def in_other_environments(verdicts: Verdicts) -> list[str]:
    """Say how often each design is best over the plausible ranges.

    Nothing where other designs are compared, or no study of the industry is published.
    """
    comparison = verdicts.comparison
    found, names = read_winners(comparison.baseline.parameters.industry.name), verdicts.names
    if set(comparison.results) != set(DESIGNS) or found.empty:
        return []
    shares = [
        f"by {words}, {join_words([_share(row, names) for row in _rows(found, outcome)])}"
        for outcome, words in BY.items()
    ]
    n = int(found["n"].iloc[0])
    return [
        "The numbers of this memo hold for one set of parameters. With all of them drawn from their plausible ranges "
        f"(docs/findings.md: {n:,} environments of this industry, whose ranges reach beyond the values used here), "
        f"the best design was: {'; '.join(shares)}. Where a company differs from the values below, so may the answer."
    ]


def _rows(found: pd.DataFrame, outcome: str) -> list[dict[str, object]]:
    rows = found[found["outcome"] == outcome].sort_values("share", ascending=False, kind="stable")
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def _share(row: dict[str, object], names: Mapping[str, str]) -> str:
    share, low, high = (100.0 * float(str(row[column])) for column in ("share", "low", "high"))
    return f"{quote(names[str(row['design'])])} in {share:.0f} % ({low:.0f} to {high:.0f})"
