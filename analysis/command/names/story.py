"""``python -m analysis.story``: one customer's life under two designs; see `analysis.explain.__main__`."""

import sys

from analysis.explain.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
