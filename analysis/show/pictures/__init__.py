"""Pictures of a comparison. Each has ``sentence``, what it supports, computed from the numbers, and ``draw``."""
