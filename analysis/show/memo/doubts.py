"""What would change our mind: verdicts still open, the distance to break-even, and what the designs' stories say."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import sim
from analysis.command.numbers import MISSING, Scale, plain_text, scale_of, write_estimate, write_interval
from analysis.compare.deciding import PROFITS
from analysis.compare.verdicts import Finding
from analysis.explain.equity import EquityShare, equity_share
from analysis.show.claims import change_scale, quote
from analysis.show.memo.content import Block, Bullets, Cell, Paragraph, Section, make_table
from analysis.show.memo.elsewhere import in_other_environments
from analysis.show.memo.ranking import order_of_best
from analysis.show.memo.results import replicates
from sim.comparison import difference
from sim.errors import UserError

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison
    from analysis.compare.verdicts import Verdicts
    from sim.parameters import Governance

HEADING = "What would change our mind"
BREAK_EVEN = (
    "How far each design is from break-even: the difference as a share of the baseline's value; how much of the "
    "customer equity it adds must come true for it to earn as much as the baseline; and what each unit of money spent "
    "on governing (office, initiatives, influence, distraction, incentive pay) returns net within the horizon, 0 being "
    "break-even. Shares and returns with their 95 % intervals."
)


def doubts_section(verdicts: Verdicts, notes: Mapping[str, str]) -> Section:
    """Return what would change the answer."""
    blocks: list[Block] = [Paragraph(BREAK_EVEN), break_even(verdicts)]
    points = [*open_verdicts(verdicts), *order_of_best(verdicts), *in_other_environments(verdicts)]
    if points:
        blocks.append(Bullets(tuple(points)))
    for name in (verdicts.baseline, *verdicts.designs):
        reasons = bullets_under(notes.get(name) or own_story(verdicts.comparison, name), HEADING)
        if reasons:
            head = f"Seen in the field, this would change our mind about {quote(verdicts.titles[name])}:"
            blocks += [Paragraph(head), Bullets(tuple(reasons))]
    return Section(HEADING, tuple(blocks))


def open_verdicts(verdicts: Verdicts) -> list[str]:
    """Say which headline verdicts are open, and whether more replicates would help."""
    names, points, short = verdicts.names, [], 0
    for outcome in verdicts.headline:
        undecided = [one for one in verdicts.on(outcome) if not one.decided]
        short += sum(one.replicates_needed > one.n_replicates for one in undecided)
        if undecided:
            scale = change_scale(verdicts, outcome)
            estimates = [write_estimate(one.difference, one.low, one.high, scale) for one in undecided]
            parts = [
                f"{quote(names[one.design])}, {estimate}{_more_runs(one)}"
                for one, estimate in zip(undecided, estimates, strict=True)
            ]
            points.append(f"Cannot tell yet, {undecided[0].title.lower()}: {'; '.join(parts)}.")
    if points and not short:
        points.append("All of these are as precise as was asked; further replicates would narrow them only slowly.")
    return points


def _more_runs(finding: Finding) -> str:
    """Say how many replicates the precision asked takes, where those run are too few."""
    needed = finding.replicates_needed
    if not math.isfinite(needed) or needed <= finding.n_replicates:
        return ""
    return f" (the precision asked takes about {replicates(needed)} replicates, {finding.n_replicates} were run)"


def break_even(verdicts: Verdicts) -> Block:
    """Say how far each design is from break-even on both profits, and what governing returns within the horizon."""
    comparison = verdicts.comparison
    rows: list[list[str | Cell]] = []
    for design in verdicts.designs:
        spent = difference(comparison.results[design], comparison.baseline)
        scale = scale_of("ratio", "", ())
        interval = write_interval(spent.roi_low, spent.roi_high, scale, signed=True)
        roi = Cell((scale.bare(spent.roi, signed=True), *([interval] if interval else [])))
        distances = [_distance(verdicts, design, outcome) for outcome in PROFITS]
        rows.append([verdicts.names[design], *distances, _equity(equity_share(comparison, design)), roi])
    head = (
        "Distance to break-even",
        "NPV plus customer equity",
        "NPV over the horizon",
        "Equity that must come true",
        "Net return on governing spend",
    )
    return make_table(head, rows)


def _distance(verdicts: Verdicts, design: str, outcome: str) -> Cell:
    """Say how far from zero a profit is, as a share of the baseline's, and whether the interval reaches zero."""
    finding, base = verdicts.find(design, outcome), verdicts.find(verdicts.baseline, outcome)
    if finding is None or base is None or not math.isfinite(finding.difference) or not base.mean:
        return Cell((MISSING,))
    scale = scale_of("share", "", (1.0,))
    share = scale.full(finding.difference / abs(base.mean), signed=True)
    if not math.isfinite(finding.low):
        return Cell((share,))
    return Cell((share, f"zero is {'outside' if finding.excludes_zero else 'inside'} the interval"))


def _equity(found: EquityShare) -> Cell:
    """Write the share of the added equity at which a design breaks even."""
    if math.isnan(found.share):
        return Cell(("adds none for certain",))
    scale = Scale(100.0, 0, "", " %")
    interval = write_interval(max(0.0, found.low), found.high, scale) if math.isfinite(found.low) else ""
    if found.share <= 0.0:
        return Cell(("none", *([f"up to {scale.full(found.high)}"] if found.high > 0.0 else [])))
    if found.share > 1.0:
        return Cell(("more than all", *([interval] if interval else [])))
    return Cell((scale.full(found.share), *([interval] if interval else [])))


def own_story(comparison: Comparison, name: str) -> str:
    """Return the story of a design of the project, empty for a design that only bears its name."""
    levers, text = _published(name)
    return text if levers == comparison.results[name].parameters.governance else ""


@cache
def _published(name: str) -> tuple[Governance | None, str]:
    """Return levers and story of a design of the project, None and nothing where there is none of that name."""
    try:
        levers = sim.compose(f"scenario={name}").governance
        return levers, (resources.files("scenarios") / f"{name}.md").read_text(encoding="utf-8")
    except (UserError, OSError):
        return None, ""


def bullets_under(markdown: str, heading: str) -> list[str]:
    r"""Return the bullets under a heading of Markdown, as plain text.

    >>> bullets_under("# A\n* no\n## What would change our mind\n* **yes**, and\n  more\n* `x`\n## B\n* no", HEADING)
    ['yes, and more', 'x']
    """
    found: list[str] = []
    inside = False
    for line in markdown.splitlines():
        if line.startswith("#"):
            inside = line.strip("# ").strip().lower() == heading.lower()
        elif inside and (start := re.match(r"\s{0,3}[*+-]\s+(.*)", line)):
            found.append(start[1])
        elif inside and found and line.strip():
            found[-1] += f" {line.strip()}"
    return [plain_text(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"\*\*|`", "", text))) for text in found]
