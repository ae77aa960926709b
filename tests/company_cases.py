"""A status quo of three departments in round numbers, written down rather than solved, and luck that can be read."""

from __future__ import annotations

import numpy as np

from sim.organisation.contracts import Contract, Response
from sim.organisation.practices import Spread
from sim.organisation.status_quo import Reference, StatusQuo
from sim.streams import Stream

HALF_IN_A_YEAR = 1.0 / np.log(2.0)
"""Time constant, years, of what covers half of the way in a year."""


def round_status_quo() -> StatusQuo:
    """Return a status quo that follows from no parameters."""
    return StatusQuo(
        contract=Contract(1.0, 0.05, 0.0, 0.1),
        response=Response(0.8, 0.2, 0.03),
        information=0.3,
        talk=0.2,
        over_promise=0.15,
        spread=Spread(0.04, 0.06),
        handoff_failure=np.full((3, 3), 0.02) - np.diag(np.full(3, 0.02)),
        departments=(
            Reference(0.5, 0.3, 0.2, 1.1, 0.1, 1.25),
            Reference(0.6, 0.4, 0.3, 0.9, 0.0, 1.0),
            Reference(0.7, 0.2, 0.1, 0.8, 0.0, 1.5),
        ),
    )


class PlainLuck:
    """Draws that tell what they were asked for: stream, entity, period and number in four digits."""

    def __init__(self, uniform: float = 0.5) -> None:
        self._uniform = uniform

    def normal(self, stream: Stream, entity: int = 0, period: int = 0, draw: int = 0) -> float:
        return int(stream) + 0.1 * entity + 0.01 * period + 0.001 * draw

    def uniform(self, stream: Stream, entity: int = 0, period: int = 0, draw: int = 0) -> float:
        return self._uniform
