"""What a study says, from Python: what ``analysis.maps(...)`` does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from analysis.maps.outcome_maps import Maps
    from analysis.maps.sample import Laid
    from analysis.study.from_python import StudyResult


def maps(
    source: StudyResult | pd.DataFrame | str | Path,
    *,
    outcome: str = "npv_with_equity",
    x: str | None = None,
    y: str | None = None,
    baseline: str | None = None,
) -> Maps:
    """Return what a study says about an outcome: winners, break-even, boxes, sensitivity, information, regret.

    What ``python -m analysis.maps`` does, without its pictures and its page: nothing is printed or written.

    Parameters
    ----------
    source
        What `analysis.study` returned; a study table; the file of one, CSV or Parquet; the folder of a study; or the
        name of an industry whose study is published (``"telecom"``).
    outcome
        A column of the table of which more is better.
    x, y
        Factors of the maps; by default those that matter most.
    baseline
        Design that the others are compared with; by default ``no_cxo``, of a table without it the first.

    Returns
    -------
    analysis.maps.outcome_maps.Maps
        Frozen; `analysis.maps.outcome_maps.frames` gives its tables by name.

    Raises
    ------
    sim.errors.UserError
        Nothing can be read there, a name is not in the table, or a library of the extra ``study`` is missing.
    """
    from analysis.command.designs import BASELINE
    from analysis.maps.table import check_baseline, wide
    from sim.installation import lacking

    try:
        from analysis.maps.outcome_maps import analyse
    except ModuleNotFoundError as error:
        raise lacking(error.name, "study") from error
    table, laid = read_source(source)
    if baseline is not None:
        check_baseline(table, baseline)
    return analyse(wide(table, outcome, baseline=baseline or BASELINE, laid=laid), x, y)


def read_source(source: StudyResult | pd.DataFrame | str | Path) -> tuple[pd.DataFrame, Laid | None]:
    """Return the table of a study and, where that is known, how its points were laid; see `maps`.

    Parameters
    ----------
    source
        As `maps` takes it.

    Returns
    -------
    table, laid
        The table with one row per point, seed and design; None where nothing says how its points lie.
    """
    import pandas as pd

    from analysis.maps.published import industries, read_published
    from analysis.maps.sample import laid_by, laid_out
    from analysis.maps.table import read_table
    from analysis.study.from_python import StudyResult

    if isinstance(source, pd.DataFrame):
        return source, None
    if isinstance(source, StudyResult):
        return source.table, laid_by(dict(source.manifest))
    if source in industries() or (isinstance(source, str) and _is_name(source)):
        return read_published(str(source)), None
    return read_table(Path(source)), laid_out(Path(source))


def _is_name(text: str) -> bool:
    """Tell whether a text can only be meant as the name of an industry."""
    return text.isidentifier() and not Path(text).exists()
