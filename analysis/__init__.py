"""Comparisons, studies and what is said of them: reads results and never the model.

Four rooms are also functions, for notebooks: ``analysis.compare(...)``, ``analysis.study(...)``, ``analysis.maps(...)``
and ``analysis.company(...)``. They return frozen results and write no files.

>>> import analysis
>>> analysis.compare.__name__, callable(analysis.compare)
('analysis.compare', True)
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.command.calling import as_package
    from analysis.company.from_python import company as _company
    from analysis.compare.from_python import compare as _compare
    from analysis.maps.from_python import maps as _maps
    from analysis.study.from_python import study as _study

    company, compare, maps, study = as_package(_company), as_package(_compare), as_package(_maps), as_package(_study)

__all__ = ["company", "compare", "maps", "study"]

# Commands that are not called like their room (python -m analysis.story, analysis.tuned, analysis.prune) lie in a
# folder of their own, so that nothing lies beside the rooms.
__path__ = [*__path__, str(Path(__file__).parent / "command" / "names")]


def __getattr__(name: str) -> Any:
    """Import a room only when it is asked for: command lines and errors must not wait for pandas."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
