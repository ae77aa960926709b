"""Publishing of regime studies: ``python -m analysis.maps.findings``.

Writes the pages of the industries, the tables of ``docs/findings.md`` that set them side by side, and the two files of
the package that the memo reads: how often each design is best, and how much each parameter moves the answer.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis.command import glossary as words
from analysis.command.designs import ACCOUNTABLE, BASELINE, DESIGNS
from analysis.command.frame import asks_for_help
from analysis.maps import information, winners
from analysis.maps.hypotheses import LOOKS, Studied, changes, interval, looks, quantities
from analysis.maps.importance import count_winners, importances
from analysis.maps.published import industries, publish
from analysis.maps.published_tables import IMPORTANCE, WINNERS, WON, write
from analysis.maps.table import Wide
from analysis.show.maps.industry_page import IndustryMaps, in_words, work_out, write_industry
from analysis.show.markdown import paragraph, put_between, section, table, write_page
from analysis.store.parts import REVENUE
from sim.ending import answer
from sim.errors import ConfigError
from sim.installation import needed_checkout

COMMAND = "python -m analysis.maps.findings"
MARKS = (f"<!-- written by {COMMAND} -->", "<!-- end of what is written -->")
ADD = "add="
HELP = f"""\
Write the pages of the published regime studies again, and what the memo reads of them.

usage: {COMMAND} [{ADD}FOLDER ...]

  {ADD}FOLDER  publish the study in this folder first: what python -m analysis.study study=regimes industry=NAME left"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return 0 when done, 2 for something the user can put right."""
    return answer(_dispatch, arguments, "interrupted: the same command begins again")


def _dispatch(arguments: list[str]) -> int:
    if asks_for_help(arguments):
        print(HELP)
        return 0
    for argument in arguments:
        if not argument.startswith(ADD):
            raise ConfigError(f"{argument}: not used here; give {ADD}FOLDER")
    pages = needed_checkout(COMMAND) / "docs" / "findings"
    for argument in arguments:
        print(f"published: {publish(Path(argument.removeprefix(ADD)))}")
    found = []
    for name in industries():
        found.append(work_out(name))
        write_industry(found[-1], pages)
        print(pages / f"{name}.md", flush=True)
    page = pages.with_suffix(".md")
    write_page(page, put_between(page.read_text(encoding="utf-8"), MARKS, side_by_side(found)))
    write_for_the_memo({one.industry: one.studied for one in found})
    print(page)
    return 0


def write_for_the_memo(studies: dict[str, Studied], importance: Path = IMPORTANCE, won: Path = WINNERS) -> None:
    """Write what the memo reads of the published studies."""
    ranked = [importances(one.profit).assign(industry=name) for name, one in studies.items()]
    counted = [
        count_winners(dict(zip(WON, (one.profit, one.loyalty), strict=True))).assign(industry=name)
        for name, one in studies.items()
    ]
    write(pd.concat(ranked), importance)
    write(pd.concat(counted), won)


def side_by_side(found: Sequence[IndustryMaps]) -> str:
    """Return everything between the marks of the page."""
    studies = [one.studied for one in found]
    names = [in_words(one.industry) for one in found]
    heads = [words.label(design) for design in DESIGNS]
    return "\n\n".join(
        [
            section(
                "Who wins, industry by industry",
                "Per cent of points at which a design is best, with Wilson's 95 % interval. NPV with customer equity:",
                table(["industry", *heads], _shares(names, [one.profit for one in studies])),
                "NPV alone:",
                table(["industry", *heads], _shares(names, [one.npv for one in studies])),
                "Loyalty, expected yearly retention:",
                table(["industry", *heads], _shares(names, [one.loyalty for one in studies])),
                "Mean gain over having nobody, NPV with customer equity, % of a year's revenue at the start:",
                table(["industry", *heads[1:]], _gains(names, [one.profit for one in studies])),
                """What an accountable officer changes on average against having nobody: money in % of a year's revenue
                at the start, cost to serve in currency per customer and year.""",
                table(["industry", "NPV", "customer equity", "cost to serve"], _parts(names, studies)),
            ),
            section(
                "What moves the answer, industry by industry",
                """The three factors that account for most of the variance, in ranks, of what an accountable officer
                earns over nobody (per cent of it, 95 % interval), and how many of all factors are clear.""",
                table(["industry", "first", "second", "third", "clear"], _movers(found)),
            ),
            section(
                "What it is worth to know, industry by industry",
                "Per cent of a year's revenue, over choosing the design with the best mean.",
                table(["industry", "known before choosing", "worth", "95 % interval"], _worths(found)),
            ),
            section(
                "The seeds' hypotheses in numbers, industry by industry",
                f"""Spearman's rho, in bold where it can be told from nothing at 5 % after {len(LOOKS)} looks in the
                industry. Claims and factors with their intervals are on the pages of the industries.""",
                table(["", "claim", "expected", *names], _verdicts(studies)),
                "Shares and means with 95 % intervals:",
                table(["", "what", *names], _quantities(studies)),
            ),
            paragraph("Pages: " + ", ".join(f"[{in_words(n)}](findings/{n}.md)" for n in (o.industry for o in found)))
            + "\n",
        ]
    )


