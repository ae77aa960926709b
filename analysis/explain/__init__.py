"""Why designs differ: account lines, gaps, hand-offs, time, and the levers behind the difference.

Every function takes a comparison and returns tables; none of them draws, writes or prints. Intervals are paired over
replicates at the level the comparison was asked for.
"""
