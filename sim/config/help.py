"""The help text: scenarios, industries and the parameters people change most, read from their files and records."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from pathlib import Path

from sim.config.catalogue import Option, list_industries, list_scenarios
from sim.config.keys import find_field, range_in_words
from sim.text import printable

OFTEN_CHANGED = (
    "population.n_customers",
    "time.horizon_years",
    "run.n_replicates",
    "run.seed",
    "market.competition",
    "market.churn_per_year",
    "finance.margin",
    "experience.word_of_mouth.strength",
    "organisation.coordination.interdependence",
    "organisation.executives.commitment_mean",
)
"""The ten parameters people change most."""

INTRODUCTION = """\
Simulate the customers of a company under one org design: who owns customer experience, and what that does to
loyalty and profit.

usage: python -m sim [scenario=NAME] [industry=NAME] [key=value ...] [options]
   or: customer-experience [the same]"""

ENDING = """\
Sizes: population=small|default|large, time=quarters|default|weeks, run=debug|quick|default.
All keys with their values: python -m sim --cfg job; what each means: docs/parameters.md.

Options:
  -m, --multirun      run every combination of comma-separated values: scenario='glob(*)' market.competition=0.2,0.7
  --config-dir DIR    add your own DIR/scenarios/NAME.yaml and DIR/industry/NAME.yaml
  --cfg job           show the configuration and stop
  --replay FOLDER     run again what the result in FOLDER was made with
  --hydra-help        options of the configuration framework: launchers, sweepers, output folders"""


def help_text(arguments: Sequence[str] = ()) -> str:
    """Return the help text.

    Parameters
    ----------
    arguments
        Of the command line; ``--config-dir`` among them adds the user's scenarios and industries.
    """
    folder = config_dir_of(arguments)
    parts = [
        INTRODUCTION,
        listing("Scenarios (scenario=NAME):", list_scenarios(folder)),
        listing("Industries (industry=NAME):", list_industries(folder)),
        _parameters(),
        ENDING,
        _examples(list_scenarios(), list_industries()),  # a user's file may be broken, and needs its folder
    ]
    return "\n\n".join(parts)


def config_dir_of(arguments: Sequence[str]) -> Path | None:
    """Return the folder given with ``--config-dir``, if there is one."""
    for number, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name in ("--config-dir", "-cd"):
            given = value or next(iter(arguments[number + 1 :]), "")
            return Path(given) if given and Path(given).is_dir() else None
    return None


def listing(heading: str, options: Sequence[Option]) -> str:
    """Return options under a heading, one a line."""
    shown = [(printable(option.name), printable(option.title)) for option in options]  # no run checked them yet
    width = max((len(name) for name, _ in shown), default=0)
    return "\n".join([heading, *(f"  {name:{width}}  {title}".rstrip() for name, title in shown)])


def _examples(scenarios: Sequence[Option], industries: Sequence[Option]) -> str:
    """Return commands that work as they stand."""
    scenario, industry = scenarios[0].name, industries[-1].name
    other = industries[0].name
    return "\n".join(
        [
            "Examples:",
            "  python -m sim",
            f"  python -m sim scenario={scenario} industry={industry}",
            f"  python -m sim scenario={scenario} population=small run=quick market.competition=0.2",
            f"  python -m sim -m scenario='glob(*)' industry={other},{industry}",
        ]
    )


def _parameters() -> str:
    """Return the parameters people change most, with default, range, unit and meaning from the records."""
    lines = ["Often changed (key=value; an industry may set its own default):"]
    for key in OFTEN_CHANGED:
        field = find_field(key)
        if field is not None:
            lines.append(f"  {key} = {field.default}, accepts {range_in_words(field)}")
            width = max(40, min(shutil.get_terminal_size((110, 24)).columns, 110))
            lines.extend(
                textwrap.wrap(field.description or "", width, initial_indent=" " * 6, subsequent_indent=" " * 6)
            )
    return "\n".join(lines)
