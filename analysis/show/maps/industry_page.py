"""The page of one published regime study, ``docs/findings/INDUSTRY.md``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analysis.command import glossary as words
from analysis.command.designs import ACCOUNTABLE, BASELINE
from analysis.maps import regret, sensitivity, winners
from analysis.maps.hypotheses import Studied, looks, quantities
from analysis.maps.outcome_maps import Maps, analyse
from analysis.maps.published import read_published
from analysis.show.maps import breakeven_picture, regret_picture, report, sensitivity_picture, winners_picture
from analysis.show.maps.hypotheses_tables import gaps_table, looks_table
from analysis.show.markdown import paragraph, section, table, write_page


@dataclass(frozen=True)
class IndustryMaps:
    """Everything that is worked out of the study of one industry."""

    industry: str
    studied: Studied
    maps: Maps


def work_out(industry: str) -> IndustryMaps:
    """Work out everything that is said of an industry; about half a minute."""
    studied = Studied.of(read_published(industry))
    return IndustryMaps(industry, studied, analyse(studied.profit))


def page(found: IndustryMaps) -> str:
    """Return the page."""
    name, studied = found.industry, found.studied
    n_seeds = studied.table["seed"].nunique()
    return (
        "\n\n".join(
            [
                f"# Which design is best where: {in_words(name)}",
                paragraph(
                    f"Written by `python -m analysis.maps.findings` from `{name}.parquet`, what `python -m "
                    f"analysis.study study=regimes points={len(studied.profit.y)} seeds={n_seeds} industry={name} "
                    "population.n_customers=2000` left. Every parameter with a plausible range varies at once over "
                    "that range, which is the same for all industries (../regimes_ranges.csv); departments, journeys "
                    "and segments are those of the industry. What it means is in [findings.md](../findings.md). "
                    "Intervals are 95 %."
                ),
                "## Profit: NPV with customer equity",
                report.lead(found.maps),
                report.summary(found.maps, level=3, pictures=False),
                f"![Which design is best]({name}_winners.png)",
                f"![Where each design breaks even with having nobody]({name}_break_even.png)",
                section("Loyalty: expected yearly retention", *_loyalty(studied)),
                section(
                    "Hypotheses in numbers",
                    """Spearman's rho of a factor with the difference in NPV with customer equity of two designs, over
                    the year's revenue. Claims are in our words; the factor is what the sweep has that comes
                    nearest.""",
                    looks_table(looks(studied.profit)),
                    table(["", "what", "value"], [list(row) for row in quantities(studied)]),
                ),
                section(
                    "Gaps",
                    """What each design changes against having nobody in the last year, thousandths of an SD of
                    encounters, mean over points (H8). Gaps have signs: what is required less what is believed, believed
                    less specified, specified less delivered, delivered less perceived, promised less delivered. Where
                    more is delivered than specified the gap is below zero.""",
                    gaps_table(studied.table),
                ),
            ]
        )
        + "\n"
    )


def write_industry(found: IndustryMaps, folder: Path) -> None:
    """Write the page of an industry and its pictures."""
    for path in (
        *winners_picture.draw(found.maps.winners, folder, f"{found.industry}_winners"),
        *breakeven_picture.draw(found.maps.break_even, folder, f"{found.industry}_break_even"),
    ):
        if path.suffix != ".png":
            path.unlink()
    write_page(folder / f"{found.industry}.md", page(found))


def in_words(industry: str) -> str:
    """Return an industry as a sentence names it.

    >>> in_words("retail_bank")
    'retail bank'
    """
    return industry.replace("_", " ").replace("ecommerce", "e-commerce")


def _loyalty(studied: Studied) -> list[str]:
    rows = [
        [words.label(str(r["design"])), f"{100 * r['share']:.1f} [{100 * r['low']:.1f}, {100 * r['high']:.1f}]"]
        for r in winners.best_shares(studied.loyalty).to_dict("records")
    ]
    return [
        table(["design", "best at % of points, 95 % interval"], rows),
        sensitivity_picture.sentence(sensitivity.sensitivity(studied.loyalty, ACCOUNTABLE, BASELINE)),
        regret_picture.sentence(regret.regret(studied.loyalty)),
    ]
