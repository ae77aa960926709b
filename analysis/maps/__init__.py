"""What a study says: which design wins where, when the answer flips, what knowing more is worth, what to regret.

Every analysis is a pure function of the study table (:mod:`analysis.maps.table`) with a frozen record of its results, a
sentence computed from them and a picture.
"""

from analysis.command.calling import make_callable
from analysis.maps import from_python

make_callable(__name__, from_python.maps)
