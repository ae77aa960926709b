"""Org designs side by side: request, replication, statistics, verdicts, and what sweeps left."""

from analysis.command.calling import make_callable
from analysis.compare import from_python

make_callable(__name__, from_python.compare)
