"""What the regime study says: who is best, how often, by how much, how much is luck, and the registered signs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.regime_environments import ACCOUNTABLE, BASELINE, DESIGNS, EQUAL_WEIGHT

Array = NDArray[np.float64]

PROFIT = "npv_with_equity"
CRITERIA = {
    PROFIT: "NPV with customer equity (profit-best)",
    "npv": "NPV alone",
    "expected_retention_per_year": "Loyalty: expected yearly retention",
}
"""What designs are ranked on."""
COSTS = ("serving", "acquisition", "incentive_pay", "office", "initiatives", "politics")
"""Costs of a year, as the table of the documentation has them."""
Z95 = 1.959963984540054
EXPECTED_LOW, EXPECTED_HIGH = 0.03, 0.75
"""We expect each design to be profit-best in at least 3 % of environments and none in more than 75 %."""


@dataclass(frozen=True)
class Sign:
    """One pre-registered sign of the advantage of the accountable design over nobody."""

    title: str
    parameter: str
    registered: int
    """+1 or -1."""
    design: str = ACCOUNTABLE


SIGNS = (
    Sign("interdependence (delta)", "organisation.coordination.interdependence", 1),
    Sign("competition (comp)", "market.competition", 1),
    Sign("margin", "finance.margin", 1),
    Sign("word of mouth", "experience.word_of_mouth.strength", 1),
    Sign("talent (g)", "organisation.executives.talent_mean", 1),
    Sign("commitment", "organisation.executives.commitment_mean", 1),
    Sign("effect of a fix", "organisation.initiatives.fix_effect", 1),
    Sign("noise of the score", "organisation.contracts.kpi_noise_sd", -1),
    Sign("cost of the office", "organisation.costs.office_share", -1),
    Sign("cost of gaming (ease of gaming -)", "organisation.contracts.gaming_cost", 1),
    Sign("impatience", "organisation.executives.impatience", -1),
    Sign("quality lost with own effort (b_e)", "organisation.delivery.effort_quality", -1),
    Sign("effort substitution (kappa), w_L held equal", "organisation.contracts.effort_substitution", -1, EQUAL_WEIGHT),
)
"""Registered in the specification before the first run."""


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share.

    >>> low, high = wilson(0, 100)
    >>> round(low, 3), round(high, 3)
    (0.0, 0.037)
    """
    if n == 0:
        return 0.0, 1.0
    share, z2 = successes / n, Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def spearman(x: Array, y: Array) -> tuple[float, float, float, float]:
    """Return Spearman's rho, its 95 % interval (Bonett & Wright 2000) and the p-value of no association."""
    n = x.shape[0]
    if n < 5 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return (math.nan,) * 4
    found = stats.spearmanr(x, y)
    rho, p = float(found.statistic), float(found.pvalue)
    bounded = min(max(rho, -0.999999), 0.999999)
    half = Z95 * math.sqrt((1.0 + bounded**2 / 2.0) / (n - 3))
    return rho, math.tanh(math.atanh(bounded) - half), math.tanh(math.atanh(bounded) + half), p


def wide(frame: pd.DataFrame, outcome: str, seed_number: int = 0, designs: Sequence[str] = DESIGNS) -> pd.DataFrame:
    """Return one row per environment and one column per design; environments that lack a finite number are left out."""
    chosen = frame[(frame["seed_number"] == seed_number) & frame["design"].isin(list(designs))]
    table = chosen.pivot_table(index="environment", columns="design", values=outcome)
    table = table.reindex(columns=list(designs)).replace([np.inf, -np.inf], np.nan)
    return table.dropna()


def scale(frame: pd.DataFrame) -> pd.Series:
    """Return yearly revenue of the customers at the start by environment, currency."""
    return frame.groupby("environment")["initial_revenue"].first()


def best_shares(frame: pd.DataFrame, outcome: str, seed_number: int = 0) -> pd.DataFrame:
    """Return in how many environments each design is best, with Wilson's interval."""
    best = wide(frame, outcome, seed_number).idxmax(axis=1)
    n = len(best)
    rows = []
    for design in DESIGNS:
        count = int((best == design).sum())
        low, high = wilson(count, n)
        rows.append({"design": design, "best": count, "n": n, "share": count / max(1, n), "low": low, "high": high})
    return pd.DataFrame(rows)


def expectation_met(shares: pd.DataFrame) -> bool:
    """Return whether every design is best in at least 3 % and none in more than 75 %."""
    return bool((shares["share"] >= EXPECTED_LOW).all() and (shares["share"] <= EXPECTED_HIGH).all())


def advantage(frame: pd.DataFrame, design: str, outcome: str = PROFIT, seed_number: int = 0) -> pd.Series:
    """Return the outcome of a design less that of nobody, in years of the revenue at the start, by environment.

    The absolute difference is divided by what the company is at the start (customers times their value), which no
    design can change. Dividing by the NPV itself would put a number near zero, or below, under the line.
    """
    table = wide(frame, outcome, seed_number, (BASELINE, design))
    return (table[design] - table[BASELINE]) / scale(frame).reindex(table.index)


