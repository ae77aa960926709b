"""Comparisons, studies and what is said of them: reads results and never the model."""

from pathlib import Path

# Commands that are not called like their room (python -m analysis.story, analysis.tuned, analysis.prune) lie in a
# folder of their own, so that nothing lies beside the rooms.
__path__ = [*__path__, str(Path(__file__).parent / "command" / "names")]
