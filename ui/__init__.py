"""Docks and dialogs; their .ui files are loaded at run time."""
