"""The findings of a comparison: every explanation that pictures and memo draw on, in one bundle."""

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
    from analysis.company.tuning import TunedBeside
    from analysis.compare.comparison import Comparison
    from analysis.explain.attribution import Attribution
    from analysis.explain.twins import Switchers

SERIES = ("profit", "mean_satisfaction")
"""Series whose step and slope at the switch are told."""


@dataclass(frozen=True)
class Told:
    """A customer's story that was told and drawn elsewhere."""

    text: str
    """What happened, in one sentence or a few."""
    picture: Path | None = None
    """A PNG of it."""


@dataclass(frozen=True)
class Findings:
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
    attributions: Mapping[str, Attribution] = field(default_factory=dict)
    """By design: :func:`analysis.explain.attribution.attribution`."""
    switchers: Mapping[str, Switchers] = field(default_factory=dict)
    """By design: :func:`analysis.explain.twins.switchers`."""
    stories: Sequence[Told] = ()
    """Stories of single customers, in the order of telling."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Markdown beside a scenario, by its name, for scenarios of the user; those of the project are found."""
    command: str = ""
    """Command that makes the comparison again; empty: one is put together from names and seed."""
    content_hash: str = ""
    """Digest of the whole comparison, as in its manifest; the digests of the designs are known anyway."""
    conditions: Conditions | None = None
    """:func:`analysis.company.study.read_conditions`."""
    tuned: TunedBeside | None = None
    """:func:`analysis.company.tuning.read_beside`."""


def explain(
    comparison: Comparison,
    *,
    attributions: Mapping[str, Attribution] | None = None,
    switchers: Mapping[str, Switchers] | None = None,
    stories: Sequence[Told] = (),
    notes: Mapping[str, str] | None = None,
    command: str = "",
    content_hash: str = "",
    conditions: Conditions | None = None,
    tuned: TunedBeside | None = None,
) -> Findings:
    """Explain a comparison from its results; what takes further runs is passed in.

    Raises
    ------
    ResultError
        Replicates of a design are no pairs of the baseline's.
    """
    return Findings(
        bridges={design: profit_bridge(comparison, design, with_equity=True) for design in comparison.designs},
        gaps=gap_waterfall(comparison),
        handoffs=handoff_losses(comparison),
        journeys=journey_losses(comparison),
        timelines={design: timeline(comparison, design) for design in comparison.designs},
        changes={
            design: pd.concat([interrupted_series(comparison, design, metric) for metric in SERIES])
            for design in comparison.designs
        },
        attributions=attributions or {},
        switchers=switchers or {},
        stories=stories,
        notes=notes or {},
        command=command,
        content_hash=content_hash,
        conditions=conditions,
        tuned=tuned,
    )
