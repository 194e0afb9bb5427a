"""Tiles in files, from one network to the next: SAR to optical, optical refined, refined to classes."""
