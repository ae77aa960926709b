"""The findings of a comparison: every explanation that pictures and memo draw on, in one bundle."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.verdicts import find
from analysis.why.bridge import profit_bridge
from analysis.why.gaps import gap_waterfall
from analysis.why.handoffs import handoff_losses, journey_losses
from analysis.why.interrupted import interrupted_series
from analysis.why.timeline import Timeline, timeline

if TYPE_CHECKING:
    from analysis.comparison import Comparison
    from analysis.conditions import Conditions
    from analysis.tuned_beside import TunedBeside
    from analysis.twins import Switchers
    from analysis.why.attribution import Attribution

DECIDES = "npv_with_equity"
"""The profit the memo decides by; the other stands beside it everywhere."""
OTHER = "npv"
PROFITS = (DECIDES, OTHER)
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
    """By design: :func:`analysis.why.bridge.profit_bridge` with the line of equity."""
    gaps: pd.DataFrame | None = None
    """:func:`analysis.why.gaps.gap_waterfall`."""
    handoffs: pd.DataFrame | None = None
    """:func:`analysis.why.handoffs.handoff_losses`."""
    journeys: pd.DataFrame | None = None
    """:func:`analysis.why.handoffs.journey_losses`."""
    timelines: Mapping[str, Timeline] = field(default_factory=dict)
    """By design: :func:`analysis.why.timeline.timeline`."""
    changes: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """By design: :func:`analysis.why.interrupted.interrupted_series` of :data:`SERIES`, one below the other."""
    attributions: Mapping[str, Attribution] = field(default_factory=dict)
    """By design: :func:`analysis.why.attribution.attribution`."""
    switchers: Mapping[str, Switchers] = field(default_factory=dict)
    """By design: :func:`analysis.twins.switchers`."""
    stories: Sequence[Told] = ()
    """Stories of single customers, in the order of telling."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Markdown beside a scenario, by its name, for scenarios of the user; those of the project are found."""
    command: str = ""
    """Command that makes the comparison again; empty: one is put together from names and seed."""
    content_hash: str = ""
    """Digest of the whole comparison, as in its manifest; the digests of the designs are known anyway."""
    conditions: Conditions | None = None
    """:func:`analysis.conditions.read_conditions`."""
    tuned: TunedBeside | None = None
    """:func:`analysis.tuned_beside.read_beside`."""


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


def leading_design(comparison: Comparison, outcome: str = DECIDES) -> str:
    """Return the design other than the baseline whose estimate is highest; the first of equals."""
    found = {design: find(comparison, design, outcome) for design in comparison.designs}
    estimates = {design: one.difference for design, one in found.items() if one and math.isfinite(one.difference)}
    return max(estimates, key=estimates.__getitem__) if estimates else comparison.designs[0]
