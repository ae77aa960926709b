"""The tables of the regime study as text, each from its arms alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.command.designs import ACCOUNTABLE, DESIGNS
from analysis.compare.statistics import Interval
from analysis.maps.differences import (
    COSTS,
    MARGIN,
    money_lines,
    quantiles,
)
from analysis.maps.luck import luck
from analysis.maps.monopoly import monopoly
from analysis.maps.regimes import Arms
from analysis.maps.registered import SATISFACTION, SIGNS, effects
from analysis.maps.regret import regret
from analysis.maps.table import PROFIT, SEED, Wide
from analysis.maps.winners import best_shares
from analysis.show.maps.regimes_drivers import (
    drivers_text,
    importance_text,
    medians_text,
    per_cent,
    signs_text,
    thirds_text,
)
from analysis.show.markdown import section, table
from analysis.study.ranges import read_axes

CRITERIA = {
    PROFIT: "NPV with customer equity (profit-best)",
    "npv": "NPV alone",
    "expected_retention_per_year": "Loyalty: expected yearly retention",
}
"""What designs are ranked on."""
EXPECTED_LOW, EXPECTED_HIGH = 0.03, 0.75
"""Each design was expected to be profit-best in at least 3 % of environments, and none in more than 75 %."""


def all_tables(arms: Arms) -> str:
    """Return all tables of the regime study; those of an arm that was not run are left out."""
    found = {outcome: arms.first(outcome) for outcome in (*CRITERIA, SATISFACTION)}
    profit = found[PROFIT]
    parts = [
        _shares_text(found),
        _luck_text(arms),
        _differences_text(found),
        _money_text(arms, profit),
        signs_text(arms),
        importance_text(profit),
        drivers_text(profit),
        thirds_text(profit),
        medians_text(profit),
        _one_at_a_time_text(arms.one_at_a_time),
        _monopoly_text(arms.monopoly),
    ]
    return "\n\n".join(part for part in parts if part)


def short_answer(arms: Arms) -> str:
    """Return the shares of best designs as plain text."""
    lines = []
    for criterion, title in CRITERIA.items():
        found = arms.first(criterion)
        cells = [f"{design} {cell}" for design, cell in zip(DESIGNS, _share_cells(found, " %"), strict=True)]
        lines.append(f"{title} ({len(found.y):,} environments): {', '.join(cells)}")
    return "\n".join(lines)


def ranges_table() -> str:
    """Return the frozen ranges as a table."""
    rows = []
    for axis in read_axes():
        choice = axis.scale == "choice"
        span = axis.rounding.replace("|", ", ") if choice else f"{axis.low:g} to {axis.high:g}"
        how = "equal shares" if choice else axis.scale + ("" if axis.rounding == "none" else f", {axis.rounding}")
        rows.append([f"`{axis.parameter}`", axis.unit, span, how, axis.source])
    return table(["parameter", "unit", "range", "sampled", "source"], rows)


def expectation_met(shares: Sequence[float]) -> bool:
    """Return whether every design is best in at least 3 % of environments and none in more than 75 %."""
    return min(shares) >= EXPECTED_LOW and max(shares) <= EXPECTED_HIGH


def _share_cells(found: Wide, unit: str = "") -> list[str]:
    """Return the share in which each design is best with its interval, per cent."""
    return [
        f"{100 * line['share']:.1f}{unit} [{100 * line['low']:.1f}, {100 * line['high']:.1f}]"
        for line in best_shares(found).to_dict("records")
    ]


def _interval_cell(interval: Interval) -> str:
    return f"{interval.mean:+.2f} [{interval.low:+.2f}, {interval.high:+.2f}]"


def _shares_text(found: Mapping[str, Wide]) -> str:
    rows = [[title, f"{len(found[name].y):,}", *_share_cells(found[name])] for name, title in CRITERIA.items()]
    profit = found[PROFIT]
    met = "met" if expectation_met(best_shares(profit)["share"].tolist()) else "not met"
    lost = regret(profit).frame.set_index("design")["mean"]
    always = ", ".join(f"{design} {100 * lost[design]:.2f}" for design in DESIGNS)
    return section(
        "Who is best",
        "![Share of environments in which each design is best](regimes.png)",
        "Per cent of environments in which a design is best, with Wilson's 95 % interval:",
        table(["criterion", "environments", *DESIGNS], rows),
        f"""Expected beforehand: each design profit-best in at least 3 % and none in more than 75 %. This is **{met}**.
        Lost on average by always choosing one design, per cent of a year's revenue at the start: {always}.""",
    )


