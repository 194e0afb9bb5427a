"""The dialog of our algorithms, its estimate, and a run as a command."""
