"""The industries: their values agree with the evidence, and a customer of the status quo earns money."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

import sim
from sim.parameters import CHANNELS, Department, Experience, Journey, Parameters, Segment, Step
from sim.parameters.experience import Channel
from sim.parameters.reference import INDUSTRIES, list_entries, read_commented

NAMES = ["auto_insurance", "ecommerce", "manufacturer", "retail_bank", "telecom"]

# docs/evidence.md and the sources behind it: encounters a year (low, high) and hand-offs of the journeys that matter.
ENCOUNTERS = {
    "auto_insurance": (3.0, 4.0),
    "ecommerce": (3.4, 4.6),
    "manufacturer": (10.5, 13.5),
    "retail_bank": (13.0, 17.0),
    "telecom": (4.3, 5.7),
}
KEY_HANDOFFS = {"auto_insurance": 3, "ecommerce": 3, "manufacturer": 5, "retail_bank": 2, "telecom": 3}

# Yearly value and churn (low, high), interdependence, competition, switching cost, strength of word of mouth.
VALUE = {
    "auto_insurance": (1650, 2000),
    "ecommerce": (140, 160),
    "manufacturer": (45_000, 55_000),
    "retail_bank": (330, 370),
    "telecom": (570, 720),
}
CHURN = {
    "auto_insurance": (0.12, 0.13),
    "ecommerce": (0.30, 0.40),
    "manufacturer": (0.08, 0.12),
    "retail_bank": (0.04, 0.096),
    "telecom": (0.094, 0.20),
}
JUDGED = {
    "auto_insurance": (1.5, 0.7, 0.6, 0.8),
    "ecommerce": (0.8, 1.2, 0.1, 1.2),
    "manufacturer": (1.8, 0.9, 1.0, 0.6),
    "retail_bank": (0.8, 0.4, 1.2, 0.7),
    "telecom": (1.2, 0.7, 0.8, 1.0),
}
SERVICE_PER_ENCOUNTER = {
    "auto_insurance": (6, 10),
    "ecommerce": (1, 2),
    "manufacturer": (100, 300),
    "retail_bank": (2, 4),
    "telecom": (5, 10),
}


def content(name: str) -> dict[str, Any]:
    """A preset as its file has it."""
    found = yaml.safe_load((INDUSTRIES / f"{name}.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def preset(name: str) -> Parameters:
    """A preset over the defaults of the records, without Hydra."""
    return Parameters.model_validate(content(name))


def count_handoffs(journey: Journey) -> int:
    """Number of hand-offs between departments in a journey."""
    pairs = zip(journey.steps, journey.steps[1:], strict=False)
    return sum(first.department != second.department for first, second in pairs)


def channel_mix(step: Step, segment: Segment) -> dict[str, float]:
    """Probability of each channel at a step for customers of a segment."""
    weights = {name: step.channels.get(name, 0.0) * segment.channel_habits.get(name, 1.0) for name in CHANNELS}
    total = sum(weights.values())
    assert total > 0.0
    return {name: weight / total for name, weight in weights.items()}


@dataclass
class Contacts:
    """What a customer of the market meets in a year of the status quo, on average."""

    value: float = 0.0
    encounters: float = 0.0
    service: float = 0.0
    failures: float = 0.0
    complaints: float = 0.0
    quality: float = 0.0


def count_contacts(parameters: Parameters) -> Contacts:
    """Add up a year of journeys over segments."""
    year = Contacts()
    for segment in parameters.population.segments.values():
        year.value += segment.share * segment.value_eur_per_year
        for name, journey in parameters.journeys.items():
            rate = segment.share * journey.rate_per_year * segment.journey_rates.get(name, 1.0)
            add_journey(year, parameters, segment, journey, rate)
    return year


def add_journey(year: Contacts, parameters: Parameters, segment: Segment, journey: Journey, rate: float) -> None:
    """Add one kind of journey made ``rate`` times a year: encounters, their cost, failures, complaints."""
    experience, departments = parameters.experience, parameters.organisation.departments
    severity = experience.recovery.severity * journey.rel_severity
    complaint = 1.0 - (1.0 - experience.recovery.complaint_share) ** severity
    before: tuple[str, dict[str, float]] | None = None
    for step in journey.steps:
        department, mix = departments[step.department], channel_mix(step, segment)
        own = failure_share(parameters, department)
        handoff = 0.0 if before is None else handoff_share(parameters, before, (step.department, mix))
        year.encounters += rate
        year.service += rate * department.service_cost_eur * mean_over(mix, parameters, "rel_cost", 1.0)
        year.quality += rate * (department.base_quality + mean_over(mix, parameters, "quality", 0.0))
        year.failures += rate * (own + handoff)
        year.complaints += rate * complaint * (1.0 - (1.0 - own) * (1.0 - handoff))
        before = (step.department, mix)


def mean_over(mix: dict[str, float], parameters: Parameters, attribute: str, neutral: float) -> float:
    """Mean of a channel attribute over a mix of channels."""
    channels = parameters.experience.channels
    return sum(
        weight * (getattr(channels[name], attribute) if name in channels else neutral) for name, weight in mix.items()
    )


def failure_share(parameters: Parameters, department: Department) -> float:
    """Failures of a department per encounter at its status-quo quality."""
    conformance = parameters.organisation.delivery.conformance
    return department.failure_probability * math.exp(-conformance * department.base_quality)


def handoff_share(
    parameters: Parameters, before: tuple[str, dict[str, float]], after: tuple[str, dict[str, float]]
) -> float:
    """Failures of a hand-off between silos, whose practices differ by twice the local variance, or between channels."""
    coordination = parameters.organisation.coordination
    mismatch = coordination.mismatch_failure * coordination.interdependence * 2.0 * coordination.local_sd**2
    departments = coordination.handoff_failure + mismatch if before[0] != after[0] else 0.0
    differ = 1.0 - sum(before[1][name] * after[1][name] for name in CHANNELS)
    return 1.0 - (1.0 - departments) * (1.0 - parameters.experience.channel_handoff_failure * differ)


def incentive_share(parameters: Parameters) -> float:
    """Share of revenue paid for effort and risk in the status quo."""
    contracts = parameters.organisation.contracts
    kappa, care = contracts.effort_substitution, contracts.intrinsic_motivation
    motive = contracts.base_cx_weight / len(parameters.organisation.departments)
    task = (1.0 - kappa * (motive + care)) / (1.0 - kappa**2)
    experience = max(0.0, (motive + care - kappa) / (1.0 - kappa**2))
    effort = 0.5 * (task**2 + experience**2 + 2.0 * kappa * task * experience)
    noise = contracts.kpi_noise_sd**2 * 400.0 / parameters.organisation.listening.survey_size
    risk = 0.5 * contracts.risk_aversion * (contracts.local_noise_sd**2 + contracts.base_cx_weight**2 * noise)
    return contracts.incentive_share * (effort + risk)


def unit_economics(parameters: Parameters) -> dict[str, float]:
    """Yearly accounts of a mean customer in the status quo, with as many customers won as lost."""
    year, finance = count_contacts(parameters), parameters.finance
    delivery, recovery = parameters.organisation.delivery, parameters.experience.recovery
    lines = {
        "revenue": year.value,
        "direct_cost": -(1.0 - finance.margin) * year.value,
        "service": -year.service,
        "rework": -year.failures * delivery.rework_cost_eur,
        "recovery": -year.complaints * recovery.success_probability * delivery.recovery_cost_eur,
        "acquisition": -parameters.market.churn_per_year * finance.acquisition_cost_eur,
        "incentive_pay": -incentive_share(parameters) * year.value,
    }
    return lines | {"profit": sum(lines.values())}


def test_the_industries_are_these() -> None:
    assert sorted(path.stem for path in INDUSTRIES.glob("*.yaml")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_valid_over_the_defaults(name: str) -> None:
    assert preset(name).industry.title


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_moves_no_lever_and_no_size_of_a_run(name: str) -> None:
    keys = content(name)
    assert set(keys) == {"industry", "population", "journeys", "experience", "market", "organisation", "finance"}
    assert "n_customers" not in keys["population"]


@pytest.mark.parametrize("name", NAMES)
def test_the_header_makes_it_a_global_package_and_says_how_to_run_it(name: str) -> None:
    header = (INDUSTRIES / f"{name}.yaml").read_text(encoding="utf-8").partition("\nindustry:")[0]
    assert header.startswith("# @package _global_\n")
    assert f"python -m sim industry={name}" in header


def record_key(key: str) -> str:
    """Key of the reference for a key of a preset: names of the user's own become placeholders."""
    named = r"^(population\.segments|organisation\.departments|experience\.channels|journeys)\.\w+"
    key = re.sub(named, r"\1.<name>", key)
    return re.sub(r"\.steps\.\d+$", ".steps.<number>.channels", key)


