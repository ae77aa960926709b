"""How often each org design is best, and how much each parameter moves what it earns over doing nothing.

Worked out from regime studies; ``python -m analysis.maps.findings`` writes the two files that the memo reads.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis import regime_statistics as statistics
from analysis.compare.statistics import holm
from analysis.regime_environments import DESIGNS
from analysis.regime_text import section, table

IMPORTANCE = Path(__file__).with_name("regimes_importance.csv")
"""How much each parameter moves the answer, by industry; travels with the package, because the memo reads it."""
WINNERS = IMPORTANCE.with_name("regimes_winners.csv")
"""How often each design is best, by industry; the memo says where it stands by it."""
WON = ("npv_with_equity", "expected_retention_per_year")
"""Outcomes by which winners are counted: profit, and loyalty without the luck of who happened to leave."""
LEVEL = 0.05
"""Of the p-values corrected for having looked at every parameter and design."""
DIGITS = 4
N_SHOWN = 15
CHALLENGERS = DESIGNS[1:]


def importances(regimes: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """Return how closely each parameter goes with what the designs earn over nobody, closest first.

    Parameters
    ----------
    regimes
        The regime study.
    values
        Value of each parameter, one row per environment.

    Returns
    -------
    pd.DataFrame
        One row per parameter: ``rank``; ``share``, the square of Spearman's rho with the advantage in NPV with customer
        equity, mean over the designs (parameters are drawn independently, so shares add up to at most 1); ``clear``,
        whether rho differs from 0 for at least one design after correction for all looks; rho of each design;
        ``environments``. A choice counts by its option of the largest share.
    """
    gains = {design: statistics.advantage(regimes, design) for design in CHALLENGERS}
    found = {
        design: statistics.drivers(gain, values, values.size).set_index("parameter") for design, gain in gains.items()
    }
    rho = pd.DataFrame({design: one["rho"] for design, one in found.items()})
    p = pd.DataFrame({design: one["p"] for design, one in found.items()}).reindex(rho.index)
    made = (rho.round(DIGITS) + 0.0).add_prefix("rho_")  # without a negative zero
    told = pd.DataFrame(holm(p.to_numpy().ravel()).reshape(p.shape) <= LEVEL, index=rho.index)
    made.insert(0, "clear", told.any(axis=1))
    made.insert(0, "share", (rho**2).mean(axis=1))
    made.insert(0, "parameter", [str(name).partition(" = ")[0] for name in rho.index])
    made = made.sort_values("share", ascending=False, kind="stable").drop_duplicates("parameter")
    made.insert(0, "rank", np.arange(1, len(made) + 1))
    return made.assign(environments=len(next(iter(gains.values())))).reset_index(drop=True)


def write(made: pd.DataFrame, path: Path) -> None:
    """Write the table of :func:`importances` or of :func:`winners`, those of several industries below each other."""
    made.to_csv(path, index=False, float_format=f"%.{DIGITS}f", lineterminator="\n")


def read_importances(industry: str) -> pd.DataFrame:
    """Read the table of :func:`importances` of an industry by parameter, the most influential first.

    Returns
    -------
    pandas.DataFrame
        Without rows where no study of the industry is published.
    """
    return _of(industry, IMPORTANCE).set_index("parameter")


def winners(regimes: pd.DataFrame) -> pd.DataFrame:
    """Return in how many environments each design is best, by profit and by loyalty.

    Columns: outcome, design, best, n, share, low, high (Wilson's interval).
    """
    return pd.concat([statistics.best_shares(regimes, outcome).assign(outcome=outcome) for outcome in WON])


def read_winners(industry: str) -> pd.DataFrame:
    """Read the table of :func:`winners` of an industry; without rows where no study of it is published."""
    return _of(industry, WINNERS)


def importance_text(regimes: pd.DataFrame, values: pd.DataFrame) -> str:
    """Return the most influential parameters as a section of the page."""
    made = importances(regimes, values)
    idle = 100.0 / max(1, len(values) - 1)
    rows = [
        [
            str(line["rank"]),
            f"`{line['parameter']}`",
            f"{100 * line['share']:.1f}",
            *[f"{line[f'rho_{design}']:+.2f}" for design in CHALLENGERS],
            "yes" if line["clear"] else "no",
        ]
        for line in made.head(N_SHOWN).to_dict("records")
    ]
    return section(
        "What moves the gain over nobody",
        f"""Parameters by their share of the variance, in ranks, of what a design earns over nobody (NPV with customer
        equity): the square of Spearman's rho, mean over the three designs, per cent. A parameter without any influence
        would show about {idle:.2f}. The last column says whether rho can be told from 0 for at least one design after
        Holm's correction for all parameters and designs: so it can for {int(made["clear"].sum())} of
        {len(made)} parameters. The decision memo lists its assumptions in this order.""",
        table(["rank", "parameter", "share", *[f"rho {design}" for design in CHALLENGERS], "told from 0"], rows),
    )


def _of(industry: str, path: Path) -> pd.DataFrame:
    """Return the rows of an industry."""
    frame = pd.read_csv(path)
    return frame[frame["industry"] == industry].drop(columns="industry").reset_index(drop=True)
