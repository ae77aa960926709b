"""Command lines from outside: answers, files, mistakes."""
