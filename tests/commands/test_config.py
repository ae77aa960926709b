"""Composition: groups, files, overrides, the user's own folder, and where all of it is found."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hydra import initialize_config_module
from hydra.core.global_hydra import GlobalHydra

import sim
from sim.config.catalogue import folder_of, list_industries, list_scenarios
from sim.config.composition import load_config
from sim.config.help import OFTEN_CHANGED, help_text
from sim.config.keys import all_keys, find_field, nearest_name, range_in_words, unit_of
from sim.config.registry import folder_name
from sim.errors import ConfigError
from sim.parameters import CHANNELS, Parameters, Record

SCENARIOS = [option.name for option in list_scenarios()]
INDUSTRIES = [option.name for option in list_industries()]
GROUPS = ("population", "time", "run")
OPTIONS = [(group, path.stem) for group in GROUPS for path in sorted((folder_of("conf") / group).glob("*.yaml"))]


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_every_industry_composes_with_its_name_and_title(industry: str) -> None:
    parameters = sim.compose(f"industry={industry}")
    assert parameters.industry.name == industry
    assert parameters.industry.title


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_composes_and_moves_levers_only(scenario: str) -> None:
    parameters = sim.compose(f"scenario={scenario}")
    assert parameters.scenario.name == scenario
    assert parameters.scenario.title
    status_quo = sim.compose("scenario=no_cxo")
    moved = {name for name in Parameters.model_fields if getattr(parameters, name) != getattr(status_quo, name)}
    assert moved <= {"scenario", "governance"}


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_size_composes(group: str, option: str) -> None:
    sim.compose(f"{group}={option}")


def test_default_sizes_are_the_defaults_of_the_records() -> None:
    parameters, defaults = sim.compose(), Parameters()
    assert parameters.time == defaults.time
    assert parameters.run == defaults.run
    assert parameters.population.n_customers == defaults.population.n_customers


def test_what_no_file_sets_has_the_default_of_its_record() -> None:
    parameters, defaults = sim.compose(), Parameters()
    assert parameters.status_quo == defaults.status_quo
    assert parameters.organisation.links == defaults.organisation.links
    assert parameters.organisation.frozen == defaults.organisation.frozen
    assert parameters.market.calibration is None
    assert set(parameters.experience.channels) == set(CHANNELS)


def test_an_industry_replaces_departments_journeys_and_segments() -> None:
    names = {name: sim.compose(f"industry={name}") for name in INDUSTRIES}
    for name, parameters in names.items():
        written = (folder_of("conf") / "industry" / f"{name}.yaml").read_text(encoding="utf-8")
        for chosen in (*parameters.organisation.departments, *parameters.journeys, *parameters.population.segments):
            assert f"{chosen}:" in written, f"{name} inherits {chosen}"


def test_the_whole_configuration_can_be_shown_and_overridden() -> None:
    config, _ = load_config([])
    missing = [
        key for key in all_keys() if "<name>" not in key and ".0" not in key and not key.startswith("market.cali")
    ]
    for key in missing:
        node = config
        for part in key.split("."):
            assert part in node, key
            node = node[part]


def test_parameters_are_frozen_and_complete() -> None:
    parameters = sim.compose("population.n_customers=2000")
    assert parameters.population.n_customers == 2000
    with pytest.raises(ValueError, match="frozen"):
        parameters.population.n_customers = 3000
    assert Parameters.model_validate(parameters.model_dump()) == parameters


def test_an_optional_record_can_be_given_on_the_command_line() -> None:
    parameters = sim.compose("market.calibration={mean_quality: 0.1}")
    assert parameters.market.calibration is not None
    assert parameters.market.calibration.mean_quality == 0.1
    with pytest.raises(
        ConfigError, match=r"market.calibration.mean_qualty.*did you mean market.calibration.mean_quality"
    ):
        sim.compose("market.calibration={mean_qualty: 0.1}")


def test_a_named_entry_can_be_removed() -> None:
    before, after = sim.compose(), sim.compose("~experience.channels.app")
    assert set(before.experience.channels) - set(after.experience.channels) == {"app"}


def test_a_configuration_travels_to_a_process_that_has_made_none(tmp_path: Path) -> None:
    config, _ = load_config(["scenario=no_cxo"])
    (tmp_path / "config").write_bytes(pickle.dumps(config))
    probe = (
        "import pickle, sys; print(pickle.load(open(sys.argv[1], 'rb')).organisation.departments.claims.rel_capacity)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(sim.__file__).parents[1])}
    words = [sys.executable, "-c", probe, str(tmp_path / "config")]
    done = subprocess.run(words, capture_output=True, text=True, env=environment)
    assert float(done.stdout) == config.organisation.departments.claims.rel_capacity


def test_compose_works_inside_another_hydra_application() -> None:
    with initialize_config_module("conf", version_base="1.3"):
        assert sim.compose("scenario=no_cxo").scenario.name == "no_cxo"
        assert GlobalHydra.instance().is_initialized()


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    (folder / "scenarios").mkdir(parents=True)
    (folder / "industry").mkdir()
    (folder / "scenarios" / "committee.yaml").write_text(
        "scenario: {title: A committee}\ngovernance: {attribution: 0.4}\n", encoding="utf-8"
    )
    (folder / "industry" / "harbour.yaml").write_text(
        "# @package _global_\ndefaults: [telecom]\nindustry: {title: A harbour}\nfinance: {margin: 0.33}\n",
        encoding="utf-8",
    )
    return folder


def test_scenarios_and_industries_of_the_user(own_folder: Path) -> None:
    parameters = sim.compose("scenario=committee", "industry=harbour", config_dir=str(own_folder))
    assert (parameters.scenario.name, parameters.scenario.title) == ("committee", "A committee")
    assert (parameters.industry.name, parameters.industry.title) == ("harbour", "A harbour")
    assert parameters.governance.attribution == 0.4
    assert parameters.finance.margin == 0.33
    assert parameters.organisation.departments.keys() == sim.compose("industry=telecom").organisation.departments.keys()


def test_a_scenario_copied_into_hydras_own_group_folder_works_too(own_folder: Path) -> None:
    (own_folder / "scenario").mkdir()
    source = (folder_of("scenarios") / "accountable_cxo.yaml").read_text(encoding="utf-8")
    (own_folder / "scenario" / "mine.yaml").write_text(source, encoding="utf-8")
    assert sim.compose("scenario=mine", config_dir=str(own_folder)).scenario.name == "mine"


def test_a_scenario_of_the_user_does_not_outlive_its_folder(own_folder: Path) -> None:
    sim.compose("scenario=committee", config_dir=str(own_folder))
    with pytest.raises(ConfigError, match="no option 'committee'"):
        sim.compose("scenario=committee")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("governance: {attribution: 0.4}\nmarket: {competition: 1}\n", "market: a scenario file holds"),
        ("scenario: {name: x}\n", "scenario.name: a scenario file holds"),
        ("governance: 3\n", "governance: 3 is not a group"),
        ("- a list\n", "holds no keys"),
        ("scenario: {title: x\n", "not valid YAML"),
        ("governance: {atribution: 0.4}\n", "governance.atribution.*did you mean governance.attribution"),
        ("governance: {attribution: 4}\n", r"governance.attribution: 4 is outside 0 to 1 \(share\)"),
        ("governance: {attribution: .nan}\n", "governance.attribution: nan is not a finite number"),
    ],
)
def test_a_bad_scenario_file_is_refused_when_it_is_chosen(own_folder: Path, content: str, words: str) -> None:
    (own_folder / "scenarios" / "bad.yaml").write_text(content, encoding="utf-8")
    assert sim.compose("scenario=committee", config_dir=str(own_folder)).scenario.name == "committee"
    with pytest.raises(ConfigError, match=words) as caught:
        sim.compose("scenario=bad", config_dir=str(own_folder))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("market: {compettion: 1}\n", "industry/bad.yaml: market.compettion.*did you mean market.competition"),
        ("market: 3\n", "industry/bad.yaml: market: 3 is not a group of keys"),
        ("organisation: {departments: {a: {base_qualty: 1}}}\n", "industry/bad.yaml.*base_qualty.*base_quality"),
        ("market: {competition: lots}\n", "market.competition: 'lots' is not a number"),
        ("market: {competition: [1\n", "bad"),
        ("marke: {competition: 1}\n", "industry/bad.yaml: marke.*did you mean market"),
        ("defaults: [nowhere]\n", "nowhere"),
    ],
)
def test_a_typo_in_a_yaml_file_is_one_line_with_file_and_key(own_folder: Path, content: str, words: str) -> None:
    (own_folder / "industry" / "bad.yaml").write_text("# @package _global_\n" + content, encoding="utf-8")
    with pytest.raises(ConfigError, match=words) as caught:
        sim.compose("industry=bad", config_dir=str(own_folder))
    assert "\n" not in str(caught.value)


def test_an_empty_industry_names_what_is_missing(own_folder: Path) -> None:
    (own_folder / "industry" / "empty.yaml").write_text("# @package _global_\njourneys: {}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"segments|departments|journeys"):
        sim.compose("industry=empty", config_dir=str(own_folder))


def test_every_key_has_a_unit_a_range_and_a_meaning() -> None:
    for key in all_keys():
        field = find_field(key.replace("<name>", "some"))
        assert field is not None, key
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, Record):
            continue
        assert unit_of(field), key
        assert field.description, key


def test_ranges_in_words() -> None:
    def words(key: str) -> str:
        field = find_field(key)
        assert field is not None
        return range_in_words(field)

    assert words("market.competition") == "0 to 3 (ratio)"
    assert words("run.seed") == "0 to 9223372036854775807 (integer)"
    assert words("run.progress") == "one of true, false"
    assert words("time.periods_per_year") == "one of 4, 12, 52"
    assert words("journeys.crash.steps") == "1 to 12 (records)"


@pytest.mark.parametrize(
    ("given", "nearest"),
    [
        ("market.compettion", "market.competition"),
        ("competition", "market.competition"),
        ("marke.competition", "market.competition"),
        ("experience.recovery.sevrity", "experience.recovery.severity"),
        ("zzzzzz", None),
    ],
)
def test_nearest_names(given: str, nearest: str | None) -> None:
    assert nearest_name(given, all_keys()) == nearest


def test_folders_of_a_sweep_tell_jobs_apart() -> None:
    long = ",".join(f"market.key_{number}=1" for number in range(20))
    assert folder_name("scenario=no_cxo") == "scenario=no_cxo"
    assert folder_name(long) != folder_name(long + "1")
    assert len(folder_name(long)) < 100
    assert "/" not in folder_name("run.seed=1,hydra.run.dir=/a/b")
    assert folder_name("a=/") != folder_name("a=?")
    assert folder_name("") == folder_name("")


def test_help_shows_scenarios_industries_and_ten_parameters(own_folder: Path) -> None:
    text = help_text(["--help", "--config-dir", str(own_folder)])
    for option in (*list_scenarios(own_folder), *list_industries(own_folder)):
        assert option.name in text
        assert option.title in text
    assert "A committee" in text
    assert "A harbour" in text
    assert len(OFTEN_CHANGED) == 10
    for key in OFTEN_CHANGED:
        assert key in text
    assert "A committee" not in help_text(["--help"])
