"""A tuning in words and as a picture."""
