"""What a study and a tuning found, checked against one company and turned into its money."""

from analysis.command.calling import make_callable
from analysis.company import from_python

make_callable(__name__, from_python.company)
