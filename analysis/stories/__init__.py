"""Stories of customers: one customer's life under two designs, where the two part, and why."""
