"""``python -m analysis.maps``: what a study says, as pictures, tables and a page in a folder."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.maps.sample import laid_out
from analysis.maps.table import BASELINE, PROFIT, SCENARIO, read_table, wide
from sim.__main__ import answer
from sim.config.folders import check_folder
from sim.config.keys import nearest_name
from sim.errors import ConfigError
from sim.installation import lacking

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("table", "industry", "outcome", "x", "y", "baseline", "folder")
HELP = f"""\
Show what a study says about an outcome: which design wins where, when the answer flips, what moves it, what knowing
more is worth, and what to regret.

usage: python -m analysis.maps table=FILE [outcome={PROFIT}] [x=FACTOR] [y=FACTOR] [baseline={BASELINE}] [folder=FOLDER]
       python -m analysis.maps industry=NAME [...]

  table     study table: a CSV or Parquet file, or the folder that python -m analysis.study wrote
  industry  instead of a table, the published study of this industry: 2,000 points over every plausible range
  outcome   of which more is better
  x, y      factors of the maps; by default those that matter most
  baseline  design that the others are compared with
  folder    where pictures, tables and summary.md go (outputs/maps/OUTCOME)"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return 0 when done, 2 for something the user can put right."""
    return answer(_dispatch, arguments, "interrupted: nothing is lost; the same command begins again")


def _dispatch(arguments: list[str]) -> int:
    if not arguments or {"-h", "--help"} & set(arguments):
        print(HELP)
        return 0
    given = _parse(arguments)
    if ("industry" in given) == ("table" in given):
        raise ConfigError("give either table=FILE or industry=NAME")
    try:
        from analysis.maps.outcome_maps import analyse
        from analysis.show.maps import report
    except ModuleNotFoundError as error:
        raise lacking(error.name, "study") from error
    outcome = given.get("outcome", PROFIT)
    folder = Path(given.get("folder", f"outputs/maps/{outcome}"))
    check_folder("folder", folder)
    laid = None
    if "table" in given:
        table, laid = read_table(Path(given["table"])), laid_out(Path(given["table"]))
    else:
        from analysis.maps.published import read_published

        table = read_published(given["industry"])
    _check_baseline(given, table)
    maps = analyse(
        wide(table, outcome, baseline=given.get("baseline", BASELINE), laid=laid), given.get("x"), given.get("y")
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = report.write(maps, folder)
    except OSError as error:
        raise ConfigError(f"folder={folder}: cannot be written ({error.strerror})") from error
    print(report.lead(maps))
    for sentence in report.sentences(maps):
        print(f"* {sentence}")
    print(f"{len(made)} files: {folder / 'summary.md'}")
    return 0


def _check_baseline(given: dict[str, str], table: pd.DataFrame) -> None:
    """Refuse a baseline that the table has not."""
    name = given.get("baseline")
    if name is None or SCENARIO not in table.columns:
        return
    there = sorted(map(str, table[SCENARIO].unique()))
    if name not in there:
        near = nearest_name(name, there)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(there)}"
        raise ConfigError(f"baseline={name}: not in the table; {hint}")


def _parse(arguments: list[str]) -> dict[str, str]:
    """Return the values of the keys given as ``key=value``."""
    given: dict[str, str] = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if key not in KEYS:
            near = nearest_name(key.lstrip("-"), KEYS)
            raise ConfigError(
                f"{key}: no such key; " + (f"did you mean {near}?" if near else f"choose from {', '.join(KEYS)}")
            )
        if not equals or not value:
            raise ConfigError(f"{key}: give a value, as in {key}=VALUE")
        if key in given:
            raise ConfigError(f"{key}: given twice, {given[key]} and {value}; give one of them")
        given[key] = value
    return given


if __name__ == "__main__":
    sys.exit(main())
