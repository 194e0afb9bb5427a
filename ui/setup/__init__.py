"""The dialog that installs the worker's environment."""
