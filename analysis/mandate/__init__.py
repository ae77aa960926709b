"""Tuned against tuned: the free levers of every design optimised on training seeds, judged on held-out seeds."""