def _shares(names: Sequence[str], found: Sequence[Wide]) -> list[list[str]]:
    rows = []
    for name, one in zip(names, found, strict=True):
        by_design = winners.best_shares(one).set_index("design").loc[list(DESIGNS)]
        cells = [
            f"{100 * r['share']:.0f} [{100 * r['low']:.0f}, {100 * r['high']:.0f}]" for _, r in by_design.iterrows()
        ]
        rows.append([name, *cells])
    return rows


def _gains(names: Sequence[str], found: Sequence[Wide]) -> list[list[str]]:
    return [
        [name, *(interval(100.0 * one.difference(design, BASELINE)) for design in DESIGNS[1:])]
        for name, one in zip(names, found, strict=True)
    ]


def _parts(names: Sequence[str], studies: Sequence[Studied]) -> list[list[str]]:
    rows = []
    for name, one in zip(names, studies, strict=True):
        shares = one.table.assign(
            **{key: 100.0 * one.table[key] / one.table[REVENUE] for key in ("npv", "customer_equity")}
        )
        found = [changes(shares, key)[ACCOUNTABLE].to_numpy() for key in ("npv", "customer_equity", "cost_to_serve")]
        rows.append([name, *(interval(values) for values in found)])
    return rows


def _movers(found: Sequence[IndustryMaps]) -> list[list[str]]:
    rows = []
    for one in found:
        moved = next(s for s in one.maps.sensitivity if s.a == ACCOUNTABLE)
        first = [
            f"{words.factor(str(r['factor']))} {100 * r['index']:.0f} [{100 * r['low']:.0f}, {100 * r['high']:.0f}]"
            for r in moved.frame.head(3).to_dict("records")
        ]
        rows.append([in_words(one.industry), *first, f"{len(moved.clear)} of {len(moved.frame)}"])
    return rows


def _worths(found: Sequence[IndustryMaps]) -> list[list[str]]:
    rows = []
    for one in found:
        unit = one.maps.found.unit
        shown = information.frame(one.maps.information)
        for r in shown[shown["low"] > 0.0].to_dict("records"):
            span = f"{unit.write(r['low'])} to {unit.write(r['high'])}"
            rows.append([in_words(one.industry), str(r["what"]), unit.write(r["estimate"]), span])
    return rows


def _verdicts(studies: Sequence[Studied]) -> list[list[str]]:
    found = [looks(one.profit) for one in studies]
    rows = []
    for number, look in enumerate(LOOKS):
        lines = [one.iloc[number] for one in found]
        cells = [
            f"{line['rho']:+.3f}" if line["verdict"] == "not told from nothing" else f"**{line['rho']:+.3f}**"
            for line in lines
        ]
        rows.append([look.hypothesis, look.claim, "+" if look.expected > 0 else "-", *cells])
    return rows


def _quantities(studies: Sequence[Studied]) -> list[list[str]]:
    found = [quantities(one) for one in studies]
    return [[*found[0][number][:2], *(one[number][2] for one in found)] for number in range(len(found[0]))]


if __name__ == "__main__":
    sys.exit(main())
