"""By direction, size and distribution, with stated error."""
