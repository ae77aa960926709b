"""What a study prints: help, what is asked, how it ended."""
