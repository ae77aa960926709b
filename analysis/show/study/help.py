"""The help text of a study, read from its records and option files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.study.command import options
from analysis.study.engines import EngineSettings
from analysis.study.request import StudyRequest
from sim.config.catalogue import Option, cannot_be_used, list_industries, list_scenarios
from sim.config.help import config_dir_of, listing
from sim.config.keys import range_in_words
from sim.config.letters import escaped
from sim.config.strict_yaml import read_mapping
from sim.errors import ConfigError
from sim.parameters.record import Record

INTRODUCTION = """\
Run a study: thousands of short runs over a design of points, every org design on the same seeds.

usage: python -m analysis.study [study=NAME] [points=N] [seeds=N] [engine=NAME] [industry=NAME] [key=value ...]"""

ENDING = """\
The same command resumes a study that was stopped; more points, seeds or scenarios reuse the runs there are.
Any other key of the simulator may follow (time.horizon_years=3, population.n_customers=2000): python -m sim --help.

Options:
  --config-dir DIR    add your own DIR/study/NAME.yaml, DIR/scenarios/NAME.yaml and DIR/industry/NAME.yaml
  --cfg job           show what is asked and the parameters that all points share, and stop
  --replay FILE       run again, in the open, a run that failed; FILE is its note in the store

Examples:
  python -m analysis.study points=2000 seeds=2 population.n_customers=2000
  python -m analysis.study study=two_factors levels=5 industry=telecom
  python -m analysis.study study=two_factors factors=[market.competition,market.churn_per_year] action=estimate"""


def help_text(arguments: Sequence[str] = ()) -> str:
    """Return the help text; ``--config-dir`` among the arguments adds the user's files."""
    folder = config_dir_of(arguments)
    return "\n\n".join(
        [
            INTRODUCTION,
            "\n".join(
                [
                    "Keys of the study:",
                    *_keys(StudyRequest, ""),
                    *_keys(EngineSettings, "engine."),
                    "  folder, store",
                    "      Where the table goes, and where runs are kept (outputs/.studies).",
                ]
            ),
            listing("Studies (study=NAME):", _titled("study", folder)),
            listing("Engines (engine=NAME):", _titled("engine", folder)),
            listing("Scenarios:", list_scenarios(folder)),
            listing("Industries (industry=NAME):", list_industries(folder)),
            ENDING,
        ]
    )


def _keys(record: type[Record], prefix: str) -> list[str]:
    """Return the keys of a record with default, range and meaning."""
    lines = []
    for name, field in record.model_fields.items():
        if name in ("title", "kind"):
            continue
        default = _shown(field.get_default(call_default_factory=True))
        lines.append(f"  {prefix}{name} = {default}, accepts {range_in_words(field) or 'a name'}")
        lines.append(f"      {field.description}")
    return lines


def _titled(group: str, folder: Path | None) -> list[Option]:
    """Return the option files of a group with their titles; a broken file is reported when it is chosen."""
    found = []
    for name, path in options(group, folder).items():
        try:
            title = escaped(str(read_mapping(path).get("title", "")))
        except ConfigError as error:
            title = cannot_be_used(error, path)
        found.append(Option(name, title, path))
    return found


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{','.join(value)}]"
    return str(value) if value != "" else "''"
