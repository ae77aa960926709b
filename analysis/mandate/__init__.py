"""The best vector of levers: the free levers of every design tuned on training seeds, judged on held-out seeds."""