@pytest.mark.parametrize("name", NAMES)
def test_every_value_carries_the_unit_of_its_record(name: str) -> None:
    units = {entry.key: entry.unit for entry in list_entries()}
    wrong = [item for item in read_commented(INDUSTRIES / f"{name}.yaml") if item.unit != units[record_key(item.key)]]
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_every_number_lies_in_the_range_behind_it(name: str) -> None:
    outside = []
    for item in read_commented(INDUSTRIES / f"{name}.yaml"):
        value = yaml.safe_load(item.value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            low, high = (float(end) for end in item.plausible.split(" to "))
            if not low <= value <= high:
                outside.append(item)
    assert outside == []


@pytest.mark.parametrize("name", NAMES)
def test_ranges_stay_within_what_the_model_accepts(name: str) -> None:
    accepted = {entry.key: entry.accepted for entry in list_entries()}
    span = re.compile(r"^(-?[\d.e+-]+) to (-?[\d.e+-]+)$")
    for item in read_commented(INDUSTRIES / f"{name}.yaml"):
        own, record = span.match(item.plausible), span.match(accepted[record_key(item.key)])
        if own and record:
            low, high = (float(end) for end in own.groups())
            lowest, highest = (float(end) for end in record.groups())
            assert lowest <= low < high <= highest, item


@pytest.mark.parametrize("name", NAMES)
def test_every_department_names_what_it_is_paid_on(name: str) -> None:
    for own in content(name)["organisation"]["departments"].values():
        assert {"metric", "metric_unit", "metric_base", "metric_per_effort"} <= set(own)
    departments = preset(name).organisation.departments
    assert len({department.metric for department in departments.values()}) == len(departments)
    assert all(department.metric_per_effort != 0.0 for department in departments.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_share_stays_a_share_whatever_the_effort(name: str) -> None:
    for department in preset(name).organisation.departments.values():
        if department.metric_unit.startswith("share"):
            assert 0.0 < department.metric_base * 1.05**department.metric_per_effort < 1.0, department.metric


@pytest.mark.parametrize("name", NAMES)
def test_segments_redistribute_journeys_and_hardly_add_any(name: str) -> None:
    parameters = preset(name)
    segments = parameters.population.segments.values()
    for journey in parameters.journeys:
        mean = sum(segment.share * segment.journey_rates.get(journey, 1.0) for segment in segments)
        assert mean == pytest.approx(1.0, abs=0.05), journey


@pytest.mark.parametrize("name", NAMES)
def test_encounters_a_year_are_those_of_the_evidence(name: str) -> None:
    low, high = ENCOUNTERS[name]
    assert low <= count_contacts(preset(name)).encounters <= high


@pytest.mark.parametrize("name", NAMES)
def test_the_moment_of_truth_has_the_handoffs_of_the_evidence_and_is_rare(name: str) -> None:
    journeys = preset(name).journeys
    heaviest = max(journeys.values(), key=lambda journey: journey.importance)
    handoffs = {key: count_handoffs(journey) for key, journey in journeys.items()}
    assert max(handoffs.values()) == KEY_HANDOFFS[name] == count_handoffs(heaviest)
    assert heaviest.rate_per_year <= sorted(journey.rate_per_year for journey in journeys.values())[len(journeys) // 2]


def test_the_crash_crosses_four_departments_once_in_eight_years() -> None:
    crash = preset("auto_insurance").journeys["crash"]
    assert [step.department for step in crash.steps] == ["agency", "claims", "policy", "billing"]
    assert crash.rate_per_year == pytest.approx(0.13)


def test_the_maker_of_widgets_promises_most() -> None:
    temptations = {name: preset(name).organisation.promise.temptation for name in NAMES}
    assert max(temptations, key=lambda name: temptations[name]) == "manufacturer"
    assert preset("manufacturer").organisation.departments["sales"].sets_promise


@pytest.mark.parametrize("name", NAMES)
def test_no_journey_wipes_out_the_memory_of_all_others(name: str) -> None:
    parameters = preset(name)
    gain = parameters.experience.memory.satisfaction_gain
    assert all(gain * journey.importance < 1.0 for journey in parameters.journeys.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_company_starts_as_an_average_provider(name: str) -> None:
    year = count_contacts(preset(name))
    assert abs(year.quality / year.encounters) < 0.05


@pytest.mark.parametrize("name", NAMES)
def test_value_and_churn_are_those_of_the_evidence(name: str) -> None:
    parameters = preset(name)
    assert VALUE[name][0] <= count_contacts(parameters).value <= VALUE[name][1]
    assert CHURN[name][0] <= parameters.market.churn_per_year <= CHURN[name][1]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_ordered_by_judgement_is_as_published(name: str) -> None:
    parameters = preset(name)
    given = (
        parameters.organisation.coordination.interdependence,
        parameters.market.competition,
        parameters.market.switching_cost,
        parameters.experience.word_of_mouth.strength,
    )
    assert given == pytest.approx(JUDGED[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_customer_of_the_status_quo_earns_money_but_no_fortune(name: str) -> None:
    lines = unit_economics(preset(name))
    assert 0.03 <= lines["profit"] / lines["revenue"] <= 0.40, lines


@pytest.mark.parametrize("name", NAMES)
def test_service_costs_are_in_proportion_to_value(name: str) -> None:
    year = count_contacts(preset(name))
    assert SERVICE_PER_ENCOUNTER[name][0] <= year.service / year.encounters <= SERVICE_PER_ENCOUNTER[name][1]
    assert year.service < 0.15 * year.value


@pytest.mark.parametrize("name", NAMES)
def test_failures_happen_in_one_encounter_in_ten_to_thirty(name: str) -> None:
    year = count_contacts(preset(name))
    assert 1 / 30 <= year.failures / year.encounters <= 1 / 9


@pytest.mark.parametrize("periods", [4, 12, 52])
@pytest.mark.parametrize("name", NAMES)
def test_a_preset_works_for_quarters_months_and_weeks(name: str, periods: int) -> None:
    assert Parameters.model_validate(content(name) | {"time": {"periods_per_year": periods}})


@pytest.mark.parametrize("name", NAMES)
def test_hydra_composes_what_the_file_says(name: str) -> None:
    composed = sim.compose(f"industry={name}", "scenario=accountable_cxo")
    alone = preset(name)
    assert composed.industry.name == name
    for group in ("journeys", "market", "organisation", "finance"):
        assert getattr(composed, group) == getattr(alone, group), group
    assert composed.population.segments == alone.population.segments
    assert with_all_channels(composed.experience) == with_all_channels(alone.experience)


def with_all_channels(experience: Experience) -> Experience:
    """Name the neutral channels too."""
    channels = {name: experience.channels.get(name, Channel()) for name in CHANNELS}
    return experience.model_copy(update={"channels": channels})
