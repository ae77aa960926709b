"""Runs kept by what they were made with: replicates of comparisons and tunings, parts of studies, and their pruning."""
