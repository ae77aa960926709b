"""What is said of odd characters, quotes, repetitions and commas: the character, what was meant, how to quote."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import sim
from analysis.compare.command import parse_command as parse_compare
from analysis.explain.__main__ import parse_command as parse_story
from analysis.mandate.command import parse_command as parse_tuned
from analysis.study.command import parse_command as parse_study
from sim.config.application import check, parse_arguments
from sim.config.overrides import parse_command_line, parse_overrides
from sim.errors import ConfigError


def parse_sim(arguments: list[str]) -> object:
    """Read a command line of the simulator up to what would run."""
    given = parse_arguments(arguments)
    return check(given.overrides, given.config_dir, sweep=given.multirun)


COMMANDS: dict[str, Callable[[list[str]], object]] = {
    "sim": parse_sim, "compare": parse_compare, "study": parse_study, "tuned": parse_tuned, "story": parse_story,
}  # fmt: skip
EVERYWHERE = {
    ("m\u0430rket.competition=0.3",): ("U+0430 CYRILLIC SMALL LETTER A", "did you mean market.competition=0.3?"),
    ("market.competition=\u22120.3",): ("U+2212 MINUS SIGN", "did you mean market.competition=-0.3?"),
    ("industry=\u201ctelecom\u201d",): ("U+201C LEFT DOUBLE QUOTATION MARK", """did you mean 'industry="telecom"'?"""),
    ("industry=telecom\u200b",): ("U+200B ZERO WIDTH SPACE", "did you mean industry=telecom?"),
    ("industry=telecom\u00a0",): ("U+00A0 NO-BREAK SPACE", "did you mean industry=telecom?"),
    ('scenario.title="A\nB"',): ("U+000A LINE FEED", "no value may hold"),
    ("scenario.title=A (b)",): ("""in quotes: 'scenario.title="A (b)"'""",),
    ("scenario.title=Gr\u00f6\u00dfe",): ("U+00F6 LATIN SMALL LETTER O WITH", "title=\"Gr\u00f6\u00dfe\""),
    ("industry", "=", "telecom"): ("no spaces around the sign =; write industry=telecom",),
    ("industry=", "telecom"): ("no spaces around the sign =; write industry=telecom",),
    ("industry", "=telecom"): ("no spaces around the sign =; write industry=telecom",),
    ("industry = telecom",): ("did you mean industry=telecom?",),
    ("industry=telecom", "industry=ecommerce"): ("industry: given twice, industry=telecom and industry=ecommerce",),
    ("run.seed=1", "+run.seed=2"): ("run.seed: given twice",),
    ("market.competition=0,3",): ("0,3 is several values; did you mean 0.3?",),
    ("market.competition='0,3'",): ("'0,3' is not a number", "did you mean 0.3?"),
    ('market.competition="\u22120.3"',): ("is not a number", "U+2212 MINUS SIGN", "did you mean -0.3?"),
    ("market.competition=true",): ("true is a switch, not a number", "0 to 3 (ratio)"),
    ("industry=Telecom",): ("no option 'Telecom'", "did you mean telecom?"),
    ('industry="tele\u0441om"',): ("U+0441 CYRILLIC SMALL LETTER ES", "did you mean telecom?"),
    ("Market.Competition=0.3",): ("did you mean market.competition?",),
    ("+industry=telecom",): ("the sign + adds a key, and industry is there already; write industry=telecom",),
    ("+market.competition=1",): ("+market.competition: the sign + adds a key",),
    ("market.competition=${finance.margin}",): ("market.competition: ${finance.margin} refers to another value",),
    ("scenario.title='${oc.env:HOME}'",): ("scenario.title:", "refers to another value"),
    ("market={competition: ${oc.env:HOME}}",): ("market:", "refers to another value"),
}  # fmt: skip
OPTIONS = {
    ("--industry=telecom",): ("--industry: not an option", "write industry=telecom"),
    ("\u2013-config-dir=mine",): ("U+2013 EN DASH", "did you mean --config-dir=mine?"),
    ("--config-dir", "a", "--config-dir", "b"): ("--config-dir: given twice",),
}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("arguments", EVERYWHERE, ids=ascii)
def test_every_command_shows_the_character_and_what_was_meant(name: str, arguments: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        COMMANDS[name](list(arguments))
    for words in EVERYWHERE[arguments]:
        assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "\u200b" not in str(caught.value)


@pytest.mark.parametrize("name", ["sim", "compare", "study", "tuned"])
@pytest.mark.parametrize("arguments", OPTIONS, ids=ascii)
def test_every_command_says_what_is_no_option(name: str, arguments: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        COMMANDS[name](list(arguments))
    for words in OPTIONS[arguments]:
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [("scenario=NO_CXO", "no_cxo"), ("scenario=no-cxo", "no_cxo"), ("scenario='n\u043e_cx\u043e'", "no_cxo")],
)
def test_the_nearest_scenario_whatever_its_case(arguments: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=rf"did you mean {meant}\?"):
        sim.compose(arguments)


def test_what_is_suggested_can_be_given() -> None:
    parse_overrides(['scenario.title="A (b)"', 'scenario.title="Gr\u00f6\u00dfe"', 'industry="telecom"'])
    parse_command_line(["hydra.run.dir=outputs/${now:%Y}", "~journeys.crash", "journeys.renewal.rate_per_year=1"])


def test_a_later_override_of_the_interface_wins() -> None:
    assert sim.compose("run.seed=1", "run.seed=2").run.seed == 2


ODD = {
    "journeys.crash.steps=[{department: claims, channels: {phone: -0.5, app: 1.5}}]": (
        "journeys.crash.steps.0.channels.phone: -0.5 is negative",
    ),
    "journeys.crash.steps=[{department: claims, channels: {phone: 1.00001}}]": ("sum to 1, they sum to 1.00001",),
    "journeys.crash.steps=[{department: claims, channels: {phone: true}}]": ("channels", "not a number"),
    "population.segments.seniors.share=-0.1": ("population.segments.seniors.share: -0.1 is outside 1e-06 to 1",),
    "population.segments.seniors.channel_habits={phone: 100.0000001}": ("100.0000001 is outside 0 to 100",),
}


@pytest.mark.parametrize("override", ODD)
def test_what_is_at_odds_is_named_with_its_own_value(override: str) -> None:
    with pytest.raises(ConfigError) as caught:
        sim.compose(override)
    for words in ODD[override]:
        assert words in str(caught.value)
    assert "sum to 1, they sum to 1\n" not in f"{caught.value}\n"
