"""``python -m analysis.maps.findings``: the published findings, written again; see `analysis.show.maps.publishing`."""

from __future__ import annotations

import sys

from analysis.show.maps.publishing import main

if __name__ == "__main__":
    sys.exit(main())
