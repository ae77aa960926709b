"""What a study is asked for: design, points, seeds and scenarios."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from analysis.command.designs import DESIGNS
from analysis.study.points import SEEDS_PER_POINT
from sim.parameters.record import Record, quantity, text

SCENARIO = "scenario"
"""Key of a variant that names where it starts from."""
CHOICE: dict[str, Any] = {"unit": "choice", "source": "convention"}


class StudyRequest(Record):
    """A study, as it was asked for; the file ``conf/study/NAME.yaml`` holds its values."""

    title: str = text("", "One line that says what the study is for.")
    design: Literal["grid", "one_at_a_time", "latin_hypercube", "sobol", "morris", "saltelli", "csv"] = Field(
        default="sobol", description="How points are laid over the factors.", json_schema_extra=CHOICE
    )
    points: int = quantity(
        100, "points",
        "Points of the design; of morris trajectories, of saltelli base points; a grid and one_at_a_time have levels "
        "instead, a file its lines (0 for all).",
        low=0, high=1_000_000, source="convention",
    )  # fmt: skip
    levels: int = quantity(
        3,
        "values",
        "Values of each factor of a grid or of one_at_a_time, ends included.",
        low=2,
        high=1_000,
        source="convention",
    )
    seeds: int = quantity(
        1,
        "seeds",
        "Seeds at each point; all scenarios meet the same.",
        low=1,
        high=SEEDS_PER_POINT,
        source="convention",
    )
    scenarios: tuple[str, ...] = Field(
        default=DESIGNS,
        description="Designs of the organisation that run at every point.",
        min_length=1,
        max_length=16,
        json_schema_extra={"unit": "names", "source": "convention"},
    )
    variants: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="Further designs by name: the scenario they start from, and levers (governance.KEY) they change.",
        json_schema_extra={"unit": "names", "source": "convention"},
    )
    luck: Literal["own", "common"] = Field(
        default="own",
        description="Whether each point has seeds of its own or all share theirs.",
        json_schema_extra=CHOICE,
    )
    factors: Any = Field(
        default="ranges",
        description="What varies: ranges (every plausible range there is), a list of keys, or keys with [low,high].",
        json_schema_extra={"unit": "keys", "source": "convention"},
    )
    file: str = text("", "CSV of points for design=csv: one column per key, one line per point.")
    fixed: dict[str, Any] = Field(
        default_factory=dict,
        description="Keys that have this value at every point, also where they are factors.",
        json_schema_extra={"unit": "keys", "source": "convention"},
    )
    settings: dict[str, Any] = Field(
        default_factory=dict,
        description="Keys of the simulator that all points share; the command line comes after them.",
        json_schema_extra={"unit": "keys", "source": "convention"},
    )
    action: Literal["run", "estimate", "gather"] = Field(
        default="run",
        description="Run what is missing; or only say how long it takes; or write the table of what is there.",
        json_schema_extra=CHOICE,
    )

    @property
    def designs(self) -> tuple[str, ...]:
        """Names of all designs that run at every point, the variants last."""
        return (*self.scenarios, *self.variants)

    @model_validator(mode="after")
    def _check(self) -> StudyRequest:
        twice = [name for number, name in enumerate(self.designs) if name in self.designs[:number]]
        if twice:
            raise ValueError(f"scenarios: {twice[0]} is given twice")
        if self.design == "csv" and not self.file:
            raise ValueError("file: missing; design=csv takes its points from file=PATH")
        unnamed = [name for name, values in self.variants.items() if not values.get(SCENARIO)]
        if unnamed:
            raise ValueError(f"variants.{unnamed[0]}: scenario: missing; name the scenario it starts from")
        if self.design not in ("grid", "one_at_a_time", "csv") and self.points < 1:
            raise ValueError("points: 0 is below 1")
        return self