def difference_quantiles(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the distribution over environments of each design less nobody, by criterion.

    Money in per cent of a year's revenue at the start, loyalty in percentage points.
    """
    rows = []
    for outcome in (*CRITERIA, "mean_satisfaction"):
        for design in DESIGNS[1:]:
            if outcome in (PROFIT, "npv"):
                values = 100.0 * advantage(frame, design, outcome)
            else:
                table = wide(frame, outcome)
                factor = 100.0 if outcome == "expected_retention_per_year" else 1.0
                values = factor * (table[design] - table[BASELINE])
            quantiles = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
            ahead = float((values > 0.0).mean())
            rows.append(
                {
                    "outcome": outcome,
                    "design": design,
                    "quantiles": quantiles,
                    "mean": float(values.mean()),
                    "ahead": ahead,
                }
            )
    return pd.DataFrame(rows)


def money_lines(frame: pd.DataFrame) -> list[tuple[str, int, list[float]]]:
    """Return label, number of environments and mean yearly margin, costs and profit of each design less nobody.

    Per cent of a year's revenue at the start; once more for the environments in which the accountable design is
    profit-best, and for those in which nobody is.
    """
    best = wide(frame, PROFIT).idxmax(axis=1)
    groups = [(design, design, best.index) for design in DESIGNS[1:]]
    groups += [
        (f"{ACCOUNTABLE}, where {d} is best", ACCOUNTABLE, best.index[best == d]) for d in (ACCOUNTABLE, BASELINE)
    ]
    out = []
    for label, design, where in groups:
        gains = [100.0 * advantage(frame, design, line).reindex(where) for line in ("margin", *COSTS)]
        means = [float(gain.mean()) for gain in gains]
        out.append((label, len(where), [*means, means[0] - sum(means[1:])]))
    return out


def regret(frame: pd.DataFrame) -> pd.Series:
    """Return what is lost on average by always choosing one design, per cent of a year's revenue at the start."""
    table = wide(frame, PROFIT)
    lost = table.rsub(table.max(axis=1), axis=0).div(scale(frame).reindex(table.index), axis=0)
    return 100.0 * lost.mean()


def margins(frame: pd.DataFrame, seed_number: int = 0) -> pd.DataFrame:
    """Return by how much each design beats the best other one, or is beaten (below 0), in years of first revenue."""
    table = wide(frame, PROFIT, seed_number)
    out = pd.DataFrame({d: table[d] - table.drop(columns=d).max(axis=1) for d in DESIGNS})
    return out.div(scale(frame).reindex(table.index), axis=0)


def signs(frame: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """Return the registered signs with what was found.

    Parameters
    ----------
    frame
        The regime study.
    values
        Value of each parameter, one row per environment.

    Returns
    -------
    pd.DataFrame
        Rank correlation, interval, p and verdict of each sign; ``rho_where_felt`` is that of the half of the
        environments in which the design does most for satisfaction, which was not registered.
    """
    rows = []
    for sign in SIGNS:
        gain = advantage(frame, sign.design)
        felt = _satisfaction_gain(frame, sign.design).reindex(gain.index)
        half = gain[felt > felt.median()]
        rho, low, high, p = _correlate(gain, values[sign.parameter])
        clear = low > 0.0 or high < 0.0
        found = "not distinguishable" if not clear else "as registered" if rho * sign.registered > 0 else "opposite"
        row = {"sign": sign, "rho": rho, "low": low, "high": high, "p": p, "verdict": found, "n": len(gain)}
        rows.append({**row, "rho_where_felt": _correlate(half, values[sign.parameter])[0]})
    return pd.DataFrame(rows)


def _correlate(gain: pd.Series, parameter: pd.Series) -> tuple[float, float, float, float]:
    """Return what `spearman` returns, for the environments of a gain."""
    return spearman(parameter.loc[gain.index].to_numpy(dtype=np.float64), gain.to_numpy(dtype=np.float64))


def _satisfaction_gain(frame: pd.DataFrame, design: str) -> pd.Series:
    table = wide(frame, "mean_satisfaction", 0, (BASELINE, design))
    return table[design] - table[BASELINE]


def drivers(gain: pd.Series, values: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return the parameters that go most closely with a quantity, strongest first; choices enter as 0 or 1 each."""
    rows = []
    for name, column in _numbers(values.loc[gain.index]).items():
        rho, low, high, p = spearman(column, gain.to_numpy(dtype=float))
        rows.append({"parameter": name, "rho": rho, "low": low, "high": high, "p": p})
    found = pd.DataFrame(rows).dropna()
    order = found["rho"].abs().sort_values(ascending=False).index
    return found.loc[order].head(n).reset_index(drop=True)


def shares_by_third(frame: pd.DataFrame, values: pd.DataFrame, parameter: str) -> dict[str, pd.Series]:
    """Return the share in which each design is profit-best where a parameter is in its low, middle and high third."""
    best = wide(frame, PROFIT).idxmax(axis=1)
    ranks = values.loc[best.index, parameter].rank(method="first")
    thirds = pd.cut(ranks, 3, labels=("low", "middle", "high"))
    return {third: _shares_of(best[thirds == third]) for third in ("low", "middle", "high")}


def shares_by_choice(frame: pd.DataFrame, values: pd.DataFrame, parameter: str) -> dict[str, pd.Series]:
    """Return the share in which each design is profit-best, by option of a parameter that is a choice."""
    best = wide(frame, PROFIT).idxmax(axis=1)
    options = values.loc[best.index, parameter]
    return {str(option): _shares_of(best[options == option]) for option in options.unique()}


def _shares_of(best: pd.Series) -> pd.Series:
    """Return the share of each design among the best, 0 where it never is."""
    return best.value_counts(normalize=True).reindex(list(DESIGNS), fill_value=0.0)


@dataclass(frozen=True)
class Luck:
    """How much of the answer in one environment is the luck of its one seed."""

    n: int
    agreement: float
    agreement_low: float
    agreement_high: float
    agreement_by_chance: float
    """Were winners drawn from the shares."""
    agreement_clear: float
    """Where the margin of the first seed is above its median."""
    noise_share: float
    """Share of the variance between environments of the advantage of the accountable design that is luck."""
    mean_shares: Mapping[str, float]
    """Shares of profit-best designs when both seeds are averaged."""
    first_shares: Mapping[str, float]
    """The same environments by the first seed alone."""


def luck(frame: pd.DataFrame) -> Luck | None:
    """Compare the winners of the same environments under two seeds; None without a second seed."""
    first, second = wide(frame, PROFIT, 0), wide(frame, PROFIT, 1)
    both = first.index.intersection(second.index)
    if len(both) < 2:
        return None
    first, second = first.loc[both], second.loc[both]
    one, two = first.idxmax(axis=1), second.idxmax(axis=1)
    same = one == two
    low, high = wilson(int(same.sum()), len(both))
    chance = sum(float((one == d).mean() * (two == d).mean()) for d in DESIGNS)
    lead = margins(frame).loc[both].max(axis=1)
    gains = [advantage(frame, ACCOUNTABLE, seed_number=s).loc[both].to_numpy() for s in (0, 1)]
    noise = float(np.var(gains[0] - gains[1]) / 2.0 / np.var(np.concatenate(gains)))
    averaged = (0.5 * (first + second)).idxmax(axis=1)
    return Luck(
        n=len(both),
        agreement=float(same.mean()),
        agreement_low=low,
        agreement_high=high,
        agreement_by_chance=chance,
        agreement_clear=float(same[lead > lead.median()].mean()),
        noise_share=noise,
        mean_shares={d: float((averaged == d).mean()) for d in DESIGNS},
        first_shares={d: float((one == d).mean()) for d in DESIGNS},
    )


@dataclass(frozen=True)
class Monopoly:
    """What is left for an officer to earn where loyalty is captive and failures are free."""

    n: int
    max_retention_difference: float
    """Largest difference of yearly retention between any two designs, share."""
    share_retention_equal: float
    """Share of draws in which it is under 0.2 percentage points."""
    share_not_above: Mapping[str, float]
    """Share of draws in which the accountable design is not above nobody, by criterion."""
    largest_gain: float
    """Largest gain of the accountable design, years of revenue at the start."""


def monopoly(frame: pd.DataFrame) -> Monopoly:
    """Return what the monopoly study found."""
    spread = pd.concat([wide(frame, name) for name in ("retention_per_year", "expected_retention_per_year")])
    difference = (spread.max(axis=1) - spread.min(axis=1)).groupby(level=0).max()
    gains = {outcome: advantage(frame, ACCOUNTABLE, outcome) for outcome in (PROFIT, "npv")}
    return Monopoly(
        n=len(difference),
        max_retention_difference=float(difference.max()),
        share_retention_equal=float((difference < 0.002).mean()),
        share_not_above={name: float((gain <= 0.0).mean()) for name, gain in gains.items()},
        largest_gain=float(gains[PROFIT].max()),
    )


def _numbers(values: pd.DataFrame) -> dict[str, Array]:
    """Return the columns as numbers; a choice becomes one column of 0 and 1 for each option."""
    out: dict[str, Array] = {}
    for name in values.columns:
        if values[name].dtype == object or isinstance(values[name].dtype, pd.StringDtype):
            for option in sorted(set(values[name])):
                out[f"{name} = {option}"] = (values[name] == option).to_numpy(dtype=np.float64)
        else:
            out[str(name)] = values[name].to_numpy(dtype=np.float64)
    return out
