"""Stories of single customers for the memo, told and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.explain.lives import tell_pair
from analysis.show.explanations import CustomerStory
from analysis.show.story.picture import draw
from analysis.show.story.text import sentence

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison
    from analysis.explain.twins import Switchers


def tell_stories(comparison: Comparison, switchers: Switchers, folder: Path) -> list[CustomerStory]:
    """Tell and draw the most representative switchers of one design.

    Parameters
    ----------
    comparison
        ``request.twins`` says how many.
    switchers
        Of the design.
    folder
        Where the pictures go, ``story_1.png`` and so on; it must exist.
    """
    parameters = (comparison.baseline.parameters, comparison.results[switchers.design].parameters)
    stories = []
    chosen = switchers.representative(comparison.request.twins)
    for number, row in enumerate(chosen.to_dict("records"), start=1):
        pair = tell_pair(*parameters, int(row["customer"]), int(row["replicate"]))
        picture = draw(pair, folder, f"story_{number}")[0]
        stories.append(CustomerStory(f"{sentence(pair)}.", picture))
    return stories
