"""Tile data sets for semantic segmentation: pairs of image and mask, cut from rasters, split by spatial blocks."""
