"""One customer's life under two designs, told and drawn."""
