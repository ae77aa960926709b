"""The tables of the regime study as text, each from the results alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import regime_statistics as statistics
from analysis.regime_environments import ACCOUNTABLE, DESIGNS, MONOPOLY, REGIMES, draw_environments
from analysis.regime_ranges import read_axes
from analysis.regime_statistics import CRITERIA, PROFIT

N_DRIVERS = 8
THIRDS = 6


def all_tables(frame: pd.DataFrame) -> str:
    """Return all tables from the results of all studies."""
    regimes = frame[frame["study"] == REGIMES]
    values = parameter_values(int(regimes["environment"].max()) + 1)
    parts = [
        _shares_text(regimes),
        _luck_text(regimes),
        _differences_text(regimes),
        _signs_text(regimes, values),
        _drivers_text(regimes, values),
        _thirds_text(regimes, values),
        _monopoly_text(frame[frame["study"] == MONOPOLY]),
    ]
    return "\n\n".join(part for part in parts if part)


def parameter_values(n_environments: int) -> pd.DataFrame:
    """Return the value of every parameter, one row per environment."""
    return pd.DataFrame(draw_environments(n_environments, read_axes()))


def short_answer(frame: pd.DataFrame) -> str:
    """Return the shares of best designs as plain text."""
    regimes = frame[frame["study"] == REGIMES]
    lines = []
    for criterion, title in CRITERIA.items():
        shares = statistics.best_shares(regimes, criterion)
        cells = ", ".join(
            f"{r.design} {100 * r.share:.1f} % [{100 * r.low:.1f}, {100 * r.high:.1f}]" for r in shares.itertuples()
        )
        lines.append(f"{title} ({shares['n'].iloc[0]} environments): {cells}")
    return "\n".join(lines)


def ranges_table() -> str:
    """Return the frozen ranges as a table."""
    rows = []
    for axis in read_axes():
        choice = axis.scale == "choice"
        span = axis.rounding.replace("|", ", ") if choice else f"{axis.low:g} to {axis.high:g}"
        how = "equal shares" if choice else axis.scale + ("" if axis.rounding == "none" else f", {axis.rounding}")
        rows.append([f"`{axis.parameter}`", axis.unit, span, how, axis.source])
    return _table(["parameter", "unit", "range", "sampled", "source"], rows)


def _shares_text(regimes: pd.DataFrame) -> str:
    rows = []
    for criterion, title in CRITERIA.items():
        shares = statistics.best_shares(regimes, criterion).set_index("design")
        cells = [
            f"{100 * r.share:.1f} [{100 * r.low:.1f}, {100 * r.high:.1f}]" for r in (shares.loc[d] for d in DESIGNS)
        ]
        rows.append([title, f"{int(shares['n'].iloc[0]):,}", *cells])
    profit = statistics.best_shares(regimes, PROFIT)
    met = "met" if statistics.expectation_met(profit) else "not met"
    regret = statistics.regret(regimes)
    lost = ", ".join(f"{d} {regret[d]:.2f}" for d in DESIGNS)
    return "\n".join(
        [
            "## Who is best",
            "",
            "![Share of environments in which each design is best](regimes.png)",
            "",
            "Per cent of environments in which a design is best, with Wilson's 95 % interval:",
            "",
            _table(["criterion", "environments", *DESIGNS], rows),
            "",
            f"Expected beforehand: each design profit-best in at least 3 % and none in more than 75 %. This is **{met}**.",
            "",
            f"Lost on average by always choosing one design, per cent of a year's revenue at the start: {lost}.",
        ]
    )


def _luck_text(regimes: pd.DataFrame) -> str:
    found = statistics.luck(regimes)
    if found is None:
        return ""
    first = ", ".join(f"{d} {100 * found.first_shares[d]:.1f}" for d in DESIGNS)
    both = ", ".join(f"{d} {100 * found.mean_shares[d]:.1f}" for d in DESIGNS)
    return "\n".join(
        [
            "## How much of it is luck",
            "",
            f"With one seed the winner is partly decided by luck. In {found.n} environments that ran under a second seed, the same",
            f"design is profit-best under both in {100 * found.agreement:.0f} % [{100 * found.agreement_low:.0f}, {100 * found.agreement_high:.0f}]",
            f"(by chance alone: {100 * found.agreement_by_chance:.0f} %), and in {100 * found.agreement_clear:.0f} % of those whose winner leads clearly",
            "(by more than the median lead). Of the variance between environments of the advantage of the accountable design",
            f"over nobody, {100 * found.noise_share:.0f} % is luck. Shares of profit-best designs in these environments, per cent:",
            "",
            f"* one seed: {first}",
            f"* mean of both seeds: {both}",
        ]
    )


def _differences_text(regimes: pd.DataFrame) -> str:
    units = {
        PROFIT: "% of a year's revenue",
        "npv": "% of a year's revenue",
        "expected_retention_per_year": "percentage points",
        "mean_satisfaction": "satisfaction units",
    }
    rows = []
    for line in statistics.difference_quantiles(regimes).to_dict("records"):
        numbers = [f"{q:+.2f}" for q in line["quantiles"]]
        rows.append(
            [
                line["outcome"],
                units[line["outcome"]],
                line["design"],
                *numbers,
                f"{line['mean']:+.2f}",
                f"{100 * line['ahead']:.0f}",
            ]
        )
    return "\n".join(
        [
            "## By how much",
            "",
            "Each design less nobody, over environments; money over the yearly revenue of the customers at the start, because an",
            "environment with half the market is five times as large as one with a tenth, and no design can change the start:",
            "",
            _table(["outcome", "unit", "design", "5 %", "25 %", "median", "75 %", "95 %", "mean", "ahead in %"], rows),
        ]
    )


def _signs_text(regimes: pd.DataFrame, values: pd.DataFrame) -> str:
    rows = []
    for line in statistics.signs(regimes, values).to_dict("records"):
        sign = line["sign"]
        p = f"{line['p']:.1e}" if line["p"] < 0.001 else f"{line['p']:.3f}"
        interval = f"{line['rho']:+.3f} [{line['low']:+.3f}, {line['high']:+.3f}]"
        rows.append(
            [sign.title, f"`{sign.parameter}`", "+" if sign.registered > 0 else "-", interval, p, line["verdict"]]
        )
    return "\n".join(
        [
            "## The registered signs",
            "",
            "Spearman's rho of each parameter with the advantage in NPV with customer equity of the accountable design over nobody",
            "(absolute, over the yearly revenue of the customers at the start). The last row takes the control arm whose local",
            "weight is that of the status quo. At 95 %, one in twenty parameters without any effect would look like one with.",
            "",
            _table(["parameter", "key", "registered", "rho and 95 % interval", "p", "verdict"], rows),
        ]
    )


def _drivers_text(regimes: pd.DataFrame, values: pd.DataFrame) -> str:
    lines = [
        "## What wins where",
        "",
        "Parameters that go most closely with the margin by which a design beats the best of the others (Spearman's rho):",
        "",
    ]
    margins = statistics.margins(regimes)
    rows = []
    for design in DESIGNS:
        found = statistics.drivers(margins[design], values, N_DRIVERS)
        rows.append([design, "; ".join(f"{_short(r.parameter)} {r.rho:+.2f}" for r in found.itertuples())])
    gain = statistics.advantage(regimes, ACCOUNTABLE)
    found = statistics.drivers(gain, values, N_DRIVERS)
    rows.append(
        ["accountable_cxo less no_cxo", "; ".join(f"{_short(r.parameter)} {r.rho:+.2f}" for r in found.itertuples())]
    )
    return "\n".join([*lines, _table(["margin of", "parameters"], rows)])


def _thirds_text(regimes: pd.DataFrame, values: pd.DataFrame) -> str:
    gain = statistics.advantage(regimes, ACCOUNTABLE)
    numeric = values.select_dtypes("number")
    rows = []
    for name in statistics.drivers(gain, numeric, THIRDS)["parameter"]:
        thirds = statistics.shares_by_third(regimes, values, name)
        for third, shares in thirds.items():
            rows.append([f"`{name}`" if third == "low" else "", third, *[f"{100 * shares[d]:.0f}" for d in DESIGNS]])
    text = "Per cent of environments in which each design is profit-best, by third of the parameters that move the accountable design most:"
    return "\n".join([text, "", _table(["parameter", "third", *DESIGNS], rows)])


def _monopoly_text(frame: pd.DataFrame) -> str:
    if frame.empty:
        return ""
    found = statistics.monopoly(frame)
    return "\n".join(
        [
            "## Monopoly",
            "",
            "Satisfaction moves neither leaving, spending nor buying, nobody imitates anybody, rework and recovery are free: then an",
            f"officer can earn nothing. In {found.n} draws yearly retention differs by at most {100 * found.max_retention_difference:.4f}",
            f"percentage points between any two designs (under 0.2 in {100 * found.share_retention_equal:.0f} %), and the accountable design is",
            f"not above nobody in {100 * found.share_not_above[PROFIT]:.1f} % of draws on NPV with equity and in {100 * found.share_not_above['npv']:.1f} % on NPV alone",
            f"(required: at least 95 %). Its largest gain is {100 * found.largest_gain:+.2f} % of a year's revenue.",
        ]
    )


def _short(parameter: str) -> str:
    """Return the last parts of a dotted key that still say what it is."""
    return ".".join(parameter.split(".")[-2:])


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table of the documentation."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _finite(values: pd.Series) -> pd.Series:
    return values[np.isfinite(values)]
