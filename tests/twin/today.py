"""What every customer can look up during one period."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.market.offer import Offer
from tests.twin.luck import Luck
from tests.twin.rules import Rules
from tests.twin.tally import Tally


@dataclass
class Today:
    """One period: its rules, luck, offer, number, and the tally being kept."""

    rules: Rules
    luck: Luck
    offer: Offer
    period: int
    tally: Tally
    tellers: set[int] = field(default_factory=set)
    """Numbers of the customers who told at least one neighbour."""
