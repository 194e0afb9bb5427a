"""Versions of a data folder: each content is kept once, under its SHA-256; a version is a list of names for them."""
