"""What it is worth to know more before choosing a design: perfect information, and each factor by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.command import glossary as words
from analysis.compare.intervals import Z95
from analysis.maps.sensitivity import influential
from analysis.maps.smooth import columns_of, fit, folds, predict, tensor
from analysis.maps.table import Array, Unit, Wide
from sim.errors import ResultError


@dataclass(frozen=True)
class Worth:
    """Value of knowing something before choosing, in the outcome's unit, with its standard error over points."""

    what: str
    estimate: float
    error: float

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval; no knowledge is worth less than nothing."""
        return max(0.0, self.estimate - Z95 * self.error)

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return max(0.0, self.estimate + Z95 * self.error)


@dataclass(frozen=True)
class Information:
    """Expected value of information over the points of a study."""

    choice: str
    """Design chosen without knowing more: the highest mean."""
    perfect: Worth
    """EVPI: everything is known, the luck of the runs included; above the value of knowing all factors."""
    together: Worth
    """All factors at once, as far as a sum of smooth effects can use them."""
    sets: tuple[Worth, ...]
    """The two and the three factors that go most closely with what designs earn, each set with all interactions."""
    frame: pd.DataFrame
    """EVPPI, one row per factor, most valuable first: ``factor``, ``estimate``, ``error``, ``low``, ``high``."""
    n_points: int
    unit: Unit

    @property
    def clear(self) -> pd.DataFrame:
        """Factors whose interval lies above 0.

        Returns
        -------
        pandas.DataFrame
            Their rows of `frame`.
        """
        return self.frame[self.frame["low"] > 0.0]


def information(found: Wide) -> Information:
    """Return EVPI and the EVPPI of every factor.

    EVPPI is that of Strong, Oakley & Brennan (2014): the outcome of each design is regressed on the factor, and the
    best by the regression is chosen. The regression of four fifths of the points chooses in the other fifth, where the
    outcome itself is the judge: what a rule is worth that was learned elsewhere. It does not flatter by noise, and its
    error is that of a mean of paired differences. The bias is downward: it vanishes as points are added.
    """
    singles = [factor_worth(found, [str(name)]) for name in found.x]
    rows = [(w.what, w.estimate, w.error, w.low, w.high) for w in singles]
    frame = pd.DataFrame(rows, columns=["factor", "estimate", "error", "low", "high"])
    frame = frame.sort_values(["estimate", "factor"], ascending=[False, True]).reset_index(drop=True)
    blocks = [columns_of(found.x[name]) for name in found.x]
    together = _worth("all factors", found, np.hstack(blocks))
    first = influential(found, 3)
    sets = tuple(factor_worth(found, first[:k]) for k in (2, 3) if k <= len(first))
    return Information(choice_of(found), perfect_worth(found), together, sets, frame, len(found.y), found.unit)


def choice_of(found: Wide) -> str:
    """Return the design with the highest mean over points."""
    return str(found.y.mean().idxmax())


def perfect_worth(found: Wide) -> Worth:
    """Return EVPI: the mean of the best at each point less the best mean."""
    gains = (found.y.max(axis=1) - found.y[choice_of(found)]).to_numpy(dtype=np.float64)
    return Worth("everything", float(gains.mean()), _error(gains))


def factor_worth(found: Wide, factors: Sequence[str]) -> Worth:
    """Return EVPPI of knowing one factor, or a few together with all their interactions."""
    columns = tensor(*(columns_of(found.x[name]) for name in factors))
    return _worth(" and ".join(factors), found, columns)


def plane(found: Wide, n: int = 6) -> tuple[str, str]:
    """Return the two numeric factors for a map: of the most influential, the one most worth knowing, then the first.

    Raises
    ------
    ResultError
        The table has fewer than two factors that are numbers.
    """
    first = influential(found, n)
    if len(first) < 2:
        raise ResultError("a map needs two factors that are numbers; the table has fewer")
    worth = max(first, key=lambda name: factor_worth(found, [name]).estimate)
    return worth, next(name for name in first if name != worth)


def _worth(what: str, found: Wide, columns: Array) -> Worth:
    """Return the value of choosing by a regression on columns, learned and judged on different points."""
    y = found.y.to_numpy(dtype=np.float64)
    default = int(y.mean(axis=0).argmax())
    gains = y - y[:, [default]]
    fold = folds(len(y))
    won = np.zeros(len(y))
    for k in np.unique(fold):
        held = fold == k
        expected = predict(fit(columns[~held], gains[~held]), columns[held])
        chosen = expected.argmax(axis=1)
        won[held] = gains[held][np.arange(int(held.sum())), chosen]
    return Worth(what, float(won.mean()), _error(won))


def _error(values: Array) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def frame(found: Information) -> pd.DataFrame:
    """Return what everything, sets of factors and single factors are worth, in this order.

    Parameters
    ----------
    found
        The value of information.

    Returns
    -------
    pandas.DataFrame
        One row each, in the unit of the outcome, with interval.
    """
    rows = [
        {"what": what, "estimate": one.estimate, "error": one.error, "low": one.low, "high": one.high}
        for what, one in (
            ("everything, luck included", found.perfect),
            ("all factors, by a rule", found.together),
            *((" + ".join(words.factor(key) for key in one.what.split(" and ")), one) for one in found.sets),
        )
    ]
    singles = found.frame.rename(columns={"factor": "what"})
    singles["what"] = [words.factor(str(key)) for key in singles["what"]]
    return pd.concat([pd.DataFrame(rows), singles], ignore_index=True)
