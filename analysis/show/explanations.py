"""What explains a comparison: every explanation that pictures and memo draw on, in one bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.explain.bridge import profit_bridge
from analysis.explain.gaps import gap_waterfall
from analysis.explain.handoffs import handoff_losses, journey_losses
from analysis.explain.interrupted import interrupted_series
from analysis.explain.timeline import Timeline, timeline

if TYPE_CHECKING:
    from analysis.company.study import Conditions
    from analysis.company.tuning import CompanyTuning
    from analysis.compare.comparison import Comparison
    from analysis.explain.attribution import Attribution
    from analysis.explain.twins import Switchers

SERIES = ("profit", "mean_satisfaction")
"""Series whose step and slope at the switch are told."""


@dataclass(frozen=True)
class CustomerStory:
    """The story of one customer under two designs, in words and as a picture."""

    text: str
    """What happened, in one sentence or a few."""
    picture: Path | None = None
    """A PNG of it."""


@dataclass(frozen=True)
class FurtherRuns:
    """Explanations that take runs of their own; what was not asked for is empty."""

    attributions: Mapping[str, Attribution] = field(default_factory=dict)
    """By design: :func:`analysis.explain.attribution.attribution`."""
    switchers: Mapping[str, Switchers] = field(default_factory=dict)
    """By design: :func:`analysis.explain.twins.switchers`."""
    stories: Sequence[CustomerStory] = ()
    """Of single switchers, in the order of telling."""


@dataclass(frozen=True)
class Origin:
    """Where a comparison comes from, beyond what its results know."""

    command: str = ""
    """Command that makes the comparison again; empty: one is put together from names and seed."""
    content_hash: str = ""
    """Digest of the whole comparison, as in its manifest; the digests of the designs are known anyway."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Markdown that a user wrote on a scenario, by its name; for those of the project it is found."""


@dataclass(frozen=True)
class CompanyAnalyses:
    """Study and tuning that belong to a comparison, in the money of its company; None where there is none."""

    conditions: Conditions | None = None
    """:func:`analysis.company.study.read_conditions`."""
    tuning: CompanyTuning | None = None
    """:func:`analysis.company.tuning.read_tuning`."""


@dataclass(frozen=True)
class Explanations:
    """What explains a comparison; a part that was not asked for is empty or None."""

    bridges: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """By design: :func:`analysis.explain.bridge.profit_bridge` with the line of equity."""
    gaps: pd.DataFrame | None = None
    """:func:`analysis.explain.gaps.gap_waterfall`."""
    handoffs: pd.DataFrame | None = None
    """:func:`analysis.explain.handoffs.handoff_losses`."""
    journeys: pd.DataFrame | None = None
    """:func:`analysis.explain.handoffs.journey_losses`."""
    timelines: Mapping[str, Timeline] = field(default_factory=dict)
    """By design: :func:`analysis.explain.timeline.timeline`."""
    changes: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """By design: :func:`analysis.explain.interrupted.interrupted_series` of :data:`SERIES`, one below the other."""
    further_runs: FurtherRuns = field(default_factory=FurtherRuns)
    origin: Origin = field(default_factory=Origin)
    company: CompanyAnalyses = field(default_factory=CompanyAnalyses)


def explain(
    comparison: Comparison,
    further_runs: FurtherRuns | None = None,
    origin: Origin | None = None,
    company: CompanyAnalyses | None = None,
) -> Explanations:
    """Explain a comparison from its results.

    Parameters
    ----------
    comparison
        The designs and their baseline.
    further_runs, origin, company
        What results do not hold; by default nothing.

    Raises
    ------
    ResultError
        Replicates of a design are no pairs of the baseline's.
    """
    return Explanations(
        bridges={design: profit_bridge(comparison, design, with_equity=True) for design in comparison.designs},
        gaps=gap_waterfall(comparison),
        handoffs=handoff_losses(comparison),
        journeys=journey_losses(comparison),
        timelines={design: timeline(comparison, design) for design in comparison.designs},
        changes={
            design: pd.concat([interrupted_series(comparison, design, metric) for metric in SERIES])
            for design in comparison.designs
        },
        further_runs=further_runs or FurtherRuns(),
        origin=origin or Origin(),
        company=company or CompanyAnalyses(),
    )
