"""The decision memo: one content, written as a self-contained HTML page and as a Word document."""

from analysis.show.memo.build import build
from analysis.show.memo.writing import write

__all__ = ["build", "write"]
