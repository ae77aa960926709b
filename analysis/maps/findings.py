"""``python -m analysis.maps.findings``: the published findings; see `analysis.show.maps.findings`."""

import sys

from analysis.show.maps.findings import main

if __name__ == "__main__":
    sys.exit(main())
