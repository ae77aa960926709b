"""Org designs side by side: request, replication, statistics, verdicts, and what sweeps left."""
