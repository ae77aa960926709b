"""The ranges that studies draw from, as they were frozen before the first run.

``docs/regimes_ranges.csv`` is the same file: its history is the witness of when they were frozen, and a test holds the
two together. This one travels with the package.
"""

from __future__ import annotations

from pathlib import Path

FROZEN_RANGES = Path(__file__).with_name("regimes_ranges.csv")
