"""Commands that are not called like their room; each module hands over to the room that does the work."""
