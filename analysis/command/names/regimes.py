"""``python -m analysis.regimes`` as it was called; the regime study is a study like others now."""

from __future__ import annotations

import sys

MOVED = (
    "error: analysis.regimes is no command any more: python -m analysis.study study=regimes points=2000 runs the "
    "regime study, python -m analysis.maps page=regimes writes its page"
)


def main() -> int:
    """Say what the command is called now."""
    print(MOVED, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
