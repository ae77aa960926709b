"""What takes runs of its own to explain a comparison: corners of levers, and the lives of single customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.findings import Told, leading_design
from analysis.stories.pair import tell_pair
from analysis.stories.picture import draw
from analysis.stories.text import sentence
from analysis.twins import Switchers, switchers
from analysis.why.attribution import Attribution, attribution, plan_of
from analysis.why.corners import tasks_of

if TYPE_CHECKING:
    from analysis.comparison import Comparison
    from analysis.replication import Watcher
    from analysis.store import Store


def attribute_all(comparison: Comparison, store: Store, watcher: Watcher | None = None) -> dict[str, Attribution]:
    """Attribute the difference of every design to the levers moved.

    Corners of all designs are run on one pool of processes; those run before are looked up.

    Parameters
    ----------
    comparison
        What is to be explained.
    store
        Keeps the outcomes of corners.
    watcher
        Told about progress.

    Raises
    ------
    ResultError
        The store cannot be written, or a design differs from the baseline in more than its levers.
    """
    n_designs = len(comparison.designs)
    note = f"levers of {n_designs} designs" if n_designs > 1 else f"levers of {comparison.designs[0]}"

    def tell(done: int, total: int) -> None:
        """Tell the bar of one more run finished, and of those still to do."""
        if watcher is not None:
            watcher.plan(total - done + 1, note)
            watcher.advance(1)

    store.fill(tasks_of([plan_of(comparison, design) for design in comparison.designs]), tell)
    return {design: attribution(comparison, design, simulate=store.simulate) for design in comparison.designs}


def find_switchers(comparison: Comparison) -> dict[str, Switchers]:
    """Find, for every design, the customers whom it makes stay or leave.

    Raises
    ------
    ResultError
        No customers were kept.
    """
    return {design: switchers(comparison, design) for design in comparison.designs}


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
