"""What a comparison is asked for: designs, baseline, precision, and what of the explanation to run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from analysis.command.designs import BASELINE, DESIGNS
from analysis.command.reading import checked
from sim.parameters.record import Record, quantity

RATE_SCALE = 0.1
"""Precision and smallest effect of outcomes in shares count by this much in absolute terms: 0.02 is 0.2 points."""


def _switch(meaning: str) -> Any:
    return Field(default=True, description=meaning, json_schema_extra={"unit": "switch", "source": "convention"})


class Request(Record):
    """A comparison of org designs, as it was asked for."""

    scenarios: tuple[str, ...] = Field(
        default=DESIGNS,
        description="Designs to compare, in the order of display, the baseline among them.",
        min_length=2,
        max_length=16,
        json_schema_extra={"unit": "names", "source": "convention"},
    )
    baseline: str = Field(
        default=BASELINE,
        description="Design the others are compared with.",
        json_schema_extra={"unit": "name", "source": "convention"},
    )
    precision: float = quantity(
        0.02, "share of the baseline mean",
        "Half-width of the intervals of the headline differences asked for; a tenth of it in absolute terms for rates.",
        low=1e-5, high=1.0, source="convention",
    )  # fmt: skip
    smallest_effect: float = quantity(
        0.01, "share of the baseline mean",
        "Smallest difference that matters; a tenth of it in absolute terms for rates.",
        low=0.0, high=1.0, source="convention",
    )  # fmt: skip
    min_replicates: int = quantity(
        80, "replicates", "Replicates of each design to begin with.", low=2, high=100_000, source="convention"
    )
    max_replicates: int = quantity(
        160, "replicates", "Replicates of each design at most.", low=2, high=100_000, source="convention"
    )
    confidence: float = quantity(
        0.95, "probability", "Coverage of the intervals; the rest is the accepted chance of any false verdict.",
        low=0.5, high=0.999, source="convention",
    )  # fmt: skip
    attribution: bool = _switch("Attribute the differences to the levers moved.")
    attribution_customers: int = quantity(
        2000, "persons", "Persons in the market of the runs for the attribution.", low=100, high=10_000_000
    )
    attribution_replicates: int = quantity(
        20, "replicates", "Replicates of the runs for the attribution.", low=2, high=100_000
    )
    twins: int = quantity(
        3, "customers", "Customers who stay or leave by design that the memo tells of.", low=0, high=20
    )
    memo: bool = _switch("Write the memo.")

    @model_validator(mode="before")
    @classmethod
    def _begin_with_no_more_than_the_most(cls, values: Any) -> Any:
        """Let whoever sets the most replicates alone begin with no more than them."""
        if not isinstance(values, dict) or "min_replicates" in values:
            return values
        most, usual = values.get("max_replicates"), cls.model_fields["min_replicates"].default
        return {**values, "min_replicates": most} if isinstance(most, int) and 2 <= most < usual else values

    @model_validator(mode="after")
    def _check(self) -> Request:
        names = self.scenarios
        twice = [name for number, name in enumerate(names) if name in names[:number]]
        if twice:
            raise ValueError(f"scenarios: {twice[0]} is given twice")
        if self.baseline not in names:
            listed = ", ".join(names)
            raise ValueError(f"baseline: {self.baseline} is not among the scenarios compared; choose from {listed}")
        if self.max_replicates < self.min_replicates:
            pair = f"{self.max_replicates} is below min_replicates={self.min_replicates}"
            raise ValueError(f"max_replicates: {pair}")
        return self

    @property
    def level(self) -> float:
        """Accepted chance of any false verdict."""
        return 1.0 - self.confidence

    @property
    def designs(self) -> list[str]:
        """The scenarios without the baseline, in the order of display."""
        return [name for name in self.scenarios if name != self.baseline]

    def asked_half_width(self, unit: str, baseline_mean: float) -> float:
        """Return the half-width asked for an outcome, in its unit."""
        return self.precision * scale_of_effect(unit, baseline_mean)

    def effect_that_matters(self, unit: str, baseline_mean: float) -> float:
        """Return the smallest difference of an outcome that matters, in its unit."""
        return self.smallest_effect * scale_of_effect(unit, baseline_mean)


def scale_of_effect(unit: str, baseline_mean: float) -> float:
    """Return what shares of an outcome are shares of: its mean in the baseline, or a tenth of the whole for rates.

    >>> scale_of_effect("currency", -200.0), scale_of_effect("share of encounters", 0.05)
    (200.0, 0.1)
    """
    return RATE_SCALE if unit.split(" ")[0] == "share" else abs(baseline_mean)


def make_request(values: Mapping[str, Any]) -> Request:
    """Validate a request.

    Raises
    ------
    ConfigError
        A key does not exist, or a value is of the wrong type, out of range or at odds with another; one line says
        which, and what would do.
    """
    return checked(Request, values)
