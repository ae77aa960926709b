"""The tables of the regime study as text, each from the results alone."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis import regime_statistics as statistics
from analysis.regime_environments import ACCOUNTABLE, DESIGNS, MONOPOLY, REGIMES, draw_environments
from analysis.regime_importance import importance_text
from analysis.regime_ranges import read_axes
from analysis.regime_single import SINGLE, effects
from analysis.regime_statistics import CRITERIA, PROFIT
from analysis.regime_text import paragraph, section, table

RIVAL = "market.rival.behaviour"
TELLING = (
    "organisation.initiatives.fix_effect",
    "organisation.costs.initiatives_share",
    "organisation.costs.office_share",
    "organisation.costs.distraction_share",
    "organisation.executives.talent_mean",
    "organisation.listening.survey_size",
    "organisation.delivery.effort_quality",
    "market.competition",
    "finance.margin",
)
"""Parameters whose medians tell where each design wins."""
N_DRIVERS = 8
N_THIRDS = 6
UNITS = {
    PROFIT: "% of a year's revenue",
    "npv": "% of a year's revenue",
    "expected_retention_per_year": "percentage points",
    "mean_satisfaction": "satisfaction units",
}


def all_tables(frame: pd.DataFrame) -> str:
    """Return all tables from the results of all studies."""
    regimes = frame[frame["study"] == REGIMES]
    values = parameter_values(int(regimes["environment"].max()) + 1)
    parts = [
        _shares_text(regimes),
        _luck_text(regimes),
        _differences_text(regimes),
        _money_text(regimes),
        _signs_text(regimes, values),
        importance_text(regimes, values),
        _drivers_text(regimes, values),
        _thirds_text(regimes, values),
        _medians_text(regimes, values),
        _single_text(frame[frame["study"] == SINGLE]),
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
        shares = statistics.best_shares(regimes, criterion).set_index("design")
        cells = [f"{design} {_share_cell(shares, design, ' %')}" for design in DESIGNS]
        lines.append(f"{title} ({shares['n'].iloc[0]:,} environments): {', '.join(cells)}")
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


def _share_cell(shares: pd.DataFrame, row: str, unit: str = "") -> str:
    """Write a share with its interval, per cent."""
    share, low, high = (100.0 * float(shares.loc[[row], name].iloc[0]) for name in ("share", "low", "high"))
    return f"{share:.1f}{unit} [{low:.1f}, {high:.1f}]"


def _shares_text(regimes: pd.DataFrame) -> str:
    rows = []
    for criterion, title in CRITERIA.items():
        shares = statistics.best_shares(regimes, criterion).set_index("design")
        rows.append([title, f"{shares['n'].iloc[0]:,}", *[_share_cell(shares, design) for design in DESIGNS]])
    met = "met" if statistics.expectation_met(statistics.best_shares(regimes, PROFIT)) else "not met"
    regret = statistics.regret(regimes)
    lost = ", ".join(f"{design} {regret[design]:.2f}" for design in DESIGNS)
    return section(
        "Who is best",
        "![Share of environments in which each design is best](regimes.png)",
        "Per cent of environments in which a design is best, with Wilson's 95 % interval:",
        table(["criterion", "environments", *DESIGNS], rows),
        f"""Expected beforehand: each design profit-best in at least 3 % and none in more than 75 %. This is **{met}**.
        Lost on average by always choosing one design, per cent of a year's revenue at the start: {lost}.""",
    )


def _luck_text(regimes: pd.DataFrame) -> str:
    found = statistics.luck(regimes)
    if found is None:
        return ""

    def cells(shares: Mapping[str, float]) -> list[str]:
        """Write the share of each design, per cent."""
        return [f"{100 * shares[design]:.1f}" for design in DESIGNS]

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
            [["one seed", *cells(found.first_shares)], ["mean of both seeds", *cells(found.mean_shares)]],
        ),
    )


def _differences_text(regimes: pd.DataFrame) -> str:
    rows = []
    for line in statistics.difference_quantiles(regimes).to_dict("records"):
        numbers = [f"{number:+.2f}" for number in (*line["quantiles"], line["mean"])]
        unit = UNITS[line["outcome"]]
        rows.append([line["outcome"], unit, line["design"], *numbers, f"{100 * line['ahead']:.0f}"])
    return section(
        "By how much",
        """Each design less nobody, over environments. Money is divided by the yearly revenue of the customers at the
        start: a company with half the market is five times as large as one with a tenth, and no design can change the
        start.""",
        table(["outcome", "unit", "design", "5 %", "25 %", "median", "75 %", "95 %", "mean", "ahead in %"], rows),
    )


def _money_text(regimes: pd.DataFrame) -> str:
    rows = [
        [label, f"{count:,}", *[f"{number:+.2f}" for number in lines]]
        for label, count, lines in statistics.money_lines(regimes)
    ]
    return section(
        "Where the money comes from and goes",
        """Each design less nobody, mean over environments, per cent of a year's revenue at the start and per year after
        the switch. Margin is revenue less direct cost; the other columns are costs; serving is service, rework and
        recovery, politics is influence and distraction.""",
        table(["design", "environments", "margin", *statistics.COSTS, "profit"], rows),
    )


