"""What a study says, in words, pictures and pages."""
