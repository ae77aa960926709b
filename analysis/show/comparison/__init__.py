"""A comparison on the terminal and in files."""
