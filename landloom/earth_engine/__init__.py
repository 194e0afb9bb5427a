"""Pixels from Earth Engine: what is asked for, who asks, and asking until there is an answer."""
