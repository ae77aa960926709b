"""A study beside a comparison: whether it belongs to it, and when the answer flips, in the money of this company."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from analysis.command import glossary as words
from analysis.command.numbers import join_words, scale_of, write_count
from analysis.company.differences import Beside, Content, flat, listed
from analysis.compare.deciding import DECIDES
from analysis.compare.request import Request
from analysis.maps.outcome_maps import Maps, analyse
from analysis.maps.sample import laid_by
from analysis.maps.table import SCENARIO, Wide, in_money, wide
from analysis.store.parts import REVENUE
from analysis.study.revenue import initial_revenue
from analysis.study.shapes import SHAPES
from analysis.study.table import read_study
from sim.errors import ConfigError, ResultError
from sim.identity import code_digest
from sim.parameters import Parameters
from sim.storage import read_manifest

LISTED = 6
"""Factors that are listed by name; of more the number is told."""


@dataclass(frozen=True)
class Conditions:
    """A study that belongs to a comparison."""

    found: Wide
    """The profit that decides at every point, in the money of this company."""
    manifest: Content
    """Of the study."""
    revenue: float
    """Of this company, in the year before the start at neutral satisfaction, currency."""
    currency: str
    warnings: tuple[str, ...]
    """In what the study departs from the comparison, and what of it is missing, a sentence each."""

    @property
    def replay(self) -> str:
        """Command that makes the study again."""
        return str(self.manifest.get("replay", ""))

    @cached_property
    def maps(self) -> Maps:
        """What the study says."""
        return analyse(self.found)

    def about(self) -> str:
        """Return what the study varied, and where."""
        request, first = self.manifest["request"], next(iter(self.manifest["parameters"].values()))
        keys = [str(factor["key"]) for factor in self.manifest["factors"]]
        over = join_words([words.factor(key) for key in keys])
        if len(keys) > LISTED:
            over = f"{len(keys)} factors, each over the range in its manifest"
        return (
            f"A study asks under which conditions this answer changes. It varied {over}: {len(self.found.y):,} points "
            f"{SHAPES[str(request['design'])]}, at each of them {write_count(len(self.found.scenarios), 'design')} "
            f"under the same luck with {write_count(int(request['seeds']), 'seed')}, in this industry in a market of "
            f"{int(first['population']['n_customers']):,} persons."
        )

    def about_money(self) -> str:
        """Return how shares of points and money are to be read."""
        revenue = scale_of("currency", self.currency, (self.revenue,)).full(self.revenue)
        return (
            "Shares of points say how often a design wins over these ranges, not how likely that is for a firm. Profit "
            "is net present value plus customer equity. At each point it is taken in shares of that company's revenue "
            f"of a year; here it stands as money of this company, whose revenue at the start is {revenue} a year. "
            "Intervals are at 95 %."
        )


def read_conditions(folder: Path, request: Request, parameters: Mapping[str, Parameters]) -> Conditions:
    """Read a study and check that it belongs to a comparison.

    Parameters
    ----------
    folder
        Of the study's files.
    request
        Of the comparison.
    parameters
        Of every design compared.

    Raises
    ------
    ConfigError
        It is no study, or one of another industry, of other designs or without the profit that decides.
    """
    try:
        table, manifest = read_study(folder), read_manifest(folder)
        warnings = tuple(_checked(manifest, table, request, parameters))
        own = table[table[SCENARIO].isin(request.scenarios)]
        shares = wide(own, DECIDES, baseline=request.baseline, laid=laid_by(manifest))
    except (ResultError, ConfigError) as error:
        raise ConfigError(f"study={folder}: {str(error).removeprefix(f'{folder}: ')}") from error
    baseline = parameters[request.baseline]
    revenue, currency = initial_revenue(baseline), baseline.finance.currency
    found = in_money(shares, revenue, currency)
    return Conditions(found, manifest, revenue, currency, (*warnings, *found.warnings))


def _checked(
    manifest: Content, table: pd.DataFrame, request: Request, parameters: Mapping[str, Parameters]
) -> Iterator[str]:
    """Yield in what a study departs from a comparison; refuse one that does not belong to it."""
    here = {name: parameters[name].model_dump(mode="json") for name in request.scenarios}
    keys = tuple(str(factor["key"]) for factor in manifest["factors"])
    beside = Beside(manifest, here, request.baseline, keys)
    run = set(table[SCENARIO])
    beside.refuse_others([name for name in beside.there if name in run])
    if REVENUE not in table.columns:
        raise ConfigError(f"its table lacks {REVENUE}, without which its money says nothing of another company")
    if source := beside.other_source():
        yield f"The study was run with another version of the source ({source}, now {code_digest()})."
    if others := beside.other_values():
        yield f"Where it does not vary them, the study has other values than this comparison: {listed(others)}."
    beyond = list(_beyond(manifest["factors"], flat(here[request.baseline])))
    if beyond:
        yield f"This company lies outside what the study varied: {listed(beyond)}."


def _beyond(factors: list[Content], own: Content) -> Iterator[str]:
    """Yield the factors whose range leaves out the value of this company."""
    for factor in factors:
        value = own.get(str(factor["key"]))
        if "low" in factor and isinstance(value, int | float) and not factor["low"] <= value <= factor["high"]:
            yield f"{factor['key']} {value:g} ({factor['low']:g} to {factor['high']:g} there)"