def _signs_text(regimes: pd.DataFrame, values: pd.DataFrame) -> str:
    rows = []
    for line in statistics.signs(regimes, values).to_dict("records"):
        sign = line["sign"]
        p = f"{line['p']:.1e}" if line["p"] < 0.001 else f"{line['p']:.3f}"
        interval = f"{line['rho']:+.3f} [{line['low']:+.3f}, {line['high']:+.3f}]"
        registered = "+" if sign.registered > 0 else "-"
        felt = f"{line['rho_where_felt']:+.2f}"
        rows.append([sign.title, f"`{sign.parameter}`", registered, interval, p, line["verdict"], felt])
    return section(
        "The registered signs",
        """Spearman's rho of each parameter with the advantage in NPV with customer equity of the accountable design
        over nobody: the absolute difference over the yearly revenue of the customers at the start. (Divided by the NPV
        itself, it would have a number near zero or below under the line in poor environments.) The last row takes a
        control arm, the accountable design with the local weight of the status quo. At 95 %, one in twenty parameters
        without any effect would look like one with. Not registered, and for reading only: the last column is rho in the
        half of the environments in which the design does most for satisfaction.""",
        table(["parameter", "key", "registered", "rho and 95 % interval", "p", "verdict", "where felt"], rows),
    )


def _medians_text(regimes: pd.DataFrame, values: pd.DataFrame) -> str:
    best = statistics.wide(regimes, PROFIT).idxmax(axis=1)
    rows = []
    for name in TELLING:
        column = values.loc[best.index, name]
        medians = [f"{column[best == design].median():.3g}" for design in DESIGNS]
        rows.append([f"`{name}`", f"{column.median():.3g}", *medians])
    lead = "Median of some parameters over all environments, and where each design is profit-best:"
    return "\n\n".join([paragraph(lead), table(["parameter", "all", *DESIGNS], rows)])


def _single_text(frame: pd.DataFrame) -> str:
    if frame.empty:
        return ""
    rows = []
    for effect in effects(frame, read_axes()):
        cells = [f"{mean:+.2f} [{low:+.2f}, {high:+.2f}]" for mean, low, high in (effect.gain_low, effect.gain_high)]
        mean, low, high = effect.change
        wanted = effect.sign.registered
        verdict = "unclear" if low <= 0.0 <= high else "as registered" if mean * wanted > 0.0 else "opposite"
        satisfied = f"{effect.satisfaction_low:+.3f} to {effect.satisfaction_high:+.3f}"
        change = f"{mean:+.2f} [{low:+.2f}, {high:+.2f}]"
        ends = f"{effect.low:g} to {effect.high:g}"
        rows.append([effect.sign.title, ends, *cells, change, "+" if wanted > 0 else "-", verdict, satisfied])
    n_seeds = int(frame["seed_number"].max()) + 1
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


def _drivers_text(regimes: pd.DataFrame, values: pd.DataFrame) -> str:
    leads = statistics.margins(regimes)
    gains: dict[str, pd.Series] = {design: leads[design] for design in DESIGNS}
    gains["accountable_cxo less no_cxo"] = statistics.advantage(regimes, ACCOUNTABLE)
    rows = []
    for name, gain in gains.items():
        found = statistics.drivers(gain, values, N_DRIVERS)
        pairs = zip(found["parameter"].astype(str), found["rho"].astype(float), strict=True)
        rows.append([name, "; ".join(f"{_short(parameter)} {rho:+.2f}" for parameter, rho in pairs)])
    return section(
        "What wins where",
        """Parameters that go most closely with the margin by which a design beats the best of the others (Spearman's
        rho, strongest first):""",
        table(["margin of", "parameters"], rows),
    )


def _thirds_text(regimes: pd.DataFrame, values: pd.DataFrame) -> str:
    gain = statistics.advantage(regimes, ACCOUNTABLE)
    rows = []
    for name in statistics.drivers(gain, values.select_dtypes("number"), N_THIRDS)["parameter"].astype(str):
        for third, shares in statistics.shares_by_third(regimes, values, name).items():
            label = f"`{name}`" if third == "low" else ""
            rows.append([label, third, *[f"{100 * shares[design]:.0f}" for design in DESIGNS]])
    for option, shares in statistics.shares_by_choice(regimes, values, RIVAL).items():
        rows.append([f"`{RIVAL}`", option, *[f"{100 * shares[design]:.0f}" for design in DESIGNS]])
    lead = """Per cent of environments in which each design is profit-best, by third of the parameters that move the
    advantage of the accountable design most, and by what the rival does:"""
    return "\n\n".join([paragraph(lead), table(["parameter", "third", *DESIGNS], rows)])


def _monopoly_text(frame: pd.DataFrame) -> str:
    if frame.empty:
        return ""
    found = statistics.monopoly(frame)
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


def _short(parameter: str) -> str:
    """Return the last parts of a dotted key that still say what it is."""
    return ".".join(parameter.split(".")[-2:])
