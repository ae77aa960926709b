"""A tuning beside a comparison: whether it belongs to it, and what it says in the money of this company."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from analysis.company.differences import Beside, Content, listed
from analysis.compare.request import Request
from analysis.mandate.result import Tuned, read_tuned
from analysis.study.revenue import initial_revenue
from sim.errors import ConfigError, ResultError
from sim.identity import code_digest
from sim.outcomes import OUTCOMES
from sim.parameters import Parameters
from sim.storage import read_manifest


@dataclass(frozen=True)
class CompanyTuning:
    """A tuning that belongs to a comparison."""

    tuned: Tuned
    """The designs compared, in the money of this company."""
    replay: str
    """Command that makes the tuning again."""
    warnings: tuple[str, ...]
    """In what the tuning departs from the comparison, a sentence each."""


def read_tuning(folder: Path, request: Request, parameters: Mapping[str, Parameters]) -> CompanyTuning:
    """Read a tuning and check that it belongs to a comparison.

    Parameters
    ----------
    folder
        That ``python -m analysis.tuned`` wrote.
    request
        Of the comparison.
    parameters
        Of every design compared.

    Raises
    ------
    ConfigError
        It is no tuning, or one of another industry or of other designs.
    """
    try:
        tuned, manifest = read_tuned(folder), read_manifest(folder)
        warnings = tuple(_checked(tuned, manifest, request, parameters))
        there = Parameters.model_validate(next(iter(manifest["parameters"].values())))
    except (ResultError, ConfigError) as error:
        raise ConfigError(f"tuned={folder}: {str(error).removeprefix(f'{folder}: ')}") from error
    except ValidationError as error:
        raise ConfigError(f"tuned={folder}: made with parameters that are not those of today; tune again") from error
    tuned = tuned.only(request.scenarios)
    here = parameters[request.baseline]
    if OUTCOMES[tuned.outcome].unit.startswith("currency"):
        tuned = tuned.times(initial_revenue(here) / initial_revenue(there), here.finance.currency)
    return CompanyTuning(tuned, str(manifest.get("replay", "")), warnings)


def _checked(tuned: Tuned, manifest: Content, request: Request, parameters: Mapping[str, Parameters]) -> Iterator[str]:
    """Yield in what a tuning departs from a comparison; refuse one that does not belong to it."""
    here = {name: parameters[name].model_dump(mode="json") for name in request.scenarios}
    beside = Beside(manifest, here, request.baseline)
    beside.refuse_others(tuned.designs)
    if source := beside.other_source():
        yield f"The designs were tuned with another version of the source ({source}, now {code_digest()})."
    if others := beside.other_values():
        yield f"The designs were tuned with other values than those of this comparison: {listed(others)}."
