"""The house: imports, sizes, names."""
