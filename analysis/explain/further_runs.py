"""What takes runs of its own to explain a comparison: corners of levers, and the lives of single customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.explain.attribution import Attribution, attribution, plan_of
from analysis.explain.corners import tasks_of
from analysis.explain.twins import Switchers, switchers

if TYPE_CHECKING:
    from analysis.compare.comparison import Comparison
    from analysis.compare.replication import Watcher
    from analysis.store.replicates import Store


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
