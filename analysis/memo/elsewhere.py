"""Where the memo's answer stands among the environments of the regime study: how often each design is best there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.numbers import join_words
from analysis.regime_environments import DESIGNS
from analysis.regime_importance import WON, read_winners
from analysis.verdicts import names_of, quote

if TYPE_CHECKING:
    import pandas as pd

    from analysis.comparison import Comparison

BY = dict(zip(WON, ("net present value with customer equity", "yearly retention"), strict=True))


def in_other_environments(comparison: Comparison) -> list[str]:
    """Say how often each design is best over the plausible ranges; nothing unless exactly these are compared."""
    if set(comparison.results) != set(DESIGNS):
        return []
    found, names = read_winners(), names_of(comparison)
    shares = [
        f"by {words}, {join_words([_share(row, names) for row in _rows(found, outcome)])}"
        for outcome, words in BY.items()
    ]
    n = int(found["n"].iloc[0])
    return [
        "The numbers of this memo hold for one set of parameters. With all of them drawn from their plausible ranges "
        f"(docs/regimes.md: {n:,} environments around auto insurance, whose ranges reach beyond the values used here), "
        f"the best design was: {'; '.join(shares)}. Where a company differs from the values below, so may the answer."
    ]


def _rows(found: pd.DataFrame, outcome: str) -> list[dict[str, object]]:
    rows = found[found["outcome"] == outcome].sort_values("share", ascending=False, kind="stable")
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def _share(row: dict[str, object], names: dict[str, str]) -> str:
    share, low, high = (100.0 * float(str(row[column])) for column in ("share", "low", "high"))
    return f"{quote(names[str(row['design'])])} in {share:.0f} % ({low:.0f} to {high:.0f})"
