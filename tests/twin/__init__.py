"""An independent twin of the market: one readable object per customer, written from docs/odd.md alone.

It shares no rule with the kernels, only the records it is given and the shape of what it returns, so that the
two implementations can be compared number by number.
"""
