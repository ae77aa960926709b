"""Studies of thousands of short runs: a design of points, every org design on the same seeds, kept as they finish."""
