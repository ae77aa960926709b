"""How the points of a study lie, in words."""

from __future__ import annotations

SHAPES = {
    "grid": "on a grid",
    "one_at_a_time": "one factor at a time",
    "latin_hypercube": "of nested Latin hypercubes",
    "sobol": "of a Sobol sequence",
    "morris": "of Morris trajectories",
    "saltelli": "of a Saltelli design",
    "csv": "of a file",
}
