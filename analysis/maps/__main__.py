"""``python -m analysis.maps``: what a study says, as pictures, tables and a page in a folder."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.command.designs import BASELINE
from analysis.command.frame import asks_for_help
from analysis.maps.from_python import maps
from analysis.maps.table import PROFIT
from sim.config.folders import check_folder
from sim.config.keys import nearest_name
from sim.ending import answer
from sim.errors import ConfigError
from sim.installation import lacking

if TYPE_CHECKING:
    import pandas as pd

PAGES = ("regimes",)
KEYS = ("page", "table", "industry", "outcome", "x", "y", "baseline", "folder")
HELP = f"""\
Show what a study says about an outcome: which design wins where, when the answer flips, what moves it, what knowing
more is worth, and what to regret.

usage: python -m analysis.maps table=FILE [outcome={PROFIT}] [x=FACTOR] [y=FACTOR] [baseline={BASELINE}] [folder=FOLDER]
       python -m analysis.maps industry=NAME [...]
       python -m analysis.maps page=regimes [table=FILE,FILE,...] [folder=FOLDER]

  table     study table: a CSV or Parquet file, or the folder that python -m analysis.study wrote
  industry  instead of a table, the published study of this industry: 2,000 points over every plausible range
  outcome   of which more is better
  x, y      factors of the maps; by default those that matter most
  baseline  design that the others are compared with
  folder    where pictures, tables and summary.md go (outputs/maps/OUTCOME)
  page      regimes: the page of the regime study (docs/regimes.md) from its published results, or from the tables of
            the studies regimes, registered_signs, one_at_a_time and monopoly, as far as they were run; what was written
            by hand into an earlier page in the folder (outputs/maps/regimes) is kept"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return 0 when done, 2 for something the user can put right."""
    return answer(_dispatch, arguments, "interrupted: nothing is lost; the same command begins again")


def _dispatch(arguments: list[str]) -> int:
    if not arguments or asks_for_help(arguments):
        print(HELP)
        return 0
    given = _parse(arguments)
    return _write_page(given) if "page" in given else _write_maps(given)


def _write_maps(given: dict[str, str]) -> int:
    """Write what a study says about one outcome."""
    if ("industry" in given) == ("table" in given):
        raise ConfigError("give either table=FILE or industry=NAME")
    outcome = given.get("outcome", PROFIT)
    folder = Path(given.get("folder", f"outputs/maps/{outcome}"))
    check_folder("folder", folder)
    found = maps(_source(given), outcome=outcome, x=given.get("x"), y=given.get("y"), baseline=given.get("baseline"))
    from analysis.show.maps import report  # after what says that a library is missing

    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = report.write(found, folder)
    except OSError as error:
        raise ConfigError(f"folder={folder}: cannot be written ({error.strerror})") from error
    print(report.lead(found))
    for sentence in report.sentences(found):
        print(f"* {sentence}")
    print(f"{len(made)} files: {folder / 'summary.md'}")
    return 0


def _write_page(given: dict[str, str]) -> int:
    """Write a page that sets several studies side by side."""
    name = given["page"]
    if name not in PAGES:
        raise ConfigError(f"page={name}: no such page; choose from {', '.join(PAGES)}")
    for key in given:
        if key not in ("page", "table", "folder"):
            raise ConfigError(f"{key}: not used with page={name}; give table=FILE,FILE and folder=FOLDER")
    try:
        from analysis.maps.regimes import read_arms
        from analysis.show.maps.regimes_page import write_regimes
        from analysis.show.maps.regimes_tables import short_answer
    except ModuleNotFoundError as error:
        raise lacking(error.name, "study") from error
    folder = Path(given.get("folder", f"outputs/maps/{name}"))
    check_folder("folder", folder)
    arms = read_arms([Path(path) for path in given.get("table", "").split(",") if path])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = write_regimes(arms, folder)
    except OSError as error:
        raise ConfigError(f"folder={folder}: cannot be written ({error.strerror})") from error
    print(short_answer(arms))
    print(f"{len(files)} files: {files[0]}")
    return 0


def _source(given: dict[str, str]) -> Path | pd.DataFrame:
    """Return where the table of a study is, or the published one."""
    if "table" in given:
        return Path(given["table"])
    from analysis.maps.published import read_published

    return read_published(given["industry"])


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
