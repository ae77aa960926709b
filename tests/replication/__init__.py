"""Against independent implementations of the same rules."""
