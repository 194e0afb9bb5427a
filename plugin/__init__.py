"""The plugin's lifecycle, its settings, the worker's environment and the worker client."""
