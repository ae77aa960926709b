"""Studies of thousands of short runs: a design of points, every org design on the same seeds, kept as they finish."""

from analysis.command.calling import make_callable
from analysis.study import from_python

make_callable(__name__, from_python.study)
