"""The window: docks, dialogs, and what they share."""
