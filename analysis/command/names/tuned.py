"""``python -m analysis.tuned``: every design tuned within its feasible set; see `analysis.mandate.__main__`."""

import sys

from analysis.mandate.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