def _luck_text(arms: Arms) -> str:
    found = luck(arms.all_seeds(PROFIT), ACCOUNTABLE)
    if found is None:
        return ""
    interval = f"[{100 * found.agreement_low:.0f}, {100 * found.agreement_high:.0f}]"
    return section(
        "How much of it is luck",
        f"""With one seed the winner is partly decided by luck. In {found.n} environments that ran under a second seed,
        the same design is profit-best under both in {100 * found.agreement:.0f} % {interval} (were winners drawn from
        the shares: {100 * found.agreement_by_chance:.0f} %), and in {100 * found.agreement_clear:.0f} % of those whose
        winner leads by more than the median lead. Of the variance between environments of the advantage of the
        accountable design over nobody, {100 * found.noise_share:.0f} % is luck. Per cent profit-best in these
        environments:""",
        table(
            ["winner by", *DESIGNS],
            [
                ["one seed", *per_cent(found.first_shares, 1)],
                ["mean of both seeds", *per_cent(found.mean_shares, 1)],
            ],
        ),
    )


def _differences_text(found: Mapping[str, Wide]) -> str:
    rows = []
    for outcome, one in found.items():
        for line in quantiles(one).to_dict("records"):
            numbers = [f"{number:+.2f}" for number in (*line["quantiles"], line["mean"])]
            rows.append([outcome, one.unit.name, line["design"], *numbers, f"{100 * line['ahead']:.0f}"])
    return section(
        "By how much",
        """Each design less nobody, over environments. Money is divided by the yearly revenue of the customers at the
        start: a company with half the market is five times as large as one with a tenth, and no design can change the
        start.""",
        table(["outcome", "unit", "design", "5 %", "25 %", "median", "75 %", "95 %", "mean", "ahead in %"], rows),
    )


def _money_text(arms: Arms, profit: Wide) -> str:
    first = arms.regimes[arms.regimes[SEED] == 0]
    if not {MARGIN, *COSTS} <= set(first.columns):
        return ""
    rows = [
        [label, f"{count:,}", *[f"{number:+.2f}" for number in lines]]
        for label, count, lines in money_lines(first, profit)
    ]
    return section(
        "Where the money comes from and goes",
        """Each design less nobody, mean over environments, per cent of a year's revenue at the start and per year after
        the switch. Margin is revenue less direct cost; the other columns are costs; serving is service, rework and
        recovery, politics is influence and distraction.""",
        table(["design", "environments", MARGIN, *COSTS, "profit"], rows),
    )


def _one_at_a_time_text(found: pd.DataFrame) -> str:
    if found.empty:
        return ""
    rows = [
        [
            effect.look.claim,
            f"{effect.low:g} to {effect.high:g}",
            *(_interval_cell(interval) for interval in (effect.gain_low, effect.gain_high, effect.change)),
            "+" if effect.look.expected > 0 else "-",
            effect.verdict,
            f"{effect.satisfaction_low:+.3f} to {effect.satisfaction_high:+.3f}",
        ]
        for effect in effects(found, SIGNS)
    ]
    n_seeds = found[SEED].nunique()
    return section(
        "One factor at a time",
        f"""The same advantage, per cent of a year's revenue at the start, with one factor at the ends of its range and
        everything else as in the industry preset, under the same luck at both ends ({n_seeds} seeds, 95 % Student-t
        interval). The last column is what the accountable design does to mean satisfaction,
        against nobody.""",
        table(
            ["factor", "range", "at the low end", "at the high end", "change", "registered", "found", "satisfaction"],
            rows,
        ),
    )


def _monopoly_text(rows: pd.DataFrame) -> str:
    if rows.empty:
        return ""
    found = monopoly(rows)
    return section(
        "Monopoly",
        f"""Satisfaction moves neither leaving, spending nor buying, nobody imitates anybody, rework and recovery are
        free: nothing is left for an officer to earn. In {found.n} draws yearly retention differs by at most
        {100 * found.max_retention_difference:.4f} percentage points between any two designs (under 0.2 in
        {100 * found.share_retention_equal:.1f} %), and the accountable design is not above nobody in
        {100 * found.share_not_above[PROFIT]:.1f} % of draws on NPV with equity and in
        {100 * found.share_not_above["npv"]:.1f} % on NPV alone (required: at least 95 %). Where it comes off best the
        difference is {100 * found.largest_gain:+.2f} % of a year's revenue.""",
    )
