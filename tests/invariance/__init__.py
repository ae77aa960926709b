"""What may change no number."""
