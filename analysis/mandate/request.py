"""What a tuning is asked for: designs, outcome, trials, and the seeds to tune and to judge on."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from analysis.command.designs import DESIGNS
from sim.config.keys import nearest_name
from sim.outcomes import OUTCOMES
from sim.parameters.record import Record, quantity, text

FIRST_HELD_OUT = 100_000
"""Number of the first replicate that judges: beyond all that tune, so that more of these never reach those."""


class TunedRequest(Record):
    """A tuning, as it was asked for."""

    scenarios: tuple[str, ...] = Field(
        default=DESIGNS,
        description="Designs to tune and to compare, in the order of display.",
        min_length=2,
        max_length=16,
        json_schema_extra={"unit": "names", "source": "convention"},
    )
    outcome: str = text("npv_with_equity", "Outcome to tune for; one of which more is better.")
    trials: int = quantity(
        100, "trials", "Settings tried of each design that has free levers, the preset first.",
        low=1, high=100_000, source="convention",
    )  # fmt: skip
    batch: int = quantity(
        8, "trials", "Trials of a design that are chosen before the results of any of them are known.",
        low=1, high=1_000, source="convention",
    )  # fmt: skip
    training_seeds: int = quantity(
        12, "seeds", "Seeds of every trial; all trials and designs meet the same.", low=2, high=FIRST_HELD_OUT
    )
    held_out_seeds: int = quantity(
        40, "seeds", "Seeds on which presets and tuned designs are judged; none of them tuned.", low=2, high=100_000
    )
    search_seed: int = quantity(
        1, "integer", "Seed of the search, apart from the luck of the runs.", low=0, high=2**32 - 1, source="convention"
    )

    @model_validator(mode="after")
    def _check(self) -> TunedRequest:
        twice = [name for number, name in enumerate(self.scenarios) if name in self.scenarios[:number]]
        if twice:
            raise ValueError(f"scenarios: {twice[0]} is given twice")
        wanted = [name for name, declared in OUTCOMES.items() if declared.direction == "more"]
        if self.outcome in OUTCOMES and self.outcome not in wanted:
            raise ValueError(f"outcome: more of {self.outcome} is not better; choose from {', '.join(wanted)}")
        if self.outcome not in OUTCOMES:
            near: Any = nearest_name(self.outcome, wanted)
            hint = f"did you mean {near}?" if near else f"choose from {', '.join(wanted)}"
            raise ValueError(f"outcome: no outcome {self.outcome}; {hint}")
        return self

    @property
    def training(self) -> range:
        """Numbers of the replicates that tune."""
        return range(self.training_seeds)

    @property
    def held_out(self) -> range:
        """Numbers of the replicates that judge."""
        return range(FIRST_HELD_OUT, FIRST_HELD_OUT + self.held_out_seeds)
