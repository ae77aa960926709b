"""``python -m analysis.prune``: what may go from the stores of runs; see `analysis.store.__main__`."""

import sys

from analysis.store.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
