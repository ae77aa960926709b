"""One row of the market as a plain object, for a life that is lived again beside it."""

from __future__ import annotations

from dataclasses import dataclass

from sim.market.kernels.acquisition import NEVER
from sim.market.kernels.rules import Remembering
from sim.market.state import State

TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
"""How far a re-lived number may be from the market's, absolute and relative, by what the market keeps."""

_NUMBERS = (
    "ours", "segment", "region", "value", "personal_satisfaction", "personal_requirement", "frailty", "tenure",
    "satisfaction", "transient", "last_failure", "last_told", "last_told_sign", "information", "message_sum",
)  # fmt: skip


class DisagreementError(RuntimeError):
    """A re-lived life is not the life that the market recorded: one of the two is wrong."""


@dataclass
class Person:
    """One person; the attributes are the columns of :class:`sim.market.state.State`."""

    number: int
    ours: bool
    segment: int
    region: int
    value: float
    personal_satisfaction: float
    personal_requirement: float
    frailty: float
    tenure: int
    satisfaction: float
    transient: float
    last_failure: int
    last_told: int
    last_told_sign: int
    information: float
    message_sum: float
    expectation: list[float]
    contacts: list[int]

    @classmethod
    def of(cls, state: State, number: int) -> Person:
        """Copy one row of the market."""
        values = {name: getattr(state, name)[number].item() for name in _NUMBERS}
        values["ours"] = values["ours"] == 1
        expectation, contacts = state.expectation[:, number].tolist(), state.contacts[:, number].tolist()
        return cls(number=number, expectation=expectation, contacts=contacts, **values)

    @property
    def mean_expectation(self) -> float:
        """Mean expectation over the departments, SD of encounters."""
        return sum(self.expectation) / len(self.expectation)

    def fade(self, rules: Remembering) -> None:
        """Decay transient satisfaction and what was heard by one period."""
        self.transient *= rules.glow_kept
        self.information *= rules.belief_kept
        self.message_sum *= rules.belief_kept

    def leave(self, own_experience_precision: float) -> None:
        """Become an outsider who remembers what we were like."""
        self.ours, self.tenure = False, 0
        self.information = own_experience_precision
        self.message_sum = own_experience_precision * self.mean_expectation

    def join(self, expectation: float, rival_satisfaction: float, frailty: float) -> None:
        """Become a customer who expects what was promised and told."""
        self.ours, self.tenure, self.frailty = True, 0, frailty
        self.expectation = [expectation] * len(self.expectation)
        self.contacts = [0] * len(self.contacts)
        self.satisfaction, self.transient = rival_satisfaction + self.personal_satisfaction, 0.0
        self.last_failure, self.last_told, self.last_told_sign = NEVER, NEVER, 0

    def check(self, state: State, period: int) -> Person:
        """Compare with the row of the market after a period, and return that row: the next period starts from it.

        Raises
        ------
        DisagreementError
            Any column differs by more than :data:`TOLERANCE`; says which and how.
        """
        market = Person.of(state, self.number)
        names = (*_NUMBERS, "expectation", "contacts")
        tolerance = TOLERANCE[state.satisfaction.dtype.name]
        wrong = [name for name in names if not _same(getattr(self, name), getattr(market, name), tolerance)]
        if wrong:
            found = "; ".join(f"{name} {getattr(self, name)}, the market has {getattr(market, name)}" for name in wrong)
            raise DisagreementError(f"person {self.number}, period {period}: re-lived {found}")
        return market


def _same(a: float | list[float], b: float | list[float], tolerance: float) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_same(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if isinstance(a, list) or isinstance(b, list):
        return False
    return abs(a - b) <= tolerance * (1.0 + max(abs(a), abs(b)))
