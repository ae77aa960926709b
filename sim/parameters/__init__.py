"""Every parameter of the simulator, as frozen records: one file per config group."""

from __future__ import annotations

from pydantic import Field, model_validator

from sim.parameters.experience import Experience, Journey, Step
from sim.parameters.finance import Finance
from sim.parameters.governance import Governance
from sim.parameters.market import Calibration, Market
from sim.parameters.organisation import Department, Organisation
from sim.parameters.population import CHANNELS, Population, Segment
from sim.parameters.record import Record, exactly, text
from sim.parameters.run import Run
from sim.parameters.time import Time

__all__ = ["CHANNELS", "Calibration", "Department", "Experience", "Finance", "Governance", "Journey", "Label", "Market", "Organisation", "Parameters", "Population", "Record", "Run", "Segment", "Step", "Time"]


class Label(Record):
    """What a scenario or an industry is called."""

    name: str = text("custom", "Name of the file it was read from.", pattern=r"^[A-Za-z0-9_.\-]{1,60}$")
    title: str = text("", "One line that says what it is.")


class Parameters(Record):
    """All parameters of one run, validated together."""

    scenario: Label = Label()
    industry: Label = Label()
    population: Population = Population()
    market: Market = Market()
    experience: Experience = Experience()
    journeys: dict[str, Journey] = Field(
        default_factory=lambda: {"purchase": Journey(rate_per_year=3.0, steps=(Step(department="sales"), Step(department="operations"), Step(department="support")))},
        description="The journeys customers make, by name.",
        json_schema_extra={"unit": "records", "source": "industry preset"},
    )
    organisation: Organisation = Organisation()
    governance: Governance = Governance()
    status_quo: Governance = Governance()
    finance: Finance = Finance()
    time: Time = Time()
    run: Run = Run()

    @model_validator(mode="after")
    def _check(self) -> Parameters:
        if not 1 <= len(self.journeys) <= 16:
            raise ValueError(f"journeys: 1 to 16 journeys, given {len(self.journeys)}")
        self._check_departments()
        self._check_journey_rates()
        return self

    def _check_departments(self) -> None:
        """Check that journeys visit departments there are, and every department."""
        departments = self.organisation.departments
        for name, journey in self.journeys.items():
            for number, step in enumerate(journey.steps):
                if step.department not in departments:
                    raise ValueError(f"journeys.{name}.steps.{number}.department: unknown department {step.department!r}; choose from {', '.join(departments)}")
        visited = {step.department for journey in self.journeys.values() for step in journey.steps}
        for name in departments:
            if name not in visited:
                raise ValueError(f"organisation.departments.{name}: no journey visits this department")

    def _check_journey_rates(self) -> None:
        """Check that segments name journeys there are, and that a period holds a manageable number of them."""
        for name, segment in self.population.segments.items():
            for journey_name, rate in segment.journey_rates.items():
                if journey_name not in self.journeys:
                    raise ValueError(f"population.segments.{name}.journey_rates: unknown journey {journey_name!r}; choose from {', '.join(self.journeys)}")
                if not 0.0 <= rate <= 100.0:
                    raise ValueError(f"population.segments.{name}.journey_rates.{journey_name}: {exactly(rate)} is outside 0 to 100")
        rates = [sum(j.rate_per_year * s.journey_rates.get(n, 1.0) for n, j in self.journeys.items()) for s in self.population.segments.values()]
        if max(rates) <= 0.0:
            raise ValueError("journeys: no journey has a positive rate")
        if max(rates) / self.time.periods_per_year > 12.0:
            raise ValueError(f"journeys: {exactly(max(rates))} journeys a year are too many for {self.time.periods_per_year} periods a year; at most 12 a period")
