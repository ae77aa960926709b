"""Stories of single customers for the memo, told and drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.compare.deciding import leading_design
from analysis.explain.lives import tell_pair
from analysis.explain.twins import Switchers
from analysis.show.explanations import Told
from analysis.show.story.picture import draw
from analysis.show.story.text import sentence

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison


def tell_stories(comparison: Comparison, found: Mapping[str, Switchers], folder: Path) -> Sequence[Told]:
    """Tell and draw the most representative switchers of the design with the highest estimate.

    Parameters
    ----------
    comparison
        ``request.twins`` says how many.
    found
        From `find_switchers`.
    folder
        Where the pictures go, ``story_1.png`` and so on; it must exist.
    """
    design = leading_design(comparison)
    lives = (comparison.baseline.parameters, comparison.results[design].parameters)
    told = []
    chosen = found[design].representative(comparison.request.twins)
    for number, row in enumerate(chosen.to_dict("records"), start=1):
        pair = tell_pair(*lives, int(row["customer"]), int(row["replicate"]))
        picture = draw(pair, folder, f"story_{number}")[0]
        told.append(Told(f"{sentence(pair)}.", picture))
    return told
