"""Why did this customer leave there and stay here? One life under two designs, side by side.

``python -m analysis.story customer=1834 scenario=no_cxo vs=accountable_cxo`` prints both lives and draws them. Any key
of the simulator may follow; without ``customer`` it tells of the most representative one to whom the two designs make
the difference between staying and leaving.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sim
from analysis.command.designs import ACCOUNTABLE, BASELINE
from analysis.command.frame import asks_for_help
from sim.commands import write_override
from sim.config.folders import check_folder
from sim.config.keys import find_field, nearest_name
from sim.config.overrides import parse_command_line, several_values
from sim.config.wording import show
from sim.ending import answer
from sim.errors import ConfigError, ResultError
from sim.parameters import Parameters

INTERRUPTED = "interrupted: the story was not told; the same command begins again"
OWN_KEYS = ("customer", "vs", "replicate", "folder")

HELP = """\
Tell one customer's life under two designs: what they met, felt and heard, where the two lives part, and why.

usage: python -m analysis.story [customer=NUMBER] [scenario=NAME] [vs=NAME] [replicate=0] [key=value ...]

  customer    row in the market, from 0; by default the most representative one who stays in one life only
  scenario    the one design (default {baseline})
  vs          the other (default {design})
  replicate   number of the replicate, from 0 (default 0)
  folder      where story.txt, story.png and story.svg go (default below outputs)

Any other key is the simulator's (industry=telecom, population=small): python -m sim --help.
  --config-dir DIR    add your own DIR/scenarios/NAME.yaml and DIR/industry/NAME.yaml"""


@dataclass(frozen=True)
class Command:
    """What a command line asks for."""

    one: Parameters
    other: Parameters
    customer: int | None
    replicate: int
    folder: Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return 0 when done, 2 for a mistake (one line on the standard error), 130 when stopped."""
    return answer(_dispatch, arguments, INTERRUPTED)


def _dispatch(arguments: list[str]) -> int:
    if asks_for_help(arguments):
        print(HELP.format(baseline=BASELINE, design=ACCOUNTABLE))
    else:
        run(parse_command(arguments))
    return 0


def run(command: Command) -> None:
    """Tell, print, write and draw one story.

    Raises
    ------
    UserError
        There is no such customer, no switcher, no common past, or the folder cannot be written.
    """
    from analysis.explain.lives import tell_pair
    from analysis.show.story.picture import draw
    from analysis.show.story.text import tell

    customer, why = (command.customer, "") if command.customer is not None else choose(command)
    pair = tell_pair(command.one, command.other, customer, command.replicate)
    text = "\n\n".join([tell(pair), *([why] if why else [])])
    try:
        command.folder.mkdir(parents=True, exist_ok=True)
        (command.folder / "story.txt").write_text(text + "\n", encoding="utf-8")
        draw(pair, command.folder)
    except OSError as error:
        raise ResultError(f"{command.folder}: cannot be written: {error.strerror or error}") from error
    print(f"{text}\n\nFiles: {command.folder}")


def choose(command: Command) -> tuple[int, str]:
    """Return the most representative customer who stays in one life only, and why it is this one.

    Raises
    ------
    ConfigError
        Nobody does.
    """
    from analysis.command.numbers import short_titles
    from analysis.explain.twins import find_switchers
    from analysis.show.claims import quote

    results = [sim.simulate(_kept(parameters, command.replicate)) for parameters in (command.one, command.other)]
    found = find_switchers(results[1], results[0])
    labels = [parameters.scenario for parameters in (command.one, command.other)]
    short = short_titles({label.name: label.title for label in labels})
    one, other = (quote(short[label.name]) for label in labels)
    if found.customers.empty:
        raise ConfigError(
            f"customer: nobody stays under one of {one} and {other} only in replicate {command.replicate}; "
            f"name one (0 to {command.one.population.n_customers - 1}) or enlarge population.n_customers"
        )
    chosen = found.representative(1).iloc[0]
    kept, lost = (int(found.counts.loc[name, "customers"]) for name in ("kept", "lost"))  # type: ignore[arg-type]
    return int(chosen["customer"]), (
        f"Chosen as the most representative of this replicate: {kept} leave under {one} only, {lost} under\n{other} "
        "only; this one is nearest to the larger group's median value, tenure and month of leaving."
    )


def parse_command(arguments: Sequence[str]) -> Command:
    """Read a command line.

    Raises
    ------
    ConfigError
        Something given cannot be used.
    """
    overrides, config_dir = _without_config_dir(arguments)
    own: dict[str, Any] = {}
    rest: list[str] = []
    for override in parse_command_line(overrides):
        key = override.key_or_group
        if override.is_sweep_override():
            raise several_values(override, "tell one story for each")
        if key in (*OWN_KEYS, "scenario"):
            own[key] = override.value()
        else:
            near = nearest_name(key, OWN_KEYS) if "." not in key and find_field(key) is None else None
            if near is not None:
                raise ConfigError(f"{key}: no such key; did you mean {near}?")
            rest.append(str(override.input_line))
    customer, replicate = own.get("customer"), own.get("replicate", 0)
    for key, value in (("customer", customer), ("replicate", replicate)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise ConfigError(f"{key}: {show(value)} is not a whole number from 0")
    names = (own.get("scenario", BASELINE), own.get("vs", ACCOUNTABLE))
    one, other = (_compose(key, name, rest, config_dir) for key, name in zip(("scenario", "vs"), names, strict=True))
    now = datetime.now().astimezone()
    default = Path("outputs") / now.strftime("%Y-%m-%d") / now.strftime("%H-%M-%S-%f")
    folder = Path(str(own.get("folder", default)))
    check_folder("folder", folder)
    return Command(one, other, customer, replicate, folder)


def _compose(key: str, name: Any, overrides: Sequence[str], config_dir: str | None) -> Parameters:
    """Compose one of the two designs; what is wrong with its name is said under the key it was given with."""
    try:
        return sim.compose(write_override("scenario", name), *overrides, config_dir=config_dir)
    except ConfigError as error:
        raise ConfigError(str(error).replace("scenario: ", f"{key}: ", 1)) from error


def _without_config_dir(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    """Take ``--config-dir`` out of the arguments; refuse any other option."""
    rest, folder = list(arguments), None
    overrides: list[str] = []
    while rest:
        argument = rest.pop(0)
        name, _, value = argument.partition("=")
        if name in ("--config-dir", "-cd"):
            folder = value or (rest.pop(0) if rest else "")
        elif argument.startswith("-"):
            raise ConfigError(f"{argument}: not an option of a story; see --help")
        else:
            overrides.append(argument)
    return overrides, folder


def _kept(parameters: Parameters, replicate: int) -> Parameters:
    """Return parameters that run one replicate alone and keep its customers."""
    changed = {"first_replicate": replicate, "n_replicates": 1, "keep_customers": replicate + 1}
    return parameters.model_copy(update={"run": parameters.run.model_copy(update=changed)})


if __name__ == "__main__":
    sys.exit(main())
