"""Org designs: one <name>.yaml (the levers moved) and one <name>.md (the story) each."""
