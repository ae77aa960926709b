"""Why designs differ: account lines, gaps, hand-offs, time, levers, and the lives of single customers."""
