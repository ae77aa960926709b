"""What a study is asked for: design, points, seeds and scenarios."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from analysis.study.points import SEEDS_PER_POINT
from sim.parameters.record import Record, quantity, text

CHOICE: dict[str, Any] = {"unit": "choice", "source": "convention"}


class StudyRequest(Record):
    """A study, as it was asked for; the file ``conf/study/NAME.yaml`` holds its values."""

    title: str = text("", "One line that says what the study is for.")
    design: Literal["grid", "latin_hypercube", "sobol", "morris", "saltelli", "csv"] = Field(
        default="sobol", description="How points are laid over the factors.", json_schema_extra=CHOICE
    )
    points: int = quantity(
        100, "points",
        "Points of the design; of morris trajectories, of saltelli base points; a grid has levels instead, a file "
        "its lines (0 for all).",
        low=0, high=1_000_000, source="convention",
    )  # fmt: skip
    levels: int = quantity(
        3, "values", "Values of each factor of a grid, ends included.", low=2, high=1_000, source="convention"
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
        default=("no_cxo", "responsible_cxo", "accountable_cxo", "ceo_as_cxm"),
        description="Designs of the organisation that run at every point.",
        min_length=1,
        max_length=16,
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

    @model_validator(mode="after")
    def _check(self) -> StudyRequest:
        twice = [name for number, name in enumerate(self.scenarios) if name in self.scenarios[:number]]
        if twice:
            raise ValueError(f"scenarios: {twice[0]} is given twice")
        if self.design == "csv" and not self.file:
            raise ValueError("file: missing; design=csv takes its points from file=PATH")
        if self.design not in ("grid", "csv") and self.points < 1:
            raise ValueError("points: 0 is below 1")
        return self
