"""Dialogs; their .ui files are loaded at run time."""
