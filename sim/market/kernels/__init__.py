"""Compiled rules: numbers in, numbers out; they import nothing of the simulator but each other."""
