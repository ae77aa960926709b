"""All pictures of a comparison, drawn for what there is to draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.command.numbers import capital
from analysis.show.explanations import Explanations
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
    from analysis.compare.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was drawn."""

    name: str
    sentence: str
    """What it supports; its title."""
    png: Path
    paths: tuple[Path, ...]


def draw_all(verdicts: Verdicts, explanations: Explanations, folder: str | Path) -> dict[str, Picture]:
    """Draw every picture there is something to draw for.

    Parameters
    ----------
    verdicts
        The designs and their baseline.
    explanations
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
        loyalty_profit.NAME: _keep(loyalty_profit.sentence(verdicts), lambda: loyalty_profit.draw(verdicts, folder)),
        outcomes_over_time.NAME: _keep(
            outcomes_over_time.sentence(verdicts), lambda: outcomes_over_time.draw(verdicts, folder)
        ),
    }
    lines = explanations.timelines
    if lines:
        drawn[j_curve.NAME] = _keep(j_curve.sentence(verdicts, lines), lambda: j_curve.draw(verdicts, lines, folder))
    leader = verdicts.leader()
    if leader in explanations.bridges:
        frame = explanations.bridges[leader]
        words = bridge.sentence(verdicts, frame, leader)
        drawn[bridge.NAME] = _keep(words, lambda: bridge.draw(verdicts, frame, leader, folder))
    if leader in explanations.further_runs.attributions:
        found = explanations.further_runs.attributions[leader]
        if not found.frame.empty:
            words = attribution.sentence(verdicts, found)
            drawn[attribution.NAME] = _keep(words, lambda: attribution.draw(verdicts, found, folder))
    return drawn | _departments(verdicts, explanations, folder)


def _departments(verdicts: Verdicts, explanations: Explanations, folder: Path) -> dict[str, Picture]:
    """Draw what concerns departments: gaps and hand-offs."""
    drawn = {}
    gaps, losses = explanations.gaps, explanations.journeys
    if gaps is not None:
        words = gap_waterfall.sentence(verdicts, gaps)
        drawn[gap_waterfall.NAME] = _keep(words, lambda: gap_waterfall.draw(verdicts, gaps, folder))
    if losses is not None:
        words = handoff_map.sentence(verdicts, losses)
        drawn[handoff_map.NAME] = _keep(words, lambda: handoff_map.draw(verdicts, losses, folder))
    return drawn


def _keep(sentence: str, draw: Callable[[], list[Path]]) -> Picture:
    paths = draw()
    return Picture(paths[0].stem, capital(sentence), paths[0], tuple(paths))
