"""How fast the simulator is, against what, and what bounds it: ``python -m benchmarks``."""
