"""Patch data sets: planned, extracted, checked, split and validated, for networks to learn from."""
