"""All pictures of a comparison, drawn for what there is to draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.command.numbers import capital
from analysis.compare.deciding import leading_design
from analysis.show.explanations import Findings
from analysis.show.pictures import (
    attribution,
    bridge,
    gap_waterfall,
    handoff_map,
    j_curve,
    loyalty_profit,
    outcomes_over_time,
)

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was drawn."""

    name: str
    sentence: str
    """What it supports; its title."""
    png: Path
    paths: tuple[Path, ...]


def draw_all(comparison: Comparison, findings: Findings, folder: str | Path) -> dict[str, Picture]:
    """Draw every picture there is something to draw for.

    Parameters
    ----------
    comparison
        The designs and their baseline.
    findings
        What explains it.
    folder
        Where PNG and SVG files go; it must exist.

    Returns
    -------
    dict
        By name; bridge and attribution are those of the design with the highest estimate, as far as it was explained.
    """
    folder = Path(folder)
    drawn = {
        loyalty_profit.NAME: _keep(
            loyalty_profit.sentence(comparison), lambda: loyalty_profit.draw(comparison, folder)
        ),
        outcomes_over_time.NAME: _keep(
            outcomes_over_time.sentence(comparison), lambda: outcomes_over_time.draw(comparison, folder)
        ),
    }
    lines = findings.timelines
    if lines:
        drawn[j_curve.NAME] = _keep(
            j_curve.sentence(comparison, lines), lambda: j_curve.draw(comparison, lines, folder)
        )
    leader = leading_design(comparison)
    if leader in findings.bridges:
        frame = findings.bridges[leader]
        words = bridge.sentence(comparison, frame, leader)
        drawn[bridge.NAME] = _keep(words, lambda: bridge.draw(comparison, frame, leader, folder))
    if leader in findings.attributions:
        found = findings.attributions[leader]
        if not found.frame.empty:
            words = attribution.sentence(comparison, found)
            drawn[attribution.NAME] = _keep(words, lambda: attribution.draw(comparison, found, folder))
    return drawn | _departments(comparison, findings, folder)


def _departments(comparison: Comparison, findings: Findings, folder: Path) -> dict[str, Picture]:
    """Draw what concerns departments: gaps and hand-offs."""
    drawn = {}
    gaps, losses = findings.gaps, findings.journeys
    if gaps is not None:
        words = gap_waterfall.sentence(comparison, gaps)
        drawn[gap_waterfall.NAME] = _keep(words, lambda: gap_waterfall.draw(comparison, gaps, folder))
    if losses is not None:
        words = handoff_map.sentence(comparison, losses)
        drawn[handoff_map.NAME] = _keep(words, lambda: handoff_map.draw(comparison, losses, folder))
    return drawn


def _keep(sentence: str, draw: Callable[[], list[Path]]) -> Picture:
    paths = draw()
    return Picture(paths[0].stem, capital(sentence), paths[0], tuple(paths))
