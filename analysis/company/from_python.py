"""A study and a tuning in the money of one company, from Python: what ``analysis.company(...)`` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.company.study import Conditions
    from analysis.company.tuning import CompanyTuning
    from analysis.compare.comparison import Comparison


@dataclass(frozen=True)
class CompanyFindings:
    """What was found elsewhere, in the money of the company of a comparison."""

    study: Conditions | None
    """When the answer flips; its ``maps`` say where, its ``warnings`` in what the study departs from the comparison."""
    tuned: CompanyTuning | None
    """Whether tuning every design flips it; with warnings likewise."""


def company(
    comparison: Comparison, *, study: str | Path | None = None, tuned: str | Path | None = None
) -> CompanyFindings:
    """Return what a study and a tuning say in the money of the company of a comparison.

    What ``python -m analysis.compare study=FOLDER tuned=FOLDER`` puts into the memo: nothing is printed or written.

    Parameters
    ----------
    comparison
        Of `analysis.compare`.
    study
        Folder that ``python -m analysis.study`` wrote.
    tuned
        Folder that ``python -m analysis.tuned`` wrote.

    Returns
    -------
    CompanyFindings
        Frozen; what was not given is None.

    Raises
    ------
    sim.errors.UserError
        A folder holds nothing that belongs to this comparison, none is given, or a library of the extra ``study`` is
        missing.
    """
    from sim.errors import ConfigError
    from sim.installation import lacking

    if study is None and tuned is None:
        raise ConfigError("give study=FOLDER, tuned=FOLDER or both")
    try:
        from analysis.company.study import read_conditions
        from analysis.company.tuning import read_tuning
    except ModuleNotFoundError as error:
        raise lacking(error.name, "study") from error
    request = comparison.request
    parameters = {name: results.parameters for name, results in comparison.results.items()}
    return CompanyFindings(
        study=None if study is None else read_conditions(Path(study), request, parameters),
        tuned=None if tuned is None else read_tuning(Path(tuned), request, parameters),
    )
