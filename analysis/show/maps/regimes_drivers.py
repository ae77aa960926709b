"""What moves the answers of the regime study, as text: registered signs, leading parameters, and who wins where."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from analysis.command.designs import ACCOUNTABLE, BASELINE, DESIGNS
from analysis.maps.differences import leads, medians, shares_by_option, shares_by_third
from analysis.maps.importance import CHALLENGERS, correlations, importances
from analysis.maps.regimes import Arms
from analysis.maps.registered import SATISFACTION, signs
from analysis.maps.table import PROFIT, Array, Wide
from analysis.show.markdown import paragraph, section, table

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
N_IMPORTANT, N_DRIVERS, N_THIRDS = 15, 8, 6


def per_cent(shares: Mapping[str, float] | pd.Series, digits: int) -> list[str]:
    """Return the share of each design, per cent."""
    return [f"{100 * shares[design]:.{digits}f}" for design in DESIGNS]


def signs_text(arms: Arms) -> str:
    """Return the registered signs with what was found."""
    looks = arms.looks
    designs = tuple(dict.fromkeys((BASELINE, *(look.a for look in looks))))
    rows = []
    for line in signs(looks, *(arms.first(outcome, designs) for outcome in (PROFIT, SATISFACTION))).to_dict("records"):
        look = line["look"]
        p = f"{line['p']:.1e}" if line["p"] < 0.001 else f"{line['p']:.3f}"
        interval = f"{line['rho']:+.3f} [{line['low']:+.3f}, {line['high']:+.3f}]"
        registered = "+" if look.expected > 0 else "-"
        felt = f"{line['rho_where_felt']:+.2f}"
        rows.append([look.claim, f"`{look.factor}`", registered, interval, p, line["verdict"], felt])
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


def importance_text(profit: Wide) -> str:
    """Return the parameters that move the gain over the baseline most."""
    ranked = importances(profit)
    idle = 100.0 / max(1, len(profit.y) - 1)
    rows = [
        [
            str(line["rank"]),
            f"`{line['parameter']}`",
            f"{100 * line['share']:.1f}",
            *[f"{line[f'rho_{design}']:+.2f}" for design in CHALLENGERS],
            "yes" if line["clear"] else "no",
        ]
        for line in ranked.head(N_IMPORTANT).to_dict("records")
    ]
    return section(
        "What moves the gain over nobody",
        f"""Parameters by their share of the variance, in ranks, of what a design earns over nobody (NPV with customer
        equity): the square of Spearman's rho, mean over the three designs, per cent. A parameter without any influence
        would show about {idle:.2f}. The last column says whether rho can be told from 0 for at least one design after
        Holm's correction for all parameters and designs: so it can for {int(ranked["clear"].sum())} of
        {len(ranked)} parameters. The decision memo lists its assumptions in this order.""",
        table(["rank", "parameter", "share", *[f"rho {design}" for design in CHALLENGERS], "told from 0"], rows),
    )


def drivers_text(profit: Wide) -> str:
    """Return the parameters that go most closely with the lead of each design."""
    lead = leads(profit.y)
    gains: dict[str, Array] = {design: lead[design].to_numpy(dtype=float) for design in DESIGNS}
    gains[f"{ACCOUNTABLE} less {BASELINE}"] = profit.difference(ACCOUNTABLE, BASELINE)
    rows = []
    for name, gain in gains.items():
        found = correlations(profit.x, gain).head(N_DRIVERS)
        pairs = zip(found["parameter"].astype(str), found["rho"].astype(float), strict=True)
        rows.append([name, "; ".join(f"{_short(parameter)} {rho:+.2f}" for parameter, rho in pairs)])
    return section(
        "What wins where",
        """Parameters that go most closely with the margin by which a design beats the best of the others (Spearman's
        rho, strongest first):""",
        table(["margin of", "parameters"], rows),
    )


def thirds_text(profit: Wide) -> str:
    """Return who is profit-best by third of the leading parameters, and by what the rival does."""
    gain = profit.difference(ACCOUNTABLE, BASELINE)
    rows = []
    for name in correlations(profit.x[list(profit.numeric)], gain).head(N_THIRDS)["parameter"].astype(str):
        for third, shares in shares_by_third(profit, name).items():
            rows.append([f"`{name}`" if third == "low" else "", third, *per_cent(shares, 0)])
    for option, shares in shares_by_option(profit, RIVAL).items():
        rows.append([f"`{RIVAL}`", option, *per_cent(shares, 0)])
    lead = """Per cent of environments in which each design is profit-best, by third of the parameters that move the
    advantage of the accountable design most, and by what the rival does:"""
    return "\n\n".join([paragraph(lead), table(["parameter", "third", *DESIGNS], rows)])


def medians_text(profit: Wide) -> str:
    """Return the medians of some parameters where each design is profit-best."""
    rows = [
        [f"`{name}`", *("-" if math.isnan(value) else f"{value:.3g}" for value in medians(profit, name))]
        for name in TELLING
    ]
    lead = "Median of some parameters over all environments, and where each design is profit-best:"
    return "\n\n".join([paragraph(lead), table(["parameter", "all", *DESIGNS], rows)])


def _short(parameter: str) -> str:
    """Return the last parts of a dotted key that still say what it is."""
    return ".".join(parameter.split(".")[-2:])
