"""The training monitor."""
